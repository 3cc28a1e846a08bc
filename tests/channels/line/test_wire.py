"""What LINE sends: signatures that must not hold, and payloads of every kind of event."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linebot.v3.webhook import WebhookParser

from bot.channels.line import wire
from bot.dialogue import Blocked, Body, FileOffered, Opened, Pressed, Retracted, Typed, Unsupported
from bot.runtime.channel import Broken, Incoming

PAYLOADS = Path(__file__).parent / "payloads"
SECRET = "a channel secret"
PERSON = "U4af4980629bbbbbbbbbbbbbbbbbbbbbb"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def signed(raw: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET.encode(), raw, hashlib.sha256)).decode()


def only(raw: bytes) -> Incoming:
    [incoming] = wire.parse(raw)
    assert isinstance(incoming, Incoming)
    return incoming


def altered(name: str, **changes: Any) -> bytes:
    """A payload whose first event has these fields changed; None removes one."""
    body = json.loads(payload(name))
    for key, value in changes.items():
        body["events"][0].pop(key)
        if value is not None:
            body["events"][0][key] = value
    return json.dumps(body).encode()


class TestSignature:
    def test_the_true_one_holds(self) -> None:
        assert wire.verify(payload("text"), signed(payload("text")), SECRET)

    def test_every_flipped_bit_of_the_body_breaks_it(self) -> None:
        raw, signature = payload("postback"), signed(payload("postback"))
        for bit in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[bit // 8] ^= 1 << bit % 8
            assert not wire.verify(bytes(flipped), signature, SECRET)

    def test_every_changed_character_of_the_header_breaks_it(self) -> None:
        raw, signature = payload("postback"), signed(payload("postback"))
        for i in range(len(signature)):
            for char in "Aa0=/\u0e01\ud800":
                mutant = signature[:i] + char + signature[i + 1 :]
                assert wire.verify(raw, mutant, SECRET) == (mutant == signature)

    def test_another_spelling_of_the_header_does_not_hold(self) -> None:
        raw = payload("text")
        true = signed(raw)
        for other in (true.lower(), true.upper(), true.swapcase(), true + " ", true[:-1], f"sha256={true}"):
            assert not wire.verify(raw, other, SECRET)

    @pytest.mark.parametrize(
        "signature", [None, "", "=", "\u0e01", "\udcff", "x" * 10_000, "\x00"], ids=ascii
    )
    def test_nonsense_does_not_hold_and_does_not_raise(self, signature: str | None) -> None:
        assert not wire.verify(payload("text"), signature, SECRET)

    def test_a_body_written_anew_does_not_hold(self) -> None:
        raw = payload("text")
        again = json.dumps(json.loads(raw)).encode()
        assert json.loads(again) == json.loads(raw)
        assert not wire.verify(again, signed(raw), SECRET)

    def test_another_secret_does_not_hold(self) -> None:
        assert not wire.verify(payload("text"), signed(payload("text")), SECRET + "x")

    @given(st.binary(max_size=200), st.text(max_size=60))
    def test_a_guess_does_not_hold(self, raw: bytes, guess: str) -> None:
        assert not wire.verify(raw, guess, SECRET)


#: What a recorded payload means; the first event of each.
MEANINGS: list[tuple[str, Body]] = [
    ("text", Typed("ข้อ ๓.๕ คืออะไร 👍", "444573844083572737")),
    ("image", FileOffered("354718705033693859", message="354718705033693859")),
    ("image_external", Unsupported("image")),
    ("file", FileOffered("325708", "ข้อเสนอ.pdf", 2138, "325708")),
    ("sticker", Unsupported("sticker")),
    ("location", Unsupported("location")),
    ("audio", Unsupported("audio")),
    ("video", Unsupported("video")),
    ("postback", Pressed("1:choose:q1:a1b2c3:o4")),
    ("follow", Opened()),
    ("unfollow", Blocked()),
    ("unsend", Retracted("325708")),
]


class TestEvents:
    @pytest.mark.parametrize(("name", "body"), MEANINGS)
    def test_a_person_did(self, name: str, body: Body) -> None:
        incoming = only(payload(name))
        sent = json.loads(payload(name))["events"][0]
        assert incoming.event.body == body
        assert incoming.event.channel == "line"
        assert incoming.event.id == f"line:{sent['webhookEventId']}"
        assert incoming.event.at == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            milliseconds=sent["timestamp"]
        )
        assert incoming.sender == PERSON
        assert incoming.reply == sent.get("replyToken", "")

    @pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*.json")), ids=lambda file: file.stem)
    def test_the_sdk_reads_the_same(self, file: Path) -> None:
        raw = file.read_bytes()
        read = {
            event.webhook_event_id: event
            for event in WebhookParser(SECRET).parse(raw.decode(), signed(raw))
            if event.type != "telepathy"
        }
        for incoming in wire.parse(raw):
            if isinstance(incoming, wire.GroupGreeting):
                assert incoming.reply in {event.reply_token for event in read.values()}
                continue
            event = read[
                incoming.id if isinstance(incoming, Broken) else incoming.event.id.removeprefix("line:")
            ]
            assert isinstance(incoming, Incoming)
            assert incoming.sender == event.source.user_id
            assert incoming.event.at.timestamp() * 1000 == pytest.approx(event.timestamp)
            assert incoming.reply == (getattr(event, "reply_token", None) or "")
            match incoming.event.body:
                case Typed(text, message):
                    assert (text, message) == (event.message.text, event.message.id)
                case FileOffered(ref, name, size, message):
                    assert ref == message == event.message.id
                    assert name == getattr(event.message, "file_name", "")
                    assert size == getattr(event.message, "file_size", None)
                case Unsupported(kind):
                    assert kind == event.message.type
                case Pressed(token):
                    assert token == event.postback.data
                case Retracted(message):
                    assert message == event.unsend.message_id
                case Opened():
                    assert event.type == "follow"
                case body:
                    assert isinstance(body, Blocked)
                    assert event.type == "unfollow"

    @pytest.mark.parametrize(
        "name", ["group_text", "group_leave", "standby", "unknown", "console_check", "console_check_old"]
    )
    def test_nothing_follows_from(self, name: str) -> None:
        assert wire.parse(payload(name)) == []

    @pytest.mark.parametrize("name", ["group_join", "group_mention"])
    def test_a_group_is_greeted_and_nothing_else(self, name: str) -> None:
        token = json.loads(payload(name))["events"][0]["replyToken"]
        assert wire.parse(payload(name)) == [wire.GroupGreeting(token)]

    def test_a_message_kind_of_next_year_is_unsupported(self) -> None:
        raw = altered("text", message={"id": "9", "type": "hologram", "beam": [1, 2]})
        assert only(raw).event.body == Unsupported("hologram")

    def test_several_events_stay_in_order(self) -> None:
        bodies = [
            incoming.event.body
            for incoming in wire.parse(payload("several"))
            if isinstance(incoming, Incoming)
        ]
        assert bodies == [Typed("หนึ่ง", "1"), Pressed("1:stop")]

    def test_a_redelivery_is_the_same_event(self) -> None:
        again = altered("text", deliveryContext={"isRedelivery": True})
        assert only(again) == only(payload("text"))

    def test_lone_surrogates_become_replacement_characters_and_pairs_stay(self) -> None:
        raw = altered("text", message={"id": "9", "type": "text", "text": "TEXT"})
        raw = raw.replace(b"TEXT", rb"a\ud800b \uDFFF \ud83d\udc4d \\ud800 \\\ud801")
        assert only(raw).event.body == Typed("a\ufffdb \ufffd 👍 \\ud800 \\\ufffd", "9")


#: Ways for one event to be unreadable while the body is JSON.
BROKEN: list[dict[str, Any]] = [
    {"timestamp": "yesterday"},
    {"timestamp": -1},
    {"timestamp": 10**18},
    {"timestamp": 10**40},
    {"timestamp": None},
    {"timestamp": 1.5},
    {"source": None},
    {"source": {"type": "user"}},
    {"source": {"type": "user", "userId": "U" * 101}},
    {"source": []},
    {"message": None},
    {"message": "text"},
    {"message": {"type": "text"}},
    {"message": {"type": "text", "id": "", "text": "x"}},
    {"message": {"type": "text", "id": "1", "text": {"a": 1}}},
    {"replyToken": 7},
    {"type": 7},
]


class TestBroken:
    @pytest.mark.parametrize("changes", BROKEN, ids=str)
    def test_a_broken_event_costs_itself_only(self, changes: dict[str, Any]) -> None:
        bad = json.loads(altered("text", **changes))["events"][0]
        good = json.loads(payload("several"))["events"]
        found = wire.parse(json.dumps({"events": [good[0], bad, good[1]]}).encode())
        assert [type(one) for one in found] == [Incoming, Broken, Incoming]
        broken = found[1]
        assert isinstance(broken, Broken)
        assert broken.id == "line:01FZ74A0TDDPYRVKNK77XKC3ZR"
        assert json.loads(broken.raw) == bad
        assert "ข้อ" not in broken.error
        assert PERSON not in broken.error

    @pytest.mark.parametrize(
        "event", [b"7", b"null", b"[]", b'"x"', b"{}", b'{"type":"message","webhookEventId":8}']
    )
    def test_without_an_id_its_bytes_name_it(self, event: bytes) -> None:
        [broken] = wire.parse(b'{"events":[' + event + b"]}")
        assert broken == wire.parse(b'{"destination":"x", "events":[' + event + b"]}")[0]
        assert isinstance(broken, Broken)
        assert broken.id == f"line:{hashlib.sha256(event).hexdigest()}"

    def test_bytes_that_are_no_text(self) -> None:
        [broken] = wire.parse(payload("text").replace("ข้อ".encode(), b"\xff\xfe"))
        assert isinstance(broken, Broken)
        assert broken.error == "not UTF-8"

    @pytest.mark.parametrize("name", ["group_text", "group_mention", "group_join"])
    def test_of_a_group_not_even_a_broken_event_is_kept(self, name: str) -> None:
        assert wire.parse(altered(name, timestamp="x")) == []

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"nonsense",
            b"[]",
            b"{}",
            b'{"events":{}}',
            b'{"events":null}',
            b'{"events":[}',
            b'{"events":[NaN]}',
            b'{"events":[' + b"[" * 200_000 + b"]" * 200_000 + b"]}",
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
            b'{"events":[]} trailing',
        ],
        ids=lambda raw: f"{raw[:12]!r} of {len(raw)} bytes",
    )
    def test_a_body_that_is_no_webhook(self, raw: bytes) -> None:
        with pytest.raises(wire.MalformedBodyError):
            wire.parse(raw)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["type", "mode", "source", "message", "id", "webhookEventId", "timestamp", "text"]
                    )
                    | st.text(max_size=5),
                    inner,
                    max_size=6,
                )
            ),
            max_leaves=20,
        )
    )
    def test_any_json_at_all_is_read_or_kept_or_passed_over(self, event: Any) -> None:
        found = wire.parse(msgspec.json.encode({"events": [event, json.loads(payload("text"))["events"][0]]}))
        assert found[-1] == only(payload("text"))
        assert len(found) <= 2
