"""line-bot-sdk's client, with a cheap way to send messages that are JSON already.

One rule: what `render` makes is what LINE gets. The SDK's models would only copy it, at ten times the cost
of sending it (docs/performance.md); that they carry it unchanged is held by a test of `render`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp
import msgspec
from linebot.v3.messaging import ApiException, AsyncApiClient, Configuration

from bot.runtime.calling import Caller

_PATH: Final = "/v2/bot/message/"


class _Sent(msgspec.Struct, rename="camel"):
    sent_messages: list[msgspec.Raw]


_sent: Final = msgspec.json.Decoder(_Sent)


class LineClient(AsyncApiClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client; it belongs to the running loop and is to be closed."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(configuration)
        self._caller = Caller(configuration.host)
        self._headers = {**self.default_headers, "Content-Type": "application/json"}

    async def close(self) -> None:
        """Close every connection."""
        await self._caller.close()
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

        Raises an error of NOT_SENT when nothing can have arrived, ApiException when LINE refuses. Nobody
        knows with any other aiohttp.ClientError, TimeoutError, and ValueError: what answers 200 is not LINE.
        """
        body = msgspec.json.encode({**to, "messages": messages})
        url = self.configuration.host + _PATH + way
        answer = await self._caller.post(url, {**self._headers, **(headers or {})}, body, within)
        if not 200 <= answer.status <= 299:
            error = ApiException(status=answer.status)
            error.body, error.headers = answer.body.decode("utf-8", "replace"), answer.headers
            raise error
        _sent.decode(answer.body)
