"""The Bot API, as a stand-in answers it: what it holds, refuses and shows.

One rule: a call is either carried out as Telegram would, or refused as Telegram would, or misbehaves as
scripted.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins import telegram_rules as rules
from tests.standins.telegram_rules import Json, Refusal

BOT = {"id": 1, "is_bot": True, "first_name": "bot", "username": "ruamkhit_bot"}


@dataclass(frozen=True)
class Fault:
    """One scripted misbehaviour; see the functions below, which read better."""

    status: int = 0
    parameters: Json = field(default_factory=dict)
    accepted: bool = False
    then: str = "answer"
    seconds: float = 0.0
    body: bytes | None = None
    description: str = "scripted"


def answer(
    status: int,
    description: str = "scripted",
    *,
    retry_after: int | None = None,
    accepted: bool = False,
    body: bytes | None = None,
) -> Fault:
    """Answer this; with `accepted` the call is carried out all the same. `body` replaces the JSON."""
    parameters = {} if retry_after is None else {"retry_after": retry_after}
    return Fault(status, parameters, accepted, body=body, description=description)


def silence(*, accepted: bool = True) -> Fault:
    """Take the call and never answer."""
    return Fault(accepted=accepted, then="silence")


def reset(*, accepted: bool = True) -> Fault:
    """Take the call and drop the connection."""
    return Fault(accepted=accepted, then="reset")


def slow(seconds: float) -> Fault:
    """Carry the call out properly, but late."""
    return Fault(accepted=True, then="proceed", seconds=seconds)


class Call(NamedTuple):
    """One call the bot made: the method in lower case, the parameters as values."""

    method: str
    params: Json


@dataclass
class Shown:
    """A message on a person's screen. `edited` counts its edits; `mine` marks the person's own."""

    id: int
    date: int
    text: str
    keyboard: Json | None = None
    file: bytes | None = None
    file_name: str = ""
    mine: bool = False
    edited: int = 0


Endpoint = Callable[[Json, dict[str, UploadFile]], Awaitable[Any]]


class TelegramApi:
    """The API for one bot with the token `token`.

    `screens` is the truth: by chat, the messages as they look now, oldest first. `calls` are the bot's
    calls, `answered` the ids of the presses it confirmed, `typing` the chats that saw «typing…», `menus` the
    command menus by (scope, language), `spec_faults` what the Bot API's own data had against any call.
    `webhook` is where updates go, "" for nowhere; the API can set it. `pending` are the updates not taken.
    `misbehave`, where set, is asked at every call for which nothing is scripted.
    """

    def __init__(self, token: str, secret: str) -> None:
        self.token = token
        self.secret = secret
        self.webhook = ""
        self.webhook_error = ""
        self.reads_groups = False
        self.screens: dict[int, list[Shown]] = {}
        self.blocked: set[int] = set()
        self.calls: list[Call] = []
        self.answered: list[str] = []
        self.presses: dict[str, int] = {}
        self.typing: list[int] = []
        self.menus: dict[tuple[str, str], list[Json]] = {}
        self.files: dict[str, bytes] = {}
        self.pending: list[Json] = []
        self.spec_faults: list[str] = []
        self.changed = asyncio.Condition()
        self.closing = asyncio.Event()
        self.misbehave: Callable[[Call], Fault | None] = lambda _: None
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._ids = count(1)
        self._methods: dict[str, Endpoint] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_keyboard,
            "answercallbackquery": self._answer_callback,
            "senddocument": self._send_document,
            "sendchataction": self._chat_action,
            "getfile": self._get_file,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "setmycommands": self._set_commands,
            "deletemycommands": self._delete_commands,
            "getupdates": self._get_updates,
        }
        self._routes = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
            ]
        )

    def script(self, method: str, *faults: Fault) -> None:
        """Misbehave on the next calls of a method ("sendMessage", or "file" for downloads), once each."""
        self._faults[method.lower()].extend(faults)

    def calls_of(self, method: str) -> list[Json]:
        """The parameters of the bot's calls of one method."""
        return [call.params for call in self.calls if call.method == method.lower()]

    def new_id(self) -> int:
        """An id no other message, update or press of this stand-in has."""
        return next(self._ids)

    async def show(self, chat: int, text: str, **more: Any) -> Shown:
        """Put a message on a person's screen."""
        shown = Shown(self.new_id(), int(time.time()), text, **more)
        self.screens[chat].append(shown)
        await self.tell()
        return shown

    async def tell(self) -> None:
        """Wake whoever waits for something to change."""
        async with self.changed:
            self.changed.notify_all()

    async def app(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """The ASGI application."""
        # ASGI has no word for dropping a connection; uvicorn's send belongs to an object that holds it.
        scope["reset"] = send.__self__.transport.abort  # type: ignore[attr-defined]  # see above
        await self._routes(scope, receive, send)

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"].lower()
        async with request.form() as form:
            texts = dict(request.query_params) | {k: v for k, v in form.items() if isinstance(v, str)}
            uploads = {k: v for k, v in form.items() if isinstance(v, UploadFile)}
            return await self._scripted(
                request, method, lambda: self._answer(request, method, texts, uploads), texts
            )

    async def _download(self, request: Request) -> Response:
        async def content() -> Response:
            found = self.files.get(request.path_params["path"])
            if found is None or request.path_params["token"] != self.token:
                return JSONResponse({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
            return Response(found, media_type="application/octet-stream")

        return await self._scripted(request, "file", content)

    async def _scripted(
        self,
        request: Request,
        method: str,
        proceed: Callable[[], Awaitable[Response]],
        form: dict[str, str] | None = None,
    ) -> Response:
        scripted = self._faults[method]
        fault = scripted.popleft() if scripted else self.misbehave(Call(method, form or {}))
        if fault is None:
            return await proceed()
        if fault.accepted:
            await asyncio.sleep(fault.seconds)
            response = await proceed()
            if fault.then == "proceed":
                return response
        if fault.then == "silence":
            await self.closing.wait()
        elif fault.then == "reset":
            request.scope["reset"]()
        elif fault.body is not None:
            return Response(fault.body, fault.status)
        return _failure(fault.status or 500, fault.description, fault.parameters)

    async def _answer(
        self, request: Request, method: str, form: dict[str, str], uploads: dict[str, UploadFile]
    ) -> Response:
        if request.path_params["token"] != self.token:
            return _failure(401, "Unauthorized")
        if method not in self._methods:
            return _failure(404, "Not Found")
        if faults := rules.spec_faults(method, form | dict.fromkeys(uploads, "")):
            self.spec_faults += faults
            return _failure(400, f"Bad Request: {faults[0]}")
        try:
            params = rules.decoded(form)
            self.calls.append(Call(method, params))
            await self.tell()
            result = await self._methods[method](params, uploads)
        except Refusal as refusal:
            return _failure(refusal.status, refusal.description)
        return JSONResponse({"ok": True, "result": result})

    def _chat(self, params: Json) -> int:
        chat = int(params["chat_id"])
        if chat not in self.screens:
            raise Refusal(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat

    def _message(self, params: Json) -> Shown:
        chat = self._chat(params)
        for shown in self.screens[chat]:
            if shown.id == params["message_id"]:
                if shown.mine:
                    raise Refusal(400, "Bad Request: message can't be edited")
                return shown
        raise Refusal(400, "Bad Request: message to edit not found")

    async def _get_me(self, _: Json, __: dict[str, UploadFile]) -> Json:
        return BOT | {"can_read_all_group_messages": self.reads_groups}

    async def _send_message(self, params: Json, _: dict[str, UploadFile]) -> Json:
        chat = self._chat(params)
        rules.check_text(params["text"])
        rules.check_keyboard(params.get("reply_markup"))
        shown = await self.show(chat, params["text"].strip(), keyboard=params.get("reply_markup"))
        return as_message(chat, shown)

    async def _edit_text(self, params: Json, _: dict[str, UploadFile]) -> Json:
        shown = self._message(params)
        rules.check_text(params["text"])
        return await self._edit(params, shown, params["text"].strip())

    async def _edit_keyboard(self, params: Json, _: dict[str, UploadFile]) -> Json:
        shown = self._message(params)
        return await self._edit(params, shown, shown.text)

    async def _edit(self, params: Json, shown: Shown, text: str) -> Json:
        keyboard = params.get("reply_markup")
        rules.check_keyboard(keyboard)
        if (text, keyboard) == (shown.text, shown.keyboard):
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are"
                " exactly the same as a current content and reply markup of the message",
            )
        shown.text, shown.keyboard, shown.edited = text, keyboard, shown.edited + 1
        await self.tell()
        return as_message(params["chat_id"], shown)

    async def _answer_callback(self, params: Json, _: dict[str, UploadFile]) -> bool:
        if params["callback_query_id"] not in self.presses:
            raise Refusal(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self.answered.append(params["callback_query_id"])
        await self.tell()
        return True

    async def _send_document(self, params: Json, uploads: dict[str, UploadFile]) -> Json:
        chat = self._chat(params)
        upload = uploads["document"]
        content = await upload.read()
        if not content:
            raise Refusal(400, "Bad Request: file must be non-empty")
        shown = await self.show(chat, "", file=content, file_name=upload.filename or "")
        return as_message(chat, shown)

    async def _chat_action(self, params: Json, _: dict[str, UploadFile]) -> bool:
        self.typing.append(self._chat(params))
        return True

    async def _get_file(self, params: Json, _: dict[str, UploadFile]) -> Json:
        path = f"documents/{params['file_id']}"
        if path not in self.files:
            raise Refusal(400, "Bad Request: invalid file_id")
        size = len(self.files[path])
        if size > 20_000_000:
            raise Refusal(400, "Bad Request: file is too big")
        ref = params["file_id"]
        return {"file_id": ref, "file_unique_id": ref, "file_size": size, "file_path": path}

    async def _set_webhook(self, params: Json, _: dict[str, UploadFile]) -> bool:
        if params["url"]:
            rules.check_webhook(params)
        self.webhook, self.secret = params["url"], params.get("secret_token", "")
        await self.tell()
        return True

    async def _delete_webhook(self, params: Json, _: dict[str, UploadFile]) -> bool:
        self.webhook = ""
        if params.get("drop_pending_updates") == "true":
            self.pending.clear()
        return True

    async def _webhook_info(self, _: Json, __: dict[str, UploadFile]) -> Json:
        info: Json = {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.webhook_error:
            info |= {"last_error_date": int(time.time()), "last_error_message": self.webhook_error}
        return info

    async def _set_commands(self, params: Json, _: dict[str, UploadFile]) -> bool:
        rules.check_commands(params["commands"])
        self.menus[_menu_key(params)] = params["commands"]
        return True

    async def _delete_commands(self, params: Json, _: dict[str, UploadFile]) -> bool:
        self.menus.pop(_menu_key(params), None)
        return True

    async def _get_updates(self, params: Json, _: dict[str, UploadFile]) -> list[Json]:
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete"
                " the webhook first",
            )
        offset = params.get("offset", 0)
        self.pending[:] = [update for update in self.pending if update["update_id"] >= offset]
        try:
            async with asyncio.timeout(params.get("timeout", 0)), self.changed:
                await self.changed.wait_for(lambda: bool(self.pending) or self.closing.is_set())
        except TimeoutError:
            return []
        return self.pending[: params.get("limit", 100)]


def as_message(chat: int, shown: Shown) -> Json:
    """A message as the Bot API writes it, in a private chat."""
    message: Json = {
        "message_id": shown.id,
        "date": shown.date,
        "chat": {"id": chat, "type": "private", "first_name": "person"},
        "from": {"id": chat, "is_bot": False, "first_name": "person"} if shown.mine else BOT,
    }
    if shown.file is not None:
        document = {"file_id": f"sent{shown.id}", "file_unique_id": f"sent{shown.id}"}
        message["document"] = document | {"file_name": shown.file_name}
    else:
        message["text"] = shown.text
    return message | ({"reply_markup": shown.keyboard} if shown.keyboard else {})


def _menu_key(params: Json) -> tuple[str, str]:
    return params.get("scope", {"type": "default"})["type"], params.get("language_code", "")


def _failure(status: int, description: str, parameters: Json | None = None) -> Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    return JSONResponse(body | ({"parameters": parameters} if parameters else {}), status)
