"""How many turns a second the store takes in, by batch: `python -m tests.store.measure [URL]`.

A turn is what the intake does with an answer: claim, load the person with their records, then write
the state, the address, the answer that replaces another, and a letter. Without a URL: a new SQLite file.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlalchemy import text

from bot.dialogue import Answer, Message, MessageType, Outcome, Participant, ShownOption, Turn
from bot.store import Commit, NewEvent, Store, WrappedKey
from tests.store.rows import lease

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OPTIONS = tuple(ShownOption(f"o{n}", "เห็นด้วยเป็นอย่างยิ่ง") for n in range(6))
LETTER = Message(type=MessageType.QUESTION, lines=("ร่างนี้เสนอให้หน่วยงานรัฐลดขั้นตอน", "ท่านเห็นอย่างไร"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def answer(person: str, event: str, question: str) -> Answer:
    """A single choice."""
    return Answer(
        id=f"{event}/r0", question=question, version="v" * 12, clause="c35", stem="ท่านเห็นอย่างไร",
        options=OPTIONS, outcome=Outcome.ANSWERED, at=NOW, channel="line", chosen=("o1",), group="citizen",
    )  # fmt: skip


async def one_batch(store: Store, first: int, size: int, people: int) -> None:
    """Take in `size` events, each of another person."""
    events = [NewEvent(f"line:{n}", f"p{n % people}", NOW) for n in range(first, first + size)]
    async with store.transaction() as tx:
        new = await tx.claim(events, NOW)
        known = await tx.participants({e.participant for e in events if e.participant})
        await tx.keys(known)
        commits = []
        for event in events:
            assert event.id in new
            assert event.participant
            person = known.get(event.participant) or Participant(id=event.participant, channel="line")
            n = int(event.id.removeprefix("line:"))
            turn = Turn(
                participant=person,
                messages=(LETTER,),
                records=(answer(person.id, event.id, f"q{n // people}"),),
            )
            commits.append(
                Commit(
                    event=event.id, turn=turn, address=b"x" * 60, reply="t" * 32, pulls=False, now=NOW,
                    key=WrappedKey(person.id, b"k" * 60, "0" * 8), mark="",
                )
            )  # fmt: skip
        await tx.apply(commits)


async def measure(url: str) -> None:
    """Print a line for each size of batch."""
    store = await Store.open(url)
    try:
        await store.migrate()
        first, people = 0, 2_000
        for size in (256, 1, 8, 64, 256):
            began, turns = perf_counter(), 0
            while perf_counter() - began < 3:
                await one_batch(store, first, size, people)
                first, turns = first + size, turns + size
            _say(f"batch {size:3}: {turns / (perf_counter() - began):8.0f} turns/s")
        async with store._database.writing() as connection:  # PostgreSQL does this by itself, a minute later
            await connection.execute(text("ANALYZE"))
        began, settled = perf_counter(), 0
        while leased := await lease(store, NOW + timedelta(1), 64, 30):
            settled += len(leased)
            if settled > 5000:
                break
        _say(f"leased {settled / (perf_counter() - began):8.0f} letters/s")
        began, rows = perf_counter(), 0
        async for _ in store.answers.export():
            rows += 1
        _say(f"exported {rows} rows, {rows / (perf_counter() - began):8.0f} rows/s")
    finally:
        await store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/measure.db"))
