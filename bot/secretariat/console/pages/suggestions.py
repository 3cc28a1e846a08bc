"""Suggestions: the inbox, one of them with its files, how far it is, its tags, replies and flags.

One rule: what a person took back, or asked not to be used, is gone from here, and every page says so in
the same words. No deed in the trail names a receipt: the link that is destroyed later must stay so.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.dialogue import Message, Suggestion, SuggestionStatus
from bot.language.wording import Finding
from bot.language.words import clean, clip, length
from bot.secretariat.console import ROOT
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages.looking import PAGE, Search
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.secretariat.replying import LIMIT, Gone
from bot.store.inbox import COUNTED, Tag
from bot.store.moderation import Moderation
from bot.store.replying import Reply
from bot.store.states import Flag

_READ: Final = frozenset({Role.ANALYST, Role.AUTHOR, Role.DPO})
_WRITE: Final = frozenset({Role.ANALYST, Role.AUTHOR})
_HERE: Final = "/suggestions"
_ONE: Final = f"{_HERE}/{{receipt}}"

#: Grapheme clusters of the beginning of a suggestion in the list: three lines on a phone.
_BEGINNING: Final = 160
#: Grapheme clusters of a tag, and of the reason for a flag.
_TAG: Final = 40
_REASON: Final = 300
#: Tags that are offered while one is typed.
_OFFERED: Final = 200

#: How far a person of the staff may say that a suggestion is; a reply says the rest.
_STEPS: Final = (SuggestionStatus.RECEIVED, SuggestionStatus.CONSIDERING)


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The inbox, a suggestion, a file of it, and the forms on it."""
    it = _Suggestions(office, frame)
    shown = [
        Page(name="suggestions", path=_HERE, handler=it.inbox, roles=_READ, personal=True),
        Page(name="suggestion", path=_ONE, handler=it.one, roles=_READ, personal=True),
        Page(name="attachment", path=f"{_ONE}/files/{{sha256}}", handler=it.file, roles=_READ, personal=True),
    ]
    forms = {
        "mark": it.mark, "tag": it.tag, "flag": it.flag, "check": it.check, "reply": it.reply,
    }  # fmt: skip
    changed = [
        Page(name=f"suggestion-{act}", path=f"{_ONE}/{act}", handler=handler, roles=_WRITE, method="POST")
        for act, handler in forms.items()
    ]
    return [*shown, *changed]


class _Checked(Struct, frozen=True):
    """A reply that is being written: its length, what blocks it, and what its person would read."""

    size: int
    findings: tuple[Finding, ...]
    preview: Message | None


class _Suggestions:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._store = office.store
        self._frame = frame

    # Reading

    async def inbox(self, request: Request, visitor: Visitor) -> Response:
        search = Search.read(request.query_params, self._office.library)
        sheet = await self._store.inbox.page(search.wanted, search.after, PAGE)
        hidden = await self._store.moderations.hidden([s.receipt for s in sheet.suggestions])
        told: dict[str, Any] = {
            "search": search,
            "sheet": sheet,
            "hidden": hidden,
            "beginnings": {s.receipt: _beginning(s.text) for s in sheet.suggestions},
            "counted": COUNTED,
            "known": await self._store.inbox.known_tags(_OFFERED),
        }
        return self._frame.page(request, "suggestions.html", visitor, **told, **self._names())

    async def one(self, request: Request, visitor: Visitor) -> Response:
        return await self._shown(request, visitor)

    async def file(self, request: Request, visitor: Visitor) -> Response:
        """A file as a download: whatever is in it, no browser opens it as a page of ours."""
        versions = await self._versions(request)
        sha256 = request.path_params["sha256"]
        attached = next((a for v in versions[:1] for a in v.attachments if a.sha256 == sha256), None)
        stored = await self._store.files.get(attached.file) if attached else None
        if attached is None or stored is None:
            return self._gone(request, visitor)
        name = attached.name or f"{versions[0].receipt}-{sha256[:8]}"
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(stored.content, media_type=stored.media_type, headers=headers)

    # Changing

    async def mark(self, request: Request, visitor: Visitor) -> Response:
        wanted = (await form_of(request)).get("status")
        status = next((step for step in _STEPS if step.value == wanted), None)
        if status is None:
            return self._frame.trouble(request, "form_title", "form_old", 422, visitor)
        if not await self._store.replies.mark(_receipt(request), status):
            return self._gone(request, visitor)
        await self._office.trail.note(visitor.name, "suggestion marked", status=status)
        return self._back(request)

    async def tag(self, request: Request, visitor: Visitor) -> Response:
        form, receipt = await form_of(request), _receipt(request)
        word = " ".join(clean(str(form.get("tag", ""))).split())
        if form.get("act") == "remove":
            if await self._store.inbox.untag(receipt, word):
                await self._office.trail.note(visitor.name, "tag removed")
            return self._back(request, "tags")
        if not 0 < length(word) <= _TAG:
            return await self._shown(request, visitor, problem="inbox_tag_length", longest=_TAG)
        tag = Tag(tag=word, author=visitor.name, at=self._office.clock.now())
        if not await self._store.inbox.tag(receipt, tag):
            return self._gone(request, visitor)
        await self._office.trail.note(visitor.name, "tag added")
        return self._back(request, "tags")

    async def flag(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        reason = clean(str(form.get("reason", ""))).strip()
        flag = next((flag for flag in Flag if flag.value == form.get("flag")), None)
        if flag is None:
            return self._frame.trouble(request, "form_title", "form_old", 422, visitor)
        if not 0 < length(reason) <= _REASON:
            return await self._shown(request, visitor, problem="inbox_reason_length", longest=_REASON)
        line = Moderation(
            id=secrets.token_hex(8),
            subject=_receipt(request),
            flag=flag,
            reason=reason,
            author=visitor.name,
            at=self._office.clock.now(),
        )
        if not await self._versions(request) or await self._store.moderations.add(line) is None:
            return self._gone(request, visitor)
        await self._office.trail.note(visitor.name, f"text {flag}", line.id)
        return self._back(request, "moderation")

    # Replying

    async def check(self, request: Request, visitor: Visitor) -> Response:
        """What blocks a reply and how it will be read: beside the text for htmx, else with the whole page."""
        text = str((await form_of(request)).get("text", ""))
        if "hx-request" not in request.headers:
            return await self._shown(request, visitor, draft=text)
        versions = await self._versions(request)
        if not versions:
            return self._gone(request, visitor)
        checked = self._checked(versions[0], text)
        return self._frame.page(request, "suggestion_check.html", visitor, checked=checked, limit=LIMIT)

    async def reply(self, request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        text, once = str(form.get("text", "")), str(form.get("once", ""))
        if not await self._versions(request):
            return self._gone(request, visitor)
        done = await self._office.replying.send(_receipt(request), text, visitor.name, once)
        if isinstance(done, Gone):
            return self._gone(request, visitor)
        if isinstance(done, Reply):
            return self._back(request, "replies", sent=done.id)
        problem = "inbox_reply_blocked" if done.findings else "inbox_reply_length"
        return await self._shown(request, visitor, problem=problem, draft=text, longest=LIMIT)

    def _checked(self, suggestion: Suggestion, text: str) -> _Checked:
        said = clean(text).strip()
        size = length(said)
        if not 0 < size <= LIMIT:
            return _Checked(size, (), None)
        replying = self._office.replying
        preview = replying.preview(suggestion.receipt, said, tell=suggestion.tell)
        return _Checked(size, replying.findings(said), preview)

    # The page

    async def _shown(
        self, request: Request, visitor: Visitor, *, problem: str = "", draft: str = "", **slots: object
    ) -> Response:
        """The page of a suggestion; with a `problem` the form that was sent is not lost."""
        versions = await self._versions(request)
        if not versions:
            return self._gone(request, visitor)
        if request.method == "POST":
            await self._office.trail.note(visitor.name, "view", "suggestion")
        receipt, flags = versions[0].receipt, await self._store.moderations.of(versions[0].receipt)
        hidden = bool(flags) and flags[-1].flag is Flag.HIDDEN
        told = {
            "suggestion": versions[0],
            "earlier": versions[1:],
            "replies": await self._store.replies.of(receipt),
            "tags": await self._store.inbox.tags(receipt),
            "known": await self._store.inbox.known_tags(_OFFERED),
            "flags": flags,
            "hidden": hidden,
            "opened": not hidden or "show" in request.query_params,
            "steps": _STEPS,
            "writes": visitor.may(_WRITE),
            "sent": request.query_params.get("sent", ""),
            "problem": problem,
            "slots": slots,
            "draft": draft,
            "checked": self._checked(versions[0], draft),
            "limits": {"tag": _TAG, "reason": _REASON},
            "limit": LIMIT,
            "once": secrets.token_hex(16),
        }
        status = 422 if problem else 200
        return self._frame.page(request, "suggestion.html", visitor, status, **told, **self._names())

    def _names(self) -> dict[str, Any]:
        """What the templates call clauses and groups."""
        library = self._office.library
        return {"clauses": library.clauses, "labels": library.labels}

    def _gone(self, request: Request, visitor: Visitor) -> Response:
        return self._frame.trouble(request, "inbox_gone_title", "inbox_gone", 404, visitor)

    def _back(self, request: Request, place: str = "", sent: str = "") -> Response:
        query, fragment = f"?sent={sent}" if sent else "", f"#{place}" if place else ""
        return RedirectResponse(f"{ROOT}{_HERE}/{quote(_receipt(request), safe='')}{query}{fragment}", 303)

    async def _versions(self, request: Request) -> list[Suggestion]:
        return await self._store.inbox.versions(_receipt(request))


def _receipt(request: Request) -> str:
    """The receipt in the address, without what no database would look for."""
    return clean(str(request.path_params["receipt"]))


def _beginning(text: str) -> str:
    """The first lines of a text, as one."""
    flowing = " ".join(text.split())
    beginning = clip(flowing, _BEGINNING)
    return beginning if beginning == flowing else f"{beginning}\u2026"
