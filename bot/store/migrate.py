"""Bringing the schema of a database to the one this program was written for.

One rule: a migration runs in one transaction, so that a crash in the middle leaves the old schema.
"""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import SchemaError
from bot.store.database import lock

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _head() -> str | None:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


async def upgrade(connection: AsyncConnection) -> None:
    """Run what is missing. Of two processes that ask at once, the second finds nothing left to do."""
    await lock(connection, ["migrate"])
    await connection.run_sync(upgrade_to, "head")


async def require_head(connection: AsyncConnection) -> None:
    """Raise SchemaError when the schema is older or newer than this program."""
    current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if current != _head():
        raise SchemaError(
            f"The database's schema is {current or 'empty'}, this program needs {_head()}. "
            "Run `python -m bot migrate`; if the database is newer, run the program that goes with it."
        )


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run what is missing up to a revision; "head" is the newest."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
