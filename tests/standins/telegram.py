"""Telegram, on loopback: the Bot API over real HTTP, and the platform that sends updates.

It refuses what Telegram refuses, holds the truth of what each person sees, and can be told to
misbehave. A test drives it like a person with a phone:

    async with TelegramStandIn() as telegram:
        bot = TelegramChannel(token=telegram.token, webhook_secret=telegram.secret, api_base=telegram.url, …)
        telegram.webhook = "http://127.0.0.1:8000/telegram/webhook"
        await telegram.start(7)                     # each returns the bot's HTTP response
        await telegram.tap(7, "เลือกเรื่อง")          # press what is on the screen, by its label
        telegram.texts(7)                           # what is on the screen, oldest first, edits applied
        telegram.script("sendmessage", answer(429, retry_after=3))
"""

import asyncio
import json
import re
import socket
import sys
import time
from collections import defaultdict, deque
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"


def answer(status: int, description: str = "scripted", *, retry_after: int | None = None) -> Response:
    """A refusal as the Bot API words it."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status)


@cache
def _specs() -> Any:
    """The validator beside the specifications, or None where they are absent."""
    if not SPECS.exists():
        return None
    sys.path.insert(0, str(SPECS))
    try:
        import validate
    finally:
        sys.path.remove(str(SPECS))
    return validate


class TelegramStandIn:
    """Telegram for one bot with `token` and `secret`, at `url`.

    `screens` is the truth: messages by chat, oldest first. `calls` are the bot's requests (method,
    parameters). `blocked` are the people who blocked the bot, `files` the contents by file id.
    """

    def __init__(self, token: str = "123456:standin-token", secret: str = "webhook-secret") -> None:
        self.token = token
        self.secret = secret
        self.url = ""
        self.webhook = ""
        self.screens: dict[int, list[Json]] = defaultdict(list)
        self.calls: list[tuple[str, Json]] = []
        self.blocked: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.commands: dict[str, list[Json]] = {}
        self.updates: deque[Json] = deque()
        self._scripted: defaultdict[str, deque[Response]] = defaultdict(deque)
        self._ids = 100
        self._sent: dict[int, Json] = {}

    async def __aenter__(self) -> Self:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        _specs()
        routes = [
            Route("/bot{token}/{method}", self._method, methods=["POST", "GET"]),
            Route("/file/bot{token}/{path:path}", self._file),
        ]
        config = uvicorn.Config(Starlette(routes=routes), lifespan="off", log_level="error")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        self._http = httpx2.AsyncClient(timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()
        self._server.should_exit = True
        await self._serving

    def script(self, method: str, *responses: Response) -> None:
        """Answer the next calls of a method (in lower case) so, without doing what they ask."""
        self._scripted[method].extend(responses)

    # What a person sees

    def texts(self, user: int) -> list[str]:
        """The texts on the screen, oldest first."""
        return [message["text"] for message in self.screens[user] if "text" in message]

    def buttons(self, user: int) -> list[tuple[int, str, str]]:
        """Every button on the screen, oldest first: message id, label, callback data."""
        return [
            (message["message_id"], button["text"], button["callback_data"])
            for message in self.screens[user]
            for row in message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
        ]

    def named(self, user: int, label: str) -> list[tuple[int, str, str]]:
        """The buttons that say `label`, oldest first, whatever number or tick stands before it."""
        pattern = re.compile(rf"(\d+\. )?(✓ )?{re.escape(label)}")
        return [button for button in self.buttons(user) if pattern.fullmatch(button[1])]

    # What people do; each returns the bot's answer

    async def start(self, user: int, source: str = "") -> httpx2.Response:
        """A person opens the chat, perhaps through a deep link."""
        return await self.send_text(user, f"/start {source}".strip())

    async def send_text(self, user: int, text: str) -> httpx2.Response:
        """A person types."""
        return await self.update("message", self._message(user, text=text))

    async def send_file(self, user: int, content: bytes, name: str) -> httpx2.Response:
        """A person sends a document."""
        file_id = f"file-{self._next()}"
        self.files[file_id] = content
        document = {
            "file_id": file_id,
            "file_unique_id": file_id,
            "file_name": name,
            "file_size": len(content),
        }
        return await self.update("message", self._message(user, document=document))

    async def edit(self, user: int, message: int, text: str) -> httpx2.Response:
        """A person changes a message they sent."""
        changed = self._sent[message] | {"text": text, "edit_date": int(time.time())}
        return await self.update("edited_message", changed)

    async def tap(self, user: int, label: str) -> httpx2.Response:
        """A person presses the newest button that says `label`, with or without its number."""
        found = self.named(user, label)
        assert found, f"{label!r} is not one of {[b[1] for b in self.buttons(user)]}"
        message, _, data = found[-1]
        return await self.press(user, message, data)

    async def press(self, user: int, message: int, data: str) -> httpx2.Response:
        """A person presses a button carrying `data` under a message."""
        shown = next((m for m in self.screens[user] if m["message_id"] == message), None)
        query: Json = {"id": str(self._next()), "from": _person(user), "chat_instance": "1", "data": data}
        return await self.update("callback_query", query | ({"message": shown} if shown else {}))

    async def block(self, user: int) -> httpx2.Response:
        """A person blocks the bot."""
        self.blocked.add(user)
        member = {"user": _person(1), "status": "member"}
        kicked = member | {"status": "kicked", "until_date": 0}
        chat = {"id": user, "type": "private", "first_name": "ก"}
        change = {"chat": chat, "from": _person(user), "date": int(time.time())}
        return await self.update(
            "my_chat_member", change | {"old_chat_member": member, "new_chat_member": kicked}
        )

    async def update(self, kind: str, value: Json) -> httpx2.Response:
        """Deliver one update, or queue it for getUpdates when there is no webhook."""
        update = {"update_id": self._next(), kind: value}
        self.updates.append(update)
        return await self.redeliver()

    async def redeliver(self) -> httpx2.Response:
        """Deliver the newest update (again)."""
        if not self.webhook:
            return httpx2.Response(200)
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        return await self._http.post(self.webhook, json=self.updates[-1], headers=headers)

    def _message(self, user: int, **content: Any) -> Json:
        chat = {"id": user, "type": "private", "first_name": "ก"}
        message = {"message_id": self._next(), "date": int(time.time()), "chat": chat, "from": _person(user)}
        text = content.get("text", "")
        if text.startswith("/"):
            length = len(text.split()[0])
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self._sent[message["message_id"]] = message | content
        return message | content

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    # What the API does

    async def _method(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return answer(401, "Unauthorized")
        method = request.path_params["method"].lower()
        params = await _params(request)
        if specs := _specs():
            params = specs.telegram_params(method, params)
            if faults := specs.telegram_errors(method, {k: v for k, v in params.items() if v != "upload"}):
                return answer(400, f"Bad Request: {'; '.join(faults)}")
        self.calls.append((method, params))
        if self._scripted[method]:
            return self._scripted[method].popleft()
        if "chat_id" in params and (refused := self._refuse(int(params["chat_id"]), params)):
            return refused
        done = getattr(self, f"_do_{method}", None)
        if done is None:
            return answer(404, "Not Found: method not found")
        result = done(params)
        return result if isinstance(result, Response) else JSONResponse({"ok": True, "result": result})

    def _refuse(self, chat: int, params: Json) -> Response | None:
        if chat in self.blocked:
            return answer(403, "Forbidden: bot was blocked by the user")
        text = params.get("text")
        if text is not None and not 1 <= len(text.encode("utf-16-le")) // 2 <= 4096:
            return answer(400, "Bad Request: message is too long")
        for row in params.get("reply_markup", {}).get("inline_keyboard", []):
            if any(not 1 <= len(button["callback_data"].encode()) <= 64 for button in row):
                return answer(400, "Bad Request: BUTTON_DATA_INVALID")
        return None

    def _do_getme(self, params: Json) -> Json:
        return {"id": 123456, "is_bot": True, "first_name": "ร่วมคิด", "username": "ruamkhit_bot"}

    def _do_sendmessage(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        message = {
            "message_id": self._next(),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "ก"},
            "text": params["text"],
        }
        if "reply_markup" in params:
            message["reply_markup"] = params["reply_markup"]
        self.screens[chat].append(message)
        return message

    def _do_senddocument(self, params: Json) -> Json:
        chat = int(params["chat_id"])
        message = {
            "message_id": self._next(),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "ก"},
            "document": {"file_id": "d", "file_unique_id": "d", "file_name": params.get("filename", "")},
        }
        self.screens[chat].append(message)
        return message

    def _do_editmessagetext(self, params: Json) -> Json | Response:
        return self._edited(params, {"text": params["text"], "reply_markup": params.get("reply_markup", {})})

    def _do_editmessagereplymarkup(self, params: Json) -> Json | Response:
        return self._edited(params, {"reply_markup": params.get("reply_markup", {})})

    def _edited(self, params: Json, face: Json) -> Json | Response:
        chat, id_ = int(params["chat_id"]), int(params["message_id"])
        shown = next((m for m in self.screens[chat] if m["message_id"] == id_), None)
        if shown is None:
            return answer(400, "Bad Request: message to edit not found")
        if all(shown.get(key, {}) == value for key, value in face.items()):
            return answer(400, "Bad Request: message is not modified")
        shown |= face
        return shown

    def _do_answercallbackquery(self, params: Json) -> bool:
        return True

    def _do_sendchataction(self, params: Json) -> bool:
        return True

    def _do_getfile(self, params: Json) -> Json | Response:
        if params["file_id"] not in self.files:
            return answer(400, "Bad Request: file not found")
        size = len(self.files[params["file_id"]])
        id_ = params["file_id"]
        return {"file_id": id_, "file_unique_id": id_, "file_size": size, "file_path": f"documents/{id_}"}

    def _do_setwebhook(self, params: Json) -> bool:
        self.webhook = params["url"]
        return True

    def _do_deletewebhook(self, params: Json) -> bool:
        self.webhook = ""
        return True

    def _do_getwebhookinfo(self, params: Json) -> Json:
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}

    def _do_setmycommands(self, params: Json) -> bool:
        self.commands[params.get("language_code", "")] = params["commands"]
        return True

    def _do_deletemycommands(self, params: Json) -> bool:
        return True

    def _do_getupdates(self, params: Json) -> list[Json] | Response:
        if self.webhook:
            return answer(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset", 0))
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        return list(self.updates)[: int(params.get("limit", 100))]

    async def _file(self, request: Request) -> Response:
        found = self.files.get(Path(request.path_params["path"]).name)
        return Response(found) if found is not None else Response(status_code=404)


def _person(user: int) -> Json:
    return {"id": user, "is_bot": False, "first_name": "ก"}


async def _params(request: Request) -> Json:
    """The parameters as strings; an uploaded file is named and not kept."""
    form = await request.form()
    params: Json = {}
    for key, value in form.items():
        params[key] = "upload" if isinstance(value, UploadFile) else value
        if isinstance(value, str) and value[:1] in ("{", "["):
            params[key] = value if _specs() else json.loads(value)
    return params
