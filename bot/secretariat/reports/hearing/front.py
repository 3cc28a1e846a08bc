"""Parts 1 to 3: the subject, how people were heard, and who answered."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time

from bot.dialogue import Group
from bot.language.calendar import BANGKOK
from bot.secretariat.paper.blocks import Block, Fields, Heading, Paragraph, Points, Table
from bot.secretariat.reports.hearing.case import UNNAMED, Case
from bot.secretariat.reports.hearing.protecting import Shown, protected


def parts(case: Case) -> list[Block]:
    """The three parts."""
    return [*_subject(case), *_methods(case), *_people(case)]


def _subject(case: Case) -> list[Block]:
    say = case.say
    by_status: defaultdict[str, list[str]] = defaultdict(list)
    for clause in case.clauses:
        by_status[clause.status].append(clause.number)
    return [
        Heading(1, say("subject_title"), breaks=True),
        Fields(
            (
                (say("subject_name"), case.library.draft.title),
                (say("subject_owner"), say("office")),
                (say("subject_basis"), say("subject_basis_open")),
                (say("subject_source"), say("subject_source_minutes")),
            )
        ),
        Paragraph(say("subject_benchmark"), quiet=True),
        Table(
            head=(say("subject_status_head"), say("subject_clauses_head")),
            rows=tuple((status, ", ".join(numbers)) for status, numbers in by_status.items()),
            widths=(2, 3),
            caption=say("subject_status"),
        ),
    ]


def _methods(case: Case) -> list[Block]:
    say, heard = case.say, case.facts.heard
    closes = case.library.draft.closes
    return [
        Heading(1, say("methods_title")),
        Points(case.words.points("methods_how")),
        Table(
            head=(say("methods_channel"), say("methods_first"), say("methods_last")),
            rows=tuple(
                (case.channel(span.name), case.words.day(span.first), case.words.day(span.last))
                for span in heard.channels
            )
            or ((say("nobody_yet"), "–", "–"),),
            widths=(2, 2, 2),
            caption=say("methods_channels"),
        ),
        Fields(
            (
                (say("methods_length"), say("methods_days", n=case.days())),
                (say("methods_closes"), case.words.day(_noon(closes)) if closes else say("not_set")),
                (say("methods_announced"), say("methods_announced_open")),
            )
        ),
        Table(
            head=(say("methods_notice"), say("methods_first"), say("methods_last")),
            rows=tuple(
                (_notice(case, span.name), case.words.day(span.first), case.words.day(span.last))
                for span in heard.notices
            )
            or ((_notice(case, case.library.notice), "–", "–"),),
            widths=(2, 2, 2),
            caption=say("methods_notices"),
        ),
    ]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BANGKOK)


def _notice(case: Case, version: str) -> str:
    return case.say("methods_in_force", version=version) if version == case.library.notice else version or "–"


def _people(case: Case) -> list[Block]:
    say = case.say
    if not case.groups:
        return [
            Heading(1, say("people_title"), breaks=True),
            Paragraph(say("people_nobody")),
            *_left_out(case),
        ]
    groups = [*(group.value for group in Group), UNNAMED]
    groups += sorted(set(case.groups) - set(groups))
    return [
        Heading(1, say("people_title"), breaks=True),
        *((Paragraph(say("cover_demo")),) if case.facts.demo else ()),
        Paragraph(say("people_total", people=case.people(case.crowd.total))),
        _margin(case, "people_by_group", case.crowd, {g: case.group(g) for g in groups}),
        _margin(
            case,
            "people_by_channel",
            case.by_channel,
            {c: case.channel(c) for c in sorted({*case.words.channels, *case.by_channel.classes})},
        ),
        Paragraph(say("people_small", k=case.k), quiet=True),
        *_partial(case),
        *_left_out(case),
    ]


def _margin(case: Case, caption: str, told: Shown[str], names: Mapping[str, str]) -> Table:
    rows = [(label, case.number(told.of(name))) for name, label in names.items()]
    if not told.whole and told.pooled is not None:
        rows.append((case.say("people_pooled"), case.number(told.pooled)))
    total = case.say("fewer", k=case.k) if told.total is None else case.number(told.total)
    return Table(
        head=(case.say("people_group" if caption == "people_by_group" else "methods_channel"),
              case.say("people_count")),
        rows=(*rows, (case.say("total"), total)),
        widths=(3, 1),
        numbers=1,
        caption=case.say(caption),
    )  # fmt: skip


def _partial(case: Case) -> list[Block]:
    """How many answered every question of a clause that they began, and how many only some."""
    say, total = case.say, sum(case.groups.values())
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in case.facts.heard.begun:
        clause = case.library.clauses.get(line.clause)
        if clause is None:
            continue
        asked = sum(case.asked_of(question, line.group) for question in clause.questions)
        counts[line.clause]["complete" if line.questions >= asked else "some"] += line.people
    rows = []
    for clause in case.clauses:
        of = counts[clause.id]
        began = of["complete"] + of["some"]
        if not began:
            continue
        told = protected({"complete": of["complete"], "some": of["some"], "none": total - began}, case.k)
        both = None if told.of("none") is None else began  # what is left of everybody tells it anyway
        numbers = (both, told.of("complete"), told.of("some"))
        rows.append((case.clause(clause.id), *map(case.number, numbers)))
    if not rows:
        return []
    return [
        Table(
            head=(say("people_clause"), say("people_begun"), say("people_complete"), say("people_some")),
            rows=tuple(rows),
            widths=(5, 1.3, 1.6, 1.3),
            numbers=3,
            caption=say("people_partial"),
        ),
        Paragraph(say("people_partial_note"), quiet=True),
    ]


def _left_out(case: Case) -> list[Block]:
    say, left = case.say, case.facts.left_out
    hidden = tuple(say("people_hidden", n=f"{line.texts:,}") for line in case.facts.heard.hidden)
    return [
        Table(
            head=(say("people_reason"), say("people_answers"), say("people_suggestions")),
            rows=(
                (
                    say("people_withdrawn"),
                    f"{left.answers_withdrawn:,}",
                    f"{left.suggestions_withdrawn:,}",
                ),
                (
                    say("people_restricted"),
                    f"{left.answers_restricted:,}",
                    f"{left.suggestions_restricted:,}",
                ),
            ),
            widths=(5, 1.2, 1.2),
            numbers=2,
            caption=say("people_left_out"),
        ),
        Points(hidden or (say("people_hidden_none"),)),
    ]
