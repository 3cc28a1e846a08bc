"""What people answered: a bar a question, and what they typed; a text can be hidden from view with a reason.

One rule: a flag hides a text from whoever has not asked for it, and takes nothing out of any count.
"""

import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.language.words import clean, fold, length
from bot.secretariat.console import ROOT
from bot.secretariat.console.bars import Bars, bars, by_wording, wording
from bot.secretariat.console.console import form_of
from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.policy import Page, Role, Visitor
from bot.secretariat.console.sift import CHANNELS, LAST_PAGE, NONE, Sift
from bot.store.answering import COUNTED
from bot.store.moderation import Moderation
from bot.store.states import Flag

_ROLES = frozenset({Role.ANALYST, Role.EXPORTER, Role.DPO})
_FLAGGING = frozenset({Role.ANALYST, Role.DPO})
_HERE = "/answers"

#: Grapheme clusters of a reason: a sentence or two.
REASON: Final = 300


def pages(office: Office, frame: Frame) -> Sequence[Page]:
    """The answers, and the form that flags one."""
    answers = _Answers(office, frame)
    return [
        Page(name="answers", path=_HERE, handler=answers.listed, roles=_ROLES, personal=True),
        Page(name="answers-flag", path=f"{_HERE}/flag", handler=answers.flag, roles=_FLAGGING, method="POST"),
    ]


class _Answers:
    def __init__(self, office: Office, frame: Frame) -> None:
        self._office = office
        self._frame = frame

    async def listed(self, request: Request, visitor: Visitor) -> Response:
        store, library = self._office.store, self._office.library
        sift = Sift.read(request.query_params, library)
        drawn = await self._drawn(sift)
        found = await store.answering.typed(sift.filters, sift.page)
        flags = await store.moderations.newest([typed.id for typed in found.typed])
        shown = next((f for f in flags.values() if f.id == sift.show and f.flag is Flag.HIDDEN), None)
        if shown:
            await self._office.trail.note(visitor.name, "view hidden", shown.id)
        wanted = sift.chosen["version"]
        return self._frame.page(
            request,
            "answers.html",
            visitor,
            sift=sift,
            clauses=library.draft.clauses,
            channels=CHANNELS,
            none=NONE,
            bars=[bar for bar in drawn if wanted in {"", bar.version}],
            versions=[bar for bar in drawn if bar.question == sift.chosen["question"]],
            found=found,
            counted=COUNTED,
            last=LAST_PAGE,
            flags=flags,
            shown=shown,
            may_flag=visitor.may(_FLAGGING),
            longest=REASON,
        )

    async def flag(self, request: Request, visitor: Visitor) -> Response:
        form = {name: value for name, value in (await form_of(request)).items() if isinstance(value, str)}
        reason = clean(form.get("reason", "")).strip()
        flag = next((flag for flag in Flag if flag.value == form.get("flag")), None)
        if flag is None or not fold(reason) or length(reason) > REASON:
            return self._frame.trouble(request, "answers_flag", "answers_no_reason", 422, visitor)
        line = Moderation(
            id=secrets.token_hex(8),
            subject=clean(form.get("answer", "")),
            flag=flag,
            reason=reason,
            author=visitor.name,
            at=self._office.clock.now(),
        )
        if await self._office.store.moderations.add(line) is None:
            return self._frame.trouble(request, "answers_flag", "answers_gone", 404, visitor)
        await self._office.trail.note(visitor.name, f"text {flag.value}", line.id)
        back = Sift.read(dict(parse_qsl(form.get("back", ""))), self._office.library)
        return RedirectResponse(f"{ROOT}{_HERE}{back.query(back.page)}", 303)

    async def _drawn(self, sift: Sift) -> list[Bars]:
        """The bars of a clause or of one question, each question's present wording first; of all there are
        too many to look at."""
        clause, chosen = sift.chosen["clause"], sift.chosen["question"]
        if not clause:
            return []
        store, library = self._office.store, self._office.library
        given = by_wording(await store.answering.choices(replace(sift.filters, version=None)))
        asked = [q for q in library.clauses[clause].questions if chosen in {"", q.id}]
        places = {question.id: place for place, question in enumerate(asked)}
        present = [(question.id, question.version) for question in asked]

        def place(of: tuple[str, str]) -> tuple[int, bool, str, str]:
            return places.get(of[0], len(places)), of not in present, *of

        drawn = []
        for id_, version in sorted({*present, *given}, key=place):
            question = library.questions.get(id_)
            known = question is not None and question.version == version
            words = wording(
                question, version, None if known else await store.answering.asked(clause, id_, version)
            )
            drawn.append(bars(id_, version, question, words, given.get((id_, version), [])))
        return drawn
