"""`staff`: the accounts of the secretariat, from the machine's own keyboard."""

from collections.abc import Sequence

from bot import settings
from bot.errors import SettingsError
from bot.runtime.clock import SystemClock
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.console import ROOT
from bot.secretariat.console.accounts import Accounts
from bot.secretariat.console.credentials import LINK_LIFE
from bot.secretariat.console.policy import Role
from bot.store import Store


def roles_of(words: Sequence[str]) -> list[Role]:
    """The roles of these words. Raises SettingsError for one that there is not."""
    unknown = [word for word in words if word not in Role._value2member_map_]
    if unknown or not words:
        raise SettingsError(f"A --role is one of: {', '.join(role.value for role in Role)}.")
    return [Role(word) for word in words]


async def add(name: str, roles: Sequence[Role]) -> None:
    """Make an account and print the link with which its owner sets it up.

    Raises SettingsError when the name is taken, StoreError when the database cannot be used.
    """
    await _with_link(name, roles)


async def link(name: str) -> None:
    """Print a new link for an account whose owner lost the password, the app or the first link."""
    await _with_link(name, None)


async def _with_link(name: str, roles: Sequence[Role] | None) -> None:
    chosen = settings.load()
    store = await Store.open(chosen.database_url)
    clock = SystemClock()
    try:
        await store.check()
        accounts = Accounts(store.staff, Trail(store.audit, chosen.key(), clock), clock)
        if roles is not None:
            account = await accounts.add(OPERATOR, name, roles)
        elif (found := await store.staff.named(name)) is None:
            raise SettingsError(f"There is no account {name!r}.")
        else:
            account = found
        token = await accounts.link(OPERATOR, account)
    finally:
        await store.close()
    base = chosen.public_url or f"http://127.0.0.1:{chosen.port}"
    hours = int(LINK_LIFE.total_seconds() // 3600)
    print(f"Give this link to {account.name} alone. It works once, within {hours} hours:")
    print(f"{base}{ROOT}/link/{token}")
