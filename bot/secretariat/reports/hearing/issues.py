"""Parts 6 and 7: what people wrote, and what the office replied.

One rule: every side of every issue gets the same number of samples, however many people are on it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from bot.library import Clause, Question
from bot.secretariat.paper.blocks import (
    Block,
    Fields,
    Heading,
    Lines,
    Paragraph,
    Points,
    Quote,
    Table,
    Together,
)
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.tally import ANSWERED, by_question, numbers
from bot.store.hearing import Quotation
from bot.store.petitions import Issue, Petition
from bot.store.sampling import SAMPLES

#: Where a text was typed: a question and the options it stands beside.
Place = tuple[str, tuple[str, ...]]


def parts(case: Case, quoted: dict[str, int]) -> list[Block]:
    """The two parts; every text that is quoted gets its number in `quoted`, by its id or receipt."""
    return [*_Issues(case, quoted).part(), *_replies(case)]


class _Issues:
    """Part 6; it counts the texts it quotes."""

    def __init__(self, case: Case, quoted: dict[str, int]) -> None:
        self._case = case
        self._quoted = quoted
        self._typed: defaultdict[Place, int] = defaultdict(int)
        for response in case.facts.heard.responses:
            if response.typed:
                self._typed[response.question, response.chosen] += response.people
        self._quotations: defaultdict[Place, list[Quotation]] = defaultdict(list)
        for quotation in case.facts.heard.quotations:
            self._quotations[quotation.question, quotation.chosen].append(quotation)
        self._samples: defaultdict[tuple[str, str], list[Petition]] = defaultdict(list)
        for sample in case.facts.heard.petitions.samples:
            self._samples[sample.clause, sample.tag].append(sample)

    def part(self) -> list[Block]:
        """The part."""
        case, say = self._case, self._case.say
        blocks: list[Block] = [
            Heading(1, say("issues_title"), breaks=True),
            Paragraph(say("issues_rule")),
            Points(case.words.points("sampling", samples=SAMPLES)),
        ]
        by_clause = _by_clause(case.facts.heard.petitions.issues)
        if not self._typed and not by_clause:
            return [*blocks, Paragraph(say("issues_none"))]
        blocks += [self._overview(by_clause), Paragraph(say("issues_overview_note"), quiet=True)]
        blocks += _least(case)
        for id_ in case.clause_ids(by_clause):
            blocks += self._clause(id_, by_clause.get(id_, []))
        return blocks

    def _overview(self, by_clause: dict[str, list[Issue]]) -> Table:
        """How many people typed about each clause, for, against or otherwise, where the question tells."""
        case, sides = self._case, self._case.words.sides
        rows = []
        for id_ in case.clause_ids(by_clause):
            clause = case.library.clauses.get(id_)
            counts: list[int | None] = [0] * (len(sides) + 1)
            if clause:
                counts = self._sides(clause)
            counts.append(case.suggested.of(id_))
            if any(n != 0 for n in counts):
                rows.append((case.clause(id_), *map(case.number, counts)))
        return Table(
            head=(
                case.say("issues_clause"),
                *sides.values(),
                case.say("issues_other"),
                case.say("issues_suggested"),
            ),
            rows=tuple(rows),
            widths=(4, *[1.3] * len(sides), 1.2, 1.1),
            numbers=len(sides) + 2,
            caption=case.say("issues_overview"),
        )

    def _sides(self, clause: Clause) -> list[int | None]:
        counts: list[int | None] = []
        for end in self._case.words.sides:
            asked = [q for q in clause.questions if _end(q) == end]
            counts.append(self._people(asked[0], ()) if asked else 0)
        others = [q for q in clause.questions if _end(q) not in self._case.words.sides]
        places = [(q, chosen) for q in others for question, chosen in self._typed if question == q.id]
        return [*counts, _together(self._people(*place) for place in places)]

    def _people(self, question: Question, chosen: tuple[str, ...]) -> int | None:
        """How many people typed here: what part 5 tells of a question to be typed, else the number alone."""
        if question.kind != "open":
            return self._case.few(self._typed[question.id, chosen])
        responses = by_question(self._case.facts.heard.responses).get(question.id, [])
        return numbers(self._case, question, question.version, responses).of(ANSWERED)

    def _clause(self, id_: str, issues: Sequence[Issue]) -> list[Block]:
        clause = self._case.library.clauses.get(id_)
        blocks: list[Block] = []
        for question in clause.questions if clause else ():
            places = sorted(place for place in self._typed if place[0] == question.id)
            for _, chosen in places:
                blocks += self._place(question, chosen)
        for issue in issues:
            blocks += self._issue(issue)
        return [Heading(2, self._case.clause(id_)), *blocks] if blocks else []

    def _place(self, question: Question, chosen: tuple[str, ...]) -> list[Block]:
        case = self._case
        title = question.stem
        if labels := [option.label for option in question.options if option.id in chosen]:
            title = case.say("issues_after", stem=question.stem, option=" ".join(labels))
        people = case.say("issues_people", people=case.people(self._people(question, chosen)))
        quotes = [self._quote(q.id, q.text) for q in self._quotations[question.id, chosen]]
        return self._said(title, people, quotes)

    def _issue(self, issue: Issue) -> list[Block]:
        case = self._case
        quotes = []
        for sample in self._samples[issue.clause, issue.tag]:
            by = (
                case.say("issues_organisation", organisation=sample.organisation)
                if sample.organisation
                else ""
            )
            quotes.append(self._quote(sample.receipt, sample.text, by))
        title = case.say("issues_suggestions", tag=issue.tag or case.say("issues_untagged"))
        return self._said(title, _size(case, issue), quotes)

    def _said(self, title: str, size: str, quotes: list[Block]) -> list[Block]:
        none = [Paragraph(self._case.say("issues_all_hidden"), quiet=True)]
        first, *others = quotes or none
        return [Together((Heading(3, title), Paragraph(size, quiet=True), first)), *others]

    def _quote(self, id_: str, text: str, by: str = "") -> Block:
        """A text with a number of its own, or the number it was quoted under before."""
        if id_ in self._quoted:
            return Paragraph(self._case.say("issues_again", number=self._quoted[id_]), quiet=True)
        self._quoted[id_] = len(self._quoted) + 1
        return Quote(self._quoted[id_], self._case.covered(text), by)


def _end(question: Question) -> str:
    return question.id.rpartition("-")[2]


def _together(counts: Iterable[int | None]) -> int | None:
    """The sum; None when a part of it is hidden, which it would tell."""
    listed = list(counts)
    return None if None in listed else sum(n for n in listed if n is not None)


def _size(case: Case, issue: Issue) -> str:
    people = case.issues[issue.clause, issue.tag]
    if people is None:
        return case.say("issues_hidden", k=case.k)
    return case.say("issues_of", suggestions=f"{issue.suggestions:,}", people=case.people(people))


def _by_clause(issues: Iterable[Issue]) -> dict[str, list[Issue]]:
    """The issues of each clause by tag; the untagged come last."""
    found: defaultdict[str, list[Issue]] = defaultdict(list)
    for issue in sorted(issues, key=lambda issue: (issue.clause, not issue.tag, issue.tag)):
        found[issue.clause].append(issue)
    return dict(found)


def _least(case: Case) -> list[Block]:
    """The tags that fewest suggestions have, in the order of the alphabet; none while all are alike."""
    size: Counter[str] = Counter()
    about: defaultdict[str, list[str]] = defaultdict(list)
    for issue in case.facts.heard.petitions.issues:
        if issue.tag:
            size[issue.tag] += issue.suggestions
            about[issue.tag].append(issue.clause)
    if len(set(size.values())) < 2:
        return []
    least = sorted(tag for tag, n in size.items() if n == min(size.values()))
    order = case.clause_ids(())
    return [
        Heading(2, case.say("issues_minority")),
        Paragraph(case.say("issues_minority_note"), quiet=True),
        Points(
            tuple(
                case.say(
                    "issues_minority_tag",
                    tag=tag,
                    clauses="; ".join(map(case.clause, sorted(about[tag], key=order.index))),
                )
                for tag in least
            )
        ),
    ]


def _replies(case: Case) -> list[Block]:
    say, petitions = case.say, case.facts.heard.petitions
    blocks: list[Block] = [
        Heading(1, say("replies_title"), breaks=True),
        Paragraph(say("replies_intro")),
    ]
    by_clause = _by_clause(petitions.issues)
    for id_ in case.clause_ids(by_clause):
        issues = by_clause.get(id_, [])
        blocks += [Heading(2, case.clause(id_))] if issues else []
        for issue in issues:
            blocks += _replied(case, issue)
    if not petitions.issues:
        blocks.append(Paragraph(say("replies_no_issue")))
    blocks.append(
        Together(
            (
                Heading(2, say("replies_typed")),
                Paragraph(say("replies_typed_note")),
                Lines(4),
            )
        )
    )
    return blocks


def _replied(case: Case, issue: Issue) -> list[Block]:
    say = case.say
    few = case.issues[issue.clause, issue.tag] is None
    count = say("issues_hidden", k=case.k)
    if not few:
        count = say("replies_count", suggestions=f"{issue.suggestions:,}", answered=f"{issue.answered:,}")
    given = [
        reply
        for reply in case.facts.heard.petitions.replies
        if (reply.clause, reply.tag) == (issue.clause, issue.tag)
    ]
    said: list[Block] = []
    for number, reply in enumerate(given, 1):
        day = case.words.day(reply.last)
        by = say("replies_on", day=day)
        if not few:
            by = say("replies_by", suggestions=f"{reply.suggestions:,}", day=day)
        said.append(Quote(number, case.covered(reply.text), by))
    first, *others = said or [Paragraph(say("replies_missing"))]
    head = Heading(3, issue.tag or say("issues_untagged"))
    decided = Fields(((say("replies_decision"), say("replies_choices")),))
    return [Together((head, Paragraph(count, quiet=True), decided, first)), *others]
