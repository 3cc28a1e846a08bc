"""The webhook over real HTTP: what is refused, what is handed on, and when it answers 200."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence

import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.line import LineChannel
from bot.channels.line import channel as module
from bot.dialogue import Blocked, FileOffered, Opened, Pressed, Retracted, Typed
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming
from tests.channels.line.conftest import GREETING
from tests.channels.line.test_wire import payload
from tests.standins.line import LineStandIn, answer

PERSON = "U4af4980629bbbbbbbbbbbbbbbbbbbbbb"


class Intake:
    """Takes what the channel hands on; `down` stands for a database that does not answer."""

    def __init__(self) -> None:
        self.taken: list[Incoming | Broken] = []
        self.down = False

    async def submit(self, events: Sequence[Incoming | Broken]) -> None:
        if self.down:
            raise UnavailableError("the database does not answer")
        self.taken += events


@pytest.fixture
async def intake(channel: LineChannel, line: LineStandIn) -> AsyncIterator[Intake]:
    """The bot's routes served on loopback, and what they hand on."""
    intake = Intake()
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    line.webhook = f"http://127.0.0.1:{listening.getsockname()[1]}{module.PATH}"
    app = Starlette(routes=channel.routes(intake.submit))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield intake
    server.should_exit = True
    await serving


async def test_what_a_person_does_is_handed_on(intake: Intake, line: LineStandIn) -> None:
    for response in (
        await line.follow(PERSON),
        await line.send_text(PERSON, "สวัสดี 👍"),
        await line.press(PERSON, "1:topics"),
        await line.send_file(PERSON, b"%PDF", "a.pdf"),
        await line.send_file(PERSON, b"\x89PNG", kind="image"),
        await line.unsend(PERSON, "9"),
        await line.unfollow(PERSON),
    ):
        assert response.status_code == 200
    taken = [one for one in intake.taken if isinstance(one, Incoming)]
    document, picture = line.files
    assert [one.event.body for one in taken] == [
        Opened(),
        Typed("สวัสดี 👍", line.sent[1]["message"]["id"]),
        Pressed("1:topics"),
        FileOffered(document, "a.pdf", 4, document),
        FileOffered(picture, message=picture),
        Retracted("9"),
        Blocked(),
    ]
    assert {one.sender for one in taken} == {PERSON}
    assert [bool(one.reply) for one in taken] == [True] * 5 + [False] * 2


async def test_a_redelivery_is_handed_on_as_the_same_event(intake: Intake, line: LineStandIn) -> None:
    await line.send_text(PERSON, "ก")
    await line.redeliver()
    first, again = intake.taken
    assert first == again


@pytest.mark.parametrize("signature", ["", "x", "A" * 44, "\u00e9"])
async def test_a_wrong_signature_is_401_and_nothing_is_handed_on(
    intake: Intake, line: LineStandIn, signature: str
) -> None:
    assert (await line.post_raw(payload("text"), signature)).status_code == 401
    assert intake.taken == []


@pytest.mark.parametrize("body", [b"", b"no JSON", b"{}", b'{"events": 7}', b"[" * 100_000])
async def test_a_signed_body_that_is_no_webhook_is_400(
    intake: Intake, line: LineStandIn, body: bytes
) -> None:
    assert (await line.post_raw(body)).status_code == 400
    assert intake.taken == []


async def test_the_consoles_check_is_200(intake: Intake, line: LineStandIn) -> None:
    for name in ("console_check", "console_check_old"):
        assert (await line.post_raw(payload(name))).status_code == 200
    assert intake.taken == []


async def test_a_broken_event_is_handed_on_beside_its_neighbours(intake: Intake, line: LineStandIn) -> None:
    good, bad = line.event("follow", PERSON), line.event("follow", PERSON) | {"timestamp": "now"}
    assert (await line.post(good, bad, good)).status_code == 200
    assert [type(one) for one in intake.taken] == [Incoming, Broken, Incoming]


async def test_when_nothing_can_be_stored_line_is_asked_to_deliver_again(
    intake: Intake, line: LineStandIn
) -> None:
    intake.down = True
    assert (await line.send_text(PERSON, "ก")).status_code == 503
    intake.down = False
    assert (await line.redeliver()).status_code == 200
    assert len(intake.taken) == 1


async def test_a_body_over_the_limit_is_413(intake: Intake, line: LineStandIn) -> None:
    assert (await line.post_raw(b" " * (1 << 20) + b"{}")).status_code == 413


async def raw_request(line: LineStandIn, head: bytes) -> bytes:
    """What the bot answers to bytes on a socket; the body is never finished."""
    port = int(line.webhook.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /line/webhook HTTP/1.1\r\nHost: x\r\n" + head)
    status = await reader.readline()
    writer.close()
    return status


async def test_a_false_content_length_hides_nothing(intake: Intake, line: LineStandIn) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert b" 413 " in await raw_request(line, b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 17)


async def test_a_body_that_does_not_come_is_408(
    intake: Intake, line: LineStandIn, channel: LineChannel
) -> None:
    channel.body_seconds = 0.1
    assert b" 408 " in await raw_request(line, b"Content-Length: 100\r\n\r\n{")


@pytest.mark.parametrize("mentions_bot", [True, False])
async def test_a_group_is_pointed_to_a_private_chat_only_when_it_asks(
    intake: Intake, line: LineStandIn, mentions_bot: bool
) -> None:
    await line.join("Cgroup")
    await line.send_text(PERSON, "ทุกคนคิดว่าอย่างไร", group="Cgroup", mentions_bot=mentions_bot)
    for _ in range(1 + mentions_bot):
        [greeting] = await line.told("Cgroup")
        assert greeting == {"type": "text", "text": GREETING.text}
    assert len(line.calls) == 1 + mentions_bot
    assert intake.taken == []


async def test_a_greeting_that_fails_harms_nobody(intake: Intake, line: LineStandIn) -> None:
    line.script("reply", answer(500))
    group, person = line.event("join", "", group="Cgroup"), line.event("follow", PERSON)
    assert (await line.post(group, person)).status_code == 200
    await line.until(lambda: len(line.calls) == 1)
    assert len(intake.taken) == 1


async def test_nothing_of_a_group_is_kept_even_when_it_is_broken(intake: Intake, line: LineStandIn) -> None:
    event = json.loads(payload("group_text"))["events"][0] | {"timestamp": "x"}
    assert (await line.post(event)).status_code == 200
    assert intake.taken == []
