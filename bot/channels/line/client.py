"""line-bot-sdk's client, with a cheap way to send messages that are JSON already.

One rule: what `render` makes is what LINE gets. The SDK's models would only copy it, at ten times the cost
of sending it (docs/performance.md); that they carry it unchanged is held by a test of `render`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec
from linebot.v3.messaging import ApiException, AsyncApiClient, Configuration
from multidict import CIMultiDict

from bot.runtime.posting import Answer, LostError, NotSentError, Poster, proxy_of

_PATH: Final = "/v2/bot/message/"


class _Sent(msgspec.Struct, rename="camel"):
    sent_messages: list[msgspec.Raw]


_sent: Final = msgspec.json.Decoder(_Sent)


class LineClient(AsyncApiClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client; it belongs to the running loop and is to be closed."""

    def __init__(self, configuration: Configuration) -> None:
        configuration.proxy = proxy_of(configuration.host)
        super().__init__(configuration)
        self._poster = Poster(configuration.host)
        self._base = urlsplit(configuration.host).path
        self._headers = {**self.default_headers, "Content-Type": "application/json"}

    async def close(self) -> None:
        """Close every connection."""
        self._poster.close()
        await super().close()

    async def send(
        self,
        way: str,
        to: Mapping[str, str],
        messages: Sequence[Mapping[str, Any]],
        within: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send LINE message objects by "reply" or "push"; `to` is the rest of that request.

        Raises NotSentError when nothing can have arrived, ApiException when LINE refuses. With LostError,
        TimeoutError, and ValueError when what answers 200 is not LINE, nobody knows.
        """
        body = msgspec.json.encode({**to, "messages": messages})
        answer = await self._post(_PATH + way, {**self._headers, **(headers or {})}, body, within)
        if not 200 <= answer.status <= 299:
            error = ApiException(status=answer.status)
            error.body, error.headers = answer.body.decode("utf-8", "replace"), CIMultiDict(answer.headers)
            raise error
        _sent.decode(answer.body)

    async def _post(
        self, path: str, headers: Mapping[str, str], body: bytes, within: aiohttp.ClientTimeout
    ) -> Answer:
        if not self.configuration.proxy:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")
            seconds, connect = within.total or 0.0, within.connect or 0.0
            return await self._poster.post(self._base + path, lines, body, seconds=seconds, connect=connect)
        try:
            async with self.rest_client.pool_manager.post(
                self.configuration.host + path, data=body, headers=headers, timeout=within,
                proxy=self.configuration.proxy,
            ) as response:  # fmt: skip
                return Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from None
        except aiohttp.ClientError as error:
            raise LostError(type(error).__name__) from None
