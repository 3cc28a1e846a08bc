"""What is counted while the bot works, for whoever watches over it: how many, how long, how it ended.

One rule: a label is one of a few words of ours. No id, no text, nothing about a person or a question: what
people say is counted in the console, where whoever looks is known.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.dialogue import Event, Participant, Turn
from bot.errors import UnavailableError
from bot.library import Library
from bot.runtime.channel import Broken, Incoming
from bot.runtime.delivery import Delivery
from bot.runtime.intake import Commit
from bot.runtime.turns import TakeTurn
from bot.store import Leased, Settlement, Via

#: The prefix of every name.
_OURS: Final = "ruamkhit"
#: Seconds: from a turn alone in its batch to the most that a platform waits for an answer.
_ACK: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_SEND: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 90.0)
_BATCH: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


#: The gauges, read when they are asked for, and what they say.
LEVELS: Final[Mapping[str, str]] = {
    "outbox_letters": "Letters that are not settled.",
    "outbox_oldest_seconds": "How long the oldest of them has waited.",
    "outbox_parked": "Letters that wait for an operator.",
    "quarantine_events": "Events that could not be read or answered and wait for an operator.",
    "fetches_waiting": "Files that are still to be brought from a platform.",
    "fetches_oldest_seconds": "How long the oldest of them has waited.",
    "line_pushes_month": "LINE pushes of this month.",
    "line_pushes_allowed": "LINE pushes that the plan allows a month, where LINE_MONTHLY_PUSHES says so.",
    "schema_right": "1 while the database answers and has the schema of this program.",
}


class Metrics:
    """The figures of one process. `paths` are those whose answers acknowledge, with their channels."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._turns = Counter(f"{_OURS}_turns", "Turns taken.", ["channel"], registry=registry)
        self._failed = Counter(f"{_OURS}_turns_failed", "Turns that raised.", ["channel"], registry=registry)
        self._broken = Counter(
            f"{_OURS}_events_unreadable", "Events that could not be read.", ["channel"], registry=registry
        )
        self._acks = Counter(
            f"{_OURS}_acks",
            "Answers to what platforms and pages bring.",
            ["channel", "status"],
            registry=registry,
        )
        self._ack_seconds = Histogram(
            f"{_OURS}_ack_seconds",
            "From its head to its answer.",
            ["channel"],
            buckets=_ACK,
            registry=registry,
        )
        self._commit_seconds = Histogram(
            f"{_OURS}_commit_seconds", "One transaction of events.", buckets=_ACK, registry=registry
        )
        self._batch = Histogram(
            f"{_OURS}_commit_events", "Events in one transaction.", buckets=_BATCH, registry=registry
        )
        self._refused = Counter(
            f"{_OURS}_commits_refused", "Transactions that are not known to be stored.", registry=registry
        )
        self._sends = Counter(
            f"{_OURS}_sends", "Attempts to send a letter.", ["channel", "state", "via"], registry=registry
        )
        self._send_seconds = Histogram(
            f"{_OURS}_send_seconds", "One attempt.", ["channel"], buckets=_SEND, registry=registry
        )
        self._levels = {
            name: Gauge(f"{_OURS}_{name}", said, registry=registry) for name, said in LEVELS.items()
        }

    def taking(self, take_turn: TakeTurn) -> TakeTurn:
        """The same turn, counted."""
        turns, failed = self._turns.labels, self._failed.labels

        def counted(person: Participant, event: Event, library: Library) -> Turn:
            turns(event.channel).inc()
            try:
                return take_turn(person, event, library)
            except Exception:
                failed(event.channel).inc()
                raise

        return counted

    def committing(self, commit: Commit) -> Commit:
        """The same commit, counted and timed."""

        async def counted(events: Sequence[Incoming | Broken]) -> None:
            began = time.perf_counter()
            try:
                await commit(events)
            except UnavailableError:
                self._refused.inc()
                raise
            self._commit_seconds.observe(time.perf_counter() - began)
            self._batch.observe(len(events))
            for event in events:
                if isinstance(event, Broken):
                    self._broken.labels(event.channel).inc()

        return counted

    def sending(self, delivery: Delivery) -> "CountedDelivery":
        """The same delivery, counted and timed."""
        return CountedDelivery(delivery, self._sent)

    def receiving(self, app: ASGIApp) -> ASGIApp:
        """The same application, its acknowledgements counted and timed."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            channel = self._paths.get(scope["path"]) if scope["type"] == "http" else None
            if channel is None or scope["method"] != "POST":
                await app(scope, receive, send)
                return
            began = time.perf_counter()

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._acks.labels(channel, str(message["status"])).inc()
                    self._ack_seconds.labels(channel).observe(time.perf_counter() - began)
                await send(message)

            await app(scope, receive, noted)

        return counted

    def text(self, levels: Mapping[str, float]) -> bytes:
        """Everything in Prometheus' text format. A level that is not given is not a number."""
        for name, gauge in self._levels.items():
            gauge.set(levels.get(name, float("nan")))
        return generate_latest(self._registry)

    def _sent(self, job: Leased, settlement: Settlement, seconds: float) -> None:
        via = settlement.via if settlement.via in set(Via) else "other"
        self._sends.labels(job.channel, settlement.state.value, via).inc()
        self._send_seconds.labels(job.channel).observe(seconds)


class CountedDelivery:
    """A `Delivery` whose attempts are counted."""

    def __init__(self, delivery: Delivery, sent: Callable[[Leased, Settlement, float], None]) -> None:
        self._sent = sent
        self._delivery = delivery
        self.turn_over = delivery.turn_over

    async def perform(self, job: Leased) -> Settlement:
        """Send a letter and say what became of it."""
        began = time.perf_counter()
        settlement = await self._delivery.perform(job)
        self._sent(job, settlement, time.perf_counter() - began)
        return settlement
