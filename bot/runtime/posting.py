"""Short calls to a platform: a POST and its answer, over connections that stay open.

One rule: whoever calls learns whether the request can have arrived. NotSentError: it surely has not.
LostError and TimeoutError: perhaps; nobody can ask.

The clients of the two SDKs cost five to fifty times as much a call, which was most of a turn
(docs/performance.md). This one does nothing they do beside that: no redirects, cookies, proxies,
compression or HTTP/2. The parser is uvicorn's.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httptools

#: Bytes of an answer that are read; a platform's are under a kilobyte.
_ANSWER_BYTES: Final = 1 << 20
#: Seconds a connection may lie idle: less than platforms and proxies leave one open.
_IDLE_SECONDS: Final = 15.0


class NotSentError(Exception):
    """There is no connection: nothing has left this machine."""


class LostError(Exception):
    """The connection ended before the answer was here, or what came is no answer."""


class Answer(NamedTuple):
    """What the platform answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def proxy_of(address: str) -> str | None:
    """The proxy the environment names for an address; None for none, and only then a Poster will do."""
    parts = urlsplit(address)
    return None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)


class Poster:
    """Calls to one origin, such as "https://api.line.me"; belongs to the running loop, to be closed."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._head = f"Host: {parts.netloc}\r\n".encode("ascii")
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    async def post(self, path: str, headers: bytes, body: bytes, *, seconds: float, connect: float) -> Answer:
        """Send a body to a path; `headers` are whole lines. Never sent twice.

        Raises NotSentError when there is no connection within `connect` seconds, TimeoutError when the
        answer takes over `seconds`, LostError when the connection ends before it.
        """
        connection = self._kept() or await self._connect(connect)
        request = b"POST %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (
            path.encode("ascii"), self._head, headers, len(body), body,
        )  # fmt: skip
        return await connection.exchange(request, seconds)

    def close(self) -> None:
        """Close every connection; what is under way is lost."""
        for connection in list(self._open):
            connection.transport.abort()

    def _kept(self) -> "_Connection | None":
        """The connection used last, if it is still good."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if not connection.transport.is_closing() and now - connection.since < _IDLE_SECONDS:
                return connection
            connection.transport.abort()
        return None

    async def _connect(self, seconds: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        port = self._port or (443 if self._tls else 80)
        try:
            async with asyncio.timeout(seconds):
                _, connection = await loop.create_connection(
                    lambda: _Connection(self._idle, self._open), self._host, port, ssl=self._tls
                )
        except OSError as error:  # a time-out and a certificate that does not hold are some
            raise NotSentError(type(error).__name__) from None
        return connection


class _Connection(asyncio.Protocol):
    """One of the connections: idle, or waiting for one answer."""

    transport: asyncio.Transport

    def __init__(self, idle: "list[_Connection]", opened: "set[_Connection]") -> None:
        self._idle, self._opened = idle, opened
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self.since = 0.0

    async def exchange(self, request: bytes, seconds: float) -> Answer:
        """Send a request and wait for its answer."""
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._headers: dict[str, str] = {}
        self._body = b""
        late = self._loop.call_later(seconds, self._fail, TimeoutError())
        self.transport.write(request)
        try:
            return await answer
        except BaseException:  # whatever ends the wait, an answer that comes later belongs to nobody
            self.transport.abort()
            raise
        finally:
            late.cancel()

    def _fail(self, error: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)

    # What asyncio and the parser call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self.transport = cast("asyncio.Transport", transport)
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._opened.discard(self)
        if self in self._idle:
            self._idle.remove(self)
        self._fail(LostError("the connection ended"))

    def data_received(self, data: bytes) -> None:
        """A piece of an answer; without a question, or without sense, it ends the connection."""
        try:
            if self._answer is None:
                raise httptools.HttpParserError("an answer to nothing")
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, ValueError):
            self._fail(LostError("what came is no answer"))
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header of the answer."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._body += body
        if len(self._body) > _ANSWER_BYTES:
            raise ValueError("the answer is too long")

    def on_message_complete(self) -> None:
        """The answer is here; one of 1xx announces another."""
        status = self._parser.get_status_code()
        if status < 200 or self._answer is None:
            return
        answer, self._answer = self._answer, None
        if not answer.done():
            answer.set_result(Answer(status, self._headers, self._body))
        if self._parser.should_keep_alive():
            self.since = self._loop.time()
            self._idle.append(self)
        else:
            self.transport.close()
