"""Everything there is as a file, in whatever form somebody needs it.

One rule: the file is what the verb `export` would write with the same filters, and is noted the same way.
"""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple
from urllib.parse import parse_qsl

import structlog
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import ExportError, SettingsError
from bot.language.calendar import BANGKOK
from bot.secretariat.console.bars import by_wording
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.making import sent
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.secretariat.console.sift import CHANNELS, NONE, Sift
from bot.secretariat.exports import FORMATS, gather, load_words, note, writer_for
from bot.secretariat.exports.format import Format, require
from bot.store import Filters

_ROLES: Final = frozenset({Role.EXPORTER})
_HERE: Final = "/exports"

_log = structlog.get_logger("exports")


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The formats with the filters, and the form that makes a file."""
    it = _Exports(office, frame)
    return [
        Page(name="exports", path=_HERE, handler=it.shown, roles=_ROLES),
        Page(name="exports-file", path=f"{_HERE}/file", handler=it.file, roles=_ROLES, method="POST"),
    ]


class Offered(NamedTuple):
    """A format as the page offers it: by its name, what its file ends in, and whether it can be made here."""

    name: str
    ending: str
    made: bool


class Version(NamedTuple):
    """A wording of a question, and whether it is the one in use."""

    version: str
    current: bool


class _Exports:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._frame = frame

    async def shown(self, request: Request, visitor: Visitor) -> Response:
        library = self._office.library
        sift = self._sift(request.query_params)
        async with self._office.store.excerpt(sift.filters) as excerpt:
            answers, suggestions = await excerpt.counts()
            left_out = await excerpt.left_out()
        return self._frame.page(
            request,
            "exports.html",
            visitor,
            sift=sift,
            clauses=library.draft.clauses,
            channels=CHANNELS,
            none=NONE,
            versions=await self._versions(sift.chosen["question"]),
            answers=answers,
            suggestions=suggestions,
            left_out=left_out,
            formats=[Offered(name, _ending(form), _is_made(form)) for name, form in FORMATS.items()],
        )

    async def file(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        name = str(form.get("format", ""))
        if name not in FORMATS or not _is_made(FORMATS[name]):
            return self._frame.trouble(request, "exports", "exports_no_format", 422, visitor)
        if self._office.making.is_full:
            return self._frame.trouble(request, "exports", "exports_busy", 429, visitor)
        sift = self._sift(dict(parse_qsl(str(form.get("filters", "")))))
        filters = replace(sift.filters, history="history" in form)
        now = self._office.clock.now()
        ending = _ending(FORMATS[name])
        kind = "" if ending == f".{name}" else f"-{name}"
        called = f"ruamkhit-{now.astimezone(BANGKOK):%Y-%m-%d-%H%M}{kind}{ending}"
        try:
            return sent(await self._made(name, called, filters, visitor), called)
        except (ExportError, OSError) as error:
            _log.error("an export could not be made", format=name, kind=type(error).__name__)
            return self._frame.trouble(request, "exports", "exports_failed", 500, visitor)

    async def _made(self, name: str, called: str, filters: Filters, visitor: Visitor) -> BinaryIO:
        """The file, whole and noted, open and without a name."""
        office = self._office
        content = office.library, load_words(office.content / "exports")
        async with office.making.folder() as folder:
            out = folder / called
            write = writer_for(FORMATS, name, out)
            async with gather(office.store, filters, content, office.clock.now(), folder) as extract:
                rows = await to_thread(write, extract, out)
                await note(office.trail, visitor.name, called, name, extract, rows)
            return out.open("rb")

    async def _versions(self, question: str) -> list[Version]:
        """Every wording of a question that somebody was shown, and the one in use."""
        if not question:
            return []
        present = self._office.library.questions[question].version
        given = by_wording(await self._office.store.answering.choices(Filters(question=question)))
        known = sorted({present, *(version for _, version in given)})
        return [Version(version, version == present) for version in known]

    def _sift(self, query: Mapping[str, str]) -> Sift:
        """The choices of an address; without a clause in it every one is meant."""
        return Sift.read({"clause": "", **query}, self._office.library)


def _ending(form: Format) -> str:
    """What the format's usual file ends in; a folder goes as the archive it can be as well."""
    return next(ending for ending in form.writers if ending)


def _is_made(form: Format) -> bool:
    try:
        require(form)
    except SettingsError:
        return False
    return True
