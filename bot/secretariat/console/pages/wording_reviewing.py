"""A reviewer's desk: the message as people will see it, what changes, three questions, and the decision."""

import io
from collections.abc import Mapping
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import Fault
from bot.language.words import clean
from bot.library.seal import QUESTIONS
from bot.secretariat.console import ROOT
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages.wording_views import UnitView, about, clause_of, named, view
from bot.secretariat.console.policy import Visitor
from bot.secretariat.wording.approving import YES, Approving, RefusedError, changed
from bot.secretariat.wording.comparing import Run, changed_lines, compared
from bot.secretariat.wording.folder import Look, hashed
from bot.secretariat.wording.units import lines_of
from bot.store.wordings import Wording, WordingState

_HERE: Final = f"{ROOT}/wording"
#: Characters of a note to an author.
_NOTE: Final = 2_000
#: What a reviewer may be told instead of a conflict with the state of things.
_UNPROCESSABLE: Final = frozenset({"answers", "note"})


class ChangedUnit(Struct, frozen=True):
    """A unit that a draft changes: what stays, goes and comes, and how people will see it."""

    view: UnitView
    runs: list[Run]


class Reviewing:
    """The pages of a reviewer."""

    def __init__(self, office: Office, frame: Frame, approving: Approving) -> None:
        self._office = office
        self._frame = frame
        self._approving = approving
        self._folder = approving.folder

    async def read(self, request: Request, visitor: Visitor) -> Response:
        """The wording that was sent."""
        wording = await self._sent(request)
        if wording is None:
            return self._missing(request, visitor)
        return await self._page(request, visitor, wording)

    async def decide(self, request: Request, visitor: Visitor) -> Response:
        """Approve it, return it with a note, or take the signed files along where they cannot be written."""
        wording = await self._sent(request)
        if wording is None:
            return self._missing(request, visitor)
        form = await form_of(request)
        given = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            match given.get("act"):
                case "approve":
                    await self._approving.approve(wording, given.get("seen", ""), given, visitor.account)
                case "download":
                    files = await self._approving.sign(wording, given.get("seen", ""), given, visitor.account)
                    return _archive(files, wording.id)
                case "return":
                    await self._return(wording, given, visitor)
                case _:
                    raise RefusedError("answers")
        except RefusedError as error:
            return await self._page(request, visitor, wording, error.reason, error.faults, given)
        return RedirectResponse(_HERE, 303)

    async def _return(self, wording: Wording, given: Mapping[str, str], visitor: Visitor) -> None:
        note = clean(given.get("note", "")).strip()[:_NOTE]
        if wording.state is not WordingState.SENT:
            raise RefusedError("changed")
        if await self._approving.wrote(wording, visitor.account):
            raise RefusedError("own")
        if not note:
            raise RefusedError("note")
        back = replace(
            wording,
            state=WordingState.RETURNED,
            note=note,
            reviewer=visitor.name,
            changed_at=self._office.clock.now(),
        )
        if not await self._office.store.wordings.change(wording, back):
            raise RefusedError("changed")
        await self._office.trail.note(
            visitor.name, "wording returned", wording.id, file=wording.file, author=wording.author
        )

    async def _sent(self, request: Request) -> Wording | None:
        """The wording, if a reviewer may read it: what is still being written is its author's alone."""
        wording = await self._office.store.wordings.get(request.path_params["wording"])
        if wording is None or wording.state in (WordingState.WRITING, WordingState.GIVEN_UP):
            return None
        return await self._approving.settled(wording)

    async def _page(
        self,
        request: Request,
        visitor: Visitor,
        wording: Wording,
        problem: str = "",
        against: list[Fault] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Response:
        live = await self._folder.live()
        would = await self._folder.with_file(wording.file, wording.content)
        if not problem and wording.state is WordingState.SENT:
            problem = "moved" if self._folder.mark(wording.file) != wording.base else ""
        clause = clause_of(live, wording.file)
        return self._frame.page(
            request,
            "wording_review.html",
            visitor,
            (422 if problem in _UNPROCESSABLE else 409) if problem else 200,
            wording=wording,
            about=about(live, wording.file),
            original=clause.original if clause else "",
            units=self._changed(live, would),
            gone=[name for name in live.prints if name not in would.prints],
            lines=changed_lines(self._folder.text(wording.file), wording.content),
            faults=[*(against or []), *would.faults],
            own=await self._approving.wrote(wording, visitor.account),
            open=wording.state is WordingState.SENT,
            seen=hashed(wording.content),
            questions=QUESTIONS,
            yes=YES,
            given=given or {},
            problem=problem,
        )

    def _changed(self, live: Look, would: Look) -> list[ChangedUnit]:
        touched = [unit for name in changed(live, would) if (unit := named(would, name))]
        return [
            ChangedUnit(
                view(self._office, would, unit), compared(lines_of(named(live, unit.name)), lines_of(unit))
            )
            for unit in touched
        ]

    def _missing(self, request: Request, visitor: Visitor) -> Response:
        return self._frame.trouble(request, "missing_title", "wording_no_draft", 404, visitor)


def _archive(files: Mapping[str, str], name: str) -> Response:
    """Files to unpack over a content folder."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    disposition = {"Content-Disposition": f'attachment; filename="wording-{name}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=disposition)
