"""What the job does and when: on its day, whole or again, beside people who go on acting, and it says so."""

import asyncio
import io
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import insert

from bot.dialogue import Consent, Erase, Purpose, RequestKind, Scope
from bot.errors import UnavailableError
from bot.library import Draft, load
from bot.library.model import Anonymity
from bot.runtime import log, retention
from bot.runtime.retention import UNLINKED, RetentionJob, Rules, blur, link_due
from bot.runtime.trail import SYSTEM, Trail
from bot.store import Deed, Kept, Known, NewEvent, Processes, Quarantined, Store
from bot.store.database import Database
from bot.store.office import moderations, tags
from bot.store.replying import Reply
from bot.store.schema import metadata
from bot.store.states import Flag
from bot.store.unlinking import ANONYMOUS
from tests.runtime.fakes import HandClock
from tests.store import values
from tests.store.look import column
from tests.store.rows import lease

CLOSES = date(2026, 11, 30)
#: Midnight in Thailand, thirty days on.
DUE = datetime(2026, 12, 29, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def draft() -> Draft:
    return replace(load().draft, closes=CLOSES)


def job_of(store: Store, draft: Draft, clock: HandClock) -> RetentionJob:
    return RetentionJob(store=store, draft=draft, trail=Trail(store.audit, b"k" * 32, clock), clock=clock)


async def deeds(store: Store) -> list[Deed]:
    async with aclosing(store.audit.read()) as read:
        return [deed async for deed in read]


async def answered(store: Store, *numbers: int) -> None:
    """These people have answered, consented, and are told so."""
    await values.take_in(
        store,
        *(
            values.commit(
                f"line:{n}",
                values.answer(f"line:{n}/r0", chosen=(f"o{n}",)),
                values.consent(f"line:{n}/r1"),
                who=values.person(f"p{n}"),
                messages=(values.message(),),
            )
            for n in numbers
        ),
    )


async def everybody(store: Store) -> list[Known]:
    return await store.unlinking.people(datetime(2030, 1, 1, tzinfo=UTC))


# When


@pytest.mark.parametrize(
    ("closes", "days", "due"),
    [
        (None, 30, None),
        (date(2026, 11, 30), 30, DUE),
        (date(2026, 11, 30), 1, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)),
        (date(2026, 11, 30), 0, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)),
    ],
)
def test_the_day_is_within_what_was_promised_and_never_before_the_close(
    draft: Draft, closes: date | None, days: int, due: datetime | None
) -> None:
    assert link_due(replace(draft, closes=closes, anonymity=Anonymity(linked_days=days))) == due


async def test_nothing_is_unlinked_before_its_moment(store: Store, draft: Draft, clock: HandClock) -> None:
    await answered(store, 1)
    clock.moment = DUE - timedelta(microseconds=1)
    assert UNLINKED not in await job_of(store, draft, clock).do()
    assert UNLINKED not in await job_of(store, replace(draft, closes=None), clock).do()
    clock.moment = DUE
    assert (await job_of(store, draft, clock).due())[UNLINKED] == 1
    assert (await job_of(store, draft, clock).do())[UNLINKED] == 1


async def test_each_rule_has_its_age(store: Store, draft: Draft, clock: HandClock) -> None:
    """The ages themselves are a promise: whoever changes one changes it here too."""
    days = {kept.value: Rules().age(kept).days for kept in Kept}
    assert days == {
        "quarantined": 7, "held": 1, "drafts": 30, "words": 30, "events": 90, "fetches": 7, "files": 1,
    }  # fmt: skip
    one = Quarantined(
        id="line:x", channel="line", participant=None, at=clock.now(), error="KeyError", sealed=b""
    )
    async with store.transaction() as tx:
        await tx.quarantine([one])
    clock.move(days=7)
    assert (await job_of(store, draft, clock).do())["quarantined"] == 0
    clock.move(seconds=1)
    assert (await job_of(store, draft, clock).due())["quarantined"] == 1
    assert (await job_of(store, draft, clock).do())["quarantined"] == 1


# Whether the time is sure


async def claimed(store: Store, at: datetime) -> None:
    async with store.transaction() as transaction:
        await transaction.claim([NewEvent(f"line:{at}", None, at)], at)


@pytest.mark.parametrize(
    ("days", "sure"), [(0, True), (180, True), (181, False), (365, False), (75_000, False)]
)
async def test_a_clock_that_is_years_ahead_is_not_believed_until_an_operator_says_so(
    store: Store, draft: Draft, clock: HandClock, days: int, sure: bool
) -> None:
    await claimed(store, clock.now())
    clock.move(days=days)
    assert await job_of(store, draft, clock)._time_is_sure() == sure
    await claimed(store, clock.now())
    assert await job_of(store, draft, clock)._time_is_sure() == sure, "what comes meanwhile says nothing"
    await job_of(store, draft, clock).do()  # as the verb does
    assert await job_of(store, draft, clock)._time_is_sure()


async def test_nothing_goes_while_the_clock_is_another_than_at_the_start(
    store: Store, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_set, rounds = True, 0
    job = RetentionJob(
        store=store,
        draft=draft,
        trail=Trail(store.audit, b"k" * 32, clock),
        clock=clock,
        was_set=lambda: was_set,
    )
    ask = job._time_is_sure

    async def asked() -> bool:
        nonlocal was_set, rounds
        sure, rounds = await ask(), rounds + 1
        was_set = rounds < 3
        return sure

    async def do() -> dict[str, int]:
        job.close()
        return {}

    monkeypatch.setattr(job, "_time_is_sure", asked)
    monkeypatch.setattr(job, "do", do)
    monkeypatch.setattr(retention, "_ROUND", 0.001)
    async with asyncio.timeout(10):
        await job.run()
    assert rounds == 4, "three rounds did nothing"


# What it says


async def test_it_is_noted_and_logged_when_something_was_done(
    store: Store, draft: Draft, clock: HandClock
) -> None:
    stream = io.StringIO()
    log.configure(stream)
    await job_of(store, draft, clock).do()
    assert stream.getvalue() == ""
    assert await deeds(store) == []
    await answered(store, 1, 2)
    clock.moment = DUE
    await job_of(store, draft, clock).do()
    (deed,) = await deeds(store)
    assert (deed.actor, deed.act, deed.subject) == (SYSTEM, "retention", "")
    assert deed.detail == {"unlinked": "2"}
    assert '"detail": "unlinked"' in stream.getvalue()
    assert '"count": 2' in stream.getvalue()
    assert "p1" not in stream.getvalue()
    await job_of(store, draft, clock).do()
    assert len(await deeds(store)) == 1


# Whole, or again


async def test_an_interruption_leaves_people_whole_and_the_rest_is_done_the_next_time(
    store: Store, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PEOPLE", 4)
    await answered(store, *range(10))
    clock.moment = DUE
    done = 0
    real = store.unlinking.unlink

    async def unlink(*batch) -> int:
        nonlocal done
        done += 1
        if done == 2:
            raise UnavailableError("not now")
        return await real(*batch)

    monkeypatch.setattr(store.unlinking, "unlink", unlink)
    job = job_of(store, draft, clock)
    with pytest.raises(UnavailableError):
        await job.do()
    assert sum(one.anonymous for one in await everybody(store)) == 4
    assert [deed.detail for deed in await deeds(store)] == [{"unlinked": "4"}], "what was done is noted"
    assert (await job.do())[UNLINKED] == 6
    assert (await job.do())[UNLINKED] == 0
    assert {one.anonymous for one in await everybody(store)} == {True}
    chosen = [answer.chosen async for _, answer in store.answers.export()]
    assert sorted(chosen) == [(f"o{n}",) for n in range(10)]


async def test_a_batch_that_fails_in_its_middle_changes_nothing(
    store: Store, database_url: str, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answered(store, 1, 2)
    before = {
        t.name: await column(database_url, t.name, t.primary_key.columns[0].name)
        for t in metadata.sorted_tables
    }
    clock.moment = DUE
    monkeypatch.setattr("bot.store.unlinking._renewed", lambda *_: {}["a fault in the middle"])
    with pytest.raises(KeyError):
        await job_of(store, draft, clock).do()
    after = {
        t.name: await column(database_url, t.name, t.primary_key.columns[0].name)
        for t in metadata.sorted_tables
    }
    assert after == before


async def test_several_at_once_do_it_once(
    store: Store, database_url: str, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PEOPLE", 3)
    await answered(store, *range(20))
    clock.moment = DUE
    others = [await Store.open(database_url) for _ in range(2)]
    try:
        done = await asyncio.gather(*(job_of(one, draft, clock).do() for one in (store, *others)))
    finally:
        for one in others:
            await one.close()
    assert sum(one[UNLINKED] for one in done) == 20
    assert len(await everybody(store)) == 20
    chosen = [answer.chosen async for _, answer in store.answers.export()]
    assert sorted(chosen) == sorted((f"o{n}",) for n in range(20))


async def test_of_several_that_serve_one_goes_its_round(
    postgresql_url: str, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_ROUND", 0.01)
    store, other = await Store.open(postgresql_url), await Store.open(postgresql_url)
    busy, most, rounds = 0, 0, 0
    enough = asyncio.Event()

    async def do(_: RetentionJob) -> dict[str, int]:
        nonlocal busy, most, rounds
        busy += 1
        most, rounds = max(most, busy), rounds + 1
        await asyncio.sleep(0.05)
        busy -= 1
        if rounds >= 6:
            enough.set()
        return {}

    async def serve() -> None:
        nonlocal most, rounds
        busy_jobs = [job_of(one, draft, clock) for one in (store, other)]
        most = rounds = 0
        enough.clear()
        running = [asyncio.create_task(job.run()) for job in busy_jobs]
        async with asyncio.timeout(20):
            await enough.wait()
            for job in busy_jobs:
                job.close()
            await asyncio.gather(*running)

    monkeypatch.setattr(RetentionJob, "do", do)
    try:
        await serve()
        assert most == 1
        monkeypatch.setattr(Processes, "several", False)
        await serve()
        assert most == 2, "without the lock both go"
    finally:
        await store.close()
        await other.close()


# Beside people who go on


async def test_who_was_erased_meanwhile_is_not_brought_back(
    store: Store, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased after the search, before the transaction; the farewell still goes out."""
    await answered(store, 1, 2)
    clock.moment = DUE
    real = store.unlinking.people

    async def people(idle: datetime) -> list[Known]:
        found = await real(idle)
        farewell = values.commit(
            "line:9", messages=(values.message("ลบแล้ว"),), erase=Erase(Scope.EVERYTHING), now=DUE
        )
        if not await store.erasures.ledger():
            await values.take_in(store, farewell)
        return found

    monkeypatch.setattr(store.unlinking, "people", people)
    await job_of(store, draft, clock).do()
    chosen = [answer.chosen async for _, answer in store.answers.export()]
    assert chosen == [("o2",)]
    assert len(await store.erasures.ledger()) == 1


async def test_who_acts_afterwards_is_new_and_has_nothing(
    store: Store, draft: Draft, clock: HandClock
) -> None:
    await answered(store, 1)
    clock.moment = DUE
    job = job_of(store, draft, clock)
    await job.do()
    assert await store.people.load("p1") is None
    again = values.commit("line:2", who=values.person("p1"), messages=(values.message(),), now=DUE)
    await values.take_in(store, again)
    loaded = await store.people.load("p1")
    assert loaded == values.person("p1")
    assert (await job.do())[UNLINKED] == 0, "they are still talking to us, and nothing is linked to them"
    (letter,) = await lease(store, DUE, 9, 30)
    assert letter.address is not None
    clock.move(days=1, seconds=1)
    assert (await job.do())[UNLINKED] == 1
    assert [one.anonymous for one in await everybody(store)] == [True]


async def test_people_may_act_while_it_is_done(store: Store, draft: Draft, clock: HandClock) -> None:
    await answered(store, *range(30))
    clock.moment = DUE

    async def act() -> None:
        for n in range(30):
            again = values.commit(f"line:again{n}", who=values.person(f"p{n}"), now=DUE)
            await values.take_in(store, again)

    job = job_of(store, draft, clock)
    await asyncio.gather(job.do(), act())
    await job.do()
    people = await everybody(store)
    with_answers = {id_ async for id_, _ in store.answers.export()}
    assert len(with_answers) == 30
    assert all(id_.startswith(ANONYMOUS) for id_ in with_answers)
    assert {one.first for one in people if not one.anonymous} <= {None}


async def test_restriction_goes_on_and_the_newest_consent_is_still_the_newest(
    store: Store, database_url: str, draft: Draft, clock: HandClock
) -> None:
    given = [bool(n % 3) for n in range(12)]
    log_ = [
        Consent(id=f"line:1/r{n:02}", purpose=Purpose.NEWS, given=g, notice="n1", at=values.at(n))
        for n, g in enumerate(given)
    ]
    who = values.person("p1", restricted=True)
    await values.take_in(
        store,
        values.commit("line:1", *log_, values.answer("line:1/a"), values.request("line:1/q"), who=who),
        values.commit("line:2", values.answer("line:2/a"), who=values.person("p2")),
    )
    clock.moment = DUE
    await job_of(store, draft, clock).do()
    assert sorted(await column(database_url, "participants", "restricted")) == [False, True]  # type: ignore[type-var]
    (one,) = [
        person
        for known in await everybody(store)
        if (person := await store.people.load(known.id)) and person.consents
    ]
    assert [c.given for c in one.consents] == given[-1:]
    assert await column(database_url, "requests", "receipt") == ["R-2345678"], "what a person holds stays"
    assert await column(database_url, "requests", "participant") == [None]


async def test_a_receipt_that_leads_to_few_is_drawn_anew(
    store: Store, database_url: str, draft: Draft, clock: HandClock
) -> None:
    """Somebody who alone restricted, withdrew or corrected could be told by it."""
    few = replace(draft, anonymity=Anonymity(smallest=5))
    used = [RequestKind.RESTRICT] * 4 + [RequestKind.CORRECT] * 5 + [RequestKind.COPY]
    await values.take_in(
        store,
        *(
            values.commit(f"line:{n}", values.request(f"line:{n}/r", kind), who=values.person(f"p{n}"))
            for n, kind in enumerate(used)
        ),
    )
    clock.moment = DUE
    await job_of(store, few, clock).do()
    kinds = await column(database_url, "requests", "kind")
    told = await column(database_url, "requests", "receipt")
    held = [kind for kind, receipt in zip(kinds, told, strict=True) if receipt == "R-2345678"]
    assert sorted(held) == sorted(used[4:])
    assert all(str(receipt).startswith("R-") and len(str(receipt)) == 9 for receipt in told)


async def test_what_is_left_of_somebody_unknown_says_no_more_whose_it_is(
    store: Store, database_url: str, draft: Draft, clock: HandClock
) -> None:
    async with store.transaction() as tx:
        await tx.claim([NewEvent("line:1", "p1", clock.now())], clock.now())
        sealed = {"at": DUE, "error": "KeyError", "sealed": b"x"}
        await tx.quarantine([Quarantined(id="line:2", channel="line", participant="p1", **sealed)])
    clock.moment = DUE
    await job_of(store, draft, clock).do()
    assert await column(database_url, "events", "participant") == [None]
    assert await column(database_url, "quarantine", "id") == []


async def test_replies_tags_and_flags_follow_their_records(
    store: Store, draft: Draft, clock: HandClock, database_url: str
) -> None:
    """And nothing is left under the old names; of when it was replied only the day."""
    record = values.suggestion("line:1/r0", receipt="B-2345678", tell=True)
    await values.take_in(store, values.commit("line:1", record, values.answer("line:1/r1")))
    when = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
    reply = Reply(id="r1", receipt="B-2345678", text="อ่านแล้ว", author="มาลี", at=when)
    assert await store.replies.add(reply, (values.message(),), pulling=[])
    async with Database.writing(store._database) as connection:
        await connection.execute(insert(tags).values(receipt="B-2345678", tag="กฎ", author="มาลี", at=when))
        for subject in ("B-2345678", "line:1/r1"):
            await connection.execute(
                insert(moderations).values(
                    id=subject, subject=subject, flag=Flag.HIDDEN, reason="ชื่อคน", author="มาลี", at=when
                )
            )
    clock.moment = DUE + timedelta(days=2)
    await job_of(store, draft, clock).do()
    [receipt] = await column(database_url, "suggestions", "receipt")
    [answer] = await column(database_url, "answers", "id")
    assert receipt != "B-2345678"
    assert await column(database_url, "replies", "receipt") == [receipt]
    assert await column(database_url, "replies", "at") == [datetime(2026, 11, 24, 17, 0, tzinfo=UTC)]
    assert await column(database_url, "tags", "receipt") == [receipt]
    assert set(await column(database_url, "moderations", "subject")) == {receipt, answer}
    assert await column(database_url, "suggestions", "tell") == [False]
    assert await column(database_url, "suggestions", "reply") == ["อ่านแล้ว"]


def test_every_table_that_names_people_was_thought_of() -> None:
    """Whoever adds one says here, and in unlinking.py, what becomes of it when the link is destroyed."""
    assert {table.name for table in metadata.sorted_tables if "participant" in table.c} == {
        "events", "addresses", "data_keys", "answers", "suggestions", "consents", "requests", "files",
        "outbox", "fetches", "quarantine",
    }  # fmt: skip


# The worker


@pytest.fixture
def round_(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many rounds there were; they follow one another at once."""
    rounds = 0
    real = RetentionJob.do

    async def do(self: RetentionJob) -> dict[str, int]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise UnavailableError("not now")
        if rounds == 2:
            raise ZeroDivisionError
        if rounds == 4:
            self.close()
        return await real(self)

    monkeypatch.setattr(RetentionJob, "do", do)
    monkeypatch.setattr(retention, "_ROUND", 0.001)
    return lambda: rounds


async def test_it_goes_on_after_a_failure_and_ends_when_told(
    store: Store, draft: Draft, clock: HandClock, round_: Callable[[], int]
) -> None:
    log.configure(io.StringIO())
    async with asyncio.timeout(10):
        await job_of(store, draft, clock).run()
    assert round_() == 4


async def test_between_rounds_it_ends_at_once(store: Store, draft: Draft, clock: HandClock) -> None:
    job = job_of(store, draft, clock)
    running = asyncio.create_task(job.run())
    await answered(store, 1)
    job.close()
    async with asyncio.timeout(5):
        await running


async def test_told_to_end_it_ends_between_two_batches(
    store: Store, draft: Draft, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PEOPLE", 2)
    await answered(store, *range(10))
    clock.moment = DUE
    job = job_of(store, draft, clock)
    real = store.unlinking.unlink

    async def unlink(*batch) -> int:
        job.close()
        return await real(*batch)

    monkeypatch.setattr(store.unlinking, "unlink", unlink)
    assert (await job.do())[UNLINKED] == 2


# How coarse


_PEOPLE = st.lists(
    st.builds(
        Known,
        id=st.uuids().map(str),
        channel=st.sampled_from(["line", "telegram", "web", ""]),
        first=st.none() | st.integers(0, 8 * 24).map(lambda hours: DUE + timedelta(hours=hours)),
    ),
    unique_by=lambda one: one.id,
    max_size=80,
)


@given(people=_PEOPLE, smallest=st.integers(1, 12))
def test_nobody_is_alone_where_or_when_they_took_part(people: list[Known], smallest: int) -> None:
    told = blur(people, smallest)
    spoke = [one for one in people if one.first]
    assert told.keys() == {one.id for one in spoke}
    for channel in {one.channel for one in told.values()}:
        there = [one for one in told.values() if one.channel == channel]
        assert len(there) >= min(smallest, len(spoke))
        for day in {one.day for one in there}:
            assert sum(one.day == day for one in there) >= min(smallest, len(there))


@given(people=_PEOPLE, smallest=st.integers(1, 12))
def test_what_is_coarse_becomes_no_coarser_and_no_finer(people: list[Known], smallest: int) -> None:
    """A second run finds some already moved: the crowds it makes are crowds still."""
    told = blur(people, smallest)
    again = [Known(one.id, told[one.id].channel, told[one.id].day) for one in people if one.first]
    assert {one.day for one in blur(again, smallest).values()} <= {one.day for one in told.values()}
    test_nobody_is_alone_where_or_when_they_took_part.hypothesis.inner_test(again, smallest)
