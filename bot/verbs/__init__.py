"""The verbs an operator types. Each imports what it needs when it is called: none waits for another's.

    serve                      serving.py
    migrate connect doctor     operating.py
    check ask chat             authoring.py
    export                     exporting.py

One rule: what is the operator's or the author's to mend is told without a traceback, with exit code 2.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

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
def check(folder: Path | None = None) -> None:
    """Check the content and list every fault with file, line and column.

    Parameters
    ----------
    folder
        The folder of the content; the one in use when left out.
    """
    from bot.verbs import authoring

    authoring.check(folder)


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
