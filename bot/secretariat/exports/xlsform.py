"""XLSForm: the questionnaire itself, for ODK and KoboToolbox.

One rule: it says nothing of its own. Every word in it is the library's, which passed the gate; who is
asked what is told by `relevant`. The order of options is as written, since their `randomize` would move
the opt-outs too.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.dialogue import Capacity, Group
from bot.library import Clause, Library, Phrase, Question, Role
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.workbook import count_sheets
from bot.secretariat.exports.xlsx import Cells, Sheet, write_book
from handlers.scene import TEXT_LIMIT

_GROUP: Final = "group"
_CAPACITY: Final = "capacity"
_LISTS: Final = {_GROUP: Group, _CAPACITY: Capacity}

#: The appearance of a question whose text may have several lines.
_MULTILINE: Final = "multiline"

_SURVEY: Final = ("type", "name", "label", "relevant", "constraint", "appearance")


def write(extract: Extract, out: Path) -> Rows:
    """Write the questions that the filters for clause and question leave, with their choices."""
    form = _Form(extract)
    survey, choices = list(form.survey()), list(form.choices())
    settings: Cells = {
        "form_title": extract.library.draft.title,
        "form_id": extract.library.draft.slug,
        "version": extract.library.version,
        "default_language": form.language,
    }
    sheets = {"survey": survey, "choices": choices, "settings": [settings]}
    write_book(out, [Sheet(name, tuple(rows[0]), rows) for name, rows in sheets.items()])
    return {"survey": len(survey), "choices": len(choices)}


class _Form:
    def __init__(self, extract: Extract) -> None:
        self.library: Library = extract.library
        self.language = extract.words.xlsform["language"]
        wanted = extract.filters
        self.questions = [
            question
            for question in self.library.questions.values()
            if wanted.clause in (None, question.clause)
            and wanted.question in (None, question.id)
            and wanted.version in (None, question.version)
        ]

    def survey(self) -> Iterator[Cells]:
        """The rows of the survey: as whom one answers, then clause by clause."""
        yield self._row("select_one group", _GROUP, self._said("groups"))
        organised = [group for group, path in self.library.draft.paths.items() if path.organised]
        yield self._row(
            "select_one capacity", _CAPACITY, self._said("capacity"), relevant=_one_of(_GROUP, organised)
        )
        for clause in self.library.draft.clauses:
            questions = [question for question in self.questions if question.clause == clause.id]
            if questions:
                yield self._row("begin_group", _name("c", clause.id), clause.heading)
                yield self._row("note", _name("c", clause.id, "text"), _explained(clause))
                for question in questions:
                    yield from self._question(question)
                yield self._row("end_group", _name("c", clause.id), "")

    def choices(self) -> Iterator[Cells]:
        """The rows of the choices: those of a question as written, opt-outs last."""
        for list_name, kind in _LISTS.items():
            for member in kind:
                yield self._choice(
                    list_name, member.value, self.library.labels[f"{list_name}_{member.value}"]
                )
        for question in self.questions:
            for option in question.options:
                yield self._choice(_name("q", question.id), _name(option.id), option.label)

    def _question(self, question: Question) -> Iterator[Cells]:
        """A question; one that is worded otherwise for people who answer for themselves is there twice."""
        audience = [g for g in Group if self.library.path(g).questions_of in question.audience]
        asked = _one_of(_GROUP, audience)
        if not question.stem_personal:
            yield from self._worded(question, _name("q", question.id), question.stem, asked)
            return
        personal = f"${{{_CAPACITY}}} = '{Capacity.PERSONAL.value}'"
        yield from self._worded(
            question, _name("q", question.id), question.stem, f"{asked} and not({personal})"
        )
        yield from self._worded(
            question, _name("q", question.id, "self"), question.stem_personal, f"{asked} and {personal}"
        )

    def _worded(self, question: Question, name: str, stem: str, relevant: str) -> Iterator[Cells]:
        if question.kind == "open":
            yield self._row("text", name, stem, relevant=relevant, appearance=_MULTILINE)
            return
        several = question.kind == "multiple"
        kind = "select_multiple" if several else "select_one"
        yield self._row(
            f"{kind} {_name('q', question.id)}",
            name,
            stem,
            relevant=relevant,
            constraint=_excluding(question) if several else "",
        )
        for option in question.options:
            if option.follow_up:
                chosen = f"${{{name}}} = '{_name(option.id)}'"
                told = self._said("follow_up", since=1).format(limit=f"{TEXT_LIMIT:,}")
                yield self._row(
                    "text", f"{name}_{_name(option.id)}_text", told, relevant=chosen, appearance=_MULTILINE
                )

    def _said(self, phrase: str, since: int = 0) -> str:
        """A phrase without the lines before `since`, which speak of what was just done."""
        said: Phrase = self.library.phrases[phrase]
        return "\n".join(said.lines[since:])

    def _row(self, type_: str, name: str, label: str, **more: str) -> Cells:
        cells = {"type": type_, "name": name, "label": label, **more}
        return {self._column(column): cells.get(column) or None for column in _SURVEY}

    def _choice(self, list_name: str, name: str, label: str) -> Cells:
        return {"list_name": list_name, "name": name, self._column("label"): label}

    def _column(self, column: str) -> str:
        return f"label::{self.language}" if column == "label" else column


def _explained(clause: Clause) -> str:
    return "\n".join(clause.explain)


def _one_of(name: str, members: list[Group]) -> str:
    """An expression of XPath: the answer is one of these."""
    return "(" + " or ".join(f"${{{name}}} = '{member.value}'" for member in members) + ")"


def _excluding(question: Question) -> str:
    """An expression: an option that excludes the others is chosen alone."""
    alone = [option for option in question.options if option.exclusive or option.role is not Role.SUBSTANTIVE]
    return " and ".join(f"not(selected(., '{_name(o.id)}') and count-selected(.) > 1)" for o in alone)


def _name(*parts: str) -> str:
    """A name as XML allows it; ids of the library differ in letters and digits, or this is a fault."""
    return "_".join(re.sub(r"[^A-Za-z0-9]", "_", part) for part in parts)


def check(out: Path) -> Rows:
    """What is in the form, by an XML reader; raises ExportError where a cell is not text."""
    sheets = count_sheets(out)
    return {"survey": sheets["survey"], "choices": sheets["choices"]}


FORMAT: Final = Format(writers={".xlsx": write}, file="questionnaire.xlsx", check=check, speaks=True)
