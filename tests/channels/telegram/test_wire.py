"""What Telegram sends: an update of every kind, written after the Bot API's documentation, and broken ones."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from telegram import Update

from bot.channels.telegram import wire
from bot.dialogue import Blocked, Body, Edited, FileOffered, Opened, Pressed, Typed, Unsupported
from bot.runtime.channel import Broken, Incoming

PAYLOADS = Path(__file__).parent / "payloads"
PERSON = "5200000001"
NOW = datetime(2026, 11, 24, 9, 30, 15, 250_000, tzinfo=UTC)

BODIES: dict[str, list[Body]] = {
    "text": [Typed("อยากให้ข้อมูลเปิดอ่านง่าย <b>จริง ๆ</b> & *ใช้ได้* 🙏", "4101")],
    "reply_and_forward": [Typed("เห็นด้วยค่ะ", "4102")],
    "start": [Opened()],
    "start_source": [Opened("poster_bkk-2")],
    "stop": [Typed("/stop", "4105")],
    "command_named": [Typed("/topics", "4106")],
    "press": [Pressed("1:choose:q1:a")],
    "press_inaccessible": [Pressed("1:clause:3.5")],
    "press_without_message": [Pressed("1:home")],
    "press_game": [],
    "press_in_group": [],
    "document": [FileOffered("BQACAgUAAxkBAAIQ", "ข้อเสนอ.pdf", 48211, "4107")],
    "document_caption": [
        FileOffered("BQACAgUAAxkBAAIQ", "ข้อเสนอ.pdf", 48211, "4108"),
        Typed("ข้อเสนอของสมาคม", "4108"),
    ],
    "photo": [FileOffered("AgAClarge", "", 91000, "4109")],
    "photo_caption": [
        FileOffered("AgAClarge", "", 91000, "4110"),
        Typed("ป้ายหน้าอำเภอ อ่านไม่ออกเลย", "4110"),
    ],
    "sticker": [Unsupported("sticker")],
    "voice": [Unsupported("voice")],
    "video_caption": [Unsupported("video"), Typed("ดูคลิปนี้", "4113")],
    "animation": [Unsupported("animation")],
    "location": [Unsupported("location")],
    "venue": [Unsupported("venue")],
    "contact": [Unsupported("contact")],
    "poll": [Unsupported("poll")],
    "unknown_content": [Unsupported("unknown")],
    "pinned": [],
    "edited_text": [Edited("อยากให้ข้อมูลเปิดอ่านง่ายกว่านี้", "4121")],
    "edited_caption": [Edited("ข้อเสนอของสมาคม ฉบับแก้", "4122")],
    "edited_location": [],
    "blocked": [Blocked()],
    "unblocked": [],
    "promoted_in_group": [],
    "removed_from_group": [],
    "text_in_group": [],
    "stop_in_group": [],
    "file_in_group": [],
    "channel_post": [],
    "unasked_kind": [],
}
GREETINGS = {"added_to_group": "", "start_in_group": "ruamkhit_bot"}


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def altered(name: str, **fields: Any) -> bytes:
    """A payload with these fields of its message changed."""
    update = json.loads(payload(name))
    update["message"] |= fields
    return json.dumps(update).encode()


def read(raw: bytes) -> list[Incoming]:
    parsed = wire.parse(raw, NOW)
    assert all(isinstance(item, Incoming) for item in parsed), parsed
    return [item for item in parsed if isinstance(item, Incoming)]


def broken(raw: bytes) -> Broken:
    [item] = wire.parse(raw, NOW)
    assert isinstance(item, Broken), item
    assert item.raw == raw
    return item


def test_every_payload_is_expected() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == BODIES.keys() | GREETINGS.keys()


@pytest.mark.parametrize("name", BODIES)
def test_what_a_person_did(name: str) -> None:
    assert [incoming.event.body for incoming in read(payload(name))] == BODIES[name]


@pytest.mark.parametrize("name", GREETINGS)
def test_a_group_is_greeted_and_nothing_of_it_kept(name: str) -> None:
    assert wire.parse(payload(name), NOW) == (wire.GroupGreeting(-1001900000001, GREETINGS[name]),)


@pytest.mark.parametrize("name", [name for name, bodies in BODIES.items() if bodies])
def test_who_and_when_as_the_library_reads_them(name: str) -> None:
    """python-telegram-bot reads the same update: id, person, message, time, text."""
    update = Update.de_json(json.loads(payload(name)), None)
    incoming = read(payload(name))
    ids = [f"telegram:{update.update_id}", f"telegram:{update.update_id}/caption"]
    assert [item.event.id for item in incoming] == ids[: len(incoming)]
    person = update.effective_user
    assert person is not None
    message = update.message or update.edited_message
    for item in incoming:
        assert item.sender == str(person.id) == PERSON
        assert item.event.channel == "telegram"
        assert item.event.in_order
        assert item.event.at.tzinfo is UTC
        match item.event.body:
            case Typed(text, number) | Edited(text, number):
                assert message is not None
                assert text in (message.text or message.caption or "").replace("@ruamkhit_bot", "")
                assert number == str(message.message_id)
            case Pressed(token):
                assert update.callback_query is not None
                assert token == update.callback_query.data
            case FileOffered(ref=ref, name=file_name, size=size):
                assert message is not None
                largest = max(message.photo, key=lambda photo: photo.width, default=None)
                file = message.document or largest
                assert file is not None
                assert (ref, size) == (file.file_id, file.file_size)
                assert file_name == getattr(file, "file_name", "")
        if message:
            assert item.event.at in (message.edit_date, message.date)
        elif update.my_chat_member:
            assert item.event.at == update.my_chat_member.date
        else:  # a press carries no time of its own
            assert item.event.at == NOW


def test_the_person_is_nowhere_but_in_the_sender() -> None:
    """The chat's number is the person's: it must not come to rest beside what they said."""
    for name in BODIES:
        for incoming in read(payload(name)):
            assert PERSON not in msgspec.json.encode(incoming.event).decode()


def test_a_press_can_be_answered_on_its_message() -> None:
    [press] = read(payload("press"))
    assert wire.Reply.read(press.reply) == wire.Reply("2233440000000000001", 4099)


@pytest.mark.parametrize("name", ["press_inaccessible", "press_without_message"])
def test_a_message_out_of_reach_is_not_edited(name: str) -> None:
    [press] = read(payload(name))
    reply = wire.Reply.read(press.reply)
    assert reply is not None
    assert reply.message is None


def test_only_a_press_has_a_reply() -> None:
    assert [name for name in BODIES if any(incoming.reply for incoming in read(payload(name)))] == [
        name for name in BODIES if name.startswith("press") and BODIES[name]
    ]
    assert wire.Reply.read("") is None


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("/start@ruamkhit_bot abc", Opened("abc")),
        ("/start " + "a" * 64, Opened("a" * 64)),
        ("/start " + "a" * 65, Opened()),
        ("/start ก", Opened()),
        ("/start a b", Opened()),
        ("/start\nabc", Opened("abc")),
        ("/started", Typed("/started", "4103")),
        ("/STOP@ruamkhit_bot", Typed("/STOP", "4103")),
        ("/stop@ruamkhit_bot ครับ", Typed("/stop ครับ", "4103")),
        ("/", Typed("/", "4103")),
        ("/3.5", Typed("/3.5", "4103")),
        ("ดู /stop", Typed("ดู /stop", "4103")),
        ("", Typed("", "4103")),
    ],
)
def test_commands(text: str, body: Body) -> None:
    [incoming] = read(altered("start", text=text))
    assert incoming.event.body == body


def test_half_a_character_costs_itself_and_not_the_message() -> None:
    raw = payload("text").replace("อยาก".encode(), rb"\ud83d")
    [incoming] = read(raw)
    assert incoming.event.body == Typed("?ให้ข้อมูลเปิดอ่านง่าย <b>จริง ๆ</b> & *ใช้ได้* 🙏", "4101")
    [incoming] = read(payload("text").replace("อยาก".encode(), b"\xff"))
    assert isinstance(incoming.event.body, Typed)
    assert incoming.event.body.text.startswith("\ufffdให้ข้อมูล")


def test_a_nul_is_a_character_like_any_other() -> None:
    [incoming] = read(altered("text", text="a\0b"))
    assert incoming.event.body == Typed("a\0b", "4101")


def test_a_broken_update_keeps_its_id_and_names_no_content() -> None:
    raw = altered("text", message_id="ความลับ")
    update_id = json.loads(raw)["update_id"]
    found = broken(raw)
    assert (found.id, found.channel) == (f"telegram:{update_id}", "telegram")
    assert "message_id" in found.error
    assert "ความลับ" not in found.error


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"update_id":1e400}',
        b'{"update_id":' + b"9" * 5000 + b"}",
        b'{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"date":9e99}}',
    ],
)
def test_what_nobody_can_read_is_kept_under_a_stable_id(raw: bytes) -> None:
    assert broken(raw).id == broken(raw).id
    assert len(broken(raw).id) < 100


@pytest.mark.parametrize("field", ["date", "message_id", "chat"])
def test_a_message_without_what_it_must_have_is_broken(field: str) -> None:
    update = json.loads(payload("text"))
    del update["message"][field]
    assert f"telegram:{update['update_id']}" == broken(json.dumps(update).encode()).id


@given(st.binary())
@example(b'{"update_id": 1, "message": {}}')
def test_no_bytes_raise(raw: bytes) -> None:
    assert isinstance(wire.parse(raw, NOW), tuple)


@given(st.data())
def test_no_damage_to_a_payload_raises(data: st.DataObject) -> None:
    raw = bytearray(payload(data.draw(st.sampled_from(sorted(BODIES)))))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(wire.parse(bytes(raw), NOW), tuple)
