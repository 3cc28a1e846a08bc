"""Does a turn cost the same when very many have taken part? A store filled by bulk SQL, then the same load.

One rule: whoever acts is one of those already there, with their answers, so that every turn finds a row among
all of them.

The file is one that has grown. Written in one go its pages would be full to the brim, and every turn would split
three or four of them: what a store does once in thirty turns that came to its answers one by one.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from bot.dialogue import Event, Participant, Pressed
from bot.library import load
from bot.runtime.identity import Identity, read_key
from bot.store.sqlite import library
from handlers import take_turn
from tests.bench.contestants import KEY
from tests.bench.trial import migrated, tokens

#: Answers of each person that are there already.
ANSWERS: Final = 10

_FAST: Final = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -1000000",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA foreign_keys = OFF",
)
_PERSON: Final = "INSERT INTO participants (id, channel, state, updated_at, forget, restricted) VALUES (?, 'line', ?, ?, 0, 0)"
_ADDRESS: Final = "INSERT INTO addresses (participant, sealed) VALUES (?, ?)"
_PRESSED: Final = "UPDATE participants SET state = json_set(?1, '$.id', id) WHERE rowid % ?3 = ?2"
_DATA_KEY: Final = "INSERT INTO data_keys (participant, wrapped, master) VALUES (?, ?, ?)"
_QUESTIONS: Final = "CREATE TEMP TABLE asked (n INTEGER, question TEXT, version TEXT, clause TEXT, stem TEXT, options TEXT, chosen TEXT)"
_ANSWERS: Final = """
INSERT INTO answers (id, participant, question, version, clause, stem, options, outcome, at, channel, "order", chosen,
                     source, notice)
SELECT 'line:00' || p.id || n || '/r0', p.id, question, version, clause, stem, options, 'answered', p.updated_at,
       'line', 'forward', chosen, '', 'notice'
FROM participants p CROSS JOIN asked {which}
"""
_EVENTS: Final = """
INSERT INTO events (id, participant, at, seen_at)
SELECT 'line:00' || p.id || n, p.id, p.updated_at, p.updated_at FROM participants p CROSS JOIN asked {which}
"""
_LETTERS: Final = """
INSERT INTO outbox (id, participant, channel, state, sent, attempt, due_at, created_at, settled_at, detail, via)
SELECT 'line:00' || p.id || n, p.id, 'line', 'sent', 1, 1, p.updated_at, p.updated_at, p.updated_at, '', 'reply'
FROM participants p CROSS JOIN asked {which}
"""
#: Of each person so many at once; the others one by one, in an order of chance: their ids are hashes.
_FIRST: Final = 7
_AT_ONCE: Final = f"WHERE n < {_FIRST} ORDER BY p.id, n"
_ONE_BY_ONE: Final = "WHERE n = {n} ORDER BY substr(p.id, 4 * {n})"


@contextmanager
def filled(people: int) -> Iterator[Path]:
    """A store with so many people and ANSWERS answers, events and sent letters of each."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "filled.db"
        file.write_bytes(migrated().read_bytes())
        with closing(library.connect(file, isolation_level=None)) as connection:
            _fill(connection, people)
        # Or every commit of the load would wait for what the filling left to be written.
        with file.open("rb") as written:
            os.fsync(written)
        yield file


def _fill(connection: Any, people: int) -> None:
    for pragma in _FAST:
        connection.execute(pragma).close()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('answers', 'events', 'outbox')"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    _people(connection, people)
    connection.execute(_QUESTIONS)
    connection.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?)", _asked())
    for statement in (_ANSWERS, _EVENTS, _LETTERS):
        connection.execute(statement.format(which=_AT_ONCE))
    for _, sql in indexes:
        connection.execute(sql)
    for n in range(_FIRST, ANSWERS):
        for statement in (_ANSWERS, _EVENTS, _LETTERS):
            connection.execute(statement.format(which=_ONE_BY_ONE.format(n=n)))
    for n, state in enumerate(_after_a_press()):
        connection.execute(_PRESSED, (state, n, len(tokens())))
    connection.execute("COMMIT")


def _after_a_press() -> Iterable[str]:
    """What is remembered of somebody after each of the presses of the load, with no id in it."""
    content, at = load(), datetime.now(UTC) - timedelta(days=1)
    person = Participant(id="", channel="line", notice=content.notice)
    for token in tokens():
        turn = take_turn(person, Event("line:0", at, "line", Pressed(token)), content)
        yield msgspec.json.encode(replace(turn.participant, answers=())).decode()


def _people(connection: Any, people: int) -> None:
    """The people who will act, each with a key of their own: as the bot under the same IDENTITY_KEY knows them."""
    content = load()
    identity = Identity(read_key(KEY), content.draft.slug)
    at = datetime.now(UTC) - timedelta(days=1)
    moment = at.isoformat(timespec="microseconds")
    for some in _chunks(range(people), 10_000):
        names = {f"U{n:032x}": identity.pseudonym("line", f"U{n:032x}") for n in some}
        keys = {name: identity.masters.make(name) for name in names.values()}
        states = {
            name: msgspec.json.encode(
                Participant(id=name, channel="line", notice=content.notice, acted_at=at)
            ).decode()
            for name in keys
        }
        connection.executemany(_PERSON, [(name, state, moment) for name, state in states.items()])
        connection.executemany(
            _DATA_KEY, [(name, key.wrapped.wrapped, key.wrapped.master) for name, key in keys.items()]
        )
        sealed = [(name, keys[name].seal("addresses", name, id_.encode())) for id_, name in names.items()]
        connection.executemany(_ADDRESS, sealed)


def _chunks(numbers: range, size: int) -> Iterator[range]:
    return (numbers[i : i + size] for i in range(0, len(numbers), size))


def _asked() -> Iterable[tuple[object, ...]]:
    """Questions that the people of the load are not asked."""
    pressed = {token.split(":")[2] for token in tokens()}
    others = [q for q in load().questions.values() if q.kind in ("single", "scale") and q.id not in pressed]
    for n, question in enumerate(others[:ANSWERS]):
        shown = [{"id": option.id, "label": option.label} for option in question.options]
        yield (
            n, question.id, question.version, question.clause, question.stem_for(None),
            msgspec.json.encode(shown).decode(), f'["{question.options[0].id}"]',
        )  # fmt: skip
