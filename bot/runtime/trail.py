"""The audit trail: what was done is noted, and any later change of a note shows.

One rule: a note says who, what and when in words of ours; nothing anybody said, no id of a person.
"""

import hmac
from collections.abc import AsyncIterable
from hashlib import sha256
from typing import Final

import msgspec
from msgspec.structs import replace

from bot.runtime.clock import Clock
from bot.runtime.sealing import derive
from bot.store.audit import Audit, Deed

#: Who acts where nobody signed in: the one at the keyboard of the machine, and the program by itself.
OPERATOR: Final = "operator"
SYSTEM: Final = "system"


class Trail:
    """Notes deeds in the audit log; `key` is IDENTITY_KEY's bytes."""

    def __init__(self, audit: Audit, key: bytes, clock: Clock) -> None:
        self._audit = audit
        self._key = derive(key, b"audit trail")
        self._clock = clock

    async def note(self, actor: str, act: str, subject: str = "", **detail: object) -> Deed:
        """Note a deed: after what it says is done, or before it is begun where doing cannot be undone."""
        told = {name: str(value) for name, value in detail.items()}
        deed = Deed(at=self._clock.now(), actor=actor, act=act, subject=subject, detail=told)
        return await self._audit.add(deed, self._link)

    async def first_fault(self, deeds: AsyncIterable[Deed], head: str = "") -> int | None:
        """The number of the first deed that is not as it was noted; None when all are.

        A chain that was cut short at its end is whole in itself: only `head`, the link of a deed that
        was exported before, shows it, and then the number after the last deed is returned.
        """
        previous, seen, seq = "", not head, 0
        async for deed in deeds:
            seq += 1
            if deed.seq != seq or not _equal(deed.link, self._link(previous, deed)):
                return seq
            previous = deed.link
            seen = seen or _equal(deed.link, head)
        return None if seen else seq + 1

    def _link(self, previous: str, deed: Deed) -> str:
        record = msgspec.json.encode(replace(deed, link=""), order="deterministic")
        return hmac.new(self._key, previous.encode() + b"\n" + record, sha256).hexdigest()


def _equal(link: str, other: str) -> bool:
    """Compared as bytes: whoever changed a link may have put any text there."""
    return hmac.compare_digest(link.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))
