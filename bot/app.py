"""The composition root: from settings to a bot that runs. The only module that knows every part.

One rule: what is opened here is closed here, in the opposite order, and what was accepted is not left
unfinished: first no request comes any more, then what came is committed, then what was said is sent.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot.channels.web import WebChannel, load_words
from bot.channels.web.wire import NAME as WEB
from bot.deferring import Deferred
from bot.errors import SettingsError, StoreError
from bot.library import Library, admit
from bot.pages import BodyLimit, Copies, Pages
from bot.platforms import WEBHOOKS, line_of, polling_of, previews, secret, telegram_of
from bot.runtime import delivery, fetching, stopping
from bot.runtime.bells import Bells
from bot.runtime.channel import Channel
from bot.runtime.clock import Clock, SteadyClock, require_time
from bot.runtime.delivery import Delivery, Sender, Senders
from bot.runtime.fetching import Fetching, Keeper, StoredUploads
from bot.runtime.guard import SecurityHeaders
from bot.runtime.identity import Identity
from bot.runtime.intake import Intake
from bot.runtime.keys import require_masters
from bot.runtime.leases import Worker
from bot.runtime.mailbox import StoredMailbox
from bot.runtime.metrics import Metrics
from bot.runtime.operating import Operating
from bot.runtime.promises import keep_promises
from bot.runtime.retention import RetentionJob
from bot.runtime.trail import Trail
from bot.runtime.turns import Committed, Turns
from bot.runtime.webhook import Straight
from bot.secretariat.console import ROOT
from bot.secretariat.console.words import load_console_words
from bot.settings import Settings
from bot.store import FetchSettlement, LeasedFetch, Store
from bot.watching import Watching
from handlers import take_turn

#: The channels whose letters are sent, configured or not: one that is not any more still has its letters.
PUSHING: Final = tuple(WEBHOOKS.values())

Bringer = Worker[LeasedFetch, FetchSettlement]

#: The paths whose answers acknowledge what people did, with their channels.
ACKNOWLEDGING: Final = {**WEBHOOKS, "/chat/events": WEB, "/chat/files": WEB}


class Running(Struct, frozen=True):
    """A bot that runs. `asgi` answers requests; `drain` lets go of those that only wait for news.

    `way_in` is the path of a one-time link into the console of a local run, else "".
    """

    asgi: ASGIApp
    drain: Callable[[], None]
    way_in: str = ""


@asynccontextmanager
async def running(settings: Settings, *, polling: bool = False) -> AsyncIterator[Running]:
    """Everything open and working, until the end of the block; serve `asgi` inside it.

    A local run brings the schema up to date; any other only checks it. With `polling`, Telegram is
    asked for updates instead of being waited for.

    Raises SettingsError, ContentError or StoreError, each saying what to mend; nothing then runs.
    """
    settings.require()
    if polling and not settings.telegram:
        raise SettingsError("To poll Telegram, set TELEGRAM_BOT_TOKEN.")
    library = admit(settings.content_dir)
    words = load_words(content_folder(settings) / "web.yaml")
    identity = Identity(settings.key(), library.draft.slug, settings.master_keys())
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        await (store.migrate() if settings.local else store.check())
        clock = SteadyClock()
        await require_time(store.processes, clock)
        await require_masters(store, identity.masters)
        await keep_promises(store, library.draft, clock)
        await stack.enter_async_context(store.serving(clock.now()))
        parts = _Parts(settings, library, words, identity, store, clock)
        for channel in parts.channels:
            await channel.start()
            stack.push_async_callback(channel.stop)
        await stack.enter_async_context(parts.working(polling=polling))
        yield Running(parts.asgi(), parts.drain, await _way_in(settings, store, clock))


def content_folder(settings: Settings) -> Path:
    """Where the words are."""
    return settings.content_dir or Path(str(files("content")))


class _Parts:
    """The parts of one bot and how they hang together."""

    def __init__(
        self,
        settings: Settings,
        library: Library,
        words: dict[str, str],
        identity: Identity,
        store: Store,
        clock: SteadyClock,
    ) -> None:
        self.library = library
        self.store = store
        self.copies = Copies(store, library, identity, clock, Pages(library))
        self.mailbox = StoredMailbox(store.outbox, identity, WEB)
        self.bells = Bells(store.processes, self.mailbox)
        uploads = StoredUploads(Keeper(store.files, clock), identity, WEB)
        web = _web(settings, self.mailbox, uploads, words, clock)
        line = line_of(settings, library, self.copies, clock) if settings.line else None
        self.telegram = telegram_of(settings, library, clock) if settings.telegram else None
        self.channels: list[Channel] = [c for c in (web, line, self.telegram) if c is not None]
        named = {channel.name: channel for channel in self.channels if not channel.pulls}
        self.metrics = metrics = Metrics(ACKNOWLEDGING)
        turns = Turns(
            store=store,
            library=library,
            identity=identity,
            clock=clock,
            take_turn=metrics.taking(take_turn),
            pulling=[channel.name for channel in self.channels if channel.pulls],
            committed=self._committed,
        )
        self.intake = Intake(metrics.committing(turns.commit))
        senders = {name: self._sender(name, named.get(name), identity, clock) for name in PUSHING}
        self.delivery = Senders(senders)
        self.fetching = self._bringer(identity, clock, named)
        trail = Trail(store.audit, settings.key(), clock)
        self.console = self._console(settings, identity, trail, turns.pulling, clock)
        self.retention = self._retaining(trail, clock)
        self.watching = Watching(
            store, metrics, clock, token=secret(settings.metrics_token), allowed=settings.line_monthly_pushes
        )

    def _sender(self, name: str, channel: Channel | None, identity: Identity, clock: Clock) -> Sender:
        sending = Delivery(
            outbox=self.store.outbox, name=name, channel=channel, identity=identity, clock=clock
        )
        return Worker(
            self.metrics.sending(sending), clock, delivery.AT_ONCE, shared=self.store.processes.several
        )

    def _console(
        self, settings: Settings, identity: Identity, trail: Trail, pulling: Collection[str], clock: Clock
    ) -> Deferred:
        operating = Operating(self.store, identity, self.intake.submit, self.delivery.wake, trail)
        content = content_folder(settings)
        load_console_words(content / "console.yaml")  # what is wrong with them is said before anything runs

        def made() -> list[BaseRoute]:
            from bot.desk import console_of  # noqa: PLC0415 - 0.3 s and 40 MB, which no first reply needs

            return console_of(settings, operating, self.library, content, pulling, clock).routes()

        return Deferred(ROOT, made)

    def _retaining(self, trail: Trail, clock: SteadyClock) -> RetentionJob:
        draft, was_set = self.library.draft, clock.was_set
        return RetentionJob(store=self.store, draft=draft, trail=trail, clock=clock, was_set=was_set)

    def _bringer(self, identity: Identity, clock: Clock, channels: dict[str, Channel]) -> Bringer:
        bringing = Fetching(
            store=self.store, channels=channels, identity=identity, clock=clock, submit=self.intake.submit
        )
        return Worker(bringing, clock, fetching.AT_ONCE, shared=self.store.processes.several)

    def drain(self) -> None:
        """Be ready no more, and let go of who only waits for news."""
        self.watching.stop()
        self.mailbox.close()

    def asgi(self) -> ASGIApp:
        """The web application: the channels' routes, the copies, and the pages about what goes wrong."""
        pages = Pages(self.library)

        async def failure(request: Request, error: Exception) -> Response:
            return pages.failure(request, error)

        routes = [route for channel in self.channels for route in channel.routes(self.intake.submit)]
        app = Starlette(
            routes=[*routes, self.console, *self.copies.routes(), *self.watching.routes()],
            exception_handlers={HTTPException: failure, StoreError: failure, Exception: failure},
        )
        # Around Starlette, whose own answer to a fault of ours would otherwise be without the headers.
        return self.metrics.receiving(Straight(SecurityHeaders(BodyLimit(app)), routes))

    @asynccontextmanager
    async def working(self, *, polling: bool) -> AsyncIterator[None]:
        """The workers, until the end of the block; then each finishes before the next one stops.

        A worker that dies takes the others and the block with it: a process that takes in and does not
        send must not go on.
        """
        async with asyncio.TaskGroup() as group:
            intake = group.create_task(self.intake.run(), name="intake")
            sender = group.create_task(self.delivery.run(), name="delivery")
            fetcher = group.create_task(self.fetching.run(), name="fetching")
            keeper = group.create_task(self.retention.run(), name="retention")
            caller = group.create_task(self.bells.run(), name="bells")
            poller = None
            if polling and self.telegram is not None:
                poller = group.create_task(polling_of(self.telegram, self.intake.submit))
            try:
                yield
            finally:
                if poller:
                    poller.cancel()
                await stopping.finish(
                    (self.retention, keeper, stopping.RETAINING),
                    (self.fetching, fetcher, stopping.BRINGING),
                    (self.intake, intake, stopping.COMMITTING),
                    (self.bells, caller, stopping.CALLING),
                    (self.delivery, sender, stopping.SAYING),
                )

    def _committed(self, done: Committed) -> None:
        self.bells.ring(done.readers)
        self.delivery.wake(done.to_send)
        if done.to_fetch:
            self.fetching.wake()


def _web(
    settings: Settings,
    mailbox: StoredMailbox,
    uploads: StoredUploads,
    words: dict[str, str],
    clock: Clock,
) -> WebChannel:
    return WebChannel(
        mailbox=mailbox,
        uploads=uploads,
        words=words,
        clock=clock.now,
        secure_cookies=settings.secure,
        previews=previews() if settings.local else {},
    )


async def _way_in(settings: Settings, store: Store, clock: Clock) -> str:
    if not settings.local:
        return ""
    from bot.entrance import way_in  # noqa: PLC0415 - only whoever runs it for themselves goes in that way

    return await way_in(settings, store, clock)
