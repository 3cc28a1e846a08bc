"""Webhooks, past everything that is there for people: what they are handed, and what is answered."""

from collections.abc import Sequence
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.runtime import webhook
from bot.runtime.guard import HEADERS, SecurityHeaders
from bot.runtime.webhook import BODY_BYTES, Answered, Call, Straight, Webhook


async def asked(
    app: Any, *chunks: bytes, method: str = "POST", path: str = "/hook", headers: Sequence[Any] = ()
) -> tuple[int, dict[str, str], int]:
    """The status and headers of an answer, and how many chunks of the body were read."""
    said: list[Any] = []
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": body != b""}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "headers": list(headers), "query_string": b"",
        "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("bot.test", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    told = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], told, len(chunks) - len(left)


def served(answer: Any) -> Straight:
    """An application whose one route is this webhook."""
    routes = [Route("/hook", Webhook(answer), methods=["POST"])]
    return Straight(SecurityHeaders(Starlette(routes=routes)), routes)


async def _read(call: Call) -> Answered:
    await call.body()
    return Answered(200)


async def test_it_is_reached_straight_or_by_its_route_and_only_by_post() -> None:
    app = served(_read)
    for way_in in (app, app._app):
        status, headers, _ = await asked(way_in, b"{}", b"")
        assert status == 200
        assert headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
        assert (await asked(way_in, b"", method="GET"))[0] == 405
        assert (await asked(way_in, b"", path="/other"))[0] == 404


async def test_a_body_over_the_limit_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    half = b" " * (BODY_BYTES // 2)
    chunks = [half, half, b" ", half, half, b""]
    assert (await asked(served(_read), half, half, b""))[0] == 200
    status, _, read = await asked(served(_read), *chunks)
    assert (status, read) == (413, 3)
    monkeypatch.setattr(webhook, "BODY_BYTES", 1 << 40)
    assert (await asked(served(_read), *chunks))[2] == len(chunks)  # the attack succeeds


async def test_a_body_that_breaks_off_is_408() -> None:
    assert (await asked(served(_read), b"{"))[0] == 408


async def test_a_header_that_comes_twice_is_none() -> None:
    seen: list[bytes | None] = []

    async def answer(call: Call) -> Answered:
        seen.append(call.header(b"x-signature"))
        return Answered(401)

    for headers in ([], [(b"x-signature", b"a")], [(b"x-signature", b"a"), (b"x-signature", b"b")]):
        await asked(served(answer), b"", headers=headers)
    assert seen == [None, b"a", None]


async def test_what_is_still_to_be_done_is_done_after_the_answer() -> None:
    order: list[str] = []

    async def after() -> None:
        order.append("after")

    async def answer(_: Call) -> Answered:
        return Answered(200, after)

    app = served(answer)

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            order.append(message["type"])
            await send(message)

        await app(scope, receive, note)

    await asked(noted, b"")
    assert order == ["http.response.start", "http.response.body", "after"]


async def test_a_fault_of_ours_is_500_and_told_to_the_operator() -> None:
    async def answer(_: Call) -> Answered:
        raise RuntimeError("a bug")

    with capture_logs() as logs:
        assert (await asked(served(answer), b""))[0] == 500
    assert [entry["event"] for entry in logs] == ["a webhook failed"]
