"""Streams of events, permuted and brought twice, end as they would have in order.

"In order" is the events' own time (DESIGN.md). What a person chose, took back or left counts by that time,
however it comes. A text means what was asked when it was typed: one that comes late is not guessed at, it is
told to be late and nothing of it is kept. So two things are held against the same stream in order:

    repeated   in order, with redeliveries at once, later and after 25 hours: every row is the same
    permuted   in any order, with redeliveries: every choice ever made is the same row, current or replaced;
               of texts nothing is kept that would not have been, and nothing that was taken back

A typed number presses a button and is a text all the same: streams with numbers are repeated, not permuted.
"""

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select

from bot.dialogue import (
    Action,
    Blocked,
    Body,
    Edited,
    Event,
    Opened,
    Pressed,
    Retracted,
    Typed,
    Unsupported,
    Verb,
)
from bot.runtime.channel import Incoming
from bot.store.database import Database
from bot.store.schema import answers, metadata
from bot.store.transaction import Transaction
from handlers import take_turn
from tests.proof.outcome import Figure, Outcome, Size
from tests.proof.parts import Bench, bench, finished, library, replaced

FORGETFUL: Final = "every event is taken for a new one"
FAULTS: Final = (FORGETFUL,)

_STREAMS: Final = {Size.SHORT: 60, Size.LONG: 11_200}
#: One stream in so many has typed numbers.
_NUMBERED: Final = 10
#: People whose events share a transaction.
_TOGETHER: Final = 250


class Stream(Struct, frozen=True):
    """What one person does, in order."""

    person: str
    acts: tuple[Incoming, ...]


def _streams(size: Size, seed: int, told: Bench) -> list[Stream]:
    return [_stream(random.Random(seed * 100_003 + n), n, told) for n in range(_STREAMS[size])]


def _stream(chance: random.Random, number: int, told: Bench) -> Stream:
    """Eight to sixteen acts a minute apart: answers given and changed, texts, edits, unsends, a block."""
    words, name, typing = library(), f"{number:06d}", ["รถเมล์", "อยากเสนอ", "12345"]
    if number % _NUMBERED == 0:
        typing += ["1", "2"]
    asked = [q for q in words.questions.values() if q.kind in ("single", "scale")]
    typed: list[str] = []
    bodies: list[Body] = [Opened()]
    for n in range(chance.randint(7, 15)):
        question = chance.choice(asked[:4])
        match chance.randrange(12):
            case 0 | 1:
                typed.append(f"{name}m{n}")
                bodies.append(Typed(chance.choice(typing), typed[-1]))
            case 2 if typed:
                bodies.append(Edited(f"แก้ {n}", chance.choice(typed)))
            case 3 if typed:
                bodies.append(Retracted(chance.choice(typed)))
            case 4:
                bodies.append(Blocked())
            case 5:
                bodies.append(chance.choice([Opened(), Unsupported("sticker")]))
            case _:
                option = chance.choice(question.options)
                token = Action(Verb.CHOOSE, (question.id, question.version, option.id)).token()
                bodies.append(Pressed(token))
    acts = [
        Incoming(
            Event(f"line:{name}/{n}", told.clock.now() + timedelta(minutes=n), "line", body), f"U{name}", ""
        )
        for n, body in enumerate(bodies)
    ]
    return Stream(f"U{name}", tuple(acts))


def _repeated(stream: Stream, chance: random.Random) -> list[Incoming]:
    """In order, some of it at once again, some of it later, and all of it at the end."""
    brought: list[Incoming] = []
    for act in stream.acts:
        brought += [act] * chance.choice([1, 1, 2])
        if chance.random() < 0.3:
            brought.append(chance.choice(brought))
    return brought


def _permuted(stream: Stream, chance: random.Random) -> list[Incoming]:
    brought = _repeated(stream, chance)
    chance.shuffle(brought)
    return brought


async def _play(told: Bench, brought: Sequence[Sequence[Incoming]], later: Sequence[Incoming]) -> None:
    """Everybody's first event, then everybody's second, …; and 25 hours later some of them again."""
    for first in range(0, len(brought), _TOGETHER):
        lanes = brought[first : first + _TOGETHER]
        for n in range(max(map(len, lanes))):
            await told.commit(*(lane[n] for lane in lanes if n < len(lane)))
    told.clock.move(hours=25)
    await told.commit(*later)


async def _rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every table, without what depends on when a row was written: our clock, numbers, keys and seals."""
    left_out = {
        "seq",
        "seen_at",
        "updated_at",
        "created_at",
        "due_at",
        "settled_at",
        "sealed",
        "wrapped",
        "reply",
    }
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            return {
                table.name: sorted(
                    (
                        {k: v for k, v in row._mapping.items() if k not in left_out}
                        for row in (await connection.execute(select(table))).all()
                    ),
                    key=lambda row: str(row.get("id", row)),
                )
                for table in metadata.sorted_tables
            }
    finally:
        await database.close()


def _by_person(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Every row of every table, as text, by whose it is."""
    owned: dict[str, list[str]] = {}
    for name, found in rows.items():
        for row in found:
            owner = row.get("participant") or (row["id"] if name == "participants" else "")
            owned.setdefault(str(owner), []).append(f"{name}: {row}")
    return owned


async def _choices(url: str) -> dict[str, set[tuple[Any, ...]]]:
    """By person, every answer that was chosen: of which event, what, when, current or replaced."""
    kept: dict[str, set[tuple[Any, ...]]] = {}
    for row in await _answers(url):
        if row.text is None:
            kept.setdefault(row.participant, set()).add(
                (row.id, row.question, row.chosen, row.at, row.outcome, row.replaced_at is None)
            )
    return kept


async def _answers(url: str) -> Sequence[Any]:
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            return (await connection.execute(select(answers))).all()
    finally:
        await database.close()


async def _figures(size: Size, seed: int) -> list[Figure]:
    chance = random.Random(seed)
    async with bench(take_turn) as ordered, bench(take_turn) as twice, bench(take_turn) as mixed:
        streams = _streams(size, seed, ordered)
        acts = [list(stream.acts) for stream in streams]
        later = [chance.choice(lane) for lane in acts]
        await _play(ordered, acts, [])
        await _play(twice, [_repeated(stream, chance) for stream in streams], later)
        brought = [_permuted(stream, chance) for stream in streams]
        await _play(mixed, brought, later)
        expected, repeated = _by_person(await _rows(ordered.url)), _by_person(await _rows(twice.url))
        chosen, permuted = await _choices(ordered.url), await _choices(mixed.url)
        texts = [{(row.id, row.text) for row in await _answers(b.url) if row.text} for b in (ordered, mixed)]
        unsent = {
            act.event.body.message
            for stream in streams
            for act in stream.acts
            if isinstance(act.event.body, Retracted)
        }
        sources = {row.source for row in await _answers(mixed.url) if row.source and row.text}
        people = [ordered.identity.pseudonym("line", stream.person) for stream in streams]
    return [
        Figure("streams, repeated", len(streams)),
        Figure("streams, permuted", sum(n % _NUMBERED > 0 for n in range(len(streams)))),
        Figure("events in order", sum(map(len, acts))),
        Figure("events brought in another order, redeliveries included", sum(map(len, brought)) + len(later)),
        Figure.none(
            "repeated streams with another row",
            sum(expected.get(who) != repeated.get(who) for who in people),
        ),
        Figure.none(
            "permuted streams with another choice, current or replaced",
            sum(chosen.get(who) != permuted.get(who) for n, who in enumerate(people) if n % _NUMBERED),
        ),
        Figure.none("texts kept that would not have been in order", len(texts[1] - texts[0])),
        Figure.none("texts kept that were taken back", len(sources & unsent)),
    ]


def prove(size: Size, seed: int, fault: str = "") -> Outcome:
    """How streams end that come in another order than they happened, and more than once."""
    began = time.monotonic()
    with ExitStack() as planted:
        if fault == FORGETFUL:
            planted.enter_context(replaced(Transaction, "claim", _claim_all))
        elif fault:
            raise ValueError(f"{fault!r} is none of {FAULTS}")
        figures = finished(lambda: _figures(size, seed))
    return Outcome(title="Streams out of order", seed=seed, seconds=time.monotonic() - began, figures=figures)


async def _claim_all(self: Transaction, events: Sequence[Any], now: Any) -> set[str]:
    """Take every event for a new one; what the database itself refuses twice is forgotten first."""
    from sqlalchemy import delete

    from bot.store.schema import events as table
    from bot.store.schema import outbox

    ids = [event.id for event in events]
    for known in (table, outbox):
        await self._connection.execute(delete(known).where(known.c.id.in_(ids)))
    await _claim(self, events, now)
    return set(ids)


_claim: Final = Transaction.claim
