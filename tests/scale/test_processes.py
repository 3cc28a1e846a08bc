"""Real processes on one PostgreSQL: any takes anything, nothing is lost, doubled or out of order."""

import asyncio
import os
import time
from uuid import uuid4

import httpx2
from msgspec.structs import replace

from bot.channels.web.api import POLL_SECONDS
from bot.library import load
from bot.runtime.clock import SystemClock
from bot.runtime.identity import read_key
from bot.runtime.trail import Trail
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.credentials import Codes, hashed
from bot.secretariat.console.policy import Role
from bot.store import Store
from tests.proof.server import environment
from tests.scale.crowd import Crowd, Line, Seen, look
from tests.scale.fleet import Fleet, Process, fleet

ORIGIN = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "ถนนสายยาว แมวสามสี ปลาทูนึ่ง"


#: How much is tried: `SCALE=long python -m pytest tests/scale` for a crowd, else what takes seconds.
LONG = os.environ.get("SCALE") == "long"
PEOPLE, QUESTIONS = (40, 20) if LONG else (8, 6)


async def test_one_is_killed_in_the_middle(postgresql_url: str) -> None:
    count = 3 if LONG else 2
    async with Line(0.02, strict=LONG) as line, fleet(postgresql_url, line.url, count, "lease:4") as bot:
        crowd = Crowd(line, load(), people=PEOPLE)
        answering = asyncio.create_task(crowd.answer(bot, QUESTIONS))
        await line.until(lambda: len(line.answered) >= PEOPLE * QUESTIONS / 2, 60)
        await bot.processes[0].server.kill()
        await answering
        seen = await looked(postgresql_url, crowd)
        assert min(process.taken for process in bot.processes) > 0, "each took some"
    assert seen == Seen(acked=PEOPLE * QUESTIONS, repeated=crowd.repeated, most_at_once=1)


async def test_two_answer_as_one(postgresql_url: str) -> None:
    """Who begins with one process goes on with the other: a reader of the web, and somebody of the staff."""
    async with Line() as line, fleet(postgresql_url, line.url, 2) as bot:
        one, other = bot.processes
        took = await _read_elsewhere(bot, one, other)
        assert took < POLL_SECONDS / 2, "woken, and not at the end of the wait"
        await _sign_in(postgresql_url, environment(0, "", "", "")["IDENTITY_KEY"], bot)


async def _read_elsewhere(bot: Fleet, one: Process, other: Process) -> float:
    """Seconds from an event at one process to its letter at the other, where somebody waits for it."""
    async with httpx2.AsyncClient(timeout=60) as web:
        await web.get(f"{one.url}/chat/latest")
        session = {"Cookie": "; ".join(f"{name}={value}" for name, value in web.cookies.items())}
        waiting = asyncio.create_task(web.get(f"{other.url}/chat/letters?after=0", headers=session))
        await asyncio.sleep(0.5)  # it is to wait before there is anything
        began = time.monotonic()
        event = {"id": str(uuid4()), "kind": "opened"}
        taken = await web.post(f"{one.url}/chat/events", json=event, headers=session | ORIGIN)
        assert taken.status_code == 200
        assert (await waiting).json()["letters"]
        return time.monotonic() - began


async def _sign_in(url: str, key: str, bot: Fleet) -> None:
    one, other = bot.processes
    codes, clock = Codes(read_key(key)), SystemClock()
    store = await Store.open(url)
    try:
        accounts = Accounts(store.staff, Trail(store.audit, read_key(key), clock), clock)
        account = await accounts.add("test", "มาลี", [Role.ANALYST])
        ready = replace(
            account,
            password=hashed(PASSWORD),
            totp=codes.seal(account.id, codes.new_secret()),
            recovery=(codes.recovery_mark("0a1b2c-0a1b2c3d"),),
        )
        await store.staff.keep(ready)
    finally:
        await store.close()
    form = {"name": "มาลี", "password": PASSWORD, "code": "0a1b2c-0a1b2c3d"}
    wrong = form | {"password": PASSWORD + "x"}
    sent = {"data": form, "headers": ORIGIN}
    entered = await bot.web.post(f"{one.url}/secretariat/sign-in", **sent)
    cookie = {"Cookie": entered.headers["set-cookie"].partition(";")[0]}
    assert entered.status_code == 303
    assert "มาลี" in (await bot.web.get(f"{other.url}/secretariat", headers=cookie)).text
    assert (await bot.web.post(f"{other.url}/secretariat/sign-in", **sent)).status_code == 403, (
        "the code was used"
    )
    told = [await _status(bot, process, wrong) for process in (one, other, one, other)]
    assert told == [403, 403, 403, 429], "one failure at the other process, and four here and there"


async def _status(bot: Fleet, process: Process, form: dict[str, str]) -> int:
    answer = await bot.web.post(f"{process.url}/secretariat/sign-in", data=form, headers=ORIGIN)
    return answer.status_code


async def test_two_letters_at_once_would_be_seen(postgresql_url: str) -> None:
    async with (
        Line(0.05, strict=False) as line,
        fleet(postgresql_url, line.url, 2, "two_at_once") as bot,
    ):
        crowd = Crowd(line, load(), people=8)
        await crowd.answer(bot, 4)
        seen = await looked(postgresql_url, crowd)
    assert seen.most_at_once > 1 or seen.out_of_order


async def looked(url: str, crowd: Crowd) -> Seen:
    store = await Store.open(url)
    try:
        await crowd.told(store, 60)
        return await look(store, crowd)
    finally:
        await store.close()
