"""What is said: what is live, for everybody here; editing it, for authors; approving it, for reviewers.

One rule: what is approved is live at the next start, and every page that needs it says so.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages.wording_editing import Editing
from bot.secretariat.console.pages.wording_reviewing import Reviewing
from bot.secretariat.console.pages.wording_views import about, view, waits
from bot.secretariat.console.policy import ANYBODY, Page, Role, Visitor
from bot.secretariat.wording.approving import Approving
from bot.secretariat.wording.folder import Folder, Look
from bot.store.wordings import WordingState

_AUTHOR: Final = frozenset({Role.AUTHOR})
_REVIEWER: Final = frozenset({Role.REVIEWER})
_WRITERS: Final = _AUTHOR | _REVIEWER


class FileRow(Struct, frozen=True):
    """A content file in the list: how many units it has, and how many of them the bot does not say yet."""

    name: str
    about: str
    units: int
    waiting: int


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The list, one file, the drafts of authors and the desk of reviewers."""
    folder = Folder(office.content)
    approving = Approving(office.store, folder, office.codes, office.trail, office.clock)
    live = _Live(office, frame, approving)
    editing = Editing(office, frame, approving)
    reviewing = Reviewing(office, frame, approving)
    draft, review = "/wording/drafts/{wording}", "/wording/review/{wording}"
    return [
        Page(name="wording", path="/wording", handler=live.listed, roles=ANYBODY),
        Page(name="wording-file", path="/wording/live/{file:path}", handler=live.file, roles=ANYBODY),
        Page(
            name="wording-begin", path="/wording/drafts", handler=editing.begin, roles=_AUTHOR, method="POST"
        ),
        Page(name="wording-draft", path=draft, handler=editing.draft, roles=_AUTHOR),
        Page(name="wording-save", path=draft, handler=editing.save, roles=_AUTHOR, method="POST"),
        Page(
            name="wording-check", path=f"{draft}/check", handler=editing.check, roles=_AUTHOR, method="POST"
        ),
        Page(name="wording-review", path=review, handler=reviewing.read, roles=_REVIEWER),
        Page(name="wording-decide", path=review, handler=reviewing.decide, roles=_REVIEWER, method="POST"),
    ]


class _Live:
    def __init__(self, office: Office, frame: Frame, approving: Approving) -> None:
        self._office = office
        self._frame = frame
        self._approving = approving
        self._folder = approving.folder

    async def listed(self, request: Request, visitor: Visitor) -> Response:
        look = await self._folder.live()
        begun = []
        if visitor.may(_WRITERS):
            every = [await self._approving.settled(one) for one in await self._office.store.wordings.open()]
            begun = [(one, await self._approving.wrote(one, visitor.account)) for one in every]
        return self._frame.page(
            request,
            "wording.html",
            visitor,
            rows=self._rows(look),
            faults=look.faults,
            begun=[(one, own) for one, own in begun if one.state is not WordingState.APPROVED],
            edits=visitor.may(_AUTHOR),
            reviews=visitor.may(_REVIEWER),
        )

    async def file(self, request: Request, visitor: Visitor) -> Response:
        file = request.path_params["file"]
        if file not in self._folder.files():
            return self._frame.trouble(request, "missing_title", "wording_no_file", 404, visitor)
        look = await self._folder.live()
        return self._frame.page(
            request,
            "wording_file.html",
            visitor,
            file=file,
            about=about(look, file),
            views=[view(self._office, look, unit) for unit in look.units if unit.file == file],
            edits=visitor.may(_AUTHOR),
        )

    def _rows(self, look: Look) -> list[FileRow]:
        rows = []
        for file in self._folder.files():
            names = [unit.name for unit in look.units if unit.file == file]
            waiting = sum(waits(self._office, look, name) for name in names)
            rows.append(FileRow(file, about(look, file), len(names), waiting))
        return rows
