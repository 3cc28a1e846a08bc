"""The annexes: the codebook, the approvals, the waivers, the changes of wording."""

from collections import Counter

from bot.library import Option
from bot.secretariat.paper.blocks import Block, Heading, Paragraph, Table
from bot.secretariat.reports.hearing.case import Case


def parts(case: Case) -> list[Block]:
    """The four annexes."""
    return [*_codes(case), *_approvals(case), *_waivers(case), *_changes(case)]


def _codes(case: Case) -> list[Block]:
    say = case.say
    return [
        Heading(1, say("annex_codes"), breaks=True),
        Paragraph(say("annex_codes_note"), quiet=True),
        Table(
            head=(say("annex_question"), say("annex_version"), say("annex_kind"), say("annex_options")),
            rows=tuple(
                (
                    question.id,
                    question.version,
                    case.words.kinds[question.kind],
                    "; ".join(_option(case, option) for option in question.options),
                )
                for question in case.library.questions.values()
            ),
            widths=(1.1, 1.7, 1.7, 6),
        ),
        Paragraph(say("annex_library", version=case.library.version), quiet=True),
    ]


def _option(case: Case, option: Option) -> str:
    if option.value is None:
        return case.say("annex_option", id=option.id, label=option.label)
    return case.say("annex_value", id=option.id, label=option.label, value=option.value)


def _approvals(case: Case) -> list[Block]:
    say = case.say
    rows = tuple(
        (
            case.words.day(approval.at),
            approval.author,
            approval.reviewer,
            approval.edition,
            f"{len(approval.sealed):,}",
            say("annex_yes") if case.facts.example(approval) else say("annex_no"),
        )
        for approval in case.facts.approvals
    )
    return [
        Heading(1, say("annex_approvals"), breaks=True),
        Paragraph(say("annex_approvals_note"), quiet=True),
        Table(
            head=(
                say("annex_approved_at"),
                say("annex_author"),
                say("annex_reviewer"),
                say("annex_edition"),
                say("annex_units"),
                say("annex_example"),
            ),
            rows=rows or ((say("none"), *["–"] * 5),),
            widths=(2.2, 2, 2, 1.4, 1.4, 1.4),
        ),
    ]


def _waivers(case: Case) -> list[Block]:
    say = case.say
    return [
        Heading(1, say("annex_waivers")),
        Table(
            head=(
                say("annex_unit"),
                say("annex_rule"),
                say("annex_span"),
                say("annex_reason"),
                say("annex_approver"),
            ),
            rows=tuple((w.unit, w.rule, w.span, w.reason, w.approver) for w in case.facts.waivers)
            or ((say("none"), *["–"] * 4),),
            widths=(1.5, 0.8, 1.5, 4, 1.4),
        ),
    ]


def _changes(case: Case) -> list[Block]:
    """Every version of the questions that were answered in more than one, or in one that is no more."""
    say, wordings = case.say, case.facts.heard.wordings
    current = {(question.id, question.version) for question in case.library.questions.values()}
    versions = Counter(wording.question for wording in wordings)
    changed = [w for w in wordings if versions[w.question] > 1 or (w.question, w.version) not in current]
    changed.sort(key=lambda w: (w.question, w.first, w.version))
    heading = Heading(1, say("annex_changes"))
    if not changed:
        return [heading, Paragraph(say("annex_changes_none"))]
    return [
        heading,
        Table(
            head=(
                say("annex_question"),
                say("annex_version"),
                say("annex_first"),
                say("annex_last"),
                say("annex_state"),
            ),
            rows=tuple(
                (
                    f"{w.question} {w.stem}",
                    w.version,
                    case.words.day(w.first),
                    case.words.day(w.last),
                    say("annex_current" if (w.question, w.version) in current else "annex_former"),
                )
                for w in changed
            ),
            widths=(4, 1.6, 2, 2, 1.1),
        ),
    ]
