"""Reading everything, in order, filtered, without holding it all."""

from contextlib import aclosing
from typing import Any

import pytest

from bot.store import Counts, Store
from bot.store.exports import BATCH
from tests.store.values import answer, at, commit, file, message, person, request, suggestion, take_in


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, ["c", "b", "d"]),
        ({"history": True}, ["a", "c", "b", "d"]),
        ({"since": at(1)}, ["c", "b", "d"]),
        ({"since": at(2)}, ["d"]),
        ({"before": at(2)}, ["c", "b"]),
        ({"clause": "c9"}, ["d"]),
        ({"clause": "none"}, []),
    ],
    ids=str,
)
async def test_answers_come_by_time_and_by_filter(store: Store, filters: Any, ids: list[str]) -> None:
    await take_in(
        store,
        commit("1", answer("d", at=at(2), clause="c9", question="q9"), answer("a", replaced_at=at(1))),
        commit("2", answer("c", at=at(1)), who=person("p2")),
        commit("3", answer("b", at=at(1.5)), who=person("p3")),
    )
    rows = [(who, a.id) async for who, a in store.answers.export(**filters)]
    assert [id_ for _, id_ in rows] == ids
    assert {"a": "p1", "d": "p1", "c": "p2", "b": "p3"}.items() >= {(id_, who) for who, id_ in rows}


async def test_an_export_is_of_one_moment_and_keeps_nobody_waiting(store: Store) -> None:
    many = BATCH * 2 + 5
    await take_in(store, commit("1", *(answer(f"{n:06}", question=f"q{n}") for n in range(many))))
    async with aclosing(store.answers.export()) as rows:
        first = await anext(rows)
        await take_in(store, commit("2", answer("zzz", question="another")))
        seen = 1 + len([row async for row in rows])
    assert first[1].id == "000000"
    assert seen == many


async def test_an_export_may_be_left_in_the_middle(store: Store) -> None:
    await take_in(store, commit("1", *(answer(f"{n:06}", question=f"q{n}") for n in range(BATCH + 1))))
    for _ in range(20):  # more often than there are connections
        async with aclosing(store.answers.export()) as rows:
            await anext(rows)


async def test_counts(store: Store) -> None:
    assert await store.counts() == Counts(
        participants=0, answers=0, suggestions=0, files=0, fetches=0, waiting=0, parked=0, quarantined=0
    )
    await store.files.put(file("f1"))
    await take_in(
        store,
        commit("1", answer("a", replaced_at=at(1)), answer("b"), messages=(message(),)),
        commit("2", suggestion("s"), request("r"), who=person("p2")),
    )
    assert await store.counts() == Counts(
        participants=2, answers=1, suggestions=1, files=1, fetches=0, waiting=1, parked=0, quarantined=0
    )
