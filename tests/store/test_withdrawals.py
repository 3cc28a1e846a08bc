"""What was taken back is counted once, by question and wording, and says nothing of whose it was."""

from msgspec.structs import replace

from bot.dialogue import Erase, Outcome, Record, Scope, SuggestionStatus
from bot.store import LeftOut, Store
from tests.store.look import column, everything
from tests.store.values import answer, at, commit, mark, person, suggestion, take_in

Count = dict[tuple[object, object, object], object]


async def counted(url: str) -> Count:
    rows = [await column(url, "withdrawals", name) for name in ("kind", "subject", "version", "count")]
    return {(kind, subject, version): n for kind, subject, version, n in zip(*rows, strict=True)}


def of(answers: dict[str, int], suggestions: dict[str, int]) -> Count:
    """The lines for answers by "question version" and suggestions by clause."""
    lines: Count = {("answer", *subject.split()): n for subject, n in answers.items()}
    return lines | {("suggestion", clause, ""): n for clause, n in suggestions.items()}


def everything_said(n: int = 0) -> tuple[Record, ...]:
    """One of each sort of answer and suggestion."""
    return (
        answer(f"e{n}/tapped", question="q1"),
        answer(f"e{n}/old", question="q1", text="เดิม", source="m1", chosen=(), replaced_at=at(1)),
        answer(f"e{n}/typed", question="q2", text="คำ", source="m1", chosen=()),
        answer(f"e{n}/both", question="q3", version="v2", text="เสริม", source="m1"),
        answer(f"e{n}/other", question="q4", text="อีก", source="m2", chosen=()),
        answer(f"e{n}/skipped", question="q5", outcome=Outcome.SKIPPED, chosen=("sk",)),
        suggestion(f"e{n}/s1"),
        suggestion(f"e{n}/s1old", replaced_at=at(1)),
        suggestion(f"e{n}/s2", receipt="S-2", clause="", source="m2"),
        suggestion(f"e{n}/s3", receipt="S-3", status=SuggestionStatus.WITHDRAWN, text=""),
    )


async def test_everything_counts_what_said_something(store: Store, database_url: str) -> None:
    await take_in(store, commit("e0", *everything_said()))
    await take_in(store, commit("e1", erase=Erase(Scope.EVERYTHING)))
    assert await counted(database_url) == of(
        {"q1 v1": 1, "q2 v1": 1, "q3 v2": 1, "q4 v1": 1}, {"c35": 1, "": 1}
    )
    assert await store.left_out() == LeftOut(
        answers_withdrawn=4, suggestions_withdrawn=2, answers_restricted=0, suggestions_restricted=0
    )
    assert "p1" not in await everything(database_url)


async def test_typed_counts_what_says_nothing_any_more_and_only_once(store: Store, database_url: str) -> None:
    await take_in(store, commit("e0", *everything_said()))
    for n in (1, 2):
        await take_in(store, commit(f"e{n}", erase=Erase(Scope.TYPED)))
        assert await counted(database_url) == of({"q2 v1": 1, "q4 v1": 1}, {"c35": 1, "": 1})
    await take_in(store, commit("e3", erase=Erase(Scope.EVERYTHING)))  # the emptied ones are not there again
    assert await counted(database_url) == of(
        {"q1 v1": 1, "q2 v1": 1, "q3 v2": 1, "q4 v1": 1}, {"c35": 1, "": 1}
    )


async def test_message_and_receipt_count_what_they_take(store: Store, database_url: str) -> None:
    await take_in(store, commit("e0", *everything_said()))
    await take_in(store, commit("e1", erase=Erase(Scope.MESSAGE, "m1")))
    assert await counted(database_url) == of({"q2 v1": 1}, {"c35": 1})
    await take_in(store, commit("e2", erase=Erase(Scope.MESSAGE, "")))
    await take_in(store, commit("e3", erase=Erase(Scope.RECEIPT, "S-2")))
    await take_in(store, commit("e4", erase=Erase(Scope.RECEIPT, "S-2")))
    assert await counted(database_url) == of({"q2 v1": 1}, {"c35": 1, "": 1})


async def test_people_add_up_and_nobody_elses_is_counted(store: Store, database_url: str) -> None:
    people = [person(f"p{n}") for n in range(3)]
    await take_in(store, *(commit(f"e{n}", *everything_said(n), who=who) for n, who in enumerate(people)))
    erasing = [commit(f"x{n}", who=people[n], erase=Erase(Scope.EVERYTHING)) for n in (0, 1)]
    await take_in(store, *erasing)
    assert await counted(database_url) == of(
        {"q1 v1": 2, "q2 v1": 2, "q3 v2": 2, "q4 v1": 2}, {"c35": 2, "": 2}
    )


async def test_a_restored_copy_counts_again_what_it_erases_again(store: Store, database_url: str) -> None:
    await take_in(store, commit("e0", *everything_said()))
    assert await store.erasures.reapply({mark("p1"): at(1)}, mark) == 1
    assert await counted(database_url) == of(
        {"q1 v1": 1, "q2 v1": 1, "q3 v2": 1, "q4 v1": 1}, {"c35": 1, "": 1}
    )


async def test_a_turn_that_fails_counts_nothing(store: Store, database_url: str) -> None:
    await take_in(store, commit("e0", *everything_said()))
    try:
        async with store.transaction() as tx:
            await tx.apply([commit("e1", erase=Erase(Scope.EVERYTHING))])
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await counted(database_url) == {}


async def test_restricted_people_are_left_out_and_counted(store: Store) -> None:
    quiet = person("p2", restricted=True)
    await take_in(
        store,
        commit("e0", *everything_said()),
        commit("e1", *everything_said(1), who=quiet),
    )
    assert {who async for who, _ in store.answers.export(history=True)} == {"p1"}
    assert {who async for who, _ in store.suggestions.export()} == {"p1"}
    assert {who async for who, _ in store.answers.export(restricted=True)} == {"p1", "p2"}
    assert await store.left_out() == LeftOut(
        answers_withdrawn=0, suggestions_withdrawn=0, answers_restricted=4, suggestions_restricted=2
    )
    await take_in(store, commit("e2", who=replace(quiet, restricted=False)))
    assert {who async for who, _ in store.answers.export()} == {"p1", "p2"}
