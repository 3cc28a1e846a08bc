"""Short calls to a platform: what is said of one that failed, what is trusted, and what is kept open."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from bot.errors import SettingsError
from bot.runtime import calling
from bot.runtime.calling import NOT_SENT, Answer, Caller, proxy_of
from tests.certificates import self_signed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nhi"
SECRET = "canary-token"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """None but the one a test names."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def platform(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The origin of a server that does this with every connection."""
    serving: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*serving, return_exceptions=True)


@asynccontextmanager
async def calls(origin: str) -> AsyncIterator[Caller]:
    """A caller, closed at the end."""
    caller = Caller(origin)
    try:
        yield caller
    finally:
        await caller.close()


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
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                asked.append(await request(reader))
                writer.write(answer)
                if then_close:
                    break

    return serve, asked, connections


async def post(caller: Caller, origin: str, *, seconds: float = 5, connect: float = 3) -> Answer:
    within = aiohttp.ClientTimeout(total=seconds, connect=connect)
    return await caller.post(f"{origin}/v2", {"Authorization": SECRET}, b"{}", within)


async def test_it_sends_a_body_and_keeps_the_connection() -> None:
    serve, asked, connections = always(OK)
    async with platform(serve) as origin, calls(origin) as caller:
        first, second = await post(caller, origin), await post(caller, origin)
    assert (first.status, first.headers["retry-after"], first.body) == (200, "3", b"hi")
    assert second == first
    assert asked[0].startswith(b"POST /v2 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nAuthorization: canary-token\r\n" in asked[0]
    assert asked[0].endswith(b"\r\n\r\n{}")
    assert len(connections) == 1


async def test_an_answer_in_chunks_after_a_1xx_is_one_answer() -> None:
    serve, _, _ = always(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
    )
    async with platform(serve) as origin, calls(origin) as caller:
        assert (await post(caller, origin)).body == b"hi!"


async def test_a_redirect_is_an_answer_and_cookies_are_let_go() -> None:
    serve, asked, _ = always(
        b"HTTP/1.1 307 x\r\nLocation: /away\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    )
    async with platform(serve) as origin, calls(origin) as caller:
        assert [(await post(caller, origin)).status for _ in range(2)] == [307, 307]
    assert [head[:8] for head in asked] == [b"POST /v2"] * 2
    assert b"cookie" not in asked[1].lower()


async def test_what_the_server_does_not_keep_open_is_not_used_again() -> None:
    serve, _, connections = always(OK.replace(b"Retry-After: 3", b"Connection: close"))
    async with platform(serve) as origin, calls(origin) as caller:
        await post(caller, origin)
        await post(caller, origin)
    assert len(connections) == 2


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    serve, asked, connections = always(OK, then_close=True)
    async with platform(serve) as origin, calls(origin) as caller:
        await post(caller, origin)
        while caller._session.connector._conns:  # type: ignore[union-attr]  # until the end has come here
            await asyncio.sleep(0)
            caller._session.connector._cleanup()  # type: ignore[union-attr]
        await post(caller, origin)
    assert (len(asked), len(connections)) == (2, 2)


async def test_on_a_kept_connection_that_ends_under_it_a_call_may_have_arrived_and_is_not_repeated() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            asked.append(await request(reader))
            writer.write(OK)
            asked.append(await request(reader))

    async with platform(serve) as origin, calls(origin) as caller:
        await post(caller, origin)
        with pytest.raises(aiohttp.ClientError) as lost:
            await post(caller, origin)
        assert not isinstance(lost.value, NOT_SENT)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"this is no HTTP\r\n\r\n"],
    ids=["none", "half", "nonsense"],
)
async def test_a_connection_that_ends_before_the_answer_is_lost_and_not_tried_again(answer: bytes) -> None:
    serve, asked, _ = always(answer, then_close=True)
    async with platform(serve) as origin, calls(origin) as caller:
        with pytest.raises(aiohttp.ClientError) as lost:
            await post(caller, origin)
        assert not isinstance(lost.value, NOT_SENT)
    assert len(asked) == 1


async def test_without_a_connection_nothing_was_sent() -> None:
    async with platform(always(OK)[0]) as origin:
        pass
    async with calls(origin) as caller:
        with pytest.raises(NOT_SENT):
            await post(caller, origin)


@pytest.mark.parametrize("named", ["head", "headers", "body", "chunks"])
async def test_an_endless_answer_is_not_kept(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start = b"HTTP/1.1 200 OK\r\n"
    answer = {
        "head": start + b"X: " + b"x" * 100_000,
        "headers": start + b"X: x\r\n" * 100_000,
        "body": start + b"Content-Length: 9000000\r\n\r\n" + b"x" * 2_000_000,
        "chunks": start + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 0x10000 + b"\r\n",
    }[named]
    if named == "chunks":
        answer += b"10000\r\n%b\r\n" % (b"x" * 0x10000) * 20
    async with platform(always(answer)[0]) as origin, calls(origin) as caller:
        with pytest.raises(aiohttp.ClientError):
            await post(caller, origin)
        if named == "chunks":
            monkeypatch.setattr(calling, "ANSWER_BYTES", 1 << 40)
            with pytest.raises(TimeoutError):  # the attack succeeds: it is read until the time is over
                await post(caller, origin, seconds=0.5)


async def test_a_late_answer_is_a_time_out_and_goes_to_nobody_else() -> None:
    seen = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        late = seen == 1
        await request(reader)
        if late:
            await reader.read(1)  # until the caller lets go of the connection
        writer.write(OK)

    async with platform(serve) as origin, calls(origin) as caller:
        with pytest.raises(TimeoutError):
            await post(caller, origin, seconds=0.2)
        assert (await post(caller, origin)).status == 200


async def test_calls_that_hang_hold_no_others_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CONNECTIONS", 2)
    free, asked = asyncio.Event(), asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        asked.release()
        await free.wait()
        writer.write(OK)

    async with platform(serve) as origin, calls(origin) as caller:
        hanging = [asyncio.ensure_future(post(caller, origin)) for _ in range(2)]
        for _ in hanging:
            await asked.acquire()
        with pytest.raises(NOT_SENT):  # there is no third connection, and surely nothing was sent
            await post(caller, origin, connect=0.1)
        free.set()
        assert [answer.status for answer in await asyncio.gather(*hanging)] == [200, 200]


async def test_closing_ends_what_is_under_way() -> None:
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        asked.set()
        await reader.read(1)

    async with platform(serve) as origin, calls(origin) as caller:
        call = asyncio.ensure_future(post(caller, origin))
        await asked.wait()
        await caller.close()
        with pytest.raises(aiohttp.ClientError):
            await call


# Who is trusted


def certificate(folder: Path, host: x509.GeneralName) -> Path:
    """A key and a certificate of its own for a host."""
    made, key = self_signed(host)
    file = folder / "platform.pem"
    file.write_bytes(key + made)
    return file


@pytest.mark.parametrize(
    ("host", "known", "trusted"),
    [
        (x509.IPAddress(ip_address("127.0.0.1")), True, True),
        (x509.IPAddress(ip_address("127.0.0.1")), False, False),
        (x509.DNSName("api.line.me"), True, False),
    ],
    ids=["ours", "nobody vouches", "another host's"],
)
async def test_only_the_platform_itself_is_told_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: x509.GeneralName, known: bool, trusted: bool
) -> None:
    file = certificate(tmp_path, host)
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(file)
    serve, asked, _ = always(OK)
    if known:  # aiohttp's own context, with one authority more
        trusting = aiohttp.connector._make_ssl_context(True)  # type: ignore[attr-defined]
        trusting.load_verify_locations(file)
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    async with platform(serve, tls=shown) as origin, calls(origin) as caller:
        if trusted:
            assert (await post(caller, origin)).status == 200
        else:
            with pytest.raises(NOT_SENT):
                await post(caller, origin)
            assert asked == []
            unverified = aiohttp.connector._SSL_CONTEXT_UNVERIFIED  # type: ignore[attr-defined]
            monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", unverified)
            assert (await post(caller, origin)).status == 200  # the attack succeeds
    assert len(asked) == 1


# Proxies


async def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    serve, asked, _ = always(OK)
    async with platform(serve) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        async with calls("http://platform.example") as caller:
            assert (await post(caller, "http://platform.example")).status == 200
        assert asked[0].startswith(b"POST http://platform.example/v2 HTTP/1.1\r\n")
        monkeypatch.setenv("NO_PROXY", "platform.example")
        assert proxy_of("http://platform.example") is None


async def test_a_proxy_that_refuses_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    async with platform(serve) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        async with calls("https://platform.example") as caller:
            with pytest.raises(NOT_SENT):
                await post(caller, "https://platform.example")
    (asked,) = seen
    assert asked.startswith(b"CONNECT platform.example:443 HTTP/1.1\r\n")
    assert SECRET.encode() not in asked


@pytest.mark.parametrize("proxy", ["socks5://me:hidden@proxy.example:1080", "proxy.example:3128"])
async def test_a_proxy_that_cannot_be_used_does_not_start_and_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(SettingsError, match="HTTPS_PROXY") as told:
        Caller("https://api.line.me")
    assert "hidden" not in str(told.value)


async def test_no_log_has_the_token_or_the_body(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for answer in (OK, b"", b"nonsense\r\n\r\n"):
        async with platform(always(answer, then_close=True)[0]) as origin, calls(origin) as caller:
            with contextlib.suppress(aiohttp.ClientError):
                await post(caller, f"{origin}/{SECRET}")
    assert SECRET not in caplog.text
    logging.getLogger("aiohttp.client").warning("heard")
    assert "heard" in caplog.text
