"""The accounts of the staff: making one, letting it in by a link, changing what it may do, closing it.

One rule: nobody sets anybody else's password. A new account, and one whose owner lost everything, is
entered by a one-time link that only its owner is given.
"""

import secrets
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import SettingsError
from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.secretariat.console.credentials import LINK_LIFE, mark, new_token
from bot.secretariat.console.policy import Role
from bot.store.staff import Account, Staff

#: Characters of a name: it stands in the audit log and on approvals.
NAME_LIMIT = 60


class Accounts(Struct, frozen=True):
    """The accounts of a store; whoever changes one is named in the trail."""

    staff: Staff
    trail: Trail
    clock: Clock

    async def add(self, actor: str, name: str, roles: Collection[Role]) -> Account:
        """Make an account that nobody can enter yet. Raises SettingsError when the name is taken or none."""
        name = name.strip()
        if not 0 < len(name) <= NAME_LIMIT or any(not char.isprintable() for char in name):
            raise SettingsError(f"A name has 1 to {NAME_LIMIT} printable characters.")
        if await self.staff.named(name):
            raise SettingsError(f"There is an account {name!r} already.")
        account = Account(
            id=secrets.token_hex(8), name=name, roles=_sorted(roles), created_at=self.clock.now()
        )
        await self.staff.keep(account)
        await self.trail.note(actor, "account made", name, roles=" ".join(account.roles))
        return account

    async def link(self, actor: str, account: Account) -> str:
        """A one-time link's token with which its owner sets the account up, anew if it was before."""
        token = new_token()
        await self.staff.link(account.id, mark(token), self.clock.now() + LINK_LIFE)
        await self.trail.note(actor, "account link made", account.name)
        return token

    async def allow(self, actor: str, account: Account, roles: Collection[Role]) -> Account:
        """Let the account do this and nothing else, from its next request on."""
        changed = replace(account, roles=_sorted(roles))
        await self.staff.keep(changed)
        await self.trail.note(actor, "account roles changed", account.name, roles=" ".join(changed.roles))
        return changed

    async def close(self, actor: str, account: Account) -> Account:
        """Close the account and end its sessions at once."""
        return await self._disable(actor, account, "account closed", disabled=True)

    async def reopen(self, actor: str, account: Account) -> Account:
        """Open a closed account again; its password and codes are as they were."""
        return await self._disable(actor, account, "account reopened", disabled=False)

    async def _disable(self, actor: str, account: Account, act: str, *, disabled: bool) -> Account:
        changed = replace(account, disabled=disabled)
        await self.staff.keep(changed)
        await self.staff.end_all(account.id)
        await self.trail.note(actor, act, account.name)
        return changed


def _sorted(roles: Collection[Role]) -> tuple[str, ...]:
    return tuple(role.value for role in Role if role in roles)
