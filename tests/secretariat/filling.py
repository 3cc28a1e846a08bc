"""Filling a database for a measurement: `python -m tests.secretariat.filling FILE ANSWERS`."""

import asyncio
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import insert

from bot.dialogue import Answer, Group, Outcome, Participant, ShownOption
from bot.library import KINDS, Library, Role, load
from bot.store import Store
from bot.store.schema import answers, participants

START = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = 25_000
TYPED = "อยากให้บอกว่าเงินแต่ละก้อนใช้ไปกับอะไร และประชาชนได้อะไร " * 2


def made(library: Library, count: int) -> Iterator[dict[str, object]]:
    """Answers as rows of the table: everybody in turn answers the next question of their own order."""
    chance = random.Random(1)
    questions = list(library.questions.values())
    for n in range(count):
        person, question = n % PEOPLE, questions[n // PEOPLE % len(questions)]
        shown = KINDS[question.kind].arrange(question, f"p{person}")
        option = chance.choice(question.options)
        answered = option.role is Role.SUBSTANTIVE
        answer = Answer(
            id=f"line:{n:026}/r0",
            question=question.id,
            version=question.version,
            clause=question.clause,
            stem=question.stem,
            options=tuple(ShownOption(o.id, o.label) for o in shown.options),
            outcome=Outcome.ANSWERED
            if answered or question.kind == "open"
            else Outcome(_outcome(option.role)),
            at=START + timedelta(seconds=n),
            channel=("line", "telegram", "web")[person % 3],
            order=shown.order,
            chosen=() if question.kind == "open" else (option.id,),
            text=TYPED if question.kind == "open" else None,
            group=list(Group)[person % 5],
            notice=library.notice,
            replaced_at=START if n >= PEOPLE * len(questions) else None,
        )
        yield {"participant": f"{person:032x}"} | {f: getattr(answer, f) for f in answer.__struct_fields__}


def _outcome(role: Role) -> str:
    return "skipped" if role is Role.SKIP else role.value


async def fill(url: str, count: int) -> None:
    """Make the database."""
    store = await Store.open(url)
    await store.migrate()
    rows = made(load(), count)
    async with store._database.writing() as connection:
        state = [
            {
                "id": f"{n:032x}", "channel": "line", "state": Participant(id=f"{n:032x}", channel="line"),
                "updated_at": START, "forget": False, "restricted": False,
            }
            for n in range(PEOPLE)
        ]  # fmt: skip
        await connection.execute(insert(participants), state)
        while batch := list(islice(rows, 5_000)):
            await connection.execute(insert(answers), batch)
    await store.close()


if __name__ == "__main__":
    asyncio.run(fill(f"sqlite:///{sys.argv[1]}", int(sys.argv[2])))
