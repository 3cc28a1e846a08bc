"""Who may do what in the console: roles, and the pages with the roles that each is for.

One rule: a page names its roles, or it is for nobody. There is no other place where access is decided.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from bot.store.staff import Account


class Role(StrEnum):
    """What an account is for; one may have several."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    ANALYST = "analyst"
    EXPORTER = "exporter"
    ADMINISTRATOR = "administrator"
    DPO = "dpo"


#: Everybody who is signed in.
ANYBODY: Final = frozenset(Role)


class Visitor(Struct, frozen=True):
    """Who is signed in. `session` is the hash of their cookie, `csrf` what their forms must carry."""

    account: Account
    session: str
    csrf: str

    @property
    def name(self) -> str:
        """The name that what they do is noted under."""
        return self.account.name

    def may(self, roles: frozenset[Role]) -> bool:
        """Whether one of their roles is among these."""
        return bool(roles & set(self.account.roles))


Handler = Callable[[Request, Visitor], Awaitable[Response]]


class Page(Struct, frozen=True, kw_only=True):
    """One route of the console, below /secretariat.

    `name` is unique, and what the audit log calls a view of it when `personal` says that it shows what
    people typed. A page with method POST changes something, and is only for forms of ours.
    """

    name: str
    path: str
    handler: Handler
    roles: frozenset[Role]
    method: str = "GET"
    personal: bool = False
