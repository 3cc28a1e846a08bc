"""How long `move` and `pg_dump` take: `python -m tests.store.measure_moving [ANSWERS]`.

A new SQLite file is filled with answers, a million unless told otherwise, moved to a PostgreSQL of its own
by `python -m bot move`, dumped as docs/deploy.md dumps it, and restored into another database.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from bot.app import admit
from bot.store import Store
from tests.proof.elephant import PostgreSQL
from tests.secretariat.console.crowd import fill


def _say(what: str, seconds: float, size: int) -> None:
    sys.stdout.write(f"| {what} | {seconds:.1f} | {size / 2**20:,.1f} |\n")
    sys.stdout.flush()


def _timed(*command: str, env: Mapping[str, str] | None = None) -> float:
    """Seconds until it has ended; CalledProcessError, after what it said, when it failed."""
    began = perf_counter()
    subprocess.run(command, check=True, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    return perf_counter() - began


async def _filled(url: str, answers: int) -> int:
    """Store so many answers, or a few more; of how many people."""
    store = await Store.open(url)
    try:
        await store.migrate()
        return await fill(store, admit(None), answers)
    finally:
        await store.close()


async def _stored(url: str) -> int:
    """How many answers a PostgreSQL database has."""
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM answers")
        return count
    finally:
        await connection.close()


async def measure(answers: int) -> None:
    """Print a row for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "store.db"
        people = await _filled(f"sqlite:///{source}", answers)
        async with PostgreSQL() as elephant:
            settings = {"DATABASE_URL": f"sqlite:///{source}", "IDENTITY_KEY": "5a" * 32}
            moved = _timed(sys.executable, "-m", "bot", "move", "--to", elephant.url, env=settings)
            sys.stdout.write(f"{await _stored(elephant.url):,} answers of {people:,} people\n\n")
            sys.stdout.write("| | seconds | MB |\n| --- | ---: | ---: |\n")
            _say("`move`, verified row by row", moved, source.stat().st_size)
            dump = str(folder / "content.dump")
            dumped = _timed(
                *(elephant.program("pg_dump"), "--format=custom", "--no-owner"),
                *("--exclude-table-data=data_keys", "--exclude-table-data=alembic_version"),
                *(f"--file={dump}", elephant.url),
            )
            _say("`pg_dump`", dumped, Path(dump).stat().st_size)
            _timed(elephant.program("createdb"), f"--maintenance-db={elephant.url}", "restored")
            target = elephant.url.replace("/postgres?", "/restored?")
            restored = _timed(elephant.program("pg_restore"), "--no-owner", f"--dbname={target}", dump)
            _say("`pg_restore`", restored, Path(dump).stat().st_size)
            assert await _stored(target) == await _stored(elephant.url) >= answers


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
