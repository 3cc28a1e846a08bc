"""Who takes part: how each is started, which platform it speaks, and where its answers lie."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_server
from typing import Final

from msgspec import Struct

from bot.runtime.identity import new_key
from bot.store.sqlite import library

ROOT: Final = Path(__file__).resolve().parents[2]
#: The environment of the peers, which `make bench` sets up.
PEERS: Final = Path(os.environ.get("BENCH_PEERS", ROOT / ".venv-bench")) / "bin" / "python"
SECRET: Final = "0123456789abcdef0123456789abcdef"

#: IDENTITY_KEY of our server in every run, by which a filled store knows its people.
KEY: Final = new_key()

#: Which cores the server and everything else have; both the same where there is one only.
_CORES: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CORE: Final = set(_CORES[:1])
OTHER_CORES: Final = set(_CORES[1:]) or SERVER_CORE


class Contestant(Struct, frozen=True):
    """One server of the benchmark.

    `command` follows the Python; `peer` says whose. `platform` and `path` are where its webhook is and what
    is sent there. `stored` names the ids of the events whose answers are in its database.
    """

    name: str
    command: tuple[str, ...]
    path: str = "/webhook"
    platform: str = "line"
    peer: bool = False
    replies: bool = True
    migrated: bool = False
    stored: str = "SELECT id FROM answers"
    durable: bool = True

    @property
    def python(self) -> Path:
        """Whose Python runs it."""
        return PEERS if self.peer and PEERS.exists() else Path(sys.executable)


_OF_OURS: Final = (
    "SELECT substr(id, 6, length(id) - 8) FROM answers WHERE id >= 'line:01BENCH' AND id < 'line:01BENCI'"
)
_OF_OURS_TELEGRAM: Final = "SELECT substr(id, 10, length(id) - 12) FROM answers"
_SERVE: Final = ("-m", "bot", "serve")

OURS: Final = Contestant("ours", _SERVE, path="/line/webhook", migrated=True, stored=_OF_OURS)
OURS_TELEGRAM: Final = Contestant(
    "ours, Telegram", _SERVE, "/telegram/webhook", "telegram", migrated=True, stored=_OF_OURS_TELEGRAM
)
PTB: Final = Contestant(
    "python-telegram-bot, ConversationHandler",
    ("-m", "peers.telegram_ptb"),
    platform="telegram-text",
    peer=True,
)
AIOGRAM: Final = Contestant(
    "aiogram 3, FSM", ("-m", "peers.telegram_aiogram"), platform="telegram-text", peer=True
)
LINE_FASTAPI: Final = Contestant("line-bot-sdk, FastAPI", ("-m", "peers.line_fastapi"), peer=True)
RAW: Final = Contestant(
    "the same work by hand", ("-m", "tests.bench.floors.raw"), migrated=True, stored=_OF_OURS
)


def _floor(name: str, step: str, *, durable: bool = False) -> Contestant:
    stored = "SELECT substr(id, 6) FROM answers"
    return Contestant(
        name, ("-m", "tests.bench.floors.bare", step), replies=False, durable=durable, stored=stored
    )


INSERT: Final = _floor("signature, parse, group-committed INSERT", "insert", durable=True)
PARSE: Final = _floor("signature and parse", "parse")
BARE: Final = _floor("bare ASGI 200", "answer")

PEER_CONTESTANTS: Final = (LINE_FASTAPI, AIOGRAM, PTB)
FLOORS: Final = (RAW, INSERT, PARSE, BARE)


def free_port() -> int:
    """A port nobody listens on now."""
    with closing(create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def environment(contestant: Contestant, database: Path, port: int, standin: int) -> dict[str, str]:
    """The variables of a server's process, and none that are about anything else."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    api = f"http://127.0.0.1:{standin}"
    if contestant.command[-1] == "serve":
        ours = {
            "DATABASE_URL": f"sqlite:///{database}",
            "IDENTITY_KEY": KEY,
            "PUBLIC_URL": "https://bench.example",
            "HOST": "127.0.0.1",
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": "token",
            "LINE_API_BASE": api,
        }
        if contestant.platform.startswith("telegram"):
            ours |= {
                "TELEGRAM_BOT_TOKEN": "1:TOKEN",
                "TELEGRAM_WEBHOOK_SECRET": SECRET,
                "TELEGRAM_API_BASE": api,
            }
    else:
        ours = {"DATABASE": str(database), "STANDIN": api, "SECRET": SECRET}
    folder = ROOT / "tests" / "bench" if contestant.peer else ROOT
    return kept | ours | {"PORT": str(port), "PYTHONPATH": str(folder)}


def pinned(cores: set[int]) -> Callable[[], None] | None:
    """What keeps a child on its cores, as taskset does; None where that cannot be."""
    return (lambda: os.sched_setaffinity(0, cores)) if cores else None


@contextmanager
def server(
    contestant: Contestant, database: Path, port: int, standin: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Its process, killed at the end if it is still there."""
    log = database.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [contestant.python, *contestant.command],
            env=environment(contestant, database, port, standin),
            cwd=database.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=pinned(SERVER_CORE),  # noqa: PLW1509 - no threads here
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def stored(contestant: Contestant, database: Path) -> list[str]:
    """The ids of the events whose answers its database holds, after whatever happened to the process."""
    with closing(library.connect(database)) as connection:
        return [str(id_) for (id_,) in connection.execute(contestant.stored)]
