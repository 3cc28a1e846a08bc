"""An excerpt holds what the filters want, of one moment, and nothing that must not leave."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import Outcome, SuggestionStatus
from bot.store import Excerpt, Filters, LeftOut, Store, moment_of
from bot.store.exports import BATCH
from tests.store.values import answer, at, commit, person, suggestion, take_in


async def ids(excerpt: Excerpt) -> tuple[list[str], list[str]]:
    """The ids of both kinds, in their order."""
    answers = [row.id async for batch in excerpt.answers(("id", "at")) for row in batch]
    suggestions = [row.id async for batch in excerpt.suggestions(("id", "at")) for row in batch]
    assert await excerpt.counts() == (len(answers), len(suggestions))
    return answers, suggestions


async def wanted(store: Store, **fields: Any) -> tuple[list[str], list[str]]:
    async with store.excerpt(Filters(**fields)) as excerpt:
        return await ids(excerpt)


async def lived(store: Store) -> None:
    """Two people's records: b replaced a, and t replaced s."""
    a, s = answer("a", text="50% ของ_งบ", at=at(0)), suggestion("s", text="ขอ Open Data", at=at(0))
    await take_in(store, commit("1", a, s))
    b = replace(a, id="b", at=at(1), text=None, group=None)
    t = replace(s, id="t", at=at(1), text="ขอข้อมูลเปิด", group="civil")
    gone = (replace(a, replaced_at=at(1)), replace(s, replaced_at=at(1)))
    await take_in(store, commit("2", *gone, b, t))
    other = answer("c", at=at(2), clause="c9", question="q9", version="v9", group="civil", channel="web")
    more = suggestion("u", receipt="S-2", at=at(3), clause="", channel="web", text="100%")
    await take_in(store, commit("3", other, more, who=person("p2")))


@pytest.mark.parametrize(
    ("filters", "answers", "suggestions"),
    [
        ({}, "bc", "tu"),
        ({"history": True}, "abc", "stu"),
        ({"clause": "c35"}, "b", "t"),
        ({"clause": "c9"}, "c", ""),
        ({"question": "q1", "history": True}, "ab", ""),
        ({"version": "v9"}, "c", ""),
        ({"group": "civil"}, "c", "t"),
        ({"group": ""}, "b", "u"),
        ({"channel": "web"}, "c", "u"),
        ({"since": at(1)}, "bc", "tu"),
        ({"since": at(1.5)}, "c", "u"),
        ({"before": at(2)}, "b", "t"),
        ({"contains": "0%", "history": True}, "a", "u"),
        ({"contains": "ของ_ง", "history": True}, "a", ""),
        ({"contains": "ของXง", "history": True}, "", ""),
        ({"contains": "open data", "history": True}, "", "s"),
        ({"contains": "' OR 1=1 --"}, "", ""),
        ({"clause": "c35", "channel": "web"}, "", ""),
    ],
    ids=str,
)
async def test_filters(store: Store, filters: Any, answers: str, suggestions: str) -> None:
    await lived(store)
    assert await wanted(store, **filters) == (list(answers), list(suggestions))


async def test_neither_restricted_nor_withdrawn_records_leave(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived(store)
    kept = person("p3", restricted=True)
    await take_in(
        store, commit("4", answer("d", at=at(4)), suggestion("v", receipt="S-3", at=at(4)), who=kept)
    )
    emptied = answer("e", at=at(5), chosen=(), text=None)
    skipped = answer("f", at=at(6), question="q2", chosen=(), outcome=Outcome.SKIPPED)
    withdrawn = suggestion("w", receipt="S-4", at=at(5), text="", status=SuggestionStatus.WITHDRAWN)
    await take_in(store, commit("5", emptied, skipped, withdrawn, who=person("p4")))
    assert await wanted(store) == (["b", "c", "f"], ["t", "u"])
    async with store.excerpt(Filters()) as excerpt:
        assert await excerpt.left_out() == LeftOut(
            answers_withdrawn=0, suggestions_withdrawn=0, answers_restricted=1, suggestions_restricted=1
        )
    monkeypatch.setattr(Excerpt, "_wanted", lambda self, query, table: query)
    assert await wanted(store) == (["a", "b", "c", "d", "e", "f"], ["s", "t", "u", "v", "w"])


async def test_an_excerpt_is_of_one_moment(store: Store) -> None:
    many = BATCH + 5
    await take_in(store, commit("1", *(answer(f"{n:06}", question=f"q{n}", at=at(n)) for n in range(many))))
    async with store.excerpt(Filters()) as excerpt:
        assert await excerpt.counts() == (many, 0)
        await take_in(store, commit("2", answer("z", question="z", at=at(9_999)), suggestion("s")))
        answers, suggestions = await ids(excerpt)
        assert (len(answers), suggestions) == (many, [])
    assert len((await wanted(store))[0]) == many + 1


async def test_a_moment_is_the_same_text_on_both_databases(store: Store) -> None:
    await lived(store)
    async with store.excerpt(Filters(history=True)) as excerpt:
        (rows,) = [batch async for batch in excerpt.answers(("at", "replaced_at"))]
    assert [moment_of(row.at) for row in rows] == [at(0), at(1), at(2)]
    assert [row.at for row in rows] == [at(n).isoformat(timespec="microseconds") for n in range(3)]
    assert [row.replaced_at for row in rows] == [rows[1].at, None, None]
