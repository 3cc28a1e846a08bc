"""What Telegram is asked to show: every limit kept, every word kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.channels.telegram.render import Call, EditText, SendFile, SendText, render
from bot.dialogue import Button, Document, Message, MessageType, Place
from bot.language.words import graphemes
from tests.standins.telegram_rules import check_keyboard, check_text, units

#: Thai with stacked marks, pictures of several characters, markup, and the white space a cut looks for.
PIECES = st.sampled_from(["ก", "กี่", "น้ำ", "👩‍👩‍👧", "🇹🇭", "<b>", "&amp;", "*_`[", " ", "\n", "word"])
LONG = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(PIECES, min_size=1, max_size=30),
    st.integers(1, 400),
)
TEXTS = st.one_of(st.text(max_size=300), LONG)
TOKENS = st.from_regex(r"1:[a-z]{1,8}(:[a-z0-9.]{1,10}){0,3}", fullmatch=True)
BUTTONS = st.builds(Button, st.text(min_size=1, max_size=20), TOKENS, st.booleans())
MESSAGES = st.builds(
    Message,
    type=st.just(MessageType.QUESTION),
    lines=TEXTS.map(lambda text: (text,)),
    options=st.lists(BUTTONS, max_size=8).map(tuple),
    exits=st.lists(BUTTONS, max_size=5).map(tuple),
    numbered=st.booleans(),
    place=st.sampled_from(Place),
    documents=st.lists(
        st.builds(Document, st.just("a.json"), st.just("application/json"), st.text()), max_size=2
    ).map(tuple),
)


def said(text: str, place: Place = Place.NEW) -> Message:
    return Message(MessageType.EXPLAIN, (text,), place=place)


def texts(calls: tuple[Call, ...]) -> list[str]:
    return [call.text for call in calls if not isinstance(call, SendFile)]


def keyboards(calls: tuple[Call, ...]) -> list[InlineKeyboardMarkup | None]:
    return [call.keyboard for call in calls if not isinstance(call, SendFile)]


def labels(keyboard: InlineKeyboardMarkup | None) -> list[list[str]]:
    return [[button.text for button in row] for row in keyboard.inline_keyboard] if keyboard else []


@given(MESSAGES, st.one_of(st.none(), st.integers(1, 99)))
def test_telegram_takes_every_call_and_no_word_is_lost(message: Message, pressed: int | None) -> None:
    calls = render(message, pressed)
    if message.place is Place.MARK and not isinstance(calls[0] if calls else None, EditText):
        assert calls == ()
        return
    if message.text.strip():
        for text in texts(calls):
            check_text(text)
    assert "".join("".join(texts(calls)).split()) == "".join(message.text.split())
    for keyboard in keyboards(calls):
        check_keyboard(keyboard.to_dict() if keyboard else None)
    if texts(calls):
        shown = [label for row in labels(keyboards(calls)[-1]) for label in row]
        assert len(shown) == len(message.options) + len(message.exits)
        assert not any(keyboards(calls)[:-1])
    assert [call.content.decode() for call in calls if isinstance(call, SendFile)] == [
        document.text for document in message.documents
    ]


@given(st.lists(PIECES, min_size=10, max_size=60).map(lambda pieces: "".join(pieces) * 150))
def test_a_long_text_is_cut_between_characters(text: str) -> None:
    pieces = texts(render(said(text)))
    whole = graphemes(text)
    assert all(units(piece) <= 4096 for piece in pieces)
    assert [cluster for piece in pieces for cluster in graphemes(piece) if cluster.strip()] == [
        cluster for cluster in whole if cluster.strip()
    ]


def test_a_long_text_is_cut_after_a_line_then_after_a_space() -> None:
    assert texts(render(said("ก" * 3000 + "\n" + "ข" * 3000))) == ["ก" * 3000 + "\n", "ข" * 3000]
    assert texts(render(said("ก" * 3000 + " " + "ข" * 3000))) == ["ก" * 3000 + " ", "ข" * 3000]
    assert texts(render(said("ก" * 4097))) == ["ก" * 4096, "ก"]


def test_4096_units_are_one_message() -> None:
    assert len(render(said("🙏" * 2048))) == 1
    assert len(render(said("🙏" * 2048 + "ก"))) == 2


def test_a_character_longer_than_a_message_is_cut_all_the_same() -> None:
    assert "".join(texts(render(said("👩" + "\u200d👩" * 5000)))) == "👩" + "\u200d👩" * 5000


def test_one_option_a_row_then_exits_two_a_row() -> None:
    message = Message(
        MessageType.QUESTION,
        ("ถาม",),
        options=(Button("ใช่", "1:choose:q:a", chosen=True), Button("ไม่ใช่", "1:choose:q:b")),
        exits=(Button("ข้าม", "1:skip"), Button("กลับ", "1:back"), Button("หยุด", "1:stop")),
        numbered=True,
    )
    [call] = render(message)
    assert isinstance(call, SendText)
    assert labels(call.keyboard) == [["✓ 1. ใช่"], ["2. ไม่ใช่"], ["ข้าม", "กลับ"], ["หยุด"]]


def test_without_buttons_there_is_no_keyboard() -> None:
    assert render(said("จบ")) == (SendText("จบ", None),)


@pytest.mark.parametrize("place", [Place.REPLACE, Place.MARK])
def test_the_pressed_message_is_edited(place: Place) -> None:
    assert render(said("ใหม่", place), 12) == (EditText(12, "ใหม่", None),)


def test_without_one_a_replacement_is_sent_and_a_mark_dropped() -> None:
    assert render(said("ใหม่", Place.REPLACE)) == (SendText("ใหม่", None),)
    assert render(said("ใหม่", Place.MARK)) == ()


def test_a_text_too_long_for_one_message_is_not_put_into_one() -> None:
    assert len(render(said("ก" * 5000, Place.REPLACE), 12)) == 2
    assert render(said("ก" * 5000, Place.MARK), 12) == ()


def test_an_empty_message_is_left_to_telegram_to_refuse() -> None:
    assert render(said("")) == (SendText("", None),)


def test_documents_follow_the_text_or_stand_alone() -> None:
    copy = Document("mydata.json", "application/json", '{"ก": 1}')
    file = SendFile("mydata.json", '{"ก": 1}'.encode())
    message = Message(MessageType.SYSTEM, ("สำเนา",), documents=(copy,))
    assert render(message) == (SendText("สำเนา", None), file)
    assert render(Message(MessageType.SYSTEM, (), documents=(copy,))) == (file,)
