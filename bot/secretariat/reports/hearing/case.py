"""What every part of the report is written from, and how it tells a number, a day, a group, a clause.

One rule: a number of people is told through `number` or `people`, which know what is hidden.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Final, TypeVar

from msgspec import Struct

from bot.dialogue import Group
from bot.language.calendar import BANGKOK
from bot.language.privacy import find, redacted
from bot.library import Clause, Library, Question
from bot.secretariat.reports.hearing.facts import Facts
from bot.secretariat.reports.hearing.protecting import Shown, protected
from bot.secretariat.reports.hearing.words import Words

C = TypeVar("C", bound=Hashable)

#: The group of those who named none.
UNNAMED: Final = ""


class Case(Struct, frozen=True, dict=True):
    """The library, the words and the facts."""

    library: Library
    words: Words
    facts: Facts

    @property
    def k(self) -> int:
        """The fewest people a published number stands for."""
        return self.library.draft.anonymity.smallest

    @cached_property
    def groups(self) -> Counter[str]:
        """How many people of each group took part."""
        return _summed((line.group, line.people) for line in self.facts.heard.crowd)

    @cached_property
    def crowd(self) -> Shown[str]:
        """How many people of each group took part, as it may be told."""
        return protected(self.groups, self.k)

    @cached_property
    def by_channel(self) -> Shown[str]:
        """How many people took part through each channel, as it may be told."""
        return protected(_summed((line.channel, line.people) for line in self.facts.heard.crowd), self.k)

    @cached_property
    def suggested(self) -> Shown[str]:
        """How many people sent suggestions about each clause, as it may be told."""
        return protected(_summed((i.clause, i.people) for i in self.facts.heard.petitions.issues), self.k)

    @cached_property
    def issues(self) -> dict[tuple[str, str], int | None]:
        """The same by clause and tag; where the clause is hidden, so are its tags."""
        found: dict[tuple[str, str], int | None] = {}
        for clause, people in self.suggested.classes.items():
            tags = _summed(
                (issue.tag, issue.people)
                for issue in self.facts.heard.petitions.issues
                if issue.clause == clause
            )
            told = protected(tags, self.k)
            found |= {(clause, tag): None if people is None else told.of(tag) for tag in tags}
        return found

    # Words

    def say(self, name: str, **slots: object) -> str:
        """A text of the report."""
        return self.words.say(name, **slots)

    def number(self, n: int | None) -> str:
        """A number of people, or the word that stands for a hidden one."""
        return self.say("hidden") if n is None else f"{n:,}"

    def people(self, n: int | None) -> str:
        """So many people, or that they are too few to tell."""
        return self.say("fewer_people", k=self.k) if n is None else self.say("people", n=f"{n:,}")

    def few(self, n: int) -> int | None:
        """A number that stands for itself alone, None when it is too small to tell."""
        return None if 0 < n < self.k else n

    def group(self, name: str) -> str:
        """The name of a group."""
        label = self.library.labels.get(f"group_{name}")
        return label or name or self.say("not_named")

    def channel(self, name: str) -> str:
        """The name of a channel."""
        return self.words.channels.get(name, name)

    def clause(self, id_: str) -> str:
        """The number and title of a clause; what is about none is about another topic."""
        clause = self.library.clauses.get(id_)
        if clause is None:
            return id_ or self.say("other_topic")
        name = "clause" if clause.number[:1].isdigit() else "last_clause"
        return self.say(name, number=clause.number, title=clause.title)

    def period(self) -> str:
        """From the first answer to the last."""
        spans = self.facts.heard.channels
        if not spans:
            return self.say("nobody_yet")
        return self.between(min(span.first for span in spans), max(span.last for span in spans))

    def between(self, first: datetime, last: datetime) -> str:
        """Two days, or the one that they are."""
        days = (self.words.day(first), self.words.day(last))
        return days[0] if days[0] == days[1] else self.say("period", first=days[0], last=days[1])

    def days(self) -> int:
        """How many days from that of the first answer to that of the last, both counted; 0 without any."""
        spans = self.facts.heard.channels
        if not spans:
            return 0
        first = min(span.first for span in spans).astimezone(BANGKOK).date()
        return (max(span.last for span in spans).astimezone(BANGKOK).date() - first).days + 1

    def covered(self, text: str) -> str:
        """A person's text with what may be personal data covered."""
        return redacted(text, find(text, self.library.signs), self.say("mark"))

    # Questions

    def asked_of(self, question: Question, group: str) -> bool:
        """Whether people of this group are asked a question."""
        named = Group(group) if group in set(Group) else None
        return self.library.path(named).questions_of in question.audience

    def clause_ids(self, also: Iterable[str]) -> list[str]:
        """The clauses in the order of the minutes, then others that things are about, then other topics."""
        known = list(self.library.clauses)
        return known + sorted(set(also) - set(known) - {""}) + [""]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses in the order of the minutes."""
        return self.library.draft.clauses


def _summed(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, n in pairs:
        found[name] += n
    return found
