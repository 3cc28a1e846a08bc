"""The accounts of the secretariat's staff, who of them is signed in, and how often somebody failed to.

One rule: nothing here can sign anybody in. Passwords, codes, links and cookies are hashes or sealed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, lock
from bot.store.office import staff, staff_attempts, staff_links, staff_sessions
from bot.store.statements import insert_new, upsert


class Account(Struct, frozen=True, kw_only=True):
    """One account. `password` is an argon2id hash, `totp` and `signing_key` are sealed, `recovery` hashes.

    An account without a password was not set up yet and can only be entered by a one-time link.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    created_at: datetime
    password: str | None = None
    totp: bytes | None = None
    totp_step: int = 0
    recovery: tuple[str, ...] = ()
    signing_key: bytes | None = None
    disabled: bool = False


class Attempts(Struct, frozen=True):
    """Failures in a row, and until when further attempts are not looked at."""

    failures: int
    until: datetime


#: From the failures so far (None for none) to those with one more.
Counting = Callable[[Attempts | None], Attempts]


_ACCOUNT: Final = select(*(staff.c[name] for name in Account.__struct_fields__))
_NAMED: Final = _ACCOUNT.where(staff.c.name == bindparam("name"))
_LINKED: Final = _ACCOUNT.join(staff_links, staff_links.c.staff == staff.c.id).where(
    staff_links.c.mark == bindparam("mark"),
    staff_links.c.expires_at > bindparam("now", type_=staff_links.c.expires_at.type),
    staff.c.disabled.is_(False),
)
_SIGNED_IN: Final = (
    _ACCOUNT.add_columns(staff_sessions.c.created_at, staff_sessions.c.seen_at)
    .join(staff_sessions, staff_sessions.c.staff == staff.c.id)
    .where(staff_sessions.c.mark == bindparam("mark"), staff.c.disabled.is_(False))
)
_KEEP: Final = upsert(staff)
_LINK: Final = insert(staff_links)
_UNLINK: Final = delete(staff_links).where(staff_links.c.staff == bindparam("account"))
_BEGIN: Final = insert(staff_sessions)
_SEEN: Final = (
    update(staff_sessions)
    .where(staff_sessions.c.mark == bindparam("session"))
    .values(seen_at=bindparam("now"))
)
_END: Final = delete(staff_sessions).where(staff_sessions.c.mark == bindparam("session"))
_END_ALL: Final = delete(staff_sessions).where(staff_sessions.c.staff == bindparam("account"))
_OVER: Final = delete(staff_sessions).where(
    or_(
        staff_sessions.c.seen_at < bindparam("idle", type_=staff_sessions.c.seen_at.type),
        staff_sessions.c.created_at < bindparam("oldest", type_=staff_sessions.c.created_at.type),
    )
)
#: Only a later step than the last one used: of two requests with the same code one finds nothing to change.
_STEP: Final = (
    update(staff)
    .where(staff.c.id == bindparam("account"), staff.c.totp_step < bindparam("step"))
    .values(totp_step=bindparam("step"))
)
_RECOVERY: Final = (
    update(staff)
    .where(
        and_(
            staff.c.id == bindparam("account"),
            staff.c.recovery == bindparam("was", type_=staff.c.recovery.type),
        )
    )
    .values(recovery=bindparam("left", type_=staff.c.recovery.type))
)
#: Only the first: a reviewer whose key changed would have approved nothing any more.
_SIGNING_KEY: Final = (
    update(staff)
    .where(staff.c.id == bindparam("account"), staff.c.signing_key.is_(None))
    .values(signing_key=bindparam("sealed"))
)
_BY_ID: Final = _ACCOUNT.where(staff.c.id == bindparam("account"))
_TRIED: Final = select(staff_attempts.c.failures, staff_attempts.c.until).where(
    staff_attempts.c.mark == bindparam("mark")
)
_FAILED: Final = upsert(staff_attempts)
_USE: Final = {
    name: insert.returning(staff_attempts.c.mark) for name, insert in insert_new(staff_attempts).items()
}
_FORGIVE: Final = delete(staff_attempts).where(staff_attempts.c.mark == bindparam("tried"))
_FORGIVE_OLD: Final = delete(staff_attempts).where(
    staff_attempts.c.until < bindparam("before", type_=staff_attempts.c.until.type)
)


class Staff:
    """The accounts of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Account]:
        """Every account, by name."""
        return [Account(**row._mapping) for row in await self._rows(_ACCOUNT.order_by(staff.c.name))]

    async def named(self, name: str) -> Account | None:
        """The account with this name."""
        return _first(await self._rows(_NAMED, name=name))

    async def keep(self, account: Account) -> None:
        """Store an account, new or changed."""
        async with self._database.writing() as connection:
            await connection.execute(_KEEP[connection.dialect.name], asdict(account))

    async def give_key(self, account: str, sealed: bytes) -> bytes:
        """The sealed signing key of an account: this one, or the one that it was given before."""
        await self._write(_SIGNING_KEY, account=account, sealed=sealed)
        found = _first(await self._rows(_BY_ID, account=account))
        return found.signing_key if found and found.signing_key else sealed

    # One-time links

    async def link(self, account: str, mark: str, expires_at: datetime) -> None:
        """Let this link open the account until then; an earlier link of it opens nothing any more."""
        async with self._database.writing() as connection:
            await connection.execute(_UNLINK, {"account": account})
            await connection.execute(_LINK, {"mark": mark, "staff": account, "expires_at": expires_at})

    async def linked(self, mark: str, now: datetime) -> Account | None:
        """Whose link this is, without using it up."""
        return _first(await self._rows(_LINKED, mark=mark, now=now))

    async def use_link(self, mark: str, now: datetime, account: Account | None = None) -> Account | None:
        """Use a link up, and store the account as it was set up by it; None when the link opens nothing."""
        async with self._database.writing() as connection:
            await lock(connection, [f"link {mark}"])
            found = _first((await connection.execute(_LINKED, {"mark": mark, "now": now})).all())
            if found is None or (account and account.id != found.id):
                return None
            await connection.execute(_UNLINK, {"account": found.id})
            if account:
                await connection.execute(_KEEP[connection.dialect.name], asdict(account))
        return account or found

    # Sessions

    async def begin(self, account: str, mark: str, now: datetime) -> None:
        """Begin a session."""
        async with self._database.writing() as connection:
            row = {"mark": mark, "staff": account, "created_at": now, "seen_at": now}
            await connection.execute(_BEGIN, row)

    async def signed_in(self, mark: str) -> tuple[Account, datetime, datetime] | None:
        """Whose session this is, when it began and when it was last used; None of a disabled account."""
        rows = await self._rows(_SIGNED_IN, mark=mark)
        if not rows:
            return None
        *account, began, seen = rows[0]
        return Account(**dict(zip(Account.__struct_fields__, account, strict=True))), began, seen

    async def seen(self, mark: str, now: datetime) -> None:
        """The session was used."""
        await self._write(_SEEN, session=mark, now=now)

    async def end(self, mark: str) -> None:
        """End a session."""
        await self._write(_END, session=mark)

    async def end_all(self, account: str) -> None:
        """End every session of an account."""
        await self._write(_END_ALL, account=account)

    async def end_old(self, idle: datetime, oldest: datetime) -> None:
        """End the sessions last used before `idle` or begun before `oldest`."""
        await self._write(_OVER, idle=idle, oldest=oldest)

    # Codes and attempts

    async def use_step(self, account: str, step: int) -> bool:
        """Use a time step of the one-time codes; False when it, or a later one, was used before."""
        return await self._write(_STEP, account=account, step=step) == 1

    async def use_recovery(self, account: Account, used: str) -> bool:
        """Use a recovery code up, by its hash; False when another request did so first."""
        left = tuple(code for code in account.recovery if code != used)
        return await self._write(_RECOVERY, account=account.id, was=account.recovery, left=left) == 1

    async def attempt(self, counted: Mapping[str, Counting], now: datetime) -> datetime | None:
        """Count an attempt as failed under these marks before it is looked at; `forgive` one that did not.

        Or, when one of them has to wait, count nothing: until when, then. Of attempts made at once, in
        whatever process, each counts those before it.
        """
        async with self._database.writing() as connection:
            await lock(connection, [f"attempts {mark}" for mark in counted])
            found = {mark: await _tried(connection, mark) for mark in counted}
            waits = [tried.until for tried in found.values() if tried and tried.until > now]
            if waits:
                return max(waits)
            after = {mark: count(found[mark]) for mark, count in counted.items()}
            rows = [{"mark": mark, "failures": a.failures, "until": a.until} for mark, a in after.items()]
            await connection.execute(_FAILED[connection.dialect.name], rows)
        return None

    async def use(self, mark: str, until: datetime) -> bool:
        """Use something up under this mark, which counts `until` then; False when it was used before."""
        async with self._database.writing() as connection:
            row = {"mark": mark, "failures": 0, "until": until}
            used = await connection.execute(_USE[connection.dialect.name], [row])
            return len(used.all()) == 1

    async def forgive(self, mark: str) -> None:
        """Forget failures."""
        await self._write(_FORGIVE, tried=mark)

    async def forgive_old(self, before: datetime) -> None:
        """Forget what counts for nothing any more since `before`."""
        await self._write(_FORGIVE_OLD, before=before)

    async def _rows(self, query: Any, **values: object) -> Sequence[Any]:
        async with self._database.reading() as connection:
            return (await connection.execute(query, values)).all()

    async def _write(self, statement: Any, **values: object) -> int:
        async with self._database.writing() as connection:
            done = await connection.execute(statement, values)
        return int(done.rowcount)


async def _tried(connection: AsyncConnection, mark: str) -> Attempts | None:
    row = (await connection.execute(_TRIED, {"mark": mark})).one_or_none()
    return Attempts(*row) if row else None


def _first(rows: Sequence[Any]) -> Account | None:
    return Account(**rows[0]._mapping) if rows else None
