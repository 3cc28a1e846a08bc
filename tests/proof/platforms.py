"""LINE and Telegram as a proof needs them: fast, never at fault, and holding the truth of what was shown.

The stand-ins of tests/standins refuse what the platforms refuse; these two take everything, so that hundreds
of thousands of calls fit into minutes. What they keep is whose answer each call was: a reply token, a retry
key and the press that was confirmed each lead to one event.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Final, Self
from urllib.parse import parse_qs
from uuid import NAMESPACE_URL, uuid5

#: How long LINE takes a reply token for, in seconds.
TOKEN_SECONDS: Final = 60.0
#: When a token that was used was given out: too long ago.
_USED: Final = -1e9


class Platforms:
    """Both, at one address. `saved` is the sentence by which a person is told that their answer is kept.

    `shown` counts how often the answer to each event came onto a screen, and `chats` has their order by
    person; `saved_shown` are the events whose person was told «saved». `pushes` counts what LINE would bill.
    `seconds` is what an answer of theirs takes; 0 for none. Of so many calls `patient` is how many one is that
    is asked to come again; 0 for none.
    """

    def __init__(self, saved: str) -> None:
        self.url = ""
        self.shown: Counter[str] = Counter()
        self.saved_shown: set[str] = set()
        self.chats: defaultdict[str, list[str]] = defaultdict(list)
        self.pushes = 0
        self.refused = 0
        self.files: dict[str, bytes] = {}
        self.seconds = 0.0
        self.patient = 0
        self._calls = 0
        self.changed = asyncio.Event()
        # As both platforms' clients write it: JSON in ASCII, and a form.
        self._saved = saved
        self._saved_json = json.dumps(saved)[1:-1].encode()
        self._tokens: dict[str, float] = {}
        self._retry_keys: dict[str, str] = {}
        self._pushed: set[str] = set()
        self._pressed: dict[str, str] = {}
        self._beginning: set[str] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Http(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def expect(self, event: str) -> None:
        """Be ready for the answer to an event of LINE, whose reply token is its id.

        A redelivery starts the token's minute again, unless it was used.
        """
        if event not in self._tokens:
            self._retry_keys[str(uuid5(NAMESPACE_URL, f"line:{event}"))] = event
        if self._tokens.get(event) != _USED:
            self._tokens[event] = asyncio.get_running_loop().time()

    async def until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until calls have made this true; False when they have not in that time."""
        try:
            async with asyncio.timeout(seconds):
                while not happened():
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True

    def answer(self, path: str, head: bytes, body: bytes) -> tuple[int, bytes]:
        """The status and the body with which a call is answered."""
        self._calls += 1
        # Never the confirmation of a press: it is not repeated, and without it nobody knows whose answer came.
        # Nor that somebody types: nothing waits for it.
        asked = self.patient and self._calls % self.patient == 0
        if asked and not path.lower().endswith(("answercallbackquery", "/loading/start")):
            return 429, b'{"ok": false, "error_code": 429, "description": "Too Many Requests", "message": ""}'
        if path.startswith("/bot"):
            return 200, self._telegram(path.rpartition("/")[2].lower(), body)
        match path:
            case "/v2/bot/message/reply":
                return self._reply(body)
            case "/v2/bot/message/push":
                return self._push(head, body)
            case "/v2/bot/chat/loading/start":
                return 202, b"{}"
        return self._file(path)

    def _file(self, path: str) -> tuple[int, bytes]:
        content = self.files.get(path.removeprefix("/v2/bot/message/").removesuffix("/content"))
        return (404, b"{}") if content is None else (200, content)

    def _reply(self, body: bytes) -> tuple[int, bytes]:
        event = json.loads(body)["replyToken"]
        age = asyncio.get_running_loop().time() - self._tokens.get(event, _USED)
        if age >= TOKEN_SECONDS:
            self.refused += 1
            return 400, b'{"message": "Invalid reply token"}'
        self._tokens[event] = _USED
        self._show(event, event.partition("-")[0], self._saved_json in body)
        return 200, b'{"sentMessages": [{"id": "1"}]}'

    def _push(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        key = head.lower().partition(b"x-line-retry-key:")[2].partition(b"\r\n")[0].strip().decode()
        if key in self._pushed:
            return 409, b'{"message": "The retry key is already accepted"}'
        self._pushed.add(key)
        self.pushes += 1
        chat = json.loads(body)["to"]
        self._show(self._retry_keys.get(key, f"{chat}-{key}"), chat, self._saved_json in body)
        return 200, b'{"sentMessages": [{"id": "1"}]}'

    def _telegram(self, method: str, body: bytes) -> bytes:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if method == "answercallbackquery":
            event = form["callback_query_id"]
            self._pressed[event.partition("-")[0]] = event
            self._beginning.add(event)
            return b'{"ok": true, "result": true}'
        if method == "sendmessage" and (event := self._pressed.get(form["chat_id"], "")):
            if event in self._beginning:
                self._beginning.discard(event)
                self._show(event, form["chat_id"], False)
            if self._saved in form["text"]:
                self.saved_shown.add(event)
                self.changed.set()
        message = {"message_id": 1, "date": 0, "chat": {"id": int(form["chat_id"]), "type": "private"}}
        return json.dumps({"ok": True, "result": message}).encode()

    def _show(self, event: str, chat: str, saved: bool) -> None:
        self.shown[event] += 1
        self.chats[chat].append(event)
        if saved:
            self.saved_shown.add(event)
        self.changed.set()


class _Http(asyncio.Protocol):
    """HTTP/1.1 as the two clients speak it: one request at a time, with its length."""

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._read[:end])
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(self._read) < end + 4 + length:
            return
        body = bytes(self._read[end + 4 : end + 4 + length])
        del self._read[: end + 4 + length]
        path = head.split(b" ", 2)[1].decode()
        status, said = self._platforms.answer(path, head, body)
        answer = (
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (status, len(said))
            + said
        )
        if self._platforms.seconds:
            asyncio.get_running_loop().call_later(self._platforms.seconds, self._transport.write, answer)
        else:
            self._transport.write(answer)
