"""Part 4: every question exactly as it is shown, and who approved it.

One rule: nothing is said of a question here that the content, the store or an approval does not say.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from bot.dialogue import Group
from bot.library import KINDS, Question, Role
from bot.library.seal import Approval
from bot.secretariat.paper.blocks import Block, Fields, Heading, Paragraph, Together
from bot.secretariat.reports.hearing.case import Case
from bot.store.hearing import Wording
from handlers.scene import TEXT_LIMIT

Field = tuple[str, str | tuple[str, ...]]

#: The phrase under a question that is answered by typing.
_TYPING: Final = "write_answer"


def part(case: Case) -> list[Block]:
    """The part."""
    say = case.say
    shared = _shared(case)
    typing = " ".join(case.library.phrases[_TYPING].lines).format(limit=f"{TEXT_LIMIT:,}")
    blocks: list[Block] = [
        Heading(1, say("asked_title"), breaks=True),
        Paragraph(say("asked_intro")),
        Paragraph(say("asked_typing", lines=typing)),
    ]
    if shared:
        blocks.append(Heading(2, say("asked_shared")))
        blocks += [_question(case, questions) for questions in shared.values()]
    for clause in case.clauses:
        own = [question for question in clause.questions if question.version not in shared]
        head = (
            Heading(2, case.clause(clause.id)),
            Paragraph(say("asked_status", status=clause.status), quiet=True),
        )
        asked = [_question(case, [question]) for question in own]
        asked += [_earlier(case, wording) for wording in earlier(case) if wording.clause == clause.id]
        blocks += [Together((*head, *asked[:1])), *asked[1:]]
    return blocks


def earlier(case: Case) -> list[Wording]:
    """The questions in versions that are not asked any more, oldest first."""
    current = {(question.id, question.version) for question in case.library.questions.values()}
    old = [w for w in case.facts.heard.wordings if (w.question, w.version) not in current]
    return sorted(old, key=lambda w: (w.question, w.first, w.version))


def _shared(case: Case) -> dict[str, list[Question]]:
    """Questions that several clauses ask in the same words, by their version."""
    found: defaultdict[str, list[Question]] = defaultdict(list)
    for question in case.library.questions.values():
        found[question.version].append(question)
    return {version: same for version, same in found.items() if len({q.clause for q in same}) > 1}


def _question(case: Case, same: list[Question]) -> Together:
    say, question = case.say, same[0]
    ids = ", ".join(q.id for q in same)
    rows: list[Field] = [(say("asked_ids"), say("asked_version", ids=ids, version=question.version))]
    if question.stem_personal:
        rows.append((say("asked_personal"), question.stem_personal))
    audience = ", ".join(case.group(g.value) for g in Group if g in question.audience)
    kind, order = case.words.kinds[question.kind], case.words.orders[KINDS[question.kind].order]
    rows += [
        (say("asked_audience"), audience),
        (say("asked_kind"), say("asked_ordered", kind=kind, order=order)),
    ]
    rows += _options(case, question)
    if question.mirrored:
        pairs = ", ".join(q.mirrored for q in same)
        rows.append((say("asked_mirrored"), say("asked_mirrored_by", id=pairs)))
    rows.append((say("asked_approved"), _approvals(case, case.facts.approved(question.version))))
    units = {f"question {q.id}" for q in same}
    if waived := [w for w in case.facts.waivers if w.unit in units]:
        rows.append((say("asked_waived"), "; ".join(f"{w.rule} “{w.span}” {w.reason}" for w in waived)))
    return Together((Heading(3, question.stem), Fields(tuple(rows))))


def _options(case: Case, question: Question) -> list[Field]:
    chosen = tuple(
        case.say("asked_follow_up", label=option.label) if option.follow_up else option.label
        for option in question.options
        if option.role is Role.SUBSTANTIVE
    )
    exits = tuple(option.label for option in question.options if option.role is not Role.SUBSTANTIVE)
    rows: list[Field] = [(case.say("asked_options"), chosen)] if chosen else []
    return [*rows, (case.say("asked_exits"), exits)]


def _earlier(case: Case, wording: Wording) -> Together:
    """A version that was asked before: its words are those that were kept with its answers."""
    say = case.say
    rows: tuple[Field, ...] = (
        (say("asked_ids"), say("asked_earlier", ids=wording.question, version=wording.version)),
        (say("asked_options"), tuple(o.label for o in sorted(wording.options, key=lambda o: o.id))),
        (say("asked_approved"), _approvals(case, case.facts.approved(wording.version))),
    )
    return Together((Heading(3, wording.stem), Fields(rows)))


def _approvals(case: Case, approvals: Iterable[Approval]) -> str:
    told = [
        case.say(
            "asked_approval_example" if case.facts.example(approval) else "asked_approval",
            reviewer=approval.reviewer,
            author=approval.author,
            day=case.words.day(approval.at),
        )
        for approval in approvals
    ]
    return "; ".join(told) or case.say("asked_approval_none")
