"""What becomes of a parcel, through python-telegram-bot over real HTTP."""

import json
import logging
from datetime import UTC, datetime

import pytest

from bot.channels.telegram import TelegramChannel
from bot.dialogue import Button, Document, Event, Message, MessageType, Opened, Place
from bot.runtime.channel import (
    Delivered,
    Fate,
    FileGoneError,
    FileLaterError,
    FileTooLargeError,
    Incoming,
    Parcel,
)
from tests.standins.telegram import Fault, TelegramStandIn, answer, reset, silence, slow


def say(*lines: str, place: Place = Place.NEW, chosen: bool = False) -> Message:
    options = (Button("มี", "1:choose:q:v:a", chosen), Button("ไม่มี", "1:choose:q:v:b"))
    return Message(type=MessageType.QUESTION, lines=lines, options=options, numbered=True, place=place)


def parcel(*messages: Message, reply: str = "", sent: int = 0, to: str = "7") -> Parcel:
    return Parcel("telegram:1", "telegram", to, messages, reply, datetime.now(UTC), sent=sent)


async def reply_of(telegram: TelegramStandIn, channel: TelegramChannel, message: int, token: str) -> str:
    """What the channel keeps of a press, by which it answers it."""
    kept: list[str] = []

    async def submit(incomings) -> None:
        kept.extend(incoming.reply for incoming in incomings)

    telegram.presses["press-1"] = 7
    query = {
        "id": "press-1",
        "from": {"id": 7, "is_bot": False, "first_name": "p"},
        "chat_instance": "1",
        "data": token,
    }
    chat = {"id": 7, "type": "private", "first_name": "p"}
    query["message"] = {"message_id": message, "date": 1, "chat": chat, "text": "x"}
    await channel.take([json.dumps({"update_id": 5, "callback_query": query}).encode()], submit)
    return kept[0]


HOSTILE = [
    "<b>ไม่หนา</b> &amp; _x_ *y* [z](http://e)",
    "เส้น\nสองเส้น",
    "\u202eกลับ",
    "🏳️‍🌈",
    "`" * 50,
    "a" * 4096,
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_arrives_as_it_is(
    telegram: TelegramStandIn, channel: TelegramChannel, text: str
) -> None:
    assert await channel.deliver(parcel(say(text))) == Delivered(Fate.SENT, 1)
    assert telegram.texts(7) == [text]


async def test_long_text_comes_in_pieces(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    text = "\n".join("ก่อนอื่น " * 40 for _ in range(40))
    assert (await channel.deliver(parcel(say(text)))).fate is Fate.SENT
    assert len(telegram.texts(7)) > 1
    assert telegram.screens[7][-1].keyboard
    assert not telegram.screens[7][0].keyboard


async def test_the_pressed_message_is_edited(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    await channel.deliver(parcel(say("มีหรือไม่")))
    first = telegram.screens[7][0]
    reply = await reply_of(telegram, channel, first.id, "1:choose:q:v:a")
    told = parcel(say("มีหรือไม่", place=Place.MARK, chosen=True), say("บันทึกแล้ว"), reply=reply)
    assert await channel.deliver(told) == Delivered(Fate.SENT, 2)
    assert telegram.answered == ["press-1"]
    assert [b.label for b in telegram.buttons(7)][:2] == ["✓ 1. มี", "2. ไม่มี"]
    assert telegram.texts(7) == ["มีหรือไม่", "บันทึกแล้ว"]


async def test_an_edit_that_is_refused(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    """A mark is let go; a replacement is sent anew."""
    reply = await reply_of(telegram, channel, 999, "1:choose:q:v:a")
    told = parcel(say("ก", place=Place.MARK), say("ข", place=Place.REPLACE), reply=reply)
    assert (await channel.deliver(told)).fate is Fate.SENT
    assert telegram.texts(7) == ["ข"]


async def test_a_fault_in_the_middle_goes_on_there(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    messages = say("หนึ่ง"), say("สอง"), say("สาม")
    telegram.script("sendMessage", slow(0), answer(500))
    failed = await channel.deliver(parcel(*messages))
    assert (failed.fate, failed.sent) == (Fate.RETRY, 1)
    assert await channel.deliver(parcel(*messages, sent=1)) == Delivered(Fate.SENT, 3)
    assert telegram.texts(7) == ["หนึ่ง", "สอง", "สาม"]


async def test_the_seconds_telegram_names_are_kept(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    telegram.script("sendMessage", answer(429, "Too Many Requests: retry after 7", retry_after=7))
    told = await channel.deliver(parcel(say("ก")))
    assert (told.fate, told.retry_after) == (Fate.RETRY, 7)


@pytest.mark.parametrize(
    "fault", [silence(), reset(), answer(500), answer(502, body=b"<html>"), answer(401, "Unauthorized")]
)
async def test_what_may_go_through_later(
    telegram: TelegramStandIn, channel: TelegramChannel, fault: Fault
) -> None:
    telegram.script("sendMessage", fault)
    told = await channel.deliver(parcel(say("ก")))
    assert told.fate is Fate.RETRY
    assert telegram.token not in told.detail


async def test_an_answer_that_never_came_shows_it_twice_at_most(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    """sendMessage has no idempotency key: one repetition for each lost answer, and no message lost."""
    telegram.script("sendMessage", reset(accepted=True))
    told = parcel(say("หนึ่ง"), say("สอง"))
    lost = await channel.deliver(told)
    assert (lost.fate, lost.sent) == (Fate.RETRY, 0)
    assert await channel.deliver(told) == Delivered(Fate.SENT, 2)
    assert telegram.texts(7) == ["หนึ่ง", "หนึ่ง", "สอง"]


async def test_a_lost_answer_to_an_edit_shows_nothing_twice(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    await channel.deliver(parcel(say("มีหรือไม่")))
    reply = await reply_of(telegram, channel, telegram.screens[7][0].id, "1:choose:q:v:a")
    told = parcel(say("มีหรือไม่", place=Place.REPLACE, chosen=True), reply=reply)
    telegram.script("editMessageText", reset(accepted=True))
    assert (await channel.deliver(told)).fate is Fate.RETRY
    assert await channel.deliver(told) == Delivered(Fate.SENT, 1)
    assert telegram.texts(7) == ["มีหรือไม่"]


async def test_a_press_is_confirmed_even_when_nothing_is_said(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    reply = await reply_of(telegram, channel, 1, "1:home")
    assert await channel.deliver(parcel(reply=reply)) == Delivered(Fate.SENT, 0)
    assert telegram.answered == ["press-1"]


async def test_a_press_nobody_waits_for_any_more_is_answered_all_the_same(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    reply = await reply_of(telegram, channel, 1, "1:home")
    telegram.presses.clear()
    assert await channel.deliver(parcel(say("ก"), reply=reply)) == Delivered(Fate.SENT, 1)


async def test_text_is_sent_without_markup_or_preview(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    await channel.deliver(parcel(say("<b> https://example.go.th")))
    [call] = telegram.calls_of("sendMessage")
    assert "parse_mode" not in call
    assert call["link_preview_options"] == {"is_disabled": True}


async def test_no_token_and_no_word_in_any_log(
    telegram: TelegramStandIn,
    channel: TelegramChannel,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.script("sendMessage", slow(0), answer(502, body=b"<html>"), answer(200, body=b"canary"))
    for _ in range(3):
        await channel.deliver(parcel(say("canary")))
    await channel.acknowledge(Incoming(Event("telegram:1", datetime.now(UTC), "telegram", Opened()), "404"))
    printed = capsys.readouterr()
    everything = caplog.text + printed.out + printed.err
    assert telegram.token not in everything
    assert "canary" not in everything


async def test_people_who_cannot_be_reached(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    assert (await channel.deliver(parcel(say("ก"), to="404"))).fate is Fate.GONE
    telegram.blocked.add(7)
    assert (await channel.deliver(parcel(say("ก")))).fate is Fate.GONE


async def test_what_telegram_never_takes_is_parked(
    telegram: TelegramStandIn, channel: TelegramChannel
) -> None:
    telegram.script("sendMessage", answer(400, "Bad Request: BUTTON_DATA_INVALID"))
    assert (await channel.deliver(parcel(say("ก")))).fate is Fate.REFUSED


async def test_documents_are_files(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    documents = (Document("ข้อมูล.txt", "text/plain", "ก\n"), Document("data.json", "application/json", "{}"))
    message = Message(type=MessageType.REPORT, lines=("นี่คือสำเนา",), documents=documents)
    assert (await channel.deliver(parcel(message))).fate is Fate.SENT
    assert [shown.file for shown in telegram.screens[7]] == [None, "ก\n".encode(), b"{}"]


async def test_files_people_send(telegram: TelegramStandIn, channel: TelegramChannel) -> None:
    telegram.files["documents/f1"] = b"%PDF-1.7 x"
    assert (await channel.fetch("f1", 100)).content == b"%PDF-1.7 x"
    with pytest.raises(FileTooLargeError):
        await channel.fetch("f1", 5)
    with pytest.raises(FileGoneError):
        await channel.fetch("nobody", 100)
    telegram.script("getFile", answer(500))
    with pytest.raises(FileLaterError):
        await channel.fetch("f1", 100)
    telegram.script("file", answer(500), reset(), answer(404))
    for expected in (FileLaterError, FileLaterError, FileGoneError):
        with pytest.raises(expected) as failed:
            await channel.fetch("f1", 100)
        assert telegram.token not in str(failed.value)
    telegram.script("getFile", answer(400, "Bad Request: file is too big"))
    with pytest.raises(FileTooLargeError):
        await channel.fetch("f1", 100)
    telegram.script(
        "getFile", answer(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    )
    with pytest.raises(FileLaterError):
        await channel.fetch("f1", 100)
