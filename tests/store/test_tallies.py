"""Who took part and how far they came: accounts once, the kept and unused never, each wording and day right."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.dialogue import Outcome, SuggestionStatus
from bot.store import Store, tallies
from bot.store.schema import answers
from bot.store.tallies import SEVERAL, Outcomes, Reached, Tally, Turnout
from tests.store.values import answer, at, commit, person, suggestion, take_in

DAY = date(2026, 11, 24)
SKIPPED = Outcome.SKIPPED


async def said(store: Store, who: str, *records: Any, **fields: Any) -> None:
    await take_in(store, commit(f"{who}:{records[0].id}", *records, who=person(who, **fields)))


async def test_nothing_is_counted_in_an_empty_store(store: Store) -> None:
    tally = await store.tallies.count()
    assert (tally.turnout, tally.outcomes, tally.reached, tally.suggestions) == ((), (), (), {})


async def test_an_account_is_counted_once_on_the_day_it_began(store: Store) -> None:
    await said(store, "p1", answer("a"), answer("b", question="q2", at=at(86_400 * 3)))
    await said(store, "p1", suggestion("s", at=at(86_400)))
    await said(store, "p2", suggestion("t", receipt="S-2", channel="web", at=at(86_400)))
    assert await turnout(store) == {
        Turnout("citizen", "line", DAY, 1),
        Turnout("", "web", date(2026, 11, 25), 1),
    }


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 24, 16, 59, 59, 999_999, UTC), DAY),
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), date(2026, 11, 25)),
    ],
)
async def test_a_day_is_one_in_thailand(store: Store, moment: datetime, day: date) -> None:
    await said(store, "p1", answer("a", at=moment))
    assert {line.day for line in await turnout(store)} == {day}


@pytest.mark.parametrize(
    ("groups", "group"),
    [
        (["civil", "civil"], "civil"),
        (["civil", None], "civil"),
        ([None, None], ""),
        (["civil", "business"], SEVERAL),
    ],
)
async def test_the_group_of_an_account(store: Store, groups: list[str | None], group: str) -> None:
    await said(store, "p1", *(answer(f"a{n}", question=f"q{n}", group=of) for n, of in enumerate(groups)))
    assert {line.group for line in await turnout(store)} == {group}


async def test_a_withdrawn_suggestion_is_no_part_and_has_its_status(store: Store) -> None:
    await said(store, "p1", suggestion("s", text="", status=SuggestionStatus.WITHDRAWN))
    await said(store, "p2", suggestion("t", receipt="S-2"))
    tally = await store.tallies.count()
    assert sum(line.accounts for line in tally.turnout) == 1
    assert tally.suggestions == {SuggestionStatus.WITHDRAWN: 1, SuggestionStatus.RECEIVED: 1}


async def test_outcomes_of_all_wordings_and_of_current_answers_only(store: Store) -> None:
    await said(store, "p1", answer("old", replaced_at=at(1)), answer("new", outcome=SKIPPED))
    await said(store, "p2", answer("b", version="v2", outcome=SKIPPED))
    await said(store, "p3", answer("c", version="v2"))
    tally = await store.tallies.count()
    assert set(tally.outcomes) == {
        Outcomes("c35", "q1", SKIPPED, 2),
        Outcomes("c35", "q1", Outcome.ANSWERED, 1),
    }


async def test_how_far_accounts_came_in_whatever_order(store: Store) -> None:
    one, two = answer("a", question="q2"), answer("b", question="q1", outcome=SKIPPED)
    await said(store, "p1", one, two, answer("x", question="r1", clause="c9", group=None))
    await said(store, "p2", answer("c", question="q1"), answer("d", question="q2"))
    await said(store, "p3", answer("e"))
    tally = await store.tallies.count()
    assert set(tally.reached) == {
        Reached("c35", "citizen", frozenset({"q1", "q2"}), 2),
        Reached("c35", "citizen", frozenset({"q1"}), 1),
        Reached("c9", "", frozenset({"r1"}), 1),
    }


async def test_what_is_kept_and_not_used_is_only_counted_as_left_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(store, "p1", answer("a"), suggestion("s"), restricted=True)
    tally = await store.tallies.count()
    assert (tally.turnout, tally.outcomes, tally.reached, tally.suggestions) == ((), (), (), {})
    assert (tally.left_out.answers_restricted, tally.left_out.suggestions_restricted) == (1, 1)
    columns = [answers.c[name] for name in ("clause", "question", "version", "outcome")]
    unprotected = select(*columns, func.count()).group_by(*columns)
    monkeypatch.setattr(tallies, "_OUTCOMES", unprotected)
    assert (await store.tallies.count()).outcomes, "without the rule they are counted"


async def turnout(store: Store) -> set[Turnout]:
    tally: Tally = await store.tallies.count()
    return set(tally.turnout)
