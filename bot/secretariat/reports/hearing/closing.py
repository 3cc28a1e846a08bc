"""Parts 8 to 11 and the signatures: use, limits, data protection, complaints.

One rule: where the minutes or the system are silent, the report says that they are.
"""

from collections.abc import Mapping

from bot.secretariat.paper.blocks import (
    Block,
    Heading,
    Lines,
    Paragraph,
    Points,
    Quote,
    Signatures,
    Table,
    Together,
)
from bot.secretariat.reports.hearing.case import Case
from bot.store.petitions import Issue


def parts(case: Case, quoted: Mapping[str, int]) -> list[Block]:
    """The four parts, and the place to sign; `quoted` are the numbers of what part 6 quotes."""
    return [*_use(case), *_limits(case), *_protection(case), *_complaints(case, quoted), *_signing(case)]


def _use(case: Case) -> list[Block]:
    say = case.say
    clause = case.library.clauses.get(case.words.next_clause)
    blocks: list[Block] = [Heading(1, say("use_title"), breaks=True)]
    if clause:
        blocks += [Paragraph(say("use_minutes")), Quote(1, clause.original, clause.status)]
    else:
        blocks.append(Paragraph(say("use_no_clause")))
    return [*blocks, Paragraph(say("use_silent")), Paragraph(say("use_office"), quiet=True), Lines(5)]


def _limits(case: Case) -> list[Block]:
    return [
        Heading(1, case.say("limits_title")),
        Points(case.words.points("limits")),
        Paragraph(case.say("limits_channels"), quiet=True),
    ]


def _protection(case: Case) -> list[Block]:
    say, left = case.say, case.facts.left_out
    chain = say("protection_chain_whole", n=f"{case.facts.deeds:,}")
    if case.facts.fault is not None:
        chain = say("protection_chain_broken", n=case.facts.fault)
    return [
        Heading(1, say("protection_title"), breaks=True),
        Points(case.words.points("protection_basis", mark=say("mark"))),
        _requests(case),
        Paragraph(say("protection_done"), quiet=True),
        _consents(case),
        Heading(2, say("protection_erased")),
        Points(
            (
                say(
                    "protection_erased_counts",
                    answers=f"{left.answers_withdrawn:,}",
                    suggestions=f"{left.suggestions_withdrawn:,}",
                ),
                say("protection_unlink", days=case.library.draft.anonymity.linked_days),
            )
        ),
        Together(
            (
                Heading(2, say("protection_breaches")),
                Paragraph(say("protection_breaches_open")),
                Lines(2),
                Paragraph(chain),
            )
        ),
    ]


def _requests(case: Case) -> Table:
    say = case.say
    return Table(
        head=(
            say("protection_right"),
            say("protection_times"),
            say("protection_first"),
            say("protection_last"),
        ),
        rows=tuple(
            (
                case.library.labels[f"request_{line.kind.value}"],
                f"{line.count:,}",
                case.words.day(line.first),
                case.words.day(line.last),
            )
            for line in case.facts.requests
        )
        or ((say("none"), "0", "–", "–"),),
        widths=(2.4, 1, 1.8, 1.8),
        numbers=3,
        caption=say("protection_requests"),
    )


def _consents(case: Case) -> Table:
    say = case.say
    return Table(
        head=(say("protection_purpose"), say("protection_given"), say("protection_refused")),
        rows=tuple(
            (
                case.library.labels[f"purpose_{line.purpose.value}"],
                f"{line.given:,}",
                f"{line.refused:,}",
            )
            for line in case.facts.consents
        )
        or ((say("none"), "0", "0"),),
        widths=(3, 1, 1.3),
        numbers=2,
        caption=say("protection_consents"),
    )


def _complaints(case: Case, quoted: Mapping[str, int]) -> list[Block]:
    """Suggestions that the staff tagged as complaints about wording; part 6 quotes them like any other."""
    say, tag = case.say, case.words.complaint_tag
    issues = [issue for issue in case.facts.heard.petitions.issues if issue.tag == tag]
    blocks: list[Block] = [
        Heading(1, say("complaints_title")),
        Paragraph(say("complaints_rule", tag=tag), quiet=True),
    ]
    if not issues:
        return [*blocks, Paragraph(say("complaints_none"))]
    blocks.append(
        Table(
            head=(say("issues_clause"), say("issues_suggested"), say("complaints_where")),
            rows=tuple(
                _complaint(case, issue, quoted) for issue in sorted(issues, key=lambda issue: issue.clause)
            ),
            widths=(4, 2, 3),
        )
    )
    return [*blocks, Paragraph(say("complaints_reply"), quiet=True)]


def _complaint(case: Case, issue: Issue, quoted: Mapping[str, int]) -> tuple[str, str, str]:
    people = case.issues[issue.clause, issue.tag]
    count = case.say("hidden")
    if people is not None:
        count = case.say("complaints_count", suggestions=f"{issue.suggestions:,}", people=case.people(people))
    numbers = sorted(
        quoted[sample.receipt]
        for sample in case.facts.heard.petitions.samples
        if (sample.clause, sample.tag) == (issue.clause, issue.tag)
    )
    return (
        case.clause(issue.clause),
        count,
        ", ".join(f"({number})" for number in numbers) or "–",
    )


def _signing(case: Case) -> list[Block]:
    say = case.say
    end = (say("signing_role"), say("signing_day"))
    return [
        Together(
            (
                Heading(2, say("signing_title")),
                Paragraph(say("signing_text")),
                Signatures(
                    (
                        (say("signing_name"), say("signing_author"), *end),
                        (say("signing_name"), say("signing_head"), *end),
                    )
                ),
            )
        )
    ]
