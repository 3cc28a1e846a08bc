"""A letter still to be sent or read loses the words that are erased, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.dialogue import (
    Button,
    Document,
    Erase,
    ForAnswer,
    HeldText,
    Message,
    MessageType,
    Scope,
    SuggestionDraft,
)
from bot.library import load
from bot.store import Store, erasure
from bot.store.quotations import Taken, without
from tests.store.look import everything
from tests.store.rows import lease
from tests.store.values import NOW, answer, attachment, commit, message, person, suggestion, take_in

CONTENT = Path(__file__).resolve().parents[2] / "content"
SECRET = 'ความ "ลับ"\nของฉัน'

#: The slots of our sentences that hold what a person typed.
TYPED_SLOTS = ("text", "answer", "name", "found")


def struck(line: str, *texts: str, held: str = "") -> str:
    return without((message(line),), Taken(frozenset(texts), held))[0].text


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("พอใจ", "…"),
        ("บันทึก “พอใจ” แล้ว", "บันทึก “…” แล้ว"),
        ("ตอบว่า: พอใจ", "ตอบว่า: …"),
        ("ตอบว่า: เห็นด้วย “พอใจ”", "ตอบว่า: เห็นด้วย “…”"),
        ("พอใจ\nพอใจ", "…\n…"),
        ("คุณพอใจหรือไม่พอใจ", "คุณพอใจหรือไม่พอใจ"),  # a word of our question
    ],
)
def test_only_quotations_are_struck(line: str, left: str) -> None:
    assert struck(line, "พอใจ") == left


def test_the_longer_of_two_texts_goes_as_a_whole() -> None:
    assert struck("“ลด ขั้นตอน”", "ลด", "ลด ขั้นตอน") == "“…”"
    assert struck("“a.c” “abc”", "a.c") == "“…” “abc”"  # a text is no pattern


def test_of_a_held_text_a_part_is_struck_too() -> None:
    held = "โทร 02 123 4567 นะ"
    assert struck("เบอร์โทร: 02 123 4567", held, held=held) == "เบอร์โทร: …"
    assert struck("เบอร์โทร: 02 999", held, held=held) == "เบอร์โทร: 02 999"


def test_every_sentence_that_quotes_a_person_can_be_struck() -> None:
    """Whatever the content puts a person's words into: they stand by themselves there."""
    quoting = [
        line
        for phrase in load(CONTENT).phrases.values()
        for line in phrase.lines
        if any(f"{{{slot}}}" in line for slot in TYPED_SLOTS)
    ]
    assert len(quoting) > 8
    for line in quoting:
        said = line
        for slot in TYPED_SLOTS:
            said = said.replace(f"{{{slot}}}", SECRET)
        assert "ลับ" not in struck(said, SECRET), line


def letter() -> Message:
    """What quotes SECRET in every way there is."""
    return Message(
        type=MessageType.CONFIRM,
        lines=(f"บันทึกแล้ว “{SECRET}”", "ข้อต่อไป"),
        options=(Button("แก้คำตอบ", "1:q:3.5-c1"),),
        documents=(
            Document("a.txt", "text/plain", f"คำตอบ\n{SECRET}\nวันนี้"),
            Document("a.json", "application/json", '{"text": "ความ \\"ลับ\\"\\nของฉัน", "n": 1}'),
        ),
        id="e1/m0",
    )


def left() -> Message:
    return Message(
        type=MessageType.CONFIRM,
        lines=("บันทึกแล้ว “…”", "ข้อต่อไป"),
        options=(Button("แก้คำตอบ", "1:q:3.5-c1"),),
        documents=(
            Document("a.txt", "text/plain", "คำตอบ\n…\nวันนี้"),
            Document("a.json", "application/json", '{"text": "…", "n": 1}'),
        ),
        id="e1/m0",
    )


SAID: dict[str, Any] = {
    "answer": {"records": (answer("e1/r0", text=SECRET, source="m1"),)},
    "replaced answer": {"records": (answer("e1/r0", text=SECRET, source="m1", replaced_at=NOW),)},
    "suggestion": {"records": (suggestion("e1/r0", text=SECRET),)},
    "organisation": {"records": (suggestion("e1/r0", organisation=SECRET),)},
    "file's name": {
        "records": (suggestion("e1/r0", attachments=(attachment_ := attachment("f", "m1"),)),),
        "named": attachment_,
    },
    "draft": {"state": {"draft": SuggestionDraft("c1", text=SECRET, source="m1")}},
    "held": {"state": {"held": HeldText(SECRET, ForAnswer("q1", "v1"), "m1")}},
}
TYPED, MESSAGE, RECEIPT = Erase(Scope.TYPED), Erase(Scope.MESSAGE, "m1"), Erase(Scope.RECEIPT, "S-2345678")
ERASED = [
    *((erase, what) for erase in (TYPED, MESSAGE) for what in SAID),
    *((RECEIPT, what) for what in ("suggestion", "organisation", "file's name")),
]


def said(what: str) -> dict[str, Any]:
    """The records and the state in which SECRET stands."""
    given = SAID[what]
    if "named" in given:
        [one] = given["records"]
        return {"records": (replace(one, attachments=(replace(given["named"], name=SECRET),)),)}
    return dict(given)


@pytest.mark.parametrize("pulls", [False, True], ids=["sent", "read"])
@pytest.mark.parametrize(("erase", "what"), ERASED, ids=lambda e: e.scope if isinstance(e, Erase) else e)
async def test_what_is_erased_leaves_letters_still_to_go(
    store: Store, database_url: str, erase: Erase, what: str, pulls: bool
) -> None:
    given = said(what)
    who = person(**given.get("state", {}))
    await take_in(store, commit("e1", *given.get("records", ()), who=who, messages=(letter(),), pulls=pulls))
    await take_in(store, commit("y1", who=person("p2"), messages=(letter(),), pulls=pulls))
    assert SECRET.split("\n")[1] in await everything(database_url)
    await take_in(store, commit("e2", pulls=pulls, erase=erase))
    for whose, found in (("p1", left()), ("p2", letter())):  # nobody else's letter changes
        if pulls:
            assert [k.messages for k in await store.outbox.since(whose, 0)] == [(found,)]
    if not pulls:
        leased = {x.participant: x.messages for x in await lease(store, NOW, 10, 30)}
        assert leased == {"p1": (left(),), "p2": (letter(),)}


async def test_a_letter_that_quotes_another_message_stays_as_it_is(store: Store) -> None:
    kept = answer("e1/r0", text=SECRET, source="m1")
    await take_in(store, commit("e1", kept, messages=(letter(),)))
    await take_in(store, commit("e2", erase=Erase(Scope.MESSAGE, "m2")))
    assert [x.messages for x in await lease(store, NOW, 10, 30)] == [(letter(),)]


async def test_a_letter_settled_meanwhile_gets_no_words_back(store: Store, database_url: str) -> None:
    kept = answer("e1/r0", text=SECRET, source="m1")
    await take_in(store, commit("e1", kept, messages=(letter(),), pulls=True))
    await take_in(store, commit("e2", messages=(message("ต่อไป"),), pulls=True))
    [first, _] = await store.outbox.since("p1", 0)
    await store.outbox.confirm("p1", first.seq)
    await take_in(store, commit("e3", erase=Erase(Scope.TYPED), pulls=True))
    assert [k.messages for k in await store.outbox.since("p1", 0)] == [(message("ต่อไป"),)]


async def test_without_the_striking_the_words_would_go_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(erasure, "strike", nothing)
    await take_in(store, commit("e1", answer("e1/r0", text=SECRET, source="m1"), messages=(letter(),)))
    await take_in(store, commit("e2", erase=Erase(Scope.TYPED)))
    assert [x.messages for x in await lease(store, NOW, 10, 30)] == [(letter(),)]
