"""The hearing report, to print and to sign.

One rule: it is what the verb `report hearing` would write now, and is noted the same way.
"""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bot.language.calendar import BANGKOK
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.making import opened
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.secretariat.paper import FORMS
from bot.secretariat.reports.hearing import hearing

_ROLES: Final = frozenset({Role.ANALYST, Role.EXPORTER})
_HERE: Final = "/report"


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """What the report is, and the form that makes it."""
    it = _Report(office, frame)
    return [
        Page(name="report", path=_HERE, handler=it.shown, roles=_ROLES),
        Page(name="report-file", path=f"{_HERE}/file", handler=it.file, roles=_ROLES, method="POST"),
    ]


class _Report:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._frame = frame

    async def shown(self, request: Request, visitor: Visitor) -> Response:
        smallest = self._office.library.draft.anonymity.smallest
        return self._frame.page(request, "report.html", visitor, forms=FORMS, smallest=smallest)

    async def file(self, request: Request, visitor: Visitor) -> Response:
        form = str((await form_of(request)).get("form", ""))
        if form not in FORMS:
            return self._frame.trouble(request, "report", "report_no_form", 422, visitor)
        office = self._office
        if office.making.is_full:
            return self._frame.trouble(request, "report", "exports_busy", 429, visitor)
        called = f"hearing-{office.clock.now().astimezone(BANGKOK):%Y-%m-%d}.{form}"
        async with office.making.folder():
            content = await hearing(
                office.store, office.library, office.content, office.trail, office.clock, form
            )
        await office.trail.note(visitor.name, "report hearing", called, form=form)
        return opened(content, called)
