"""How requests are received: uvicorn's own protocol, with an end to what never comes to one.

One rule: whoever sends slowly, or without an end, costs themselves the connection and nobody else a
thing. uvicorn waits for ever for a head, and for what is left of a body that nobody reads any more
(uvicorn #157; RELIABILITY.md 3.2: 500 of 500 half-open connections alive after 25 s).
"""

from asyncio import Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Seconds from the first byte of a request, or from the connection, until its head must be complete.
HEAD_SECONDS: Final = 10.0
#: Seconds in which the rest of a body that was answered is thrown away: closed at once, a connection takes
#: the answer along that its sender has not read yet.
LINGER_SECONDS: Final = 1.0
#: Bytes of a head. Proxies commonly pass on 8 to 32 KiB.
HEAD_BYTES: Final = 32 * 1024

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)


class Receiver(HttpToolsProtocol):
    """One connection. A body's time is kept by whoever reads it (`read_body` and the channels)."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline: Any = None
        self._head = 0
        self._whole = True
        self._lingering = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """The first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the end of a head, and begin to wait for it with its first byte."""
        if self._whole:
            if self._deadline is None:
                self._await_head()
            self._head += len(data)
        super().data_received(data)
        if self._whole and self._head > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is here; its body is not yet."""
        self._head_came()
        self._whole = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is here; the next one may come, unless this one was answered before its end."""
        self._whole = True
        super().on_message_complete()
        if self._lingering:
            self.transport.close()

    def on_response_complete(self) -> None:
        """What is left of a request that was answered is thrown away, and not for long."""
        super().on_response_complete()
        if not self._whole and not self.transport.is_closing():
            self._lingering = True
            self._deadline = self.loop.call_later(LINGER_SECONDS, self.timeout_keep_alive_handler)

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _head_came(self) -> None:
        self._head = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
