"""The stand-in refuses what LINE refuses, shows what LINE shows, and notices each rule of its own."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.standins import line_rules as rules
from tests.standins.line import LineStandIn, answer

TEXT = {"type": "text", "text": "สวัสดี"}
Json = dict[str, Any]


def flex(label: str = "ก", data: str = "1:a", alt_text: str = "ก", **action: str) -> Json:
    button = {"type": "button", "action": {"type": "postback", "label": label, "data": data, **action}}
    body = {"type": "box", "layout": "vertical", "contents": [button]}
    return {"type": "flex", "altText": alt_text, "contents": {"type": "bubble", "body": body}}


def quick(label: str = "ก", data: str = "1:a", times: int = 1) -> Json:
    action = {"type": "postback", "label": label, "data": data}
    return TEXT | {"quickReply": {"items": [{"type": "action", "action": action}] * times}}


@pytest.fixture
async def line() -> AsyncIterator[LineStandIn]:
    async with LineStandIn() as standin:
        yield standin


class Client:
    """Calls the API without the SDK, so that anything can be sent."""

    def __init__(self, line: LineStandIn, http: httpx2.AsyncClient) -> None:
        self.line, self.http = line, http

    async def post(self, path: str, body: Json, **headers: str) -> httpx2.Response:
        named = {"Authorization": f"Bearer {self.line.token}"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        return await self.http.post(f"{self.line.url}/v2/bot/{path}", json=body, headers=named)

    async def push(self, *messages: Json, **headers: str) -> int:
        body = {"to": "U1", "messages": list(messages)}
        return (await self.post("message/push", body, **headers)).status_code

    async def reply(self, token: str, *messages: Json, **headers: str) -> int:
        body = {"replyToken": token, "messages": list(messages) or [TEXT]}
        return (await self.post("message/reply", body, **headers)).status_code


@pytest.fixture
async def client(line: LineStandIn) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient() as http:
        yield Client(line, http)


@pytest.mark.parametrize(
    "message",
    [
        TEXT,
        flex(),
        quick(),
        flex("ก" * 40),
        quick("น้ำ" * 6),
        flex(data="x" * 300),
        TEXT | {"text": "👍" * 2500},
    ],
    ids=["text", "flex", "quick reply", "label 40", "marks", "data 300", "5,000 units"],
)
async def test_what_line_takes_is_shown(line: LineStandIn, client: Client, message: Json) -> None:
    assert await client.push(message) == 200
    assert line.shown["U1"] == [message]
    assert await line.told("U1") == [message]


@pytest.mark.parametrize(
    "message",
    [
        TEXT | {"text": ""},
        TEXT | {"text": " \n"},
        TEXT | {"text": "ก" * 5001},
        TEXT | {"text": "👍" * 2501},
        {"type": "txet", "text": "ก"},
        flex("ก" * 41),
        flex(""),
        flex(data=""),
        flex(data="x" * 301),
        flex(displayText="ก" * 301),
        flex(alt_text=""),
        flex(alt_text="ก" * 1501),
        flex() | {"contents": {"type": "bubble", "x": "x" * 30_000}},
        quick("ก" * 21),
        quick(""),
        quick(times=14),
    ],
    ids=lambda message: json.dumps(message)[:40] + str(len(json.dumps(message))),
)
async def test_what_line_refuses_is_refused_and_not_shown(
    line: LineStandIn, client: Client, message: Json
) -> None:
    assert await client.push(message) == 400
    assert await client.reply(line.new_reply_token("U1"), message) == 400
    assert line.shown["U1"] == []
    assert line.pushes == []


@pytest.mark.parametrize("count", [0, 6])
async def test_one_to_five_messages(line: LineStandIn, client: Client, count: int) -> None:
    assert await client.push(*[TEXT] * count) == 400
    assert await client.push(*[TEXT] * 5) == 200


async def test_what_only_the_specification_knows(client: Client) -> None:
    if not rules.SPECS.exists():
        pytest.skip("../shared/specs is not at hand")
    assert await client.push(TEXT | {"colour": "red"}) == 400
    assert await client.push(flex() | {"contents": {"type": "bubble", "body": {"type": "box"}}}) == 400


async def test_a_reply_token_answers_once_within_a_minute(line: LineStandIn, client: Client) -> None:
    token = line.new_reply_token("U1")
    assert await client.reply(token) == 200
    assert await client.reply(token) == 400
    line.renew_reply_token(token)
    assert await client.reply(token) == 400
    late = line.new_reply_token("U1")
    line.expire_reply_tokens()
    assert await client.reply(late) == 400
    line.renew_reply_token(late)
    assert await client.reply(late) == 200
    assert await client.reply("made-up") == 400


async def test_a_retry_key_is_for_pushes_and_taken_once(line: LineStandIn, client: Client) -> None:
    key = str(uuid4())
    assert await client.reply(line.new_reply_token("U1"), X_Line_Retry_Key=key) == 400
    assert await client.push(TEXT, X_Line_Retry_Key="not-a-uuid") == 400
    assert await client.push(TEXT, X_Line_Retry_Key=key) == 200
    again = await client.post("message/push", {"to": "U1", "messages": [TEXT]}, X_Line_Retry_Key=key)
    assert again.status_code == 409
    assert again.headers["x-line-accepted-request-id"]
    assert line.shown["U1"] == [TEXT]


async def test_the_quota_counts_what_was_pushed(line: LineStandIn, client: Client) -> None:
    line.quota = 1
    assert await client.push(TEXT, TEXT) == 200
    assert await client.push(TEXT) == 429
    assert await client.reply(line.new_reply_token("U1")) == 200


async def test_without_the_token_nothing_goes(line: LineStandIn, client: Client) -> None:
    assert await client.push(TEXT, Authorization="Bearer other") == 401
    assert line.shown["U1"] == []


async def test_the_loading_animation_lasts_five_to_sixty_seconds_in_fives(client: Client) -> None:
    for seconds, status in [(5, 202), (60, 202), (0, 400), (7, 400), (65, 400)]:
        asked = await client.post("chat/loading/start", {"chatId": "U1", "loadingSeconds": seconds})
        assert asked.status_code == status


async def test_buttons_are_those_of_the_newest_delivery(line: LineStandIn, client: Client) -> None:
    await client.push(flex("เก่า", "1:old"))
    await client.push(quick("หายไป", "1:gone"), flex("ตอบ", "1:new"), quick("หยุด", "1:stop"))
    assert line.buttons("U1") == [("ตอบ", "1:new"), ("หยุด", "1:stop")]
    with pytest.raises(AssertionError, match="is not one of"):
        await line.tap("U1", "เก่า")


async def test_scripted_faults_come_once_each_and_in_order(line: LineStandIn, client: Client) -> None:
    line.script("push", answer(429, retry_after=3), answer(500, accepted=True))
    first = await client.post("message/push", {"to": "U1", "messages": [TEXT]})
    assert (first.status_code, first.headers["Retry-After"]) == (429, "3")
    assert [await client.push(TEXT) for _ in range(2)] == [500, 200]
    assert len(line.shown["U1"]) == 2


async def test_waiting_for_what_does_not_happen_ends(line: LineStandIn) -> None:
    with pytest.raises(TimeoutError):
        await line.told("U1", seconds=0.05)
