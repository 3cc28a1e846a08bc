"""Messages to LINE, which are JSON already, in the cheapest way there is; errors as our fates need them.

One rule: what `render` makes is what LINE gets. line-bot-sdk's models would only copy it, at ten times the
cost of sending it (docs/performance.md); that they carry it unchanged is held by a test of `render`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp
import msgspec

from bot.runtime.calling import Answer, Caller

_PATH: Final = "/v2/bot/message/"


class RefusedError(Exception):
    """LINE answered, and not with 2xx. `body` may name people and messages: it is for no log."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"HTTP {answer.status}")
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.body.decode("utf-8", "replace")


class _Sent(msgspec.Struct, rename="camel"):
    sent_messages: list[msgspec.Raw]


_sent: Final = msgspec.json.Decoder(_Sent)


class LineClient:
    """Messages through an origin such as "https://api.line.me"; belongs to the running loop, to be closed."""

    def __init__(self, origin: str, access_token: str) -> None:
        self._url = origin + _PATH
        self._caller = Caller(origin)
        self._headers = {
            "Authorization": f"Bearer {access_token}",
            "Content-Type": "application/json",
            "User-Agent": "ruamkhit",
        }

    async def close(self) -> None:
        """Close every connection."""
        await self._caller.close()

    async def send(
        self,
        way: str,
        to: Mapping[str, str],
        messages: Sequence[Mapping[str, Any]],
        within: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send LINE message objects by "reply" or "push"; `to` is the rest of that request.

        Raises an error of NOT_SENT when nothing can have arrived, RefusedError when LINE refuses. Nobody
        knows with any other aiohttp.ClientError, TimeoutError, and ValueError: what answers 200 is not LINE.
        """
        body = msgspec.json.encode({**to, "messages": messages})
        answer = await self._caller.post(self._url + way, {**self._headers, **(headers or {})}, body, within)
        if not 200 <= answer.status <= 299:
            raise RefusedError(answer)
        _sent.decode(answer.body)
