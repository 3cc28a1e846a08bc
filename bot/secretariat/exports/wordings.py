"""Every wording of every question: those of the library, and older ones that were answered."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from bot.dialogue import Outcome
from bot.library import Clause, Library, Question, Role
from bot.secretariat.exports.rows import AnswerRow, Asked, chosen_of

#: What two chosen options have between them in the JSON of `AnswerRow.chosen`.
_SEVERAL: Final = '","'
_NONE: Final = "[]"

_ROLES: Final = {
    Outcome.NOT_APPLICABLE: Role.NOT_APPLICABLE,
    Outcome.DONT_KNOW: Role.DONT_KNOW,
    Outcome.SKIPPED: Role.SKIP,
}


class WordedOption(Struct, frozen=True):
    """An option; `value` is its place on a scale, None on no scale."""

    id: str
    label: str
    role: Role
    value: int | None = None


class Wording(Struct, frozen=True, kw_only=True):
    """A question in one wording.

    `kind` is a key of `library.KINDS`, found out from the answers where the library has the wording no
    longer. `clause` is None where the draft has no such clause any more. `answers` counts the current
    ones in the export, `typed` says whether any answer has a text.
    """

    clause_id: str
    clause: Clause | None
    question: str
    version: str
    in_use: bool
    kind: str
    audience: tuple[str, ...]
    stem: str
    stem_personal: str
    options: tuple[WordedOption, ...]
    answers: int
    typed: bool


class _Seen:
    """What the answers of one wording show of it."""

    def __init__(self, first: Asked) -> None:
        self.first = first
        self.stems: dict[str, None] = {}
        self.roles: dict[str, Role] = {}
        self.picked: dict[str, None] = {}
        self._known: set[tuple[str, str, str]] = set()
        self.answers = 0
        self.typed = self.chosen = self.several = False

    def add(self, asked: Asked, row: AnswerRow) -> None:
        self.answers += not row.replaced_at
        self.typed = self.typed or row.text is not None
        if (asked.stem, row.outcome, row.chosen) in self._known:
            return
        self._known.add((asked.stem, row.outcome, row.chosen))
        self.stems[asked.stem] = None
        if row.outcome != Outcome.ANSWERED:
            self.roles.update(dict.fromkeys(chosen_of(row.chosen), _ROLES[Outcome(row.outcome)]))
        elif row.chosen != _NONE:
            self.chosen = True
            self.picked.update(dict.fromkeys(chosen_of(row.chosen)))
            self.several = self.several or _SEVERAL in row.chosen

    def role(self, option: str) -> Role:
        return Role.SUBSTANTIVE if option in self.picked else self.roles.get(option, Role.SUBSTANTIVE)

    @property
    def kind(self) -> str:
        return "multiple" if self.several else "single" if self.chosen else "open"


class Wordings:
    """Gathers them while the answers go by."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}

    def add(self, answers: Iterable[tuple[Asked, AnswerRow]]) -> None:
        """Look at answers."""
        seen = self._seen
        for asked, row in answers:
            key = (asked.question, asked.version)
            if key not in seen:
                seen[key] = _Seen(asked)
            seen[key].add(asked, row)

    def all(self, library: Library) -> tuple[Wording, ...]:
        """The library's in the order of the draft, each followed by its older ones; then what is left."""
        older = dict(self._seen)
        found: list[Wording] = []
        for clause in library.draft.clauses:
            for question in clause.questions:
                current = older.pop((question.id, question.version), None)
                found.append(_current(clause, question, current))
                same = [key for key in older if key[0] == question.id]
                found += [_older(library, older.pop(key)) for key in sorted(same)]
        return (*found, *(_older(library, older[key]) for key in sorted(older)))


def _current(clause: Clause, question: Question, seen: _Seen | None) -> Wording:
    return Wording(
        clause_id=clause.id,
        clause=clause,
        question=question.id,
        version=question.version,
        in_use=True,
        kind=question.kind,
        audience=tuple(sorted(question.audience)),
        stem=question.stem,
        stem_personal=question.stem_personal,
        options=_with_picked([WordedOption(o.id, o.label, o.role, o.value) for o in question.options], seen),
        answers=seen.answers if seen else 0,
        typed=seen.typed if seen else False,
    )


def _older(library: Library, seen: _Seen) -> Wording:
    """Which of two stems was the personal one is not known: both are told, in the order they came."""
    first = seen.first
    stem, *others = seen.stems
    options = sorted(first.options, key=lambda option: option.id)
    return Wording(
        clause_id=first.clause,
        clause=library.clauses.get(first.clause),
        question=first.question,
        version=first.version,
        in_use=False,
        kind=seen.kind,
        audience=(),
        stem=stem,
        stem_personal=" / ".join(others),
        options=_with_picked([WordedOption(o.id, o.label, seen.role(o.id)) for o in options], seen),
        answers=seen.answers,
        typed=seen.typed,
    )


def _with_picked(options: list[WordedOption], seen: _Seen | None) -> tuple[WordedOption, ...]:
    """The options, and any that was chosen although it was not shown: every answer needs its code."""
    known = {option.id for option in options}
    picked = seen.picked if seen else {}
    return (*options, *(WordedOption(id_, "", Role.SUBSTANTIVE) for id_ in picked if id_ not in known))
