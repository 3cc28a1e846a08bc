"""The way into the console on a run for oneself."""

from typing import Final

from bot.runtime.clock import Clock
from bot.runtime.trail import SYSTEM, Trail
from bot.secretariat.console import ROOT
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.policy import Role
from bot.settings import Settings
from bot.store import Store

#: The account of whoever runs the bot for themselves; it may do everything but approve its own words.
LOCAL: Final = "local"


async def way_in(settings: Settings, store: Store, clock: Clock) -> str:
    """The path of a one-time link into the console of a local run; an earlier one opens nothing any more."""
    accounts = Accounts(store.staff, Trail(store.audit, settings.key(), clock), clock)
    account = await store.staff.named(LOCAL) or await accounts.add(SYSTEM, LOCAL, list(Role))
    return f"{ROOT}/link/{await accounts.link(SYSTEM, account)}"
