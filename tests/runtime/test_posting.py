"""The client for short calls: what it says of a request that failed, and what it keeps open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.runtime import posting
from bot.runtime.posting import LostError, NotSentError, Poster

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def platform(serve: Serve) -> AsyncIterator[Poster]:
    """A poster to a server that does this with every connection."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    poster = Poster(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield poster
    finally:
        poster.close()
        server.close()


async def request(reader: asyncio.StreamReader) -> bytes:
    """One whole request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(length)


def always(answer: bytes, *, then_close: bool = False) -> tuple[Serve, list[bytes], list[int]]:
    """A server that answers this to every request; what it was asked, and a number for each connection."""
    asked: list[bytes] = []
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        try:
            while True:
                asked.append(await request(reader))
                writer.write(answer)
                if then_close:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return serve, asked, connections


async def post(poster: Poster, seconds: float = 2) -> posting.Answer:
    return await poster.post("/v2", b"X-Key: 1\r\n", b"{}", seconds=seconds, connect=1)


async def test_it_sends_a_body_and_keeps_the_connection() -> None:
    serve, asked, connections = always(OK)
    async with platform(serve) as poster:
        first, second = await post(poster), await post(poster)
    assert (first.status, first.headers["retry-after"], first.body) == (200, "3", b"hi")
    assert second == first
    assert asked[0].startswith(b"POST /v2 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert asked[0].endswith(b"X-Key: 1\r\nContent-Length: 2\r\n\r\n{}")
    assert len(connections) == 1


async def test_calls_beside_each_other_have_a_connection_each() -> None:
    serve, asked, connections = always(OK)
    async with platform(serve) as poster:
        answers = await asyncio.gather(*(post(poster) for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5
    assert (len(asked), len(connections)) == (5, 5)


async def test_an_answer_in_chunks_after_a_1xx_is_one_answer() -> None:
    serve, _, _ = always(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    )
    async with platform(serve) as poster:
        assert (await post(poster)).body == b"hi!"


async def test_what_the_server_does_not_keep_open_is_not_used_again() -> None:
    serve, _, connections = always(OK.replace(b"Retry-After: 3", b"Connection: close"))
    async with platform(serve) as poster:
        await post(poster)
        await post(poster)
    assert len(connections) == 2


async def test_an_idle_connection_is_given_up_before_the_platform_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve, _, connections = always(OK)
    async with platform(serve) as poster:
        await post(poster)
        monkeypatch.setattr(posting, "_IDLE_SECONDS", 0.0)
        await post(poster)
    assert len(connections) == 2


async def test_without_a_connection_nothing_was_sent() -> None:
    server = await asyncio.start_server(always(OK)[0], "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(NotSentError):
        await post(Poster(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"this is no HTTP\r\n\r\n"],
    ids=["none", "half", "nonsense"],
)
async def test_a_connection_that_ends_before_the_answer_is_lost(answer: bytes) -> None:
    serve, asked, _ = always(answer, then_close=True)
    async with platform(serve) as poster:
        with pytest.raises(LostError):
            await post(poster)
    assert len(asked) == 1, "it is not sent again"


async def test_an_endless_answer_is_not_kept() -> None:
    serve, _, _ = always(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2_000_000)
    async with platform(serve) as poster:
        with pytest.raises(LostError):
            await post(poster)


async def test_a_late_answer_is_a_time_out_and_goes_to_nobody_else() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await request(reader)
        if b'{"late"}' in first:
            await reader.read(1)  # until the poster lets go of the connection
        writer.write(OK)
        writer.close()

    async with platform(serve) as poster:
        with pytest.raises(TimeoutError):
            await poster.post("/", b"", b'{"late"}', seconds=0.1, connect=1)
        assert (await post(poster)).status == 200


async def test_closing_ends_what_is_under_way() -> None:
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        asked.set()
        await reader.read(1)
        writer.close()

    async with platform(serve) as poster:
        call = asyncio.ensure_future(post(poster))
        await asked.wait()
        poster.close()
        with pytest.raises(LostError):
            await call
