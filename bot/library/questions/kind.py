"""What every kind of question must say of itself."""

from hashlib import sha256
from typing import Protocol

from msgspec import Struct

from bot.dialogue import Verb
from bot.library.model import Option, Question, Role


class Arranged(Struct, frozen=True):
    """The options in the order shown, and that order's name: shuffled, forward, reversed or as_written."""

    options: tuple[Option, ...]
    order: str


class Kind(Protocol):
    """A kind of question."""

    @property
    def name(self) -> str:
        """The word in the content files."""

    @property
    def verb(self) -> Verb:
        """What pressing a substantive option does."""

    @property
    def order(self) -> str:
        """The rule by which options are ordered, part of what was asked and so of the version."""

    def arrange(self, question: Question, person: str) -> Arranged:
        """The options as this person sees them; the same person always sees the same order."""

    def faults(self, question: Question) -> list[str]:
        """What is wrong with a question of this kind, in English for the author; [] when well-formed."""


def seed(person: str, question: str) -> bytes:
    """32 bytes that differ by person and by question and never change."""
    return sha256(f"{person}\n{question}".encode()).digest()


def split(question: Question) -> tuple[list[Option], list[Option], list[Option]]:
    """The options that may move, those that stay after them, and the opt-outs, which never move.

    An option that excludes the others ("none of these") makes sense only after them.
    """
    moving = [o for o in question.options if o.role is Role.SUBSTANTIVE and not (o.anchored or o.exclusive)]
    anchored = [o for o in question.options if o.role is Role.SUBSTANTIVE and (o.anchored or o.exclusive)]
    return moving, anchored, [o for o in question.options if o.role is not Role.SUBSTANTIVE]


def shuffled(question: Question, person: str) -> Arranged:
    """A nominal order: by a hash of person, question and option, so every order is equally likely."""
    moving, anchored, opt_outs = split(question)
    moving.sort(key=lambda option: seed(person, f"{question.id}/{option.id}"))
    return Arranged((*moving, *anchored, *opt_outs), "shuffled")


def common_faults(question: Question) -> list[str]:
    """Faults any kind can have: no way out, ids or labels twice."""
    faults = []
    roles = [option.role for option in question.options]
    if Role.SKIP not in roles:
        faults.append("has no option with role skip")
    if Role.DONT_KNOW not in roles and Role.NOT_APPLICABLE not in roles:
        faults.append("has no option for someone who does not know or to whom it does not apply")
    for what in ("id", "label"):
        seen = [getattr(option, what) for option in question.options]
        faults += [
            f"has the option {what} {twice!r} twice"
            for twice in sorted({s for s in seen if seen.count(s) > 1})
        ]
    return faults
