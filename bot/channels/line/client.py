"""line-bot-sdk's client, with a way to send messages that are JSON already.

One rule: what `render` makes is what LINE gets. The SDK's models would only copy it, at ten times the cost
of sending it (docs/performance.md); that they carry it unchanged is held by a test of `render`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
from linebot.v3.messaging import ApiException, AsyncApiClient, Configuration
from linebot.v3.messaging.async_rest import RESTResponse

from bot.runtime.delivery import AT_ONCE

_SEND: Final = "/v2/bot/message/"


class _Sent(msgspec.Struct, rename="camel"):
    sent_messages: list[msgspec.Raw]


_sent: Final = msgspec.json.Decoder(_Sent)


class LineClient(AsyncApiClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client; it belongs to the running loop and is to be closed."""

    def __init__(self, configuration: Configuration) -> None:
        # The SDK's own is five a core, fewer than letters are on their way.
        configuration.connection_pool_maxsize = AT_ONCE
        configuration.proxy = _proxy(configuration.host)
        super().__init__(configuration)
        # The SDK's session asks the environment for a proxy, and the disk for a .netrc, at every call.
        connector = self.rest_client.pool_manager.connector
        self.rest_client.pool_manager.detach()
        self.rest_client.pool_manager = aiohttp.ClientSession(connector=connector)
        self._headers = {**self.default_headers, "Content-Type": "application/json"}

    async def send(
        self,
        way: str,
        to: Mapping[str, str],
        messages: Sequence[Mapping[str, Any]],
        timeout: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send LINE message objects by "reply" or "push"; `to` is the rest of that request.

        Raises ApiException when LINE refuses, aiohttp.ClientError or TimeoutError when it does not answer,
        ValueError when what answers 200 is not LINE.
        """
        async with self.rest_client.pool_manager.post(
            self.configuration.host + _SEND + way,
            data=msgspec.json.encode({**to, "messages": messages}),
            headers={**self._headers, **(headers or {})},
            proxy=self.configuration.proxy,
            timeout=timeout,
        ) as response:
            content = await response.read()
            if not 200 <= response.status <= 299:
                raise ApiException(http_resp=RESTResponse(response, content.decode("utf-8", "replace")))
            _sent.decode(content)


def _proxy(address: str) -> str | None:
    """The proxy the environment names for an address, None for none."""
    parts = urlsplit(address)
    return None if proxy_bypass(parts.netloc) else getproxies().get(parts.scheme)
