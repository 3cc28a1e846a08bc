"""Signing in and staying signed in.

One rule: a failure says nothing of its reason, and costs time where it came from, never the owner of the
name: failures are counted by name and address together, so nobody is locked out by somebody elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec import Struct

from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.secretariat.console.credentials import Codes, is_password, mark, new_token
from bot.secretariat.console.policy import Visitor
from bot.store.staff import Account, Attempts, Staff

#: ASVS 5.0.0 7.3.1 and 7.3.2 leave the times to us: half an hour without use, half a day in all.
IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
#: A session's last use is written down at most this often.
_SEEN: Final = timedelta(minutes=1)
#: A session that was used so much later than now was so before the machine's clock went back: how long ago is
#: not known. Processes on one database differ by eight seconds at most.
_AHEAD: Final = timedelta(minutes=1)

#: Failures that cost nothing; each further one doubles the wait, up to the longest. RELIABILITY.md 7, row 28
#: allows ten in a quarter of an hour.
_FREE: Final = 3
_FIRST: Final = timedelta(seconds=10)
_LONGEST: Final = timedelta(minutes=15)
#: Failures from one address, whatever the names, before it has to wait as well.
_FREE_OF_ADDRESS: Final = 30


class Waiting(Struct, frozen=True):
    """The attempt was not looked at: too many failed before it. `seconds` until the next one is."""

    seconds: int


class SignedIn(Struct, frozen=True):
    """Who it is, and the cookie of a new session."""

    account: Account
    cookie: str


class Proved(Struct, frozen=True):
    """Who a provider says it is: its own name of them, and their e-mail if it has verified that, else ""."""

    subject: str
    email: str


class SigningIn(Struct, frozen=True):
    """Lets people in. `codes` holds the keys of everything that proves who somebody is."""

    staff: Staff
    codes: Codes
    trail: Trail
    clock: Clock

    async def try_password(
        self, name: str, password: str, code: str, address: str
    ) -> SignedIn | Waiting | None:
        """Sign in with a password and a one-time or recovery code; None when any of it is wrong."""
        counted = {
            self.codes.attempt_mark("name", name, address): _FREE,
            self.codes.attempt_mark("address", address): _FREE_OF_ADDRESS,
        }
        return await self._try(counted, lambda now: self._proved(name, password, code, now))

    async def try_provider(
        self, prove: Callable[[], Awaitable[Proved | None]], address: str
    ) -> SignedIn | Waiting | None:
        """Sign in with what a provider proves; None when it proves nobody, or nobody who has an account."""

        async def found(_: datetime) -> Account | None:
            proved = await prove()
            return await self._account_of(proved) if proved else None

        counted = {self.codes.attempt_mark("address", address): _FREE_OF_ADDRESS}
        return await self._try(counted, found, "provider")

    async def _account_of(self, proved: Proved) -> Account | None:
        """The one account with one of these names; of two nobody knows which is meant."""
        names = {proved.subject, proved.email} - {""}
        found = [account for name in names if (account := await self.staff.named(name))]
        return found[0] if len(found) == 1 and not found[0].disabled else None

    async def _try(
        self, counted: Mapping[str, int], find: Callable[[datetime], Awaitable[Account | None]], way: str = ""
    ) -> SignedIn | Waiting | None:
        """Look at an attempt unless too many failed before it, by the marks that it is counted under.

        It is counted before it is looked at, or as many as are made at once would all be looked at.
        """
        now = self.clock.now()
        counting = {attempt: partial(_another, free=free, now=now) for attempt, free in counted.items()}
        until = await self.staff.attempt(counting, now)
        if until is not None:
            return Waiting(int((until - now).total_seconds()) + 1)
        account = await find(now)
        if account is None:
            await self.trail.note("nobody", "sign-in failed", way)
            return None
        for attempt in counted:
            await self.staff.forgive(attempt)
        return await self.enter(account, way)

    async def _proved(self, name: str, password: str, code: str, now: datetime) -> Account | None:
        account = await self.staff.named(name)
        right = await asyncio.to_thread(is_password, password, account.password if account else None)
        if account is None or not right or account.disabled or account.totp is None:
            return None
        step = self.codes.step_of(self.codes.secret_of(account.id, account.totp), code, now)
        if step is not None:
            return account if await self.staff.use_step(account.id, step) else None
        recovery = self.codes.recovery_mark(code)
        if recovery in account.recovery and await self.staff.use_recovery(account, recovery):
            await self.trail.note(account.name, "recovery code used")
            return account
        return None

    async def enter(self, account: Account, way: str = "") -> SignedIn:
        """Begin a session of an account that has proved who it is; the cookie is new each time.

        `way` is "provider" where it did so there.
        """
        now = self.clock.now()
        await self.staff.end_old(now - IDLE, now - ABSOLUTE)
        await self.staff.forgive_old(now - _LONGEST)
        cookie = new_token()
        await self.staff.begin(account.id, mark(cookie), now)
        await self.trail.note(account.name, "sign-in", way)
        return SignedIn(account, cookie)

    async def visitor(self, cookie: str) -> Visitor | None:
        """Who has this cookie; None when its session is over or its account closed."""
        session, now = mark(cookie), self.clock.now()
        found = await self.staff.signed_in(session)
        if found is None:
            return None
        account, began, seen = found
        if now - seen > IDLE or now - began > ABSOLUTE or max(seen, began) - now > _AHEAD:
            await self.staff.end(session)
            return None
        if now - seen > _SEEN:
            await self.staff.seen(session, now)
        return Visitor(account, session, self.codes.csrf(session))

    async def leave(self, visitor: Visitor) -> None:
        """End the session."""
        await self.staff.end(visitor.session)
        await self.trail.note(visitor.name, "sign-out")


def _another(before: Attempts | None, free: int, now: datetime) -> Attempts:
    """One failure more. Failures older than the longest wait are forgotten."""
    recent = before.failures if before and now - before.until < _LONGEST else 0
    failures = recent + 1
    wait = _FIRST * 2 ** min(failures - free - 1, 16) if failures > free else timedelta()
    return Attempts(failures, now + min(wait, _LONGEST))
