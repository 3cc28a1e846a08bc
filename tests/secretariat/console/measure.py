"""How long the overview and the answers take: `python -m tests.secretariat.console.measure [URL [ANSWERS]]`.

Without a URL: a new SQLite file. A store that has answers already is taken as it is. Two times are said
of each page, the best of three: on the clock, and of the processor in this process, which is SQLite too.
"""

import asyncio
import sys
import tempfile
from secrets import token_hex
from time import perf_counter, process_time

import httpx2
from starlette.applications import Starlette

from bot.app import content_folder
from bot.desk import console_of
from bot.runtime.clock import SystemClock
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.credentials import mark
from bot.secretariat.console.policy import Role
from bot.settings import Settings
from bot.store import Store
from tests.secretariat.console.conftest import KEY, admitted, operating_by, turns_over
from tests.secretariat.console.crowd import fill

PAGES = (
    ("overview, nothing counted yet", ""),
    ("overview, kept", ""),
    ("answers of the first clause", "/answers"),
    ("answers of one question", "/answers?clause=3.5&question=3.5-c1"),
    ("answers of one group and channel", "/answers?clause=3.5&group=civil&channel=web"),
    ("answers, page 40", "/answers?clause=3.5&page=40"),
    ("answers of every clause", "/answers?clause="),
    ("a word of many in one clause", "/answers?clause=3.5&contains=มือถือ"),
    ("a word of none in one clause", "/answers?clause=3.5&contains=ไม่มีใครพิมพ์"),
    ("a word of none in every clause", "/answers?clause=&contains=ไม่มีใครพิมพ์"),
)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


async def analyst(store: Store) -> httpx2.AsyncClient:
    """A browser of an analyst who is signed in."""
    settings = Settings.model_validate({"identity_key": KEY.hex()})
    content = content_folder(settings)
    library, _ = admitted(content)
    clock = SystemClock()
    operating = operating_by(turns_over(store, library, clock))
    console = console_of(settings, operating, library, content, ["web"], clock)
    account = await store.staff.named("measure") or await Accounts(store.staff, operating.trail, clock).add(
        "test", "measure", [Role.ANALYST]
    )
    session = token_hex()
    await store.staff.begin(account.id, mark(session), clock.now())
    transport = httpx2.ASGITransport(Starlette(routes=console.routes()))
    return httpx2.AsyncClient(
        transport=transport, base_url="http://desk.test", cookies={"secretariat": session}
    )


async def measure(url: str, count: int) -> None:
    """Print a line for each page."""
    store = await Store.open(url)
    try:
        await store.migrate()
        if not (await store.counts()).answers:
            people = await fill(store, admitted(content_folder(Settings()))[0], count)
            _say(f"{count:,} answers of {people:,} people")
        async with await analyst(store) as web:
            for name, path in PAGES:
                best = best_cpu = 99.0
                if "kept" in name:
                    began = perf_counter()
                    while b'role="status"' in (await web.get("/secretariat")).content:
                        await asyncio.sleep(0.05)
                    _say(f"{'  counted meanwhile in':34} {(perf_counter() - began) * 1000:6.0f} ms")
                for _ in range(1 if "yet" in name else 3):
                    began, began_cpu = perf_counter(), process_time()
                    answer = await web.get(f"/secretariat{path}")
                    best = min(best, perf_counter() - began)
                    best_cpu = min(best_cpu, process_time() - began_cpu)
                    assert answer.status_code == 200, answer.status_code
                size = len(answer.content) // 1024
                _say(f"{name:34} {best * 1000:6.0f} ms, processor {best_cpu * 1000:6.0f} ms, {size} KiB")
    finally:
        await store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        chosen = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/measure.db"
        asyncio.run(measure(chosen, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000))
