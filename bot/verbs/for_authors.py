"""The verbs of those who write and read what may be said."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bot.verbs.entry import FOUND, app


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
