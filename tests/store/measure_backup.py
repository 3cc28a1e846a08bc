"""How long a backup and a restore take: `python -m tests.store.measure_backup [ANSWERS]` (100,000).

Twenty answers a person, as `measure.py` makes them, in a new SQLite file; no one else writes meanwhile.
Everybody's erasure is asked for anew once, as the worst a ledger can hold.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bot.runtime.backup import CONTENT, backup
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.keys import MasterKeys
from bot.runtime.restore import Restoring, Sources
from bot.store import Store
from tests.store.measure import one_batch

KEY = read_key(new_key())
BATCH = 250


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


class _AnyMaster(MasterKeys):
    """Takes the keys of `measure.py`, which nobody could open."""

    @property
    def ids(self) -> frozenset[str]:
        """The id they were stored under."""
        return frozenset({"0" * 8})


async def measure(answers: int, folder: Path) -> None:
    """Print a line for each step."""
    url = f"sqlite:///{folder / 'measure.db'}"
    store = await Store.open(url)
    try:
        await store.migrate()
        for first in range(0, answers, BATCH):
            await one_batch(store, first, BATCH, answers // 20)
    finally:
        await store.close()
    identity = Identity(KEY, "", _AnyMaster(KEY))
    began = perf_counter()
    await backup(url, folder / "backup", folder / "keys", KEY, SystemClock(), lambda _: None)
    size = (folder / "backup" / CONTENT).stat().st_size / 1e6
    _say(f"backup of {answers} answers, {size:.0f} MB: {perf_counter() - began:.1f} s")
    ledger = folder / "newer.json"
    everybody = [identity.mark(f"p{n}") for n in range(answers // 20)]
    for share in (0, 1, 100):
        named = everybody[: len(everybody) * share // 100]
        ledger.write_text(json.dumps(dict.fromkeys(named, "2027-01-01T00:00:00Z")))
        sources = Sources(
            folder=folder / "backup",
            keys=folder / "keys",
            ledgers=[ledger],
            present=f"sqlite:///{folder}/none",
        )
        restoring = Restoring(KEY, identity, SystemClock(), lambda _: None)
        began = perf_counter()
        done = await restoring.restore(sources, f"sqlite:///{folder / f'restored-{share}.db'}")
        _say(f"restore, {done.restored.erased} people erased again: {perf_counter() - began:.1f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, Path(made)))
