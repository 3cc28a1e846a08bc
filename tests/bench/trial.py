"""One run of one server under load, and whether it kept its word."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import psutil
from msgspec import Struct

from bot.library import Role, load
from bot.store import Store
from tests.bench.contestants import (
    OTHER_CORES,
    ROOT,
    SECRET,
    Contestant,
    free_port,
    pinned,
    server,
    stored,
)
from tests.bench.load import Phase, Plan, Seen

#: How many questions a person answers before the next one comes.
ANSWERS: Final = 8


#: Per cent of a core that a server takes at most when nobody asks it anything.
_AT_REST: Final = 5.0


class Trial(Struct, frozen=True):
    """What a run saw, and what is wrong with it: sentences, none when every word was kept.

    `started` is the seconds from the start of the process to the first reply, where that was asked for.
    """

    contestant: Contestant
    seen: Seen
    faults: tuple[str, ...]
    started: float


@cache
def tokens() -> list[str]:
    """The buttons a person presses one after another: each answers another question with its first option."""
    found = [
        f"1:choose:{question.id}:{question.version}:{question.options[0].id}"
        for question in load().questions.values()
        if question.kind in ("single", "scale") and _plain(question.options[0])
    ]
    return found[:ANSWERS]


def _plain(option: object) -> bool:
    """Whether choosing it asks for nothing else, which a peer's survey would not do either."""
    return (
        getattr(option, "role", None) is Role.SUBSTANTIVE
        and not getattr(option, "follow_up", None)
        and not getattr(option, "consents", None)
    )


def trial(
    contestant: Contestant,
    phases: Sequence[Phase],
    *,
    store: Path | None = None,
    people: int = 0,
    once: bool = False,
    patience: float = 10,
) -> Trial:
    """Start it, let people press, kill it meanwhile, and look at what is stored.

    `store` is a filled database instead of an empty one, and `people` how many of those in it act, over and
    over; the load waits until the server has looked through it. With `once` somebody presses once as soon as
    it listens.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        folder = Path(made)
        database = store or folder / "bench.db"
        if contestant.migrated and store is None:
            shutil.copy(migrated(), database)
        port, standin = free_port(), free_port()
        began = time.time()
        with server(contestant, database, port, standin) as process:
            if store:
                _rest(process.pid)
            plan = Plan(
                host_port=port, standin_port=standin, platform=contestant.platform, path=contestant.path,
                secret=SECRET, tokens=tokens(), phases=list(phases), pid=process.pid, replies=contestant.replies,
                kill=bool(phases), acknowledged=str(folder / "acknowledged"), people=people, once=once, patience=patience,
            )  # fmt: skip
            seen = run_load(plan)
            if process.poll() not in (None, -9):
                log = database.with_suffix(".log").read_text()[-2000:]
                raise RuntimeError(f"{contestant.name} ended by itself:\n{log}")
        acknowledged = (folder / "acknowledged").read_text().split()
        rows = stored(contestant, database) if contestant.durable else None
        started = seen.first_reply - began if once else 0.0
        return Trial(contestant, seen, tuple(_faults(seen, acknowledged, rows)), started)


def _rest(pid: int) -> None:
    """Wait until a process has nothing to do: ours looks, at the start and every hour, for what is too old."""
    process = psutil.Process(pid)
    while process.cpu_percent(interval=0.5) > _AT_REST:
        pass


def run_load(plan: Plan) -> Seen:
    """The load in a process of its own, on the other cores."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        preexec_fn=pinned(OTHER_CORES),
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Seen)


def _faults(seen: Seen, acknowledged: Sequence[str], rows: list[str] | None) -> list[str]:
    """What was promised and not kept."""
    faults = []
    if seen.refused:
        faults.append(f"not answered 200: {seen.refused}")
    if seen.stuck:
        faults.append(f"{seen.stuck} turns without their reply")
    if seen.strays:
        faults.append(f"{seen.strays} replies that answer nothing, or the same event twice")
    faults += [f"phase {n} saw no turn" for n, phase in enumerate(seen.phases, 1) if not phase.turns]
    if not acknowledged:
        faults.append("nothing was acknowledged")
    if rows is not None:
        if lost := len(set(acknowledged) - set(rows)):
            faults.append(f"{lost} of {len(acknowledged)} acknowledged answers are not stored")
        if twice := len(rows) - len(set(rows)):
            faults.append(f"{twice} answers are stored twice")
        if len(rows) > seen.sent:
            faults.append(f"{len(rows)} answers are stored of {seen.sent} events")
    return faults


@cache
def migrated() -> Path:
    """A migrated database to copy."""
    file = Path(tempfile.mkdtemp(prefix="bench-")) / "migrated.db"

    async def migrate() -> None:
        opened = await Store.open(f"sqlite:///{file}")
        await opened.migrate()
        await opened.close()

    asyncio.run(migrate())
    return file
