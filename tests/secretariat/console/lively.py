"""A console with something in it: people who came through the turns, and staff who did their work."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from msgspec import Struct

from bot.dialogue import Body, Event, FileArrived, Opened, Typed, Verb
from bot.runtime.channel import Incoming
from bot.runtime.turns import Turns
from bot.store import StoredFile
from tests.secretariat.console.conftest import Desk, turns_over
from tests.secretariat.heard import agreed, press

CHANNELS = ("line", "telegram", "web")
#: The open question that is answered in words, and its clause.
OPEN, CLAUSE = "3.5-k1", "3.5"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Person(Struct, frozen=True):
    """What somebody says: an answer, a suggestion, whom they speak for, and what their file is called."""

    answer: str = ""
    suggestion: str = ""
    organisation: str = ""
    file: str = ""
    chosen: str = ""


def turns_of(desk: Desk, committed: Any = lambda _: None) -> Turns:
    """The turns of the desk's store, as the bot takes them."""
    return turns_over(desk.office.store, desk.office.library, desk.clock, committed=committed)


async def come(desk: Desk, people: Sequence[Person], first: int = 0) -> None:
    """They do all they do, a step of everybody in one transaction; numbered from `first` on."""
    turns, labels = turns_of(desk), desk.office.library.labels
    identity = turns.identity
    deeds: list[list[Body]] = []
    for n, person in enumerate(people, first):
        pseudonym = identity.pseudonym(CHANNELS[n % 3], f"U{n}")
        deeds.append(list(_deeds(desk, person, n, labels)))
        if person.file:
            await desk.office.store.files.put(_stored(n, pseudonym, desk))
    for step in range(max(map(len, deeds))):
        at = desk.clock.now() + timedelta(seconds=step)
        await turns.commit(
            [
                Incoming(Event(f"{CHANNELS[n % 3]}:{n}-{step}", at, CHANNELS[n % 3], of[step]), f"U{n}", "")
                for n, of in enumerate(deeds, first)
                if step < len(of)
            ]
        )


def _deeds(desk: Desk, person: Person, n: int, labels: Any) -> Iterable[Body]:
    yield Opened()
    yield press(Verb.GROUP, "business" if person.organisation else ("citizen", "civil", "official")[n % 3])
    if person.organisation:
        yield press(Verb.CAPACITY, "org")
    if person.chosen:
        question = desk.office.library.questions[f"{CLAUSE}-c1"]
        yield press(Verb.CHOOSE, question.id, question.version, person.chosen)
    if person.answer:
        yield from agreed(f"q.{OPEN}")
        yield Typed(person.answer, f"a{n}")
    if person.suggestion:
        if not person.answer:
            yield from agreed(f"s.{CLAUSE}")
        yield press(Verb.COMPOSE, CLAUSE)
        yield Typed(person.suggestion, f"s{n}")
        if person.file:
            digest = sha256(PDF + str(n).encode()).hexdigest()
            yield FileArrived(f"f{n}", digest, "application/pdf", len(PDF), person.file, f"d{n}")
        yield Typed(labels["send"], "")
        if person.organisation:
            yield Typed(labels["name_shown"], "")
            yield Typed(person.organisation, f"o{n}")


def _stored(n: int, owner: str, desk: Desk) -> StoredFile:
    return StoredFile(
        id=f"f{n}", participant=owner, sha256=sha256(PDF + str(n).encode()).hexdigest(),
        media_type="application/pdf", size=len(PDF), content=PDF, created_at=desk.clock.now(), source=f"d{n}",
    )  # fmt: skip
