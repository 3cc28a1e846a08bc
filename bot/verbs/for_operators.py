"""The verbs of whoever runs the machine."""

import gc
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from bot.verbs.entry import FOUND, app


@app.command
def serve(*, poll: bool = False) -> None:
    """Serve the bot; without settings, a local one at http://127.0.0.1:8000.

    Parameters
    ----------
    poll
        Ask Telegram for updates instead of waiting for its webhook: for a machine without a public address.
    """
    # A start lets go of nearly nothing, and looking for it took a third of its time; it ends in `serving`.
    gc.disable()
    try:
        from bot.verbs import serving

        serving.serve(polling=poll)
    finally:
        gc.enable()


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
async def retention(*, dry_run: bool = False) -> None:
    """Let go now of what was kept long enough, as the bot does every hour, and say how much it was.

    Parameters
    ----------
    dry_run
        Only say what would go, and when the link between accounts and answers is destroyed.
    """
    from bot.verbs import retaining

    await retaining.retain(dry_run=dry_run)


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
async def demo(
    *,
    people: int | None = None,
    seed: int = 1,
    erase: Annotated[bool, Parameter(negative=())] = False,
    among_people: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Let made-up people talk to the bot, to try the console with; or erase them again.

    Parameters
    ----------
    people
        How many, such as 500.
    seed
        Another one makes other people; the same one the same people with the same answers.
    erase
        Erase every demo person with every trace, and nobody else.
    among_people
        Make them although real people have taken part in this database.
    """
    from bot.errors import SettingsError
    from bot.verbs import demonstrating

    if erase == (people is not None):
        raise SettingsError("Say either how many, such as --people 500, or --erase.")
    await (
        demonstrating.erase()
        if people is None
        else demonstrating.make(people, seed, among_people=among_people)
    )


@app.command
async def backup(*, out: Path, keys: Path | None = None) -> None:
    """Copy the database while the bot serves: the content, the keys apart from it, the ledger of erasures.

    Parameters
    ----------
    out
        The folder for this backup; each has its own.
    keys
        Another folder for the data keys, to be kept apart and for a short time; recommended.
    """
    from bot.verbs import keeping

    await keeping.make_backup(out, keys)


@app.command
async def restore(
    folder: Path,
    *,
    to: str,
    keys: Path | None = None,
    ledger: Annotated[list[Path] | None, Parameter(negative=())] = None,
) -> int:
    """Make a backup a database again and forget everyone who was erased since; exit code 1 when its audit log
    does not hold.

    Parameters
    ----------
    folder
        The folder of the backup.
    to
        A new file, or the URL of a PostgreSQL database with the dump in it.
    keys
        The folder of the data keys, if another.
    ledger
        The ledger.json of a newer backup; the present database, where it can be reached, is asked as well.
    """
    from bot.verbs import keeping

    return FOUND if await keeping.restore(folder, keys, ledger or [], to) else 0


@app.command
async def move(*, to: str) -> int:
    """Carry the database from its SQLite file over to PostgreSQL, verified row by row; stop the bot first.

    Parameters
    ----------
    to
        The URL of an empty PostgreSQL database.
    """
    from bot.verbs import moving

    return FOUND if await moving.move_to(to) else 0


@app.command
async def audit(*, head: Annotated[bool, Parameter(negative=())] = False, since: str = "") -> int:
    """Print what was done with the data, and verify it; exit code 1 names the first row that was changed.

    Parameters
    ----------
    head
        Print only the newest link, to be kept elsewhere: it alone shows when the log is cut short later.
    since
        Such a link: verify that the log still holds it, and print what came after it.
    """
    from bot.verbs import keeping

    return FOUND if await keeping.audit(head=head, since=since) else 0
