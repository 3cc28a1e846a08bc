"""From the database to the tables, once: what is read, what is left out, and that it stands."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.dialogue import Erase, Outcome, Scope, ShownOption
from bot.errors import ContentError
from bot.secretariat.tables import INDEX, load_words
from bot.store import Choice, Store, Wording
from bot.verbs.publishing import published
from tests.secretariat.attack import parsed
from tests.secretariat.population import CONTENT, WORDS, library
from tests.store.look import everything
from tests.store.values import NOW, answer, at, commit, person, take_in


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 12, 1, tzinfo=UTC)


async def choices(store: Store) -> list[Choice]:
    async with aclosing(store.choices.read()) as found:
        return [choice async for choice in found]


async def test_what_counts_is_read_and_nothing_typed(store: Store, database_url: str) -> None:
    await take_in(
        store,
        commit(
            "e1",
            answer("e1/old", replaced_at=at(1)),
            answer("e1/now", text="ความลับ", source="m1", at=at(1)),
            answer("e1/typed", question="q2", chosen=(), text="ความลับ", source="m1", at=at(2)),
            answer("e1/skip", question="q3", outcome=Outcome.SKIPPED, chosen=("sk",), group=None, at=at(3)),
            answer("e1/gone", question="q4", chosen=(), text=None, at=at(4)),
        ),
        commit("e2", answer("e2/r0"), who=person("p2", restricted=True)),
    )
    assert await choices(store) == [
        Choice("p1", "q1", "v1", Outcome.ANSWERED, ("o1",), "citizen", "line", at(1)),
        Choice("p1", "q2", "v1", Outcome.ANSWERED, (), "citizen", "line", at(2)),
        Choice("p1", "q3", "v1", Outcome.SKIPPED, ("sk",), None, "line", at(3)),
    ]
    options = (ShownOption("o2", "ไม่เห็นด้วย"), ShownOption("o1", "เห็นด้วย"))
    assert await store.choices.wordings() == [
        Wording(question, "v1", "c35", "ท่านเห็นอย่างไร", options) for question in ("q1", "q2", "q3")
    ]


async def test_what_was_published_first_stands(store: Store) -> None:
    publications = store.publications
    assert await publications.read("a_b") == {}
    assert await publications.keep("a_b", {"x.csv": "หนึ่ง\r\n", "y.csv": ""}, NOW) == {
        "x.csv": "หนึ่ง\r\n",
        "y.csv": "",
    }
    assert await publications.keep("a_b", {"x.csv": "two"}, NOW) == {"x.csv": "หนึ่ง\r\n", "y.csv": ""}
    assert await publications.read("a_b") == {"x.csv": "หนึ่ง\r\n", "y.csv": ""}
    assert await publications.keep("axb", {"x.csv": "three"}, NOW) == {"x.csv": "three"}  # another one
    assert await publications.read("a_b") == {"x.csv": "หนึ่ง\r\n", "y.csv": ""}


async def lived(store: Store) -> None:
    """30 people who answer `one`, one of them an old wording, and 6 who asked not to be counted."""
    chosen = ["a"] * 12 + ["b"] * 12 + ["dk"] * 12
    for n, option in enumerate(chosen):
        outcome = Outcome.DONT_KNOW if option == "dk" else Outcome.ANSWERED
        fields = {"question": "one", "version": "v2" if n else "v0", "chosen": (option,), "outcome": outcome}
        who = person(f"p{n}", restricted=n >= 30)
        await take_in(store, commit(f"e{n}", answer(f"e{n}/r0", **fields), who=who))


async def test_tables_come_from_the_database_and_never_change(store: Store, database_url: str) -> None:
    await lived(store)
    held = library(5)
    first = await published(store, held, WORDS, Clock())
    assert parsed(first["one.v2.all.csv"])[1][1:] == ["11", "12", "0", "ปกปิด", "0", "", "ปกปิด", "ปกปิด"]
    assert parsed(first["participation.group.csv"])[1:] == [["ประชาชน", "30"]]
    index = {row[0]: row for row in parsed(first[INDEX])}
    assert index["one.v0.all.csv"][5:7] == ["ท่านเห็นอย่างไร", "น้อยกว่า 5"]
    await take_in(
        store,
        *(commit(f"x{n}", who=person(f"p{n}"), erase=Erase(Scope.EVERYTHING)) for n in range(20)),
    )
    assert await published(store, held, WORDS, Clock()) == first
    assert await published(store, library(9), WORDS, Clock()) == first
    assert all(f"'p{n}'" not in str(first) for n in range(36))
    assert "p35" in await everything(database_url)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("hidden: ปกปิด\n", ""), "hidden: is missing"),
        (lambda text: text.replace("{k}", "สิบ"), "fewer"),
        (lambda text: text + "more: ด้วย\n", "more"),
    ],
)
def test_words_that_will_not_do_are_named(tmp_path: Path, change: Callable[[str], str], message: str) -> None:
    file = tmp_path / "tables.yaml"
    file.write_text(change((CONTENT / "tables.yaml").read_text("utf-8")), "utf-8")
    with pytest.raises(ContentError, match=message):
        load_words(file)
