"""After its day nobody can say whose an answer was, with the whole database, every key and the platforms' logs.

The attacks are in relinking.py. Each protection is also taken away by itself, and then one of them works.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import Action, Body, Event, FileArrived, Opened, Pressed, Typed, Verb
from bot.library import Draft, Library, load
from bot.runtime import retention
from bot.runtime.channel import Incoming
from bot.runtime.identity import Identity, new_key, read_key
from bot.runtime.retention import RetentionJob, link_due
from bot.runtime.trail import Trail
from bot.runtime.turns import Turns
from bot.store import Store, StoredFile, unlinking
from handlers import take_turn
from tests.runtime.fakes import HandClock
from tests.runtime.relinking import ATTACKS, Account, Loot, stolen
from tests.store.look import everything

#: Midnight in Thailand.
DAY = datetime.fromisoformat("2026-11-24T00:00:00+07:00")
CLOSES = date(2026, 11, 30)

#: Accounts on LINE and on Telegram; there is one on the web beside them.
LINE, TELEGRAM = 40, 15
#: Their first day: most on one of two days, one alone; and who came back when.
LATER = dict.fromkeys(range(22, 40), 1) | {39: 3}
RETURNED = {0: (2,), 1: (4,), 2: (2, 4), 30: (5,), 41: (1,), 42: (3,), 44: (1, 3)}
RESTRICTS = 5

SINGLES = ("1.1-c1", "1.3-c1", "1.7-c1", "3.4-c1", "1.6-c1")

Say = Callable[[Account, Body, datetime], Incoming]


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity(read_key(new_key()), "test")


def accounts() -> list[Account]:
    """Everybody as the platforms know them."""
    line = [("line", f"U{n * 7919:032x}") for n in range(LINE)]
    telegram = [("telegram", str(5_000_000_000 + n * 7919)) for n in range(TELEGRAM)]
    return [*line, *telegram, ("web", "a-session-of-the-web")]


def words_of(n: int) -> str:
    """What this one wrote, by which the test, and only the test, knows whose an answer is."""
    return "อยากให้ทำเร็ว" + "ก" * (n % 8 + 1) + "ข" * (n // 8 + 1)


class Life:
    """What people do, and the log of it that the platforms keep."""

    def __init__(self, store: Store, identity: Identity, library: Library) -> None:
        self.log: list[Incoming] = []
        self.clock = HandClock()
        self.store = store
        self.identity = identity
        self.library = library
        self.turns = Turns(
            store=store,
            library=library,
            identity=identity,
            clock=self.clock,
            take_turn=take_turn,
            pulling=["web"],
            committed=lambda _: None,
        )

    async def all_do(self, what: Callable[[int, Account], Any], who: Iterable[int], day: int | None = None):
        """Each of these does something, a few seconds after the one before."""
        everybody, did = accounts(), []
        for n in who:
            at = DAY + timedelta(days=LATER.get(n, 0) if day is None else day, hours=9, seconds=37 * n)
            at += timedelta(milliseconds=len(self.log))
            body = what(n, everybody[n])
            body = await body if hasattr(body, "__await__") else body
            channel, sender = everybody[n]
            event = Event(f"{channel}:01H{len(self.log):09}", at, channel, body)
            did.append(Incoming(event, sender, "token"))
            self.log.append(did[-1])
        await self.turns.commit(did)

    def press(self, verb: Verb, *args: str) -> Callable[[int, Account], Body]:
        return lambda n, one: Pressed(Action(verb, args).token())

    def choose(self, question: str, shift: int = 0) -> Callable[[int, Account], Body]:
        asked = self.library.questions[question]

        def body(n: int, one: Account) -> Body:
            option = asked.options[(n + shift) % 4].id
            return Pressed(Action(Verb.CHOOSE, (asked.id, asked.version, option)).token())

        return body

    def type(self, n: int, one: Account) -> Body:
        return Typed(words_of(n), f"message-{len(self.log)}")

    async def attach(self, n: int, one: Account) -> Body:
        file = StoredFile(
            id=f"{one[0]}:file{n}", participant=self.identity.pseudonym(*one), sha256="a" * 64,
            media_type="application/pdf", size=4, content=b"%PDF", created_at=DAY, source=f"file-message-{n}",
        )  # fmt: skip
        await self.store.files.put(file)
        return FileArrived(file.id, file.sha256, file.media_type, file.size, "a.pdf", file.source)

    async def send(self, n: int, one: Account) -> Body:
        """The button that sends what was read back."""
        person = await self.store.people.load(self.identity.pseudonym(*one))
        assert person
        return Pressed(next(b.token for b in person.expects.buttons if b.token.startswith("1:send:")))

    async def live(self) -> None:
        """Everybody takes part: taps, types, suggests with a file, corrects; some use a right or come again."""
        everyone = range(len(accounts()))
        await self.all_do(lambda n, one: Opened(), everyone)
        await self.all_do(self.press(Verb.GROUP, "citizen"), everyone)
        for question in SINGLES[:-1]:
            await self.all_do(self.choose(question), everyone)
        await self.all_do(self.choose(SINGLES[0], shift=1), range(0, len(accounts()), 2))
        await self.all_do(self.press(Verb.COMPOSE, "3.5"), everyone)
        await self.all_do(self.press(Verb.AGE, "yes", "s.3.5"), everyone)
        await self.all_do(self.press(Verb.CONSENT, "yes", "s.3.5"), everyone)
        await self.all_do(self.type, everyone)
        await self.all_do(self.attach, everyone)
        await self.all_do(self.send, everyone)
        await self.all_do(self.press(Verb.QUESTION, "3.5-k1"), everyone)
        await self.all_do(self.type, everyone)
        await self.all_do(self.press(Verb.RESTRICT, "on"), [RESTRICTS])
        await self.all_do(self.press(Verb.COPY), everyone)
        for n, days in RETURNED.items():
            for day in days:
                await self.all_do(self.choose(SINGLES[-1], shift=day), [n], day)


def draft_of(library: Library) -> Draft:
    return replace(library.draft, closes=CLOSES)


def job_of(store: Store, library: Library, clock: HandClock) -> RetentionJob:
    """The job on the day on which the link is due."""
    due = link_due(draft_of(library))
    assert due
    clock.moment = due
    return RetentionJob(
        store=store, draft=draft_of(library), trail=Trail(store.audit, b"k" * 32, clock), clock=clock
    )


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = await Store.open(url)
    try:
        yield store
    finally:
        await store.close()


def tied(loot: Loot) -> dict[str, int]:
    """How many people each attack tells who said what; one that is mostly wrong tells nobody anything."""
    written = {words_of(n): one for n, one in enumerate(accounts())}
    truth = {(written[row["text"]], row["participant"]) for row in loot.rows("answers") if row["text"]}
    assert len(truth) == len(accounts())
    found = {}
    for attack in ATTACKS:
        claims = attack(loot)
        right = len({one for one, id_ in claims & truth})
        found[attack.__name__] = right if 2 * right >= len(claims) else 0
    return {name: count for name, count in found.items() if count}


async def test_nobody_can_be_told_who_said_what(
    database_url: str, store: Store, identity: Identity, library: Library
) -> None:
    life = Life(store, identity, library)
    await life.live()
    before = await stolen(database_url, identity, library, life.log)
    assert tied(before).keys() >= {
        "by_pseudonym", "by_address", "by_event", "by_record_id", "by_receipt", "by_message", "by_file",
        "by_time", "by_days", "by_first_day", "by_channel", "by_order_of_options", "by_right",
    }  # fmt: skip
    assert tied(before)["by_order_of_options"] == len(accounts()), "four or five questions name everybody"
    counts = await store.counts()

    done = await job_of(store, library, life.clock).do()

    after = await stolen(database_url, identity, library, life.log)
    assert tied(after) == {}
    assert done[retention.UNLINKED] == len(accounts())
    assert len(after.tables["answers"]) == len(before.tables["answers"]) > 300
    left = await store.counts()
    assert (left.participants, left.answers) == (len(accounts()), counts.answers)
    assert (left.suggestions, left.files) == (counts.suggestions, 0)


async def test_nothing_names_anybody_any_more(
    database_url: str, store: Store, identity: Identity, library: Library
) -> None:
    life = Life(store, identity, library)
    await life.live()
    names = {name for one in accounts() for name in (identity.pseudonym(*one), one[1])}
    names |= {identity.mark(name) for name in names}
    names |= {message for e in life.log if (message := getattr(e.event.body, "message", ""))}
    told = await everything(database_url)
    assert sum(name in told for name in names) > len(accounts())

    await job_of(store, library, life.clock).do()

    told = await everything(database_url)
    assert [name for name in names if name in told] == []
    assert {row.partition(":")[0] for row in told.splitlines()} == {
        "events", "participants", "answers", "suggestions", "consents", "requests", "audit",
    }  # fmt: skip
    tables = (await stolen(database_url, identity, library, life.log)).tables
    assert {row["participant"] for name in ("events", "requests") for row in tables[name]} == {None}
    assert {len(row["attachments"]) for row in tables["suggestions"]} == {0}
    assert {row["at"].astimezone(DAY.tzinfo).time() for row in tables["answers"]} == {DAY.time()}
    assert sum(row["restricted"] for row in tables["participants"]) == 1


async def test_what_was_current_is_current_and_what_belongs_together_stays_together(
    store: Store, identity: Identity, library: Library
) -> None:
    life = Life(store, identity, library)
    await life.live()

    async def kept() -> list[Any]:
        """What each said, by what they wrote."""
        said: dict[str, list[Any]] = {}
        async for id_, answer in store.answers.export(history=True):
            words = (answer.text, answer.question, answer.chosen, answer.replaced_at is None, answer.version)
            said.setdefault(id_, []).append(words)
        async for id_, suggestion in store.suggestions.export(history=True):
            said[id_].append((suggestion.text, suggestion.clause, suggestion.status))
        return sorted(sorted(map(str, words)) for words in said.values())

    before = await kept()
    await job_of(store, library, life.clock).do()
    assert await kept() == before


# Each protection taken away by itself


@pytest.fixture(scope="module")
async def lived(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, identity: Identity, library: Library
) -> tuple[Path, list[Incoming]]:
    """A database in which everybody has taken part, and the platforms' log."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("lived") / "store.db")
    async with opened(f"sqlite:///{file}") as store:
        life = Life(store, identity, library)
        await life.live()
    return file, life.log


Remove = Callable[[pytest.MonkeyPatch], None]


def keeping(*fields: str) -> Remove:
    """Let these fields of records stay as they are."""
    real = unlinking._renewed

    def renewed(row: dict[str, Any], *others: Any) -> dict[str, Any]:
        return real(row, *others) | {field: row[field] for field in fields if field in row}

    return lambda patch: patch.setattr(unlinking, "_renewed", renewed)


def keeping_days(patch: pytest.MonkeyPatch) -> None:
    """Each record on a day of its own."""
    real = unlinking._renewed

    def renewed(row: dict[str, Any], *others: Any) -> dict[str, Any]:
        at = row["at"].astimezone(DAY.tzinfo)
        return real(row, *others) | {"at": datetime.combine(at, DAY.timetz())}

    patch.setattr(unlinking, "_renewed", renewed)


class Unshuffled:
    """What lets everything lie as it came."""

    def sample(self, rows: list[Any], count: int) -> list[Any]:
        return list(rows)


def unshuffled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(unlinking, "SystemRandom", Unshuffled)
    patch.setattr(retention, "SystemRandom", Unshuffled)


def setting(module: Any, name: str, value: Any) -> Remove:
    return lambda patch: patch.setattr(module, name, value)


@pytest.mark.parametrize(
    ("remove", "attack"),
    [
        (setting(unlinking, "_nobodies", lambda left: {p: unlinking.ANONYMOUS + p for p in left}), "by_pseudonym"),
        (keeping("id"), "by_record_id"),
        (keeping("receipt"), "by_receipt"),
        (keeping("source"), "by_message"),
        (keeping("attachments"), "by_file"),
        (keeping("at"), "by_time"),
        (keeping_days, "by_days"),
        (setting(retention, "_crowds", lambda counted, smallest: sorted(counted)), "by_first_day"),
        (setting(retention, "_channels", lambda people, few: {p.channel: p.channel for p in people}), "by_channel"),
        (keeping("options"), "by_order_of_options"),
        (unshuffled, "by_order_of_pseudonyms"),
        (setting(retention, "_TRACED", ()), "by_right"),
    ],
    ids=["people", "ids", "receipts", "sources", "attachments", "times", "days", "crowds", "channels", "options",
         "lying", "rights"],
)  # fmt: skip
async def test_without_a_protection_somebody_is_told(
    lived: tuple[Path, list[Incoming]],
    tmp_path: Path,
    identity: Identity,
    library: Library,
    remove: Remove,
    attack: str,
) -> None:
    file, log = lived
    url = f"sqlite:///{shutil.copy(file, tmp_path / 'store.db')}"
    with pytest.MonkeyPatch.context() as patch:
        remove(patch)
        async with opened(url) as store:
            await job_of(store, library, HandClock()).do()
    assert attack in tied(await stolen(url, identity, library, log))
