"""What a supervisor asks: whether this process lives, whether it takes anything in, and its figures.

One rule: a balancer and a supervisor need no secret and learn nothing; the figures are for whoever has one.
"""

import hmac
from datetime import timedelta
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.errors import StoreError
from bot.language.calendar import BANGKOK
from bot.runtime.clock import Clock
from bot.runtime.metrics import Metrics
from bot.store import Store
from bot.store.operations import Waiting

_OK: Final = PlainTextResponse("ok\n")
_SCHEME: Final = b"Bearer "


class Watching:
    """The pages of a process. `token` opens the figures, "" for nobody; `allowed` is the plan's LINE pushes.

    A process that is told to `stop` is no longer ready: whoever balances sends the next request elsewhere.
    """

    def __init__(
        self, store: Store, metrics: Metrics, clock: Clock, *, token: str, allowed: int | None
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._token = token.encode()
        self._allowed = allowed
        self._stopping = False

    def stop(self) -> None:
        """Be ready no more."""
        self._stopping = True

    def routes(self) -> list[BaseRoute]:
        """/healthz, /readyz, and /metrics where there is a token."""
        routes: list[BaseRoute] = [Route("/healthz", self._alive), Route("/readyz", self._ready)]
        return [*routes, Route("/metrics", self._figures)] if self._token else routes

    async def _alive(self, _: Request) -> Response:
        """200 while the process answers: starting it anew would not bring a database back."""
        return _OK

    async def _ready(self, _: Request) -> Response:
        """200 while events are taken in, else 503: no database, another schema, or about to stop."""
        if self._stopping:
            raise HTTPException(503)
        await self._store.check()
        return _OK

    async def _figures(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(given, _SCHEME + self._token):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        try:
            levels = await self._levels()
        except StoreError:  # the other figures are wanted most when this happens
            levels = {"schema_right": 0.0}
        return Response(self._metrics.text(levels), media_type=CONTENT_TYPE_LATEST)

    async def _levels(self) -> dict[str, float]:
        await self._store.check()
        operations, now = self._store.operations, self._clock.now()
        letters, files = await operations.letters(), await operations.files()
        month = now.astimezone(BANGKOK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        levels: dict[str, float] = {
            "outbox_letters": letters.count,
            "outbox_oldest_seconds": self._age(letters),
            "outbox_parked": await self._store.outbox.parked(),
            "quarantine_events": (await operations.set_aside(0))[0],
            "fetches_waiting": files.count,
            "fetches_oldest_seconds": self._age(files),
            "line_pushes_month": await operations.pushes(month),
            "schema_right": 1,
        }
        return levels if self._allowed is None else levels | {"line_pushes_allowed": self._allowed}

    def _age(self, waiting: Waiting) -> float:
        """Seconds since the oldest came, 0 when there is none."""
        since = waiting.since
        return max(timedelta(), self._clock.now() - since).total_seconds() if since else 0.0
