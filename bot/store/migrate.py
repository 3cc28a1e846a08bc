"""Bringing the schema of a database to the one this program was written for.

One rule: a migration runs in one transaction, so that a crash in the middle leaves the old schema.

A copy for a backup has no revision (copies.py), and without one nothing here starts: only `take_up`, the
end of restoring, gives it back.

Alembic is imported when there is something to run: nearly every start finds nothing, and it takes 7 MB.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, column, insert, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import SchemaError, StoreError
from bot.store.database import lock

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest revision this program knows; a test holds it against the migrations there are.
HEAD: Final = "0007"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"

#: Where Alembic keeps the revision of a database.
_VERSION: Final = table("alembic_version", column("version_num"))
_STAMP: Final = insert(_VERSION)
_ASK: Final = select(_VERSION.c.version_num)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


async def upgrade(connection: AsyncConnection) -> None:
    """Run what is missing. Of two processes that ask at once, the second finds nothing left to do.

    Raises StoreError for a copy that was not restored.
    """
    await lock(connection, ["migrate"])
    await connection.run_sync(_require_no_copy)
    if await connection.run_sync(_revision) != HEAD:
        await connection.run_sync(upgrade_to, HEAD)


async def require_head(connection: AsyncConnection) -> None:
    """Raise SchemaError when the schema is older or newer than this program, StoreError for a copy."""
    await connection.run_sync(_require_no_copy)
    current = await connection.run_sync(_revision)
    if current != HEAD:
        raise SchemaError(
            f"The database's schema is {current or 'empty'}, this program needs {HEAD}. "
            "Run `python -m bot migrate`; if the database is newer, run the program that goes with it."
        )


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision of the database; None when it has none."""
    return await connection.run_sync(_revision)


async def take_up(connection: AsyncConnection, revision: str) -> None:
    """Give a copy its revision back and run what is missing.

    Raises SchemaError when this program does not know the revision, StoreError when the database is no
    copy: it is empty, or it may be in use.
    """
    from alembic.script import ScriptDirectory

    if revision not in {
        script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()
    }:
        raise SchemaError(
            f"The backup's schema is {revision}, and this program knows none later than {HEAD}. "
            "Restore it with the program that made it, or a newer one."
        )
    await lock(connection, ["migrate"])
    if not await connection.run_sync(_is_copy):
        raise StoreError(
            "The database to restore into is not a copy without a schema revision: it is empty, or it may be "
            "in use. Nothing was changed."
        )
    await connection.execute(_STAMP, {"version_num": revision})
    await connection.run_sync(upgrade_to, HEAD)


def _revision(connection: Connection) -> str | None:
    """The revision; None when it has none, whether it was never migrated or is a copy."""
    return connection.scalar(_ASK) if inspect(connection).has_table(_VERSION.name) else None


def _is_copy(connection: Connection) -> bool:
    """Whether it was migrated once and has no revision: a migration leaves either both or none."""
    return inspect(connection).has_table(_VERSION.name) and _revision(connection) is None


def _require_no_copy(connection: Connection) -> None:
    if _is_copy(connection):
        raise StoreError(
            "This database is a copy from a backup that was not restored: people who were erased since are "
            "still in it. Nothing was started. Run `python -m bot restore`, which erases them again."
        )


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run what is missing up to a revision."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
