"""Part 5: the result of each question, drawn and in numbers.

One rule: no percentage without the number of people it is of.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from bot.dialogue import Outcome, ShownOption
from bot.library import Clause, Option, Question, Role
from bot.secretariat.paper.blocks import (
    Block,
    Heading,
    Paragraph,
    Points,
    Result,
    ResultRow,
    Segment,
    Table,
    Together,
)
from bot.secretariat.reports.hearing.asked import earlier
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.tally import ANSWERED, EXITS, Numbers, by_question, numbers
from bot.store.hearing import Response, Wording

#: From one end of a scale to the other, by value: neither end in a colour that praises or warns.
_SCALE: Final = {2: "1F5673", 1: "7FA6BD", 0: "D5D9DC", -1: "DDBB82", -2: "9A6B1F"}
#: Options that have no order, each as weighty as the next.
_NOMINAL: Final = (
    "2F4F6F", "8FA9BF", "5B7F77", "B7CCC6", "7C6A93", "C5BAD3", "8A7A55", "D6CBAE", "5F6B76", "BCC4CB",
)  # fmt: skip
_EXITS: Final = dict(zip(EXITS, ("C4CAD0", "8A939C", "DDE1E5"), strict=True))
_HIDDEN: Final = "EDEFF1"

_ROLES: Final = {
    Outcome.NOT_APPLICABLE.value: Role.NOT_APPLICABLE,
    Outcome.DONT_KNOW.value: Role.DONT_KNOW,
    Outcome.SKIPPED.value: Role.SKIP,
}


def part(case: Case) -> list[Block]:
    """The part."""
    responses = by_question(case.facts.heard.responses)
    blocks: list[Block] = [
        Heading(1, case.say("results_title"), breaks=True),
        Paragraph(case.say("results_intro")),
    ]
    empty = []
    for clause in case.clauses:
        if any(question.id in responses for question in clause.questions):
            blocks.append(Heading(2, case.clause(clause.id)))
            blocks += _clause(case, clause, responses)
        else:
            empty.append(case.clause(clause.id))
    if empty:
        blocks += [Heading(2, case.say("results_empty")), Points(tuple(empty))]
    return blocks


def _clause(case: Case, clause: Clause, responses: dict[str, list[Response]]) -> list[Block]:
    met = [question for question in clause.questions if question.id in responses]
    old = [wording for wording in earlier(case) if wording.clause == clause.id]
    blocks: list[Block] = []
    for question in met:
        if question.kind != "open":
            blocks += _question(case, question, responses[question.id], "results_id")
        for wording in old:
            if wording.question == question.id and question.kind != "open":
                asked = _as_asked(question, wording)
                blocks += _question(case, asked, responses[question.id], "results_earlier")
    blocks += _open(case, [question for question in met if question.kind == "open"], responses)
    if missing := [question for question in clause.questions if question.id not in responses]:
        listed = tuple(f"{question.id} {question.stem}" for question in missing)
        blocks += [Paragraph(case.say("results_unanswered"), quiet=True), Points(listed)]
    return blocks


def _as_asked(question: Question, wording: Wording) -> Question:
    """The question with the words of an earlier version; which options were ways out follows from today's."""

    def option(shown: ShownOption) -> Option:
        known = question.option(shown.id)
        return replace(known, label=shown.label) if known else Option(id=shown.id, label=shown.label)

    options = tuple(option(shown) for shown in sorted(wording.options, key=lambda o: o.id))
    return replace(question, version=wording.version, stem=wording.stem, stem_personal="", options=options)


def _question(case: Case, question: Question, responses: Sequence[Response], named: str) -> list[Block]:
    told = numbers(case, question, question.version, responses)
    if not told.responded:
        return []
    head = Heading(3, question.stem)
    under = Paragraph(case.say(named, id=question.id, version=question.version), quiet=True)
    if told.few:
        return [Together((head, under, Paragraph(case.say("results_few", k=case.k))))]
    if told.n is None and all(n is None for n in told.options.values()):
        return [Together((head, under, Paragraph(case.say("results_all_hidden", k=case.k))))]
    blocks: tuple[Block, ...] = (head, under, _result(case, question, told))
    if question.kind == "multiple":
        blocks = (*blocks, Paragraph(case.say("results_several"), quiet=True))
    return [Together(blocks)]


def _result(case: Case, question: Question, told: Numbers) -> Result:
    options = [option for option in question.options if option.role is Role.SUBSTANTIVE]
    several = question.kind == "multiple"
    colours = [_colour(option, place, several=several) for place, option in enumerate(options)]
    keys = [str(place + 1) for place in range(len(options))]
    rows = tuple(
        ResultRow(
            key=key,
            label=option.label,
            people=case.number(n),
            percent=_percent(n, told.n),
            colour=colour,
            share=(n or 0) / told.n if several and told.n else None,
        )
        for key, option, colour in zip(keys, options, colours, strict=True)
        for n in [told.of(option.id)]
    )
    bar = tuple(
        Segment(key, option.label, told.of(option.id) or 0, colour)
        for key, option, colour in zip(keys, options, colours, strict=True)
    )
    percent = case.say("results_no_percent")
    if told.n:
        percent = case.say("results_percent", n=f"{told.n:,}")
    return Result(
        head=(case.say("results_option"), case.say("results_people"), percent),
        rows=rows,
        rest=_rest(case, question, told),
        bar=() if several or told.n is None else (*bar, *_gap(case, bar, told.n)),
        aside=() if several or told.n is None else _aside(case, question, told),
    )


def _colour(option: Option, place: int, *, several: bool) -> str:
    if option.value is not None:
        return _SCALE[option.value]
    return _NOMINAL[0 if several else place % len(_NOMINAL)]


def _gap(case: Case, bar: Iterable[Segment], n: int) -> tuple[Segment, ...]:
    """What is hidden of a bar, as one part of it."""
    missing = n - sum(segment.people for segment in bar)
    return (Segment("", case.say("hidden"), missing, _HIDDEN),) if missing else ()


def _aside(case: Case, question: Question, told: Numbers) -> tuple[Segment, ...]:
    return tuple(
        Segment("", _exit(case, question, exit_), n, _EXITS[exit_]) for exit_, n in told.exits.items() if n
    )


def _exit(case: Case, question: Question, exit_: str) -> str:
    """What a way not to answer is called on this question."""
    role = _ROLES[exit_]
    return next((o.label for o in question.options if o.role is role), case.say(f"results_{exit_}"))


def _rest(case: Case, question: Question, told: Numbers) -> tuple[ResultRow, ...]:
    offered = {option.role for option in question.options}
    rows = [
        ResultRow("", _exit(case, question, exit_), case.number(n), "", _EXITS[exit_])
        for exit_, n in told.exits.items()
        if _ROLES[exit_] in offered or n != 0
    ]
    rows.append(ResultRow("", case.say("results_none"), case.number(told.no_answer), ""))
    if told.other_group != 0:
        rows.append(ResultRow("", case.say("results_other"), case.number(told.other_group), ""))
    if told.pooled is not None:
        rows.append(ResultRow("", case.say("results_pooled"), case.number(told.pooled), ""))
    return tuple(rows)


def _percent(n: int | None, of: int | None) -> str:
    return f"{100 * n / of:.1f}" if n is not None and of else "–"


def _open(case: Case, questions: Sequence[Question], responses: dict[str, list[Response]]) -> list[Block]:
    """The questions that are answered by typing, one a row."""
    say, rows = case.say, []
    for question in questions:
        told = numbers(case, question, question.version, responses[question.id])
        if told.few:
            counts: tuple[str, ...] = (say("fewer", k=case.k), *["–"] * 4)
        else:
            said = (told.of(ANSWERED), *(told.exits[exit_] for exit_ in EXITS if exit_ != Outcome.DONT_KNOW))
            counts = tuple(map(case.number, (*said, told.no_answer, told.other_group)))
        rows.append((question.stem, *counts))
    if not rows:
        return []
    return [
        Table(
            head=(
                say("results_question"),
                say("results_typed"),
                _exit(case, questions[0], Outcome.NOT_APPLICABLE.value),
                say("results_skipped"),
                say("results_none"),
                say("results_not_asked"),
            ),
            rows=tuple(rows),
            widths=(5, 0.9, 1.7, 0.9, 1.4, 1.3),
            numbers=5,
            caption=say("results_open"),
        )
    ]
