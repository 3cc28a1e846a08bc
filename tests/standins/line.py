"""LINE, on loopback: the Messaging API over real HTTP, and the platform that sends signed webhooks.

It answers as `line_api.py`, refuses what LINE refuses (`line_rules.py`), holds the truth of what each
person was shown, and can be told to misbehave. A test drives it like a person with a phone:

    async with LineStandIn() as line:
        bot = LineChannel(secret=line.secret, access_token=line.token, api_base=line.url, …)
        line.webhook = "http://127.0.0.1:8000/line/webhook"
        await line.follow("U1")                    # each returns the bot's HTTP response
        await line.send_text("U1", "สวัสดี")
        await line.told("U1")                      # the message objects of the next delivery
        line.shown["U1"]                           # all of them, oldest first
        await line.tap("U1", "เลือกเรื่อง")          # press what is on the screen, by its label
        line.script("push", answer(429, retry_after=3), silence())
"""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import time
from typing import Any, NamedTuple, Self

import httpx2
import uvicorn

from tests.standins import line_rules as rules
from tests.standins.line_api import Call, Fault, LineApi, answer, reset, silence, slow
from tests.standins.line_rules import Json

__all__ = ["Button", "Call", "Fault", "LineStandIn", "answer", "reset", "silence", "slow"]


class Button(NamedTuple):
    """What a person can press: what it reads and what it sends."""

    label: str
    token: str


class LineStandIn(LineApi):
    """LINE for one bot with the channel secret `secret` and the access token `token`, at `url`.

    `sent` are the webhook events so far. What the API holds (`shown`, `calls`, `pushes` …) is `LineApi`'s.
    """

    def __init__(self, secret: str = "channel-secret", token: str = "channel-token") -> None:
        super().__init__(token)
        self.secret = secret
        self.url = ""

    def forget(self) -> None:
        """As `LineApi.forget`, the events sent included."""
        super().forget()
        self.sent: list[Json] = []

    async def __aenter__(self) -> Self:
        # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer takes 40 ms more.
        listening = socket.socket(proto=socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # from here on a connection waits for the server instead of being refused
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        rules.read_specs()  # before anyone waits for an answer
        config = uvicorn.Config(
            self.app,
            interface="asgi3",
            lifespan="off",
            log_level="error",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        self._http = httpx2.AsyncClient(timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._http.aclose()
        self._server.should_exit = True
        await self._serving

    # What a person sees

    def texts(self, user: str) -> list[str]:
        """The texts a person was shown, oldest first."""
        return [message["text"] for message in self.shown[user] if message["type"] == "text"]

    def buttons(self, user: str) -> list[Button]:
        """What the newest delivery lets a person press: Flex buttons, then the quick replies of its last."""
        newest = self._newest.get(user, [])
        pressable = [message.get("contents") for message in newest]
        pressable += [message.get("quickReply") for message in newest[-1:]]
        return [Button(a["label"], a["data"]) for part in pressable for a in rules.postbacks(part)]

    # What people do; each returns the bot's answer

    async def send_text(
        self, user: str, text: str, *, group: str = "", mentions_bot: bool = False
    ) -> httpx2.Response:
        """A person types; in a group, perhaps naming the bot."""
        message: Json = {"id": self.new_id(), "type": "text", "text": text, "quoteToken": "q"}
        if mentions_bot:
            message["mention"] = {
                "mentionees": [{"index": 0, "length": 4, "type": "user", "userId": "Ubot", "isSelf": True}]
            }
        return await self.post(self.event("message", user, group=group, message=message))

    async def press(self, user: str, token: str) -> httpx2.Response:
        """A person presses a button carrying `token`, old or made up though it may be."""
        return await self.post(self.event("postback", user, postback={"data": token}))

    async def tap(self, user: str, label: str) -> httpx2.Response:
        """A person presses the one button on the screen whose label ends with `label`."""
        found = [button for button in self.buttons(user) if button.label.endswith(label)]
        assert len(found) == 1, f"{label!r} is not one of {[b.label for b in self.buttons(user)]}"
        return await self.press(user, found[0].token)

    async def send_file(
        self, user: str, content: bytes, name: str = "", kind: str = "file"
    ) -> httpx2.Response:
        """A person sends a file, or with `kind` "image" a picture, which has no name."""
        message: Json = {"id": self.new_id(), "type": kind}
        if kind == "file":
            message |= {"fileName": name, "fileSize": len(content)}
        else:
            message |= {"contentProvider": {"type": "line"}, "quoteToken": "q"}
        self.files[message["id"]] = content
        return await self.post(self.event("message", user, message=message))

    async def follow(self, user: str) -> httpx2.Response:
        """A person adds the bot, or unblocks it."""
        unblocked = user in self.blocked
        self.blocked.discard(user)
        return await self.post(self.event("follow", user, follow={"isUnblocked": unblocked}))

    async def unfollow(self, user: str) -> httpx2.Response:
        """A person blocks the bot; from now on nothing is shown to them."""
        self.blocked.add(user)
        return await self.post(self.event("unfollow", user, reply=False))

    async def unsend(self, user: str, message: str) -> httpx2.Response:
        """A person takes back the message with this id."""
        return await self.post(self.event("unsend", user, reply=False, unsend={"messageId": message}))

    async def join(self, group: str) -> httpx2.Response:
        """A group invites the bot."""
        return await self.post(self.event("join", "", group=group))

    async def redeliver(self, event: Json | None = None) -> httpx2.Response:
        """Deliver an event (the last) again: same id, a reply token that is fresh unless it was used."""
        event = event or self.sent[-1]
        if "replyToken" in event:
            self.renew_reply_token(event["replyToken"])
        return await self.post(event | {"deliveryContext": {"isRedelivery": True}})

    # What the platform sends

    def event(self, kind: str, user: str, *, reply: bool = True, group: str = "", **fields: Any) -> Json:
        """A webhook event as LINE makes it, with a reply token when it has one; not sent yet."""
        source: Json = {"type": "group", "groupId": group} if group else {"type": "user"}
        event: Json = {
            "type": kind,
            "mode": "active",
            "timestamp": time.time_ns() // 1_000_000,
            "source": source | ({"userId": user} if user else {}),
            "webhookEventId": f"01H{self.new_id()}",
            "deliveryContext": {"isRedelivery": False},
            **fields,
        }
        if reply:
            event["replyToken"] = self.new_reply_token(group or user)
        return event

    async def post(self, *events: Json) -> httpx2.Response:
        """Send one signed webhook with these events."""
        self.sent += events
        return await self.post_raw(json.dumps({"destination": "Ubot", "events": events}).encode())

    async def post_raw(self, body: bytes, signature: str | None = None) -> httpx2.Response:
        """Send these bytes to the webhook, properly signed unless `signature` says otherwise."""
        if signature is None:
            mac = hmac.digest(self.secret.encode(), body, hashlib.sha256)
            signature = base64.b64encode(mac).decode()
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"x-line-signature", signature.encode()),
        ]
        return await self._http.post(self.webhook, content=body, headers=headers)
