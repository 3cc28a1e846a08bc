"""An author's drafts: a form for each unit, and what stands against it beside the text while it is typed."""

import secrets
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import Fault
from bot.library import Role as OptionRole
from bot.secretariat.console import ROOT
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages.wording_views import UnitView, about, named, view
from bot.secretariat.console.policy import Visitor
from bot.secretariat.wording.approving import Approving, changed
from bot.secretariat.wording.folder import Look, hashed
from bot.secretariat.wording.forms import Form
from bot.secretariat.wording.previewing import refusals
from bot.secretariat.wording.sheet import Sheet, UnreadableError
from bot.store.wordings import OPEN, Wording, WordingState

_HERE: Final = f"{ROOT}/wording"
#: Where a whole file may be edited: a clause may get another question; everything else has its ids from us.
_WHOLE: Final = "drafts/"
_HEAD: Final = "draft.yaml"
#: The states in which a text is its author's to change.
_OWN: Final = (WordingState.WRITING, WordingState.RETURNED)


class Verdict(Struct, frozen=True):
    """What stands against a draft: `view` is the unit being edited, `others` what else it changes.

    `faults` are of the file, `refused` of the platforms. `may_send` when nothing of it stops it.
    """

    view: UnitView | None
    others: list[UnitView]
    faults: list[Fault]
    refused: list[str]
    may_send: bool


class Editing:
    """The pages of an author."""

    def __init__(self, office: Office, frame: Frame, approving: Approving) -> None:
        self._office = office
        self._frame = frame
        self._approving = approving
        self._folder = approving.folder

    async def begin(self, request: Request, visitor: Visitor) -> Response:
        """Open a draft of a file, or the one that this author has of it."""
        form = await form_of(request)
        file, unit = str(form.get("file", "")), str(form.get("unit", ""))
        if file not in self._folder.files():
            return self._missing(request, visitor)
        content, now = self._folder.text(file), self._office.clock.now()
        made = Wording(
            id=secrets.token_hex(8),
            file=file,
            base=hashed(content),
            content=content,
            state=WordingState.WRITING,
            author=visitor.name,
            created_at=now,
            changed_at=now,
        )
        kept = await self._office.store.wordings.begin(made)
        if kept.id == made.id:
            await self._office.trail.note(visitor.name, "wording begun", kept.id, file=file)
        return self._to(kept, unit)

    async def draft(self, request: Request, visitor: Visitor) -> Response:
        """The draft, at one of its units."""
        wording = await self._own(request, visitor)
        if wording is None:
            return self._missing(request, visitor)
        return await self._page(request, visitor, wording, request.query_params.get("unit", ""))

    async def check(self, request: Request, visitor: Visitor) -> Response:
        """What stands against the draft as the form has it now; nothing is kept."""
        wording = await self._own(request, visitor)
        if wording is None or wording.state not in _OWN:
            return self._missing(request, visitor)
        form = await form_of(request)
        unit = str(form.get("unit", ""))
        verdict = await self._judge(replace(wording, content=_filled(wording, unit, form)), unit)
        return self._frame.page(request, "wording_verdict.html", visitor, verdict=verdict)

    async def save(self, request: Request, visitor: Visitor) -> Response:
        """Keep what the form says, send it to a second reader, take it back or give it up."""
        wording = await self._own(request, visitor)
        if wording is None:
            return self._missing(request, visitor)
        form = await form_of(request)
        unit, act = str(form.get("unit", "")), form.get("act")
        if act in ("take_back", "give_up"):
            state = WordingState.WRITING if act == "take_back" else WordingState.GIVEN_UP
            done = await self._move(wording, replace(wording, state=state, reviewer=None), visitor)
            return self._to(done, unit) if state in OPEN and done else RedirectResponse(_HERE, 303)
        if wording.state not in _OWN:
            return await self._page(request, visitor, wording, unit, "wording_problem_changed")
        filled = replace(wording, content=_filled(wording, unit, form), changed_at=self._office.clock.now())
        if not await self._office.store.wordings.change(wording, filled):
            return await self._page(request, visitor, filled, unit, "wording_problem_changed")
        if act != "send":
            await self._note(visitor, "wording saved", filled)
            return self._to(filled, unit)
        return await self._send(request, visitor, filled, unit)

    async def _send(self, request: Request, visitor: Visitor, wording: Wording, unit: str) -> Response:
        verdict = await self._judge(wording, unit)
        problem = self._problem(wording, verdict)
        if problem:
            return await self._page(request, visitor, wording, unit, problem)
        sent = replace(wording, state=WordingState.SENT)
        return self._to(await self._move(wording, sent, visitor) or wording, unit)

    def _problem(self, wording: Wording, verdict: Verdict) -> str:
        """The word for what keeps a draft from being sent; "" for nothing."""
        if hashed(wording.content) == wording.base:
            return "wording_problem_same"
        if self._folder.mark(wording.file) != wording.base:
            return "wording_problem_moved"
        return "" if verdict.may_send else "wording_problem_blocked"

    async def _move(self, was: Wording, becomes: Wording, visitor: Visitor) -> Wording | None:
        """Another state, noted with the units; None when it is not so any more, or not to be."""
        if was.state not in OPEN or (becomes.state is WordingState.WRITING) != (
            was.state is WordingState.SENT
        ):
            return None
        becomes = replace(becomes, changed_at=self._office.clock.now())
        if not await self._office.store.wordings.change(was, becomes):
            return None
        act = {
            WordingState.SENT: "wording sent",
            WordingState.WRITING: "wording taken back",
            WordingState.GIVEN_UP: "wording given up",
        }[becomes.state]
        await self._note(visitor, act, was)
        return becomes

    async def _note(self, visitor: Visitor, act: str, wording: Wording) -> None:
        """Note a deed with the names of the units that the draft changes, and nothing of what they say."""
        would = await self._folder.with_file(wording.file, wording.content)
        units = ", ".join(changed(await self._folder.live(), would))
        await self._office.trail.note(visitor.name, act, wording.id, file=wording.file, units=units)

    async def _own(self, request: Request, visitor: Visitor) -> Wording | None:
        """The draft, if this author wrote it: nobody reads another's before it is sent."""
        wording = await self._office.store.wordings.get(request.path_params["wording"])
        if wording is None or not await self._approving.wrote(wording, visitor.account):
            return None
        return await self._approving.settled(wording)

    async def _judge(self, wording: Wording, unit: str) -> Verdict:
        would, live = await self._folder.with_file(wording.file, wording.content), await self._folder.live()
        touched = [found for name in changed(live, would) if (found := named(would, name))]
        editing = named(would, unit)
        library = would.library
        refused = [
            reason
            for found in touched
            for reason in (refusals(found, library, self._office.previews) if library else [])
        ]
        return Verdict(
            view=view(self._office, would, editing) if editing else None,
            others=[view(self._office, would, found) for found in touched if found.name != unit],
            faults=would.faults,
            refused=refused,
            may_send=not (would.faults or refused or any(item.blocks for item in would.found)),
        )

    async def _page(
        self, request: Request, visitor: Visitor, wording: Wording, unit: str, problem: str = ""
    ) -> Response:
        live = await self._folder.live()
        would = await self._folder.with_file(wording.file, wording.content)
        # A file with a fault says nothing; its units are then those it has now.
        units = _units(would, wording.file) or _units(live, wording.file)
        unit = unit if unit in units else units[0]
        form = self._form(wording, unit, request)
        unit = unit if form else ""
        verdict = await self._judge(wording, unit)
        if not problem and wording.state in _OWN and self._folder.mark(wording.file) != wording.base:
            problem = "wording_problem_moved"
        return self._frame.page(
            request,
            "wording_draft.html",
            visitor,
            422 if problem else 200,
            wording=wording,
            about=about(live, wording.file),
            unit=unit,
            units=units,
            form=form,
            may_whole=_may_whole(wording.file),
            own=wording.state in _OWN,
            verdict=verdict,
            problem=problem,
            option_roles=[role.value for role in OptionRole],
        )

    def _form(self, wording: Wording, unit: str, request: Request) -> Form | None:
        """The form of a unit; None when the whole file is to be edited: asked for, or all that is left."""
        if _may_whole(wording.file) and "whole" in request.query_params:
            return None
        try:
            return Sheet(wording.content).form(unit)
        except UnreadableError:
            return None

    def _to(self, wording: Wording | None, unit: str) -> Response:
        if wording is None:
            return RedirectResponse(_HERE, 303)
        where = f"{_HERE}/drafts/{wording.id}"
        chosen = {"unit": unit} if unit else {"whole": "1"}
        return RedirectResponse(f"{where}?{urlencode(chosen)}", 303)

    def _missing(self, request: Request, visitor: Visitor) -> Response:
        return self._frame.trouble(request, "missing_title", "wording_no_draft", 404, visitor)


def _filled(wording: Wording, unit: str, form: FormData) -> str:
    """The file with what a form says in it; as it was, when the form is of something it does not have."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    if "content" in given and _may_whole(wording.file):
        return given["content"].replace("\r\n", "\n")
    try:
        sheet = Sheet(wording.content)
        sheet.fill(unit, given)
    except UnreadableError:
        return wording.content
    return sheet.text


def _units(look: Look, file: str) -> list[str]:
    return [unit.name for unit in look.units if unit.file == file]


def _may_whole(file: str) -> bool:
    return file.startswith(_WHOLE) and not file.endswith(f"/{_HEAD}")
