"""Answers as the staff reads them: counted by wording, found by every filter, never what is kept unused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text as sql

from bot.dialogue import Outcome
from bot.store import Store, answering
from bot.store.answering import COUNTED, PAGE, Asked, Choice, Found
from bot.store.exports import Filters, narrowed
from bot.store.moderation import Moderation
from bot.store.states import Flag
from tests.store.values import NOW, answer, at, commit, person, take_in


async def said(store: Store, who: str, *records: Any, **fields: Any) -> None:
    await take_in(store, commit(f"{who}:{records[0].id}", *records, who=person(who, **fields)))


async def typed(store: Store, page: int = 1, **filters: Any) -> list[str]:
    found: Found = await store.answering.typed(Filters(**filters), page)
    return [one.id for one in found.typed]


@pytest.fixture
async def three(store: Store) -> Store:
    """Three typed answers of three people, and one that was only tapped."""
    await said(store, "p1", answer("a", text="ลดขั้นตอน 100% ครับ", chosen=()))
    await said(
        store,
        "p2",
        answer("b", text="Open Data_2 ดีมาก", at=at(1), group="civil", version="v2", question="q1"),
    )
    await said(
        store, "p3", answer("c", text="ตอบ", at=at(2), clause="c9", question="q9", channel="web", group=None)
    )
    await said(store, "p4", answer("d"))
    return store


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, ["c", "b", "a"]),
        ({"clause": "c35"}, ["b", "a"]),
        ({"question": "q9"}, ["c"]),
        ({"version": "v2"}, ["b"]),
        ({"group": "civil"}, ["b"]),
        ({"group": ""}, ["c"]),
        ({"channel": "web"}, ["c"]),
        ({"since": at(1)}, ["c", "b"]),
        ({"before": at(1)}, ["a"]),
        ({"contains": "ขั้นตอน"}, ["a"]),
        ({"contains": "OPEN data"}, ["b"]),
        ({"contains": "%"}, ["a"]),
        ({"contains": "_"}, ["b"]),
        ({"contains": "/"}, []),
        ({"contains": "' OR 1=1 --"}, []),
        ({"clause": "c35", "contains": "ตอบ"}, []),
    ],
    ids=str,
)
async def test_typed_answers_by_filter(three: Store, filters: dict[str, Any], ids: list[str]) -> None:
    assert await typed(three, **filters) == ids


async def test_what_is_kept_and_not_used_or_replaced_is_not_listed(store: Store) -> None:
    await said(store, "p1", answer("a", text="ก"), restricted=True)
    await said(store, "p2", answer("b", text="ข", replaced_at=at(1)), answer("c", text=None))
    assert await typed(store) == []
    assert [choice.count for choice in await store.answering.choices(Filters())] == [1]
    async with store._database.writing() as connection:
        await connection.execute(sql("UPDATE participants SET restricted = false"))
    assert await typed(store) == ["a"]


async def test_pages_follow_one_another_newest_first(store: Store) -> None:
    many = PAGE * 2 + 3
    await said(store, "p1", *(answer(f"{n:03}", text="ก", question=f"q{n}") for n in range(many)))
    pages = [await typed(store, page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [PAGE, PAGE, 3, 0]
    assert [id_ for page in pages for id_ in page] == [f"{n:03}" for n in reversed(range(many))]
    found = [await store.answering.typed(Filters(), page) for page in (1, 2, 3)]
    assert [(page.total, page.more) for page in found] == [(many, True), (many, True), (many, False)]


async def test_a_long_list_is_counted_so_far_and_turned_further(store: Store) -> None:
    many = COUNTED + PAGE + 1
    await said(store, "p1", *(answer(f"{n:05}", text="ก", question=f"q{n}") for n in range(many)))
    assert (await store.answering.typed(Filters(), 1)).total == COUNTED + 1
    last = await store.answering.typed(Filters(), many // PAGE + 1)
    assert [one.id for one in last.typed] == ["00000"]
    assert not last.more


async def test_choices_by_wording(store: Store) -> None:
    await said(store, "p1", answer("a"))
    await said(store, "p2", answer("b"))
    await said(store, "p3", answer("c", version="v2"))
    await said(store, "p4", answer("d", outcome=Outcome.SKIPPED, chosen=("sk",), group="civil"))
    assert set(await store.answering.choices(Filters(clause="c35"))) == {
        Choice("q1", "v1", Outcome.ANSWERED, ("o1",), 2),
        Choice("q1", "v2", Outcome.ANSWERED, ("o1",), 1),
        Choice("q1", "v1", Outcome.SKIPPED, ("sk",), 1),
    }
    only = await store.answering.choices(Filters(clause="c35", group="civil", contains="nobody typed"))
    assert [choice.outcome for choice in only] == [Outcome.SKIPPED]


async def test_a_question_as_it_was_asked(store: Store) -> None:
    given = answer("a")
    await said(store, "p1", given)
    assert await store.answering.asked("c35", "q1", "v1") == Asked(given.stem, given.options)
    assert await store.answering.asked("c35", "q1", "v9") is None


async def test_a_million_are_listed_and_counted_by_an_index(sqlite_store: Store) -> None:
    """Without these indexes a page reads every answer: RELIABILITY asks for one that answers at once."""
    statements = {
        "ix_answers_chosen": (answering._CHOICES, Filters(clause="c35")),
        "ix_answers_typed": (answering._WANTED.limit(1), Filters(clause="c35", contains="x")),
        "ix_answers_typed_at": (answering._WANTED.limit(1), Filters()),
    }
    async with sqlite_store._database.reading() as connection:
        for index, (query, filters) in statements.items():
            wanted = narrowed(query, answering.answers, filters)
            compiled = wanted.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}".replace("%", "%%"))
            assert any(f"INDEX {index} " in f"{row[3]} " for row in plan.all()), index


async def test_the_newest_flag_of_each(store: Store) -> None:
    await said(store, "p1", answer("a", text="ก"), answer("b", text="ข", question="q2"))
    assert await store.moderations.newest([]) == {}
    for n, flag in enumerate((Flag.HIDDEN, Flag.CLEARED, Flag.HIDDEN)):
        line = Moderation(
            id=f"m{n}", subject="a", flag=flag, reason="ร", author="mali", at=NOW - timedelta(n)
        )
        assert await store.moderations.add(line)
    newest = await store.moderations.newest(["a", "b", "c"])
    assert {subject: line.id for subject, line in newest.items()} == {"a": "m2"}
    gone = Moderation(id="m9", subject="zzz", flag=Flag.HIDDEN, reason="ร", author="mali", at=NOW)
    assert await store.moderations.add(gone) is None
