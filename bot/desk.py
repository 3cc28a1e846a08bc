"""The console of the secretariat put together. A start does without it (bot/deferring.py)."""

from collections.abc import Collection
from pathlib import Path

from bot.channels.web.page import STATIC
from bot.library import Library
from bot.library.rulebook import load_rulebook
from bot.previews import PREVIEWS
from bot.runtime.clock import Clock
from bot.runtime.operating import Operating
from bot.secretariat.console.console import Console
from bot.secretariat.console.credentials import Codes
from bot.secretariat.console.office import Office
from bot.secretariat.console.opening import open_console
from bot.secretariat.console.provider import BACK, Provider
from bot.secretariat.console.words import load_console_words
from bot.secretariat.replying import Replying
from bot.settings import Settings
from bot.store import sqlite_file


def console_of(
    settings: Settings,
    operating: Operating,
    library: Library,
    content: Path,
    pulling: Collection[str],
    clock: Clock,
) -> Console:
    """The console over a store and what is decided in it; `pulling` is as in `Replying`."""
    rules, _ = load_rulebook(content / "wording")
    store, trail = operating.store, operating.trail
    file = sqlite_file(settings.database_url)
    office = Office(
        store=store,
        library=library,
        rules=rules,
        content=content,
        trail=trail,
        clock=clock,
        codes=Codes(settings.key()),
        replying=Replying(store, library, rules, trail, clock, pulling, operating.wake),
        operating=operating,
        disk=file.absolute().parent if file else None,
        line_pushes=settings.line_monthly_pushes,
        previews=PREVIEWS,
    )
    words = load_console_words(content / "console.yaml")
    return open_console(
        office,
        words,
        STATIC,
        secure=settings.secure,
        local=settings.local,
        provider=_provider(settings, clock),
    )


def _provider(settings: Settings, clock: Clock) -> Provider | None:
    """Where the staff may sign in as well; None where the office has no provider."""
    issuer, id_, hidden = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
    if issuer is None or id_ is None or hidden is None:
        return None
    from bot.secretariat.console.oidc import Oidc  # noqa: PLC0415 - a tenth of a second of every start, and few offices have one

    return Oidc(issuer, (id_, hidden.get_secret_value()), f"{settings.public_url}{BACK}", clock)
