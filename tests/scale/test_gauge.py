"""The gauge of `python -m tests.scale` sees what it is to see."""

import asyncio

import asyncpg

from tests.scale.__main__ import Load, Seen, markdown
from tests.scale.gauge import gauged


async def test_waiting_and_work_are_seen(bare_postgresql_url: str) -> None:
    one = await asyncpg.connect(bare_postgresql_url)
    other = await asyncpg.connect(bare_postgresql_url)
    async with gauged(bare_postgresql_url, []) as quiet:
        await asyncio.sleep(0.4)
    async with gauged(bare_postgresql_url, []) as busy:
        await one.execute("SELECT pg_advisory_lock(1)")
        waiting = asyncio.create_task(other.execute("SELECT pg_advisory_lock(1)"))
        await one.execute("CREATE TABLE written AS SELECT n FROM generate_series(1, 300000) n")
        await asyncio.sleep(0.4)
        await one.execute("SELECT pg_advisory_unlock(1)")
        await waiting
    await one.close()
    await other.close()
    assert quiet.waited_for("Lock", "LWLock") == 0
    assert quiet.looks
    assert busy.waited_for("Lock") > 0.2
    assert busy.waited["Lock", "advisory"] == busy.waited_for("Lock")
    assert busy.written >= 1
    assert busy.wal > 1_000_000
    assert busy.wal > quiet.wal
    assert busy.postgresql > quiet.postgresql

    busy.bots = 0.5  # none was watched
    some, more = Load("some", 100, 1), Load("more", 200, 1)
    table = markdown(
        [Seen(1, some, 1_000, busy), Seen(2, more, 500, busy), Seen(2, Load("none", None, 1), 0, quiet)]
    )
    assert f"| some | 1 | {1_000 / busy.seconds:,.0f} | 500 |" in table
    assert "Two processes at more against one at some: bots × 2.00, PostgreSQL × 2.00" in table
    assert "Lock:advisory" in table
