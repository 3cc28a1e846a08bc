"""What every proof of crashes needs at once: a fresh database, the platforms, the people, a way to start bots."""

import asyncio
import math
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.proof import books
from tests.proof.crowd import Crowd
from tests.proof.outcome import Figure
from tests.proof.platforms import Platforms
from tests.proof.server import Launcher, Server, environment, launcher


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything but the bot. `chance` is the proof's own; the crowd has another of the same seed."""

    folder: Path
    file: Path
    platforms: Platforms
    crowd: Crowd
    chance: random.Random
    env: dict[str, str]
    launcher: Launcher

    async def serve(self, plant: Sequence[str] = (), *, port: int = 0, tries: int = 1) -> Server:
        """A new bot that answers, at the port of the crowd or another; people answer from here on.

        Raises RuntimeError, with what it logged, when it refuses to start for the `tries`-th time.
        """
        for _ in range(tries):
            server = await self.start(plant, port=port)
            if await server.serving():
                self.crowd.up.set()
                return server
        raise RuntimeError(f"the bot does not start: {self.log.read_text()[-2000:]}")

    @property
    def log(self) -> Path:
        """Where the bots log."""
        return self.folder / "bot.log"

    async def start(self, plant: Sequence[str] = (), *, gate: Path | None = None, port: int = 0) -> Server:
        """A new bot, with these faults in it; see `Launcher.start`."""
        env = {**self.env, "PORT": str(port or self.crowd.port)}
        return await self.launcher.start(env, [p for p in plant if p], log=self.log, gate=gate)


class Witness:
    """Looks at the database at every death, between two bots.

    `lost` and `untrue` count what was not there although it was promised. A letter that was not settled at a
    death may be shown once more afterwards: `_excused` counts how often.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._excused: Counter[str] = Counter()
        self.deaths = 0
        self.lost = 0
        self.untrue = 0

    def look(self) -> None:
        """Compare what is stored with what was promised before; nobody may serve the file."""
        crowd = self._stage.crowd
        told, acked = set(self._stage.platforms.saved_shown), set(crowd.acked)
        stored, unsettled = books.at_death(self._stage.file)
        self.deaths += 1
        self.lost += len(acked - stored)
        self.untrue += len(told - {crowd.sent[id_].name for id_ in stored if id_ in crowd.sent})
        self._excused.update(crowd.sent[id_].name for id_ in unsettled if id_ in crowd.sent)

    def figures(self) -> list[Figure]:
        """What was seen at the deaths, and what was shown more than once because of them."""
        shown = self._stage.platforms.shown
        again = Counter({n: count - 1 for n, count in shown.items() if count > 1 and n[0].isdigit()})
        return [
            Figure.none("acknowledged answers not there right after a kill", self.lost),
            Figure.none("«saved» shown without a stored answer right after a kill", self.untrue),
            Figure.none("shown twice on LINE", books.repeated(self._stage.platforms, "line")),
            Figure.none("shown again on Telegram though it was settled", (again - self._excused).total()),
            Figure(
                "shown again on Telegram (taken, then killed before that was written down)",
                books.repeated(self._stage.platforms, "telegram"),
            ),
        ]


async def settled(stage: Stage, answering: asyncio.Task[None], patience: float) -> float:
    """Seconds from when everybody had answered until everybody was told; infinite when that never came.

    It has never come when nothing at all has happened for `patience` seconds.
    """
    crowd, platforms = stage.crowd, stage.platforms
    while not answering.done():
        before = len(crowd.acked), len(platforms.shown)
        await asyncio.wait([answering], timeout=patience)
        if before == (len(crowd.acked), len(platforms.shown)) and not answering.done():
            answering.cancel()
            await asyncio.wait([answering])
            return math.inf
    await answering
    began = time.monotonic()
    heard = await platforms.until(
        lambda: all(crowd.sent[i].name in platforms.shown for i in crowd.acked), patience
    )
    return time.monotonic() - began if heard else math.inf


@cache
def _template() -> Path:
    """The folder of an empty, migrated SQLite file to copy."""
    return Path(tempfile.mkdtemp(prefix="ruamkhit-template-"))


@asynccontextmanager
async def staged(
    seed: int,
    *,
    url: str = "",
    people: int = 60,
    folder: Path | None = None,
    env: dict[str, str] | None = None,
    plant: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    """A stage on an empty, migrated SQLite file, or on the database at `url`; it is gone at the end.

    `folder` is where the file is to be, `env` what is put under the bot (see `Launcher`), `plant` what is
    wrong with the one that migrates the database at `url`.
    """
    async with AsyncExitStack() as stack:
        work = Path(tempfile.mkdtemp(prefix="ruamkhit-proof-"))
        stack.callback(shutil.rmtree, work, ignore_errors=True)
        file = (folder or work) / "bot.db"
        starting = launcher(**(env or {}))
        stack.enter_context(starting.listening())
        platforms = await stack.enter_async_context(Platforms(starting.facts.saved))
        crowd = Crowd(platforms, starting.facts.choices, seed, people=people)
        stage = Stage(
            folder=work,
            file=file,
            platforms=platforms,
            crowd=crowd,
            chance=random.Random(seed),
            env=environment(crowd.port, url or f"sqlite:///{file}", platforms.url, platforms.url),
            launcher=starting,
        )
        await _migrate(stage, plant)
        yield stage


async def _migrate(stage: Stage, plant: Sequence[str]) -> None:
    """Bring the database to the schema of this program, as its operator would."""
    if not stage.env["DATABASE_URL"].startswith("sqlite"):
        await _migrated(stage, stage.env, plant)
        return
    template = _template() / "bot.db"
    if not template.exists():
        await _migrated(stage, {**stage.env, "DATABASE_URL": f"sqlite:///{template}"})
    shutil.copy(template, stage.file)


async def _migrated(stage: Stage, env: dict[str, str], plant: Sequence[str] = ()) -> None:
    server = await stage.launcher.start(env, [p for p in plant if p], log=stage.log, verb="migrate")
    await server.dead.wait()
