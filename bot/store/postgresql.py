"""PostgreSQL as this product needs it: a commit that returned has been flushed to the disk."""

from typing import Final

from sqlalchemy import URL, BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError

#: Connections of one process; more would only queue inside the server.
CONNECTIONS: Final = 8
QUEUE_SECONDS: Final = 15
CONNECT_SECONDS: Final = 10

#: What must be on, or a commit that returned can be lost with the power.
_DURABLE: Final = {"synchronous_commit": ("on", "remote_apply"), "fsync": ("on",)}

_LOCK: Final = select(
    func.pg_advisory_xact_lock(func.unnest(bindparam("keys", type_=ARRAY(BigInteger))).column_valued("key"))
)


def engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """The writer and the reader: one pool; what is read in one transaction is read of one moment."""
    target = url.set(drivername="postgresql+asyncpg")
    if "sslmode" in url.query:  # libpq's word, in the URLs that hosts give out; asyncpg calls it ssl
        target = target.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
    engine = create_async_engine(
        target,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        connect_args={"timeout": CONNECT_SECONDS},
        hide_parameters=True,
    )
    return engine, engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


async def require_durable(connection: AsyncConnection) -> None:
    """Raise StoreError when the server may forget what it has committed."""
    for setting, safe in _DURABLE.items():
        value = await connection.scalar(select(func.current_setting(setting)))
        if value not in safe:
            raise StoreError(
                f"PostgreSQL runs with {setting} = {value}: an answer we confirmed could be lost with the "
                f"power. Nothing was started. Set {setting} = on for this database."
            )


async def lock(connection: AsyncConnection, keys: list[int]) -> None:
    """Wait for these keys and hold them to the end of the transaction.

    Not row locks, because a person who is new has no row yet. Ask for sorted keys, so that two
    processes never wait for one another.
    """
    await connection.execute(_LOCK, {"keys": keys})
