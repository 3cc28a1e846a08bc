"""The verbs an operator types. Each imports what it needs when it is called: none waits for another's.

    serve                      serving.py
    migrate rotate-keys        operating.py
    connect doctor             operating.py
    check                      checking.py
    approve                    approving.py
    plain                      measuring.py
    redact                     redacting.py
    ask chat                   authoring.py
    export                     exporting.py
    report                     reporting.py

One rule: what is the operator's or the author's to mend is told without a traceback, with exit code 2.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import App, Parameter

from bot.errors import RuamkhitError

#: Exit codes: something is wrong that the verb was asked to find; the program could not be used as it is.
FOUND: Final = 1
UNUSABLE: Final = 2

app = App(
    name="python -m bot", help="A participation chatbot on LINE, Telegram and the web.", version_flags=()
)


@app.command
def serve(*, poll: bool = False) -> None:
    """Serve the bot; without settings, a local one at http://127.0.0.1:8000.

    Parameters
    ----------
    poll
        Ask Telegram for updates instead of waiting for its webhook: for a machine without a public address.
    """
    from bot.verbs import serving

    serving.serve(polling=poll)


@app.command
async def migrate() -> None:
    """Bring the database to the schema of this program."""
    from bot.verbs import operating

    await operating.migrate()


@app.command
async def rotate_keys() -> int:
    """Lock every person's key with MASTER_KEY anew, while the bot serves; exit code 1 when some are left."""
    from bot.verbs import operating

    return FOUND if await operating.rotate_keys() else 0


@app.command
async def connect(*, remove: bool = False) -> None:
    """Register the webhooks, the rich menu and the command menus, and say what was done.

    Parameters
    ----------
    remove
        Take Telegram's webhook away again, so that `serve --poll` gets the updates.
    """
    from bot.verbs import operating

    await operating.connect(remove=remove)


@app.command
async def doctor() -> int:
    """Say what is missing or wrong, in words and without a secret; exit code 1 when something is."""
    from bot.verbs import operating

    return FOUND if await operating.doctor() else 0


@app.command
def check(
    path: Path | None = None,
    *,
    lines: Path | None = None,
    output: Annotated[Literal["text", "json", "sarif"], Parameter(name="--format")] = "text",
) -> int:
    """Hold what may be said against the wording rules; exit code 1 when something must not be said.

    Parameters
    ----------
    path
        The folder of the content or one file in it; the whole content in use when left out.
    lines
        Check this plain list instead: one message a line, its options after it, separated by " | ".
    output
        text for a person, json with one object a line, sarif for a code host.
    """
    from bot.verbs import checking
    from bot.verbs.findings import Format

    form = Format(output)
    return FOUND if (checking.check_lines(lines, form) if lines else checking.check(path, form)) else 0


@app.command
def approve(
    units: Annotated[list[str] | None, Parameter(name="--unit", negative=())] = None,
    *,
    author: str,
    reviewer: str,
    key: Path | None = None,
    example: bool = False,
) -> int:
    """Read what is not approved yet and seal it: a reviewer who did not write it answers three questions.

    Parameters
    ----------
    units
        Only these units ("question 3.5-c1"); everything that is not approved when left out.
    author
        Who wrote it.
    reviewer
        Who approves it; never the author.
    key
        The file of the reviewer's own signing key; it is made when it is not there yet.
    example
        Seal it as an example, with the key that everybody has; the bot then says that no office approved it.
    """
    from bot.verbs import approving

    return 0 if approving.approve(units or [], author, reviewer, key, example=example) else FOUND


@app.command
def redact(
    *, lines: Path, output: Annotated[Literal["text", "json"], Parameter(name="--format")] = "text"
) -> None:
    """Say what in a plain list may be personal data.

    Parameters
    ----------
    lines
        The file, one text a line.
    output
        text prints the lines with what was found covered, json one object a line with the spans.
    """
    from bot.verbs import redacting

    redacting.redact(lines, as_json=output == "json")


@app.command
def plain() -> None:
    """Measure how plain our explanations are beside the minutes as written: a Markdown table."""
    from bot.verbs import measuring

    measuring.plain()


@app.command
def ask(text: str, *, as_json: Annotated[bool, Parameter(name="--json", negative=())] = False) -> None:
    """Say which clauses a question is about, best first; nothing when it is about none.

    Parameters
    ----------
    text
        The question, as a citizen would type it.
    as_json
        Print a list of objects with the clause's number and its score from 0 to 1.
    """
    from bot.verbs import authoring

    authoring.ask(text, as_json=as_json)


@app.command
def chat(*, record: Path | None = None) -> None:
    """Talk to the bot in this terminal; nothing is stored, what would be is shown.

    Parameters
    ----------
    record
        Write the talk to this file as a golden dialogue.
    """
    from bot.verbs import authoring

    authoring.talk(record)


@app.command
async def export(*, out: Path, export_format: Annotated[str, Parameter(name="--format")] = "csv") -> None:
    """Write every answer to a file, with the words that were asked.

    Parameters
    ----------
    out
        The file to write; one that is there is replaced when the new one is whole.
    export_format
        The format: csv (for Excel).
    """
    from bot.verbs import exporting

    await exporting.export(out, export_format)


@app.command
async def report(kind: Literal["privacy", "hearing"], *, out: Path | None = None) -> None:
    """Write a document from what the database and the settings really are.

    Parameters
    ----------
    kind
        privacy: the record of processing (PDPA s. 39), the consent log and the plan for a breach.
        hearing: the hearing report, to be signed.
    out
        The file to write. A hearing report is a .pdf or a .docx; the record of processing goes to standard
        output when it is left out.
    """
    from bot.verbs import reporting

    await (reporting.report_privacy(out) if kind == "privacy" else reporting.report_hearing(out))


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code."""
    try:
        done = app(list(arguments), result_action="return_value")
    except RuamkhitError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return 130  # as a shell expects of a program that was interrupted
    return done if isinstance(done, int) else 0
