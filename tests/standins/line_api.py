"""LINE's side of the Messaging API, as a stand-in answers it: what it holds, refuses and shows.

One rule: a request is either carried out as LINE would, or refused as LINE would, or misbehaves as scripted.
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.standins import line_rules as rules
from tests.standins.line_rules import Json

#: LINE says "about a minute"; the stand-in says exactly.
REPLY_TOKEN_SECONDS = 60.0
INVALID_REPLY_TOKEN = "Invalid reply token"
MONTHLY_LIMIT = "You have reached your monthly limit."


@dataclass(frozen=True)
class Fault:
    """One scripted misbehaviour; see the functions below, which read better."""

    status: int = 0
    message: str = "scripted"
    headers: dict[str, str] = field(default_factory=dict)
    accepted: bool = False
    then: str = "answer"
    seconds: float = 0.0
    body: bytes | None = None


def answer(
    status: int,
    message: str = "scripted",
    *,
    retry_after: int | None = None,
    accepted: bool = False,
    body: bytes | None = None,
) -> Fault:
    """Answer this; with `accepted` the request is carried out all the same. `body` replaces the JSON."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(status, message, headers, accepted, body=body)


def silence(*, accepted: bool = True) -> Fault:
    """Take the request and never answer."""
    return Fault(accepted=accepted, then="silence")


def reset(*, accepted: bool = True) -> Fault:
    """Take the request and drop the connection."""
    return Fault(accepted=accepted, then="reset")


def slow(seconds: float) -> Fault:
    """Carry the request out properly, but late."""
    return Fault(accepted=True, then="proceed", seconds=seconds)


@dataclass(frozen=True)
class Call:
    """One request the bot made. `operation` is the name `script` takes; header names are lower case."""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The body as JSON."""
        return dict(json.loads(self.body))


@dataclass
class _ReplyToken:
    chat: str
    issued: float
    used: bool = False


Endpoint = Callable[[Request, bytes], Response]


class LineApi:
    """The API for one bot with the access token `token`.

    `shown` is the truth: message objects by user or group id, oldest first. `calls` are the bot's requests,
    `pushes` those that were paid for, `loading` the chats that saw the animation. `quota` is the month's
    pushes, None without a limit. `webhook` is where events go; the API can set it. `files` are by message
    id; with `untold_sizes` they come without a Content-Length. `clock` counts the seconds of reply tokens.
    `misbehave`, where set, is asked at every call for which nothing is scripted.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self._ids = count(1)
        self._closing = asyncio.Event()
        self._changed = asyncio.Event()
        self._routes = self._starlette()
        self.forget()

    def forget(self) -> None:
        """Begin anew: nobody there, nothing said, nothing scripted. Who still waits for an answer gets one."""
        self.webhook = ""
        self.webhook_active = True
        self.quota: int | None = None
        self.shown: dict[str, list[Json]] = defaultdict(list)
        self.calls: list[Call] = []
        self.pushes: list[Json] = []
        self.loading: list[str] = []
        self.files: dict[str, bytes] = {}
        self.untold_sizes = False
        self.clock: Callable[[], float] = time.monotonic
        self.misbehave: Callable[[Call], Fault | None] = lambda _: None
        self.menus: dict[str, Json] = {}
        self.menu_images: dict[str, bytes] = {}
        self.default_menu = ""
        self.blocked: set[str] = set()
        self._deliveries: dict[str, deque[list[Json]]] = defaultdict(deque)
        self._newest: dict[str, list[Json]] = {}
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._tokens: dict[str, _ReplyToken] = {}
        self._keys: dict[str, str] = {}
        self._closing.set()
        self._closing = asyncio.Event()

    def new_id(self) -> str:
        """An id no other message, event or token of this stand-in has."""
        return f"{next(self._ids):018d}"

    def new_reply_token(self, chat: str) -> str:
        """A token that answers into `chat`, once, for a minute."""
        token = f"reply-{self.new_id()}"
        self._tokens[token] = _ReplyToken(chat, self.clock())
        return token

    def renew_reply_token(self, token: str) -> None:
        """Start a token's minute again, as a redelivery does; a used one stays used."""
        self._tokens[token].issued = self.clock()

    def expire_reply_tokens(self, *only: str) -> None:
        """Let a minute pass, for all reply tokens or for these."""
        for token in only or self._tokens:
            self._tokens[token].issued -= REPLY_TOKEN_SECONDS

    def refuses(self, call: "Call") -> bool:
        """Whether a call is a reply whose token is unknown, used or too old."""
        return call.operation == "reply" and not self._live(call.json["replyToken"])

    def chat_of(self, call: "Call") -> str:
        """Into which chat a reply or a push would go; "" when its token is of none."""
        if call.operation == "push":
            return str(call.json["to"])
        token = self._tokens.get(call.json["replyToken"])
        return token.chat if token else ""

    def script(self, operation: str, *faults: Fault) -> None:
        """Misbehave on the next calls of an operation, once each, in this order.

        Operations: reply, push, loading, content, info, webhook, quota, usage, menus, menu, menu_image,
        default_menu.
        """
        self._faults[operation].extend(faults)

    async def until(self, happened: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until the bot's requests have made this true. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not happened():
                self._changed.clear()
                await self._changed.wait()

    async def told(self, chat: str, seconds: float = 5.0) -> list[Json]:
        """Wait for the next delivery to a person or group and take it: its message objects."""
        await self.until(lambda: bool(self._deliveries[chat]), seconds)
        return self._deliveries[chat].popleft()

    def calls_of(self, operation: str) -> list[Call]:
        """The bot's requests of one operation."""
        return [call for call in self.calls if call.operation == operation]

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

    def _starlette(self) -> Starlette:
        def route(method: str, path: str, operation: str, endpoint: Endpoint) -> Route:
            return Route(path, self._endpoint(operation, endpoint), methods=[method])

        return Starlette(
            routes=[
                route("POST", "/v2/bot/message/reply", "reply", self._reply),
                route("POST", "/v2/bot/message/push", "push", self._push),
                route("POST", "/v2/bot/chat/loading/start", "loading", self._loading),
                route("GET", "/v2/bot/message/{id}/content", "content", self._content),
                route("GET", "/v2/bot/info", "info", self._info),
                route("GET", "/v2/bot/channel/webhook/endpoint", "webhook", self._get_webhook),
                route("PUT", "/v2/bot/channel/webhook/endpoint", "webhook", self._set_webhook),
                route("GET", "/v2/bot/message/quota", "quota", self._quota),
                route("GET", "/v2/bot/message/quota/consumption", "usage", self._usage),
                route("GET", "/v2/bot/richmenu/list", "menus", self._list_menus),
                route("POST", "/v2/bot/richmenu", "menu", self._create_menu),
                route("DELETE", "/v2/bot/richmenu/{id}", "menu", self._delete_menu),
                route("POST", "/v2/bot/richmenu/{id}/content", "menu_image", self._set_menu_image),
                route("GET", "/v2/bot/user/all/richmenu", "default_menu", self._get_default_menu),
                route("POST", "/v2/bot/user/all/richmenu/{id}", "default_menu", self._set_default_menu),
            ]
        )

    def _endpoint(self, operation: str, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            body = await request.body()
            call = Call(operation, request.method, request.url.path, dict(request.headers), body)
            self.calls.append(call)
            self._changed.set()
            scripted = self._faults[operation]
            fault = scripted.popleft() if scripted else self.misbehave(call)
            if fault is None or fault.accepted:
                await asyncio.sleep(fault.seconds if fault else 0)
                response = self._checked(call) or endpoint(request, body)
                if fault is None or fault.then == "proceed":
                    return response
            return await self._misbehave(fault, request)

        return serve

    async def _misbehave(self, fault: Fault, request: Request) -> Response:
        if fault.then == "silence":
            await self._closing.wait()
        elif fault.then == "reset":
            request.scope["reset"]()
        elif fault.body is not None:
            return Response(fault.body, fault.status, fault.headers)
        return JSONResponse({"message": fault.message}, fault.status or 500, fault.headers)

    def _checked(self, call: Call) -> Response | None:
        """LINE's refusal of the request whatever the operation; None when it may go on."""
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"message": "Authentication failed."}, 401)
        key = call.headers.get("x-line-retry-key")
        faults = rules.retry_key_faults(call.operation, key)
        if call.body and call.headers.get("content-type", "").startswith("application/json"):
            faults += rules.spec_faults(call.method, call.path, call.headers, call.body)
        return _refusal(faults)

    def _show(self, chat: str, messages: list[Json]) -> list[Json]:
        if chat not in self.blocked:
            self.shown[chat] += messages
            self._deliveries[chat].append(messages)
            self._changed.set()
            self._newest[chat] = messages
        return [{"id": self.new_id(), "quoteToken": "q"} for _ in messages]

    def _reply(self, _: Request, body: bytes) -> Response:
        asked = json.loads(body)
        if refusal := _refusal(rules.message_faults(asked.get("messages"))):
            return refusal
        token = self._tokens.get(asked.get("replyToken", ""))
        if token is None or not self._live(asked["replyToken"]):
            return JSONResponse({"message": INVALID_REPLY_TOKEN}, 400)
        token.used = True
        return JSONResponse({"sentMessages": self._show(token.chat, asked["messages"])})

    def _live(self, token: str) -> bool:
        held = self._tokens.get(token)
        return held is not None and not held.used and self.clock() - held.issued < REPLY_TOKEN_SECONDS

    def _push(self, request: Request, body: bytes) -> Response:
        asked = json.loads(body)
        if refusal := _refusal(rules.message_faults(asked.get("messages"))):
            return refusal
        key = request.headers.get("x-line-retry-key", "")
        if key in self._keys:
            headers = {"x-line-accepted-request-id": self._keys[key]}
            return JSONResponse({"message": "The retry key is already accepted"}, 409, headers)
        if self.quota is not None and len(self.pushes) >= self.quota:
            return JSONResponse({"message": MONTHLY_LIMIT}, 429)
        if key:
            self._keys[key] = self.new_id()
        self.pushes.append(asked)
        return JSONResponse({"sentMessages": self._show(asked["to"], asked["messages"])})

    def _loading(self, _: Request, body: bytes) -> Response:
        asked = json.loads(body)
        if refusal := _refusal(rules.loading_faults(asked)):
            return refusal
        self.loading.append(asked["chatId"])
        return JSONResponse({}, 202)

    def _content(self, request: Request, _: bytes) -> Response:
        content = self.files.get(request.path_params["id"])
        if content is None:
            return JSONResponse({"message": "Not found"}, 404)
        if self.untold_sizes:
            chunks = (content[i : i + 1000] for i in range(0, len(content), 1000))
            return StreamingResponse(chunks, media_type="application/octet-stream")
        return Response(content, media_type="application/octet-stream")

    def _info(self, _: Request, __: bytes) -> Response:
        bot = {"userId": "Ubot", "basicId": "@bot", "displayName": "bot"}
        return JSONResponse(bot | {"chatMode": "bot", "markAsReadMode": "auto"})

    def _get_webhook(self, _: Request, __: bytes) -> Response:
        if not self.webhook:
            return JSONResponse({"message": "Not found"}, 404)
        return JSONResponse({"endpoint": self.webhook, "active": self.webhook_active})

    def _set_webhook(self, _: Request, body: bytes) -> Response:
        self.webhook = json.loads(body)["endpoint"]
        return JSONResponse({})

    def _quota(self, _: Request, __: bytes) -> Response:
        return JSONResponse(
            {"type": "none"} if self.quota is None else {"type": "limited", "value": self.quota}
        )

    def _usage(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"totalUsage": len(self.pushes)})

    def _list_menus(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"richmenus": [menu | {"richMenuId": id_} for id_, menu in self.menus.items()]})

    def _create_menu(self, _: Request, body: bytes) -> Response:
        menu = json.loads(body)
        if refusal := _refusal(rules.menu_faults(menu)):
            return refusal
        id_ = f"richmenu-{self.new_id()}"
        self.menus[id_] = menu
        return JSONResponse({"richMenuId": id_})

    def _delete_menu(self, request: Request, _: bytes) -> Response:
        id_ = request.path_params["id"]
        if self.menus.pop(id_, None) is None:
            return JSONResponse({"message": "Not found"}, 404)
        self.menu_images.pop(id_, None)
        return JSONResponse({})

    def _set_menu_image(self, request: Request, body: bytes) -> Response:
        id_ = request.path_params["id"]
        if id_ not in self.menus or id_ in self.menu_images:
            return JSONResponse({"message": "An image has already been uploaded to the richmenu"}, 400)
        if request.headers["content-type"] not in ("image/png", "image/jpeg") or len(body) > 1_000_000:
            return JSONResponse({"message": "PNG or JPEG, at most 1 MB"}, 400)
        self.menu_images[id_] = body
        return JSONResponse({})

    def _get_default_menu(self, _: Request, __: bytes) -> Response:
        if self.default_menu not in self.menus:
            return JSONResponse({"message": "no default richmenu"}, 404)
        return JSONResponse({"richMenuId": self.default_menu})

    def _set_default_menu(self, request: Request, _: bytes) -> Response:
        if request.path_params["id"] not in self.menu_images:
            return JSONResponse({"message": "must upload richmenu image before applying it to user"}, 400)
        self.default_menu = request.path_params["id"]
        return JSONResponse({})


def _refusal(faults: list[str]) -> Response | None:
    if not faults:
        return None
    details = [{"message": fault, "property": "request"} for fault in faults]
    return JSONResponse({"message": "The request body has error(s)", "details": details}, 400)
