"""What the database holds, against what was sent, met with 200 and shown."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.proof.crowd import Crowd, Sent
from tests.proof.outcome import Figure
from tests.proof.platforms import Platforms

try:
    import pysqlite3 as library
except ImportError:
    library = sqlite3

#: Events of people who send a file, and give no answer.
_WITH_FILE: Final = "line:F"

_ANSWERS: Final = "SELECT id, participant, question, at, replaced_at FROM answers"
_EVENTS: Final = "SELECT id FROM events"
_LETTERS: Final = "SELECT id, participant, state FROM outbox ORDER BY seq"


class Answer(NamedTuple):
    """A stored answer; `event` is the id of the event it came with."""

    event: str
    person: str
    question: str
    at: Any
    current: bool


class Letter(NamedTuple):
    """A letter, in the order of the outbox."""

    event: str
    person: str
    state: str


class Books(NamedTuple):
    """Everything that counts, at one moment. `fault` is what the database itself finds wrong, "" for nothing."""

    answers: list[Answer]
    events: set[str]
    letters: list[Letter]
    fault: str = ""

    @property
    def stored(self) -> set[str]:
        """The events with an answer."""
        return {answer.event for answer in self.answers}


def books(
    answers: Iterable[tuple[Any, ...]],
    events: Iterable[tuple[Any, ...]],
    letters: Iterable[tuple[Any, ...]],
) -> Books:
    """From the rows of the three statements."""
    return Books(
        [Answer(_event(id_), person, of, at, replaced is None) for id_, person, of, at, replaced in answers],
        {id_ for (id_,) in events},
        [Letter(_event(id_), person, state) for id_, person, state in letters],
    )


def _event(id_: str) -> str:
    """The event of a record or a letter: what was made of its id begins with it."""
    return id_.partition("/")[0]


def of_sqlite(file: Path, *, check: str = "quick_check", mode: str = "ro") -> Books:
    """Read a file that nobody serves; what lies in its -wal is read too, and with "ro" left there.

    Of a damaged file only the damage is told: its rows may hold anything.
    """
    try:
        with closing(library.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)) as connection:
            found = [text for (text,) in connection.execute(f"PRAGMA {check}")]
            if found != ["ok"]:
                return Books([], set(), [], "; ".join(found)[:200])
            rows = [list(connection.execute(statement)) for statement in (_ANSWERS, _EVENTS, _LETTERS)]
    except library.DatabaseError as error:
        return Books([], set(), [], f"{type(error).__name__}: {error}")
    return books(*rows)


def at_death(file: Path) -> tuple[set[str], set[str]]:
    """The events with an answer, and those with a letter that is not settled: cheap enough after every kill."""
    with closing(library.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        answers, letters = (
            {_event(id_) for (id_,) in connection.execute(statement)}
            for statement in ("SELECT id FROM answers", "SELECT id FROM outbox WHERE settled_at IS NULL")
        )
        return answers, letters


def put_off(file: Path) -> int:
    """How many letters were tried and wait to be tried again."""
    with closing(library.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT count(*) FROM outbox WHERE state = 'waiting' AND attempt > 0")
        count: int = found.fetchone()[0]
        return count


def files(file: Path) -> set[str]:
    """The events with a file."""
    with closing(library.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return {_event(id_) for (id_,) in connection.execute("SELECT id FROM files")}


async def of_postgresql(url: str) -> Books:
    """Read a PostgreSQL database at one moment."""
    import asyncpg  # type: ignore[import-untyped]  # it ships no types

    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read"):
            rows = [[tuple(r) for r in await connection.fetch(s)] for s in (_ANSWERS, _EVENTS, _LETTERS)]
    finally:
        await connection.close()
    return books(*rows)


def twice(kept: Books) -> int:
    """How many answers are stored more often than their event happened."""
    return sum(count - 1 for count in Counter(answer.event for answer in kept.answers).values())


def halves(kept: Books) -> int:
    """Events of which only a part is stored: the claim, the answer and the letter come together or not at all."""
    claimed = {id_ for id_ in map(_event, kept.events) if not id_.startswith(_WITH_FILE)}
    letters = {letter.event for letter in kept.letters if not letter.event.startswith(_WITH_FILE)}
    return len((claimed | kept.stored | letters) - (claimed & kept.stored & letters))


def misordered(kept: Books, sent: Mapping[str, Sent]) -> int:
    """Questions of a person where another answer stands than their last."""
    newest: dict[tuple[str, str], Sent] = {}
    standing: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for answer in kept.answers:
        one = sent.get(answer.event)
        if one is None:
            continue
        key = one.person, one.question
        if answer.current:
            standing[key].append(one.id)
        newest[key] = max(one, newest.get(key, one), key=lambda s: s.at)
    return sum(standing[key] != [one.id] for key, one in newest.items())


def overtaken(kept: Books, crowd: Crowd, platforms: Platforms) -> int:
    """Answers that a person saw in another order than that of the outbox."""
    names = {one.id: one for one in crowd.sent.values()}
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for letter in kept.letters:
        if letter.event in names:
            wanted[names[letter.event].person].append(names[letter.event].name)
    wrong = 0
    for person, names_ in wanted.items():
        place = {name: n for n, name in enumerate(names_)}
        seen = [place[name] for name in dict.fromkeys(platforms.chats[person]) if name in place]
        wrong += sum(later < earlier for earlier, later in pairwise(seen))
    return wrong


def never_shown(crowd: Crowd, platforms: Platforms) -> int:
    """Answers that were met with 200 and of which their person never heard."""
    return sum(not platforms.shown[crowd.sent[id_].name] for id_ in crowd.acked)


def untrue(crowd: Crowd, platforms: Platforms, stored_: set[str]) -> int:
    """How often «saved» was said of an answer that is not stored."""
    named = {one.name: one.id for one in crowd.sent.values()}
    return sum(named[name] not in stored_ for name in platforms.saved_shown if name in named)


def repeated(platforms: Platforms, channel: str) -> int:
    """How many answers were shown more than once on a channel."""
    return sum(
        count - 1
        for name, count in platforms.shown.items()
        if count > 1 and name[0].isdigit() == (channel == "telegram")
    )


def load_figures(crowd: Crowd) -> list[Figure]:
    """How hard the people tried."""
    share = 100 * (crowd.redelivered + crowd.reordered) / max(1, len(crowd.acked))
    return [
        Figure("answers met with 200", len(crowd.acked)),
        Figure.least("redelivered and reordered, per cent", share, 5),
        Figure("webhooks refused, to be sent again", crowd.refused),
        Figure.none("answers never met with 200", len(crowd.sent) - len(crowd.acked)),
    ]


def kept_figures(kept: Books, crowd: Crowd) -> list[Figure]:
    """Whether what was met with 200 is there, once, whole and in order."""
    return [
        Figure.none("acknowledged answers lost", len(crowd.acked - kept.stored)),
        Figure.none("answers stored twice", twice(kept)),
        Figure.none("events of which only a part is stored", halves(kept)),
        Figure.none("questions where not the last answer stands", misordered(kept, crowd.sent)),
        Figure("integrity", kept.fault or "ok", "ok", not kept.fault),
    ]


def shown_figures(kept: Books, crowd: Crowd, platforms: Platforms) -> list[Figure]:
    """Whether what was said is true, came to everybody, and in order."""
    return [
        Figure.none("«saved» shown without a stored answer", untrue(crowd, platforms, kept.stored)),
        Figure.none("answers of which their person never heard", never_shown(crowd, platforms)),
        Figure.none(
            "answers shown before an earlier one of the same person", overtaken(kept, crowd, platforms)
        ),
    ]
