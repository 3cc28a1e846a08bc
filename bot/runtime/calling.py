"""Short calls to a platform by aiohttp: a POST and its answer, over connections that stay open.

One rule: whoever calls learns whether the request can have arrived. An error of NOT_SENT: it surely has
not. Any other, a time-out too: perhaps; a POST is never sent twice (aiohttp repeats idempotent methods only).

The clients of the two SDKs cost many times as much a call (docs/performance.md): models of what is JSON
already, httpx, and a look for a proxy and a password in other threads at every call. Here the proxy is
looked for once.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from bot.errors import SettingsError

#: Connections to one platform: more than the deliveries at one moment, so that calls that hang hold nobody
#: else's (the LINE SDK's own number is five a processor).
CONNECTIONS: Final = 64
#: Bytes of an answer that are read; a platform's are under a kilobyte.
ANSWER_BYTES: Final = 1 << 20

#: Raised before a byte of the request has left: no connection, a certificate that does not hold, a proxy
#: that refuses.
NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)


class Answer(NamedTuple):
    """What the platform answered; `headers` do not mind the case of a name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Caller:
    """Calls to one origin, such as "https://api.line.me"; belongs to the running loop, to be closed."""

    def __init__(self, origin: str) -> None:
        self._proxy = proxy_of(origin)
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, within: aiohttp.ClientTimeout
    ) -> Answer:
        """Send a body and read what is answered. Follows no redirect, keeps no cookie.

        Raises aiohttp.ClientError and TimeoutError. An answer of over ANSWER_BYTES is none.
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        async with self._session.post(
            url, data=body, headers=headers, timeout=within, proxy=self._proxy, allow_redirects=False
        ) as response:
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > ANSWER_BYTES:
                    raise aiohttp.ClientPayloadError("the answer is too long")
            return Answer(response.status, response.headers, bytes(answer))

    async def close(self) -> None:
        """Close every connection; what is under way is lost."""
        if self._session:
            await self._session.close()


def proxy_of(address: str) -> str | None:
    """The proxy the environment names for an address, None for none.

    Raises SettingsError for one that is not spoken to by HTTP, such as SOCKS.
    """
    parts = urlsplit(address)
    proxy = None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
    if proxy and urlsplit(proxy).scheme not in ("http", "https"):
        raise SettingsError(
            f"{parts.scheme.upper()}_PROXY names a proxy that cannot be used: set it to http://host:port, or"
            " list the platform's host in NO_PROXY."
        )
    return proxy
