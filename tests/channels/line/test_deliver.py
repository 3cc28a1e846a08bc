"""What becomes of a delivery: reply first, push after a definite refusal, and never twice."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientTimeout
from msgspec.structs import replace

from bot.channels.line import LineChannel
from bot.dialogue import Button, Document, Event, Message, MessageType, Opened, Place
from bot.runtime.channel import Delivered, Fate, Incoming, Parcel
from bot.store import Via
from tests.channels.line.conftest import COPY
from tests.standins.line import Fault, LineStandIn, answer, reset, silence, slow

PERSON = "U4af4980629bbbbbbbbbbbbbbbbbbbbbb"
#: A push that is not written down yet: whoever finds it after a crash would take it for a reply.
TO_PUSH = Delivered(Fate.RETRY, 0, retry_after=0.0, via=Via.PUSH)
HELLO = Message(MessageType.NAV, ("สวัสดี",), exits=(Button("หยุด", "1:stop"),), id="line:01H/m0")


@pytest.fixture
def parcel(line: LineStandIn) -> Parcel:
    """A greeting that answers a fresh event."""
    now = datetime.now(UTC)
    return Parcel("line:01H", "line", PERSON, (HELLO,), line.new_reply_token(PERSON), now)


@pytest.fixture
def stale(parcel: Parcel) -> Parcel:
    """The same, a minute later: only a push is left, and that is written down."""
    return replace(parcel, created_at=datetime.now(UTC) - timedelta(minutes=1), via=Via.PUSH)


@pytest.fixture
def impatient(channel: LineChannel) -> None:
    """Give up on LINE after a fraction of a second rather than five."""
    channel.timeout = ClientTimeout(total=0.3, connect=0.2)


async def test_a_fresh_event_is_answered_by_reply_which_is_free(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    assert await channel.deliver(parcel) == Delivered(Fate.SENT, 1, via="reply")
    assert line.texts(PERSON) == ["สวัสดี"]
    assert line.buttons(PERSON) == [("หยุด", "1:stop")]
    assert line.pushes == []
    assert "x-line-retry-key" not in line.calls_of("reply")[0].headers


async def test_an_old_event_is_answered_by_push(
    channel: LineChannel, line: LineStandIn, stale: Parcel
) -> None:
    assert await channel.deliver(replace(stale, via="")) == TO_PUSH
    assert line.calls == []
    assert await channel.deliver(stale) == Delivered(Fate.SENT, 1, via="push")
    assert line.calls_of("reply") == []
    assert line.texts(PERSON) == ["สวัสดี"]
    assert UUID(line.calls_of("push")[0].headers["x-line-retry-key"]).version == 5


async def test_without_a_token_it_is_pushed(channel: LineChannel, line: LineStandIn, parcel: Parcel) -> None:
    assert await channel.deliver(replace(parcel, reply="")) == TO_PUSH
    assert (await channel.deliver(replace(parcel, reply="", via=Via.PUSH))).fate is Fate.SENT
    assert line.texts(PERSON) == ["สวัสดี"]


async def test_a_token_line_no_longer_takes_is_followed_by_a_push(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    line.expire_reply_tokens()
    assert await channel.deliver(parcel) == TO_PUSH
    assert await channel.deliver(replace(parcel, attempt=2, via=Via.PUSH)) == Delivered(
        Fate.SENT, 1, via="push"
    )
    assert [call.operation for call in line.calls] == ["reply", "push"]
    assert line.texts(PERSON) == ["สวัสดี"]


async def test_a_token_used_by_an_attempt_nobody_settled_is_not_followed_by_a_push(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    await channel.deliver(parcel)
    unsettled = replace(parcel, attempt=2, via=Via.DOUBT)
    assert (await channel.deliver(unsettled)).fate is Fate.UNKNOWN
    late = replace(unsettled, created_at=datetime.now(UTC) - timedelta(minutes=2))
    assert (await channel.deliver(late)).fate is Fate.UNKNOWN
    assert line.texts(PERSON) == ["สวัสดี"]
    assert line.pushes == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        pytest.param(silence(), 1, id="time-out after acceptance"),
        pytest.param(silence(accepted=False), 0, id="time-out before acceptance"),
        pytest.param(reset(), 1, id="lost after acceptance"),
        pytest.param(answer(500, accepted=True), 1, id="500 after acceptance"),
        pytest.param(answer(503), 0, id="503"),
        pytest.param(answer(502, body=b"<html>\xe9</html>"), 0, id="502 in another encoding"),
        pytest.param(answer(200, body=b"<html>", accepted=True), 1, id="200 that is no JSON"),
        pytest.param(answer(200, body=b"[]", accepted=True), 1, id="200 of another form"),
    ],
)
async def test_a_reply_in_doubt_is_asked_again_by_its_token_and_shown_once(
    channel: LineChannel, line: LineStandIn, parcel: Parcel, fault: Fault, shown: int
) -> None:
    line.script("reply", fault)
    delivered = await channel.deliver(parcel)
    assert (delivered.fate, delivered.sent, delivered.via) == (Fate.RETRY, 0, Via.DOUBT)
    assert len(line.texts(PERSON)) == shown
    again = await channel.deliver(replace(parcel, attempt=2, via=delivered.via))
    assert again.fate is (Fate.UNKNOWN if shown else Fate.SENT)
    assert line.texts(PERSON) == ["สวัสดี"]
    assert line.pushes == []


@pytest.mark.parametrize("fault", [answer(429), answer(503)])
async def test_a_doubt_stays_until_line_has_answered(
    channel: LineChannel, line: LineStandIn, parcel: Parcel, fault: Fault
) -> None:
    line.script("reply", fault)
    doubtful = replace(parcel, attempt=2, via=Via.DOUBT)
    assert (await channel.deliver(doubtful)).via == Via.DOUBT


async def test_once_pushed_it_is_only_ever_pushed(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    """A redelivery renews a token: the reply would be shown beside the push."""
    line.script("push", answer(500, accepted=True))
    pushed = replace(parcel, via=Via.PUSH)
    delivered = await channel.deliver(pushed)
    assert (delivered.fate, delivered.via) == (Fate.RETRY, Via.PUSH)
    assert (await channel.deliver(replace(pushed, attempt=2))).fate is Fate.SENT
    assert line.calls_of("reply") == []
    assert line.texts(PERSON) == ["สวัสดี"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        pytest.param(silence(), 1, id="time-out after acceptance"),
        pytest.param(silence(accepted=False), 0, id="time-out before acceptance"),
        pytest.param(reset(), 1, id="lost after acceptance"),
        pytest.param(answer(500, accepted=True), 1, id="500 after acceptance"),
        pytest.param(answer(500), 0, id="500"),
        pytest.param(answer(502, body=b"<html>\xe9</html>"), 0, id="502 in another encoding"),
        pytest.param(answer(429, retry_after=7), 0, id="429"),
        pytest.param(answer(200, body=b"<html>", accepted=True), 1, id="200 that is no JSON"),
    ],
)
async def test_a_push_is_repeated_under_its_key_and_shown_once(
    channel: LineChannel, line: LineStandIn, stale: Parcel, fault: Fault, shown: int
) -> None:
    line.script("push", fault)
    assert (await channel.deliver(stale)).fate is Fate.RETRY
    assert len(line.texts(PERSON)) == shown
    assert await channel.deliver(replace(stale, attempt=2)) == Delivered(Fate.SENT, 1, via="push")
    assert line.texts(PERSON) == ["สวัสดี"]
    assert len(line.pushes) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_push_is_not_repeated_once_line_has_forgotten_its_key(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    line.script("push", silence())
    old = replace(parcel, created_at=datetime.now(UTC) - timedelta(hours=25), via=Via.PUSH)
    assert (await channel.deliver(old)).fate is Fate.UNKNOWN


@pytest.mark.parametrize(("seconds", "waits"), [(7, 7.0), (None, None), (10**9, 3600.0)])
async def test_asked_to_slow_down_it_waits_as_long_as_asked(
    channel: LineChannel, line: LineStandIn, parcel: Parcel, seconds: int | None, waits: float | None
) -> None:
    line.script("reply", answer(429, retry_after=seconds))
    assert await channel.deliver(parcel) == Delivered(
        Fate.RETRY, 0, waits, "LINE asks to slow down (HTTP 429)", "reply"
    )
    assert (await channel.deliver(replace(parcel, attempt=2))).fate is Fate.SENT


async def test_with_the_quota_used_up_it_is_parked(
    channel: LineChannel, line: LineStandIn, stale: Parcel
) -> None:
    line.quota = 0
    delivered = await channel.deliver(stale)
    assert delivered.fate is Fate.REFUSED
    assert "pushes are used up" in delivered.detail


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("operation", ["reply", "push"])
async def test_a_token_line_does_not_accept_is_the_operators_to_mend(
    channel: LineChannel, line: LineStandIn, parcel: Parcel, stale: Parcel, operation: str, status: int
) -> None:
    line.script(operation, answer(status))
    delivered = await channel.deliver(parcel if operation == "reply" else stale)
    assert (delivered.fate, delivered.via) == (Fate.REFUSED, operation)
    assert "renew" in delivered.detail


async def test_a_message_line_refuses_is_parked(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    line.script("reply", answer(400))
    line.script("push", answer(400))
    assert await channel.deliver(parcel) == TO_PUSH
    assert (await channel.deliver(replace(parcel, via=Via.PUSH))).fate is Fate.REFUSED


async def test_what_cannot_be_rendered_is_parked(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    unlabelled = replace(HELLO, exits=(Button("", "1:stop"),))
    delivered = await channel.deliver(replace(parcel, messages=(unlabelled,)))
    assert delivered.fate is Fate.REFUSED
    assert "a label is blank" in delivered.detail
    assert line.calls == []


async def test_nothing_to_show_is_settled_without_a_call(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    marked = replace(parcel, messages=(replace(HELLO, place=Place.MARK),))
    assert await channel.deliver(marked) == Delivered(Fate.SENT, 1)
    assert line.calls == []


async def test_a_server_nobody_reaches_has_shown_nothing(
    cut_off: LineChannel, parcel: Parcel, stale: Parcel
) -> None:
    for one in (parcel, stale):
        delivered = await cut_off.deliver(one)
        assert (delivered.fate, delivered.detail) == (Fate.RETRY, "LINE could not be reached")


async def test_a_slow_answer_is_waited_for(channel: LineChannel, line: LineStandIn, parcel: Parcel) -> None:
    line.script("reply", slow(0.2))
    assert (await channel.deliver(parcel)).fate is Fate.SENT


async def test_someone_who_blocked_us_is_sent_to_and_shown_nothing(
    channel: LineChannel, line: LineStandIn, stale: Parcel
) -> None:
    line.blocked.add(PERSON)
    assert (await channel.deliver(stale)).fate is Fate.SENT
    assert line.texts(PERSON) == []


async def test_a_copy_of_the_data_comes_with_a_link(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    copy = replace(HELLO, documents=(Document("my-data.json", "application/json", "{}"),))
    await channel.deliver(replace(parcel, messages=(copy,)))
    assert line.texts(PERSON) == ["สวัสดี", f"my-data.json\n{COPY}/{len(PERSON)}"]


@pytest.mark.usefixtures("impatient")
async def test_no_detail_and_no_log_carries_a_secret_or_an_id(
    channel: LineChannel, line: LineStandIn, parcel: Parcel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faults: list[Callable[[], Any]] = [silence, reset]
    details = []
    for fault in [make() for make in faults] + [
        answer(n, f"{PERSON} {line.token}") for n in (400, 401, 403, 429, 500)
    ]:
        for operation in ("reply", "push"):
            line.script(operation, fault)
        now = replace(parcel, reply=line.new_reply_token(PERSON))
        details += [await channel.deliver(now), await channel.deliver(replace(now, via=Via.PUSH))]
    said = repr(details) + caplog.text
    for secret in (PERSON, line.token, line.secret, parcel.reply, parcel.id, "สวัสดี"):
        assert secret not in said


async def test_the_loading_animation_is_shown(
    channel: LineChannel, line: LineStandIn, parcel: Parcel
) -> None:
    incoming = Incoming(Event("line:01H", datetime.now(UTC), "line", Opened()), PERSON, parcel.reply)
    await channel.acknowledge(incoming)
    assert line.loading == [PERSON]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "fault", [silence(), reset(), answer(500), answer(400)], ids=["silence", "reset", "500", "400"]
)
async def test_a_loading_animation_that_fails_is_let_go(
    channel: LineChannel, line: LineStandIn, fault: Fault
) -> None:
    line.script("loading", fault)
    await channel.acknowledge(Incoming(Event("line:01H", datetime.now(UTC), "line", Opened()), PERSON))
