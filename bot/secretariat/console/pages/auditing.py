"""The audit log: who did what, whether anybody changed it since, and a copy to keep elsewhere.

One rule: reading it all is done a thousand rows at a time, so that nobody else waits for it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.language.calendar import iso
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.store import Audit, Deed

_ROLES: Final = frozenset({Role.DPO, Role.ADMINISTRATOR})
_HERE: Final = "/audit"

#: Deeds on a page.
PAGE: Final = 50

_LINK: Final = re.compile(r"[0-9a-f]{64}")
#: Digits of the number a page goes on from; more than any log will have.
_DIGITS: Final = 12


def pages(office: Office, frame: Frame) -> list[Page]:
    """The list, the check of the chain and the copy."""
    it = _Auditing(office, frame)
    return [
        Page(name="audit", path=_HERE, handler=it.listed, roles=_ROLES),
        Page(name="audit-check", path=f"{_HERE}/check", handler=it.check, roles=_ROLES, method="POST"),
        Page(name="audit-copy", path=f"{_HERE}/copy", handler=it.copy, roles=_ROLES, method="POST"),
    ]


class Checked(Struct, frozen=True):
    """What checking found: of how many deeds, the number of the first bad one, None for none.

    `cut` says that all of them hold and the link that was kept is not among them.
    """

    count: int
    fault: int | None
    cut: bool = False


class _Auditing:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._audit = office.store.audit
        self._office = office
        self._frame = frame
        self._checking = asyncio.Lock()

    async def listed(
        self,
        request: Request,
        visitor: Visitor,
        checked: Checked | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Response:
        actors, acts = await self._audit.names()
        query = request.query_params
        chosen = {
            name: value
            for name, names in (("actor", actors), ("act", acts))
            if (value := query.get(name, "")) in names
        }
        before = _number(query.get("before", ""))
        found = await self._audit.newest(PAGE + 1, before=before, **chosen)
        deeds, more = found[:PAGE], len(found) > PAGE
        older = urlencode(chosen | {"before": str(deeds[-1].seq)}) if more else ""
        return self._frame.page(
            request,
            "audit.html",
            visitor,
            status,
            actors=actors,
            acts=acts,
            chosen=chosen,
            deeds=deeds,
            older=older,
            first=not before,
            head=await self._audit.head(),
            checked=checked,
            problem=problem,
        )

    async def check(self, request: Request, visitor: Visitor) -> Response:
        """Verify the chain as far as it was when this was asked for, and note what was found."""
        kept = str((await form_of(request)).get("kept", "")).strip().lower()
        if kept and not _LINK.fullmatch(kept):
            return await self.listed(request, visitor, problem="audit_link", status=422)
        if self._checking.locked():
            return await self.listed(request, visitor, problem="audit_checking", status=409)
        async with self._checking:
            checked = await self._verified(kept)
        told: dict[str, object] = {"count": checked.count, "fault": checked.fault or "none"}
        await self._office.trail.note(visitor.name, "audit checked", "", **told)
        return await self.listed(request, visitor, checked)

    async def _verified(self, kept: str) -> Checked:
        head = await self._audit.head()
        count = head.seq if head else 0
        async with aclosing(_each(self._audit, count)) as deeds:
            fault = await self._office.trail.first_fault(deeds, kept)
        return Checked(count, fault, cut=fault is not None and fault > count)

    async def copy(self, request: Request, visitor: Visitor) -> Response:
        """Every deed as a line of JSON, oldest first; that it was taken is the last of them."""
        noted = await self._office.trail.note(visitor.name, "audit copied")
        name = f"audit-{iso(noted.at)[:10]}-{noted.seq}.jsonl"
        return StreamingResponse(
            _lines(self._audit, noted.seq),
            media_type="application/jsonl; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


async def _each(audit: Audit, upto: int) -> AsyncGenerator[Deed]:
    """The deeds one by one; between two batches others have their turn."""
    async with aclosing(audit.pages(upto)) as pages:
        async for page in pages:
            for deed in page:
                yield deed
            await asyncio.sleep(0)


async def _lines(audit: Audit, upto: int) -> AsyncIterator[bytes]:
    async with aclosing(audit.pages(upto)) as pages:
        async for page in pages:
            yield msgspec.json.Encoder(order="deterministic").encode_lines(page)


def _number(text: str) -> int:
    """The number in an address; 0 for none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0
