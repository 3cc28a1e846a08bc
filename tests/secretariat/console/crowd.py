"""A crowd that answered: rows as the turns would have stored them, as many as are asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import insert

from bot.dialogue import Answer, Group, Outcome, Participant, ShownOption
from bot.library import Library
from bot.library.model import Question, Role
from bot.library.order import ordered
from bot.library.questions import KINDS
from bot.store import Store
from bot.store.schema import answers, participants

BEGAN = datetime(2026, 11, 1, 2, tzinfo=UTC)
DAYS = 30
GROUPS = (None, *Group)
CHANNELS = ("line", "telegram", "web")
#: Sentences of a length people type on a phone.
TYPED = (
    "อยากให้หน่วยงานเปิดเผยผลการใช้งบประมาณทุกปี และบอกด้วยว่าเงินไปถึงพื้นที่เมื่อไร",
    "ควรคงไว้เหมือนเดิม เพราะเจ้าหน้าที่ในพื้นที่รู้ปัญหามากกว่าส่วนกลาง แต่ขอให้ลดเอกสารซ้ำซ้อน",
    "ขั้นตอนยาวเกินไป ไปติดต่อสามครั้งยังไม่เสร็จ ขอให้นัดเวลาได้ และทำผ่านมือถือได้ทุกขั้นตอน",
    "ไม่มีความเห็นเพิ่มเติม",
)
_OUTCOMES = {
    Role.SUBSTANTIVE: Outcome.ANSWERED,
    Role.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Role.DONT_KNOW: Outcome.DONT_KNOW,
    Role.SKIP: Outcome.SKIPPED,
}


def people(library: Library, chance: Random) -> Iterator[tuple[Participant, list[Answer]]]:
    """One after another: each answers some clauses, and in some of them stops on the way."""
    number = 0
    while True:
        id_ = f"p{number:07}"
        channel = chance.choices(CHANNELS, (6, 1, 3))[0]
        group = chance.choices(GROUPS, (2, 8, 2, 2, 2, 1))[0]
        person = Participant(id=id_, channel=channel, group=group)
        first = BEGAN + timedelta(days=DAYS * chance.random() ** 2, seconds=number % 60)
        given: list[Answer] = []
        for clause in chance.sample(library.draft.clauses, chance.randint(1, 10)):
            for question in ordered(library.asked_of(clause, group), id_):
                if chance.random() < 0.1:
                    break
                at = first + timedelta(seconds=20 * len(given))
                given.append(_answer(f"{channel}:{number}-{len(given)}/r0", person, question, at, chance))
        yield person, given
        number += 1


def _answer(id_: str, person: Participant, question: Question, at: datetime, chance: Random) -> Answer:
    arranged = KINDS[question.kind].arrange(question, person.id)
    said = [option for option in question.options if option.role is Role.SUBSTANTIVE]
    chosen: tuple[str, ...]
    text = None
    if question.kind == "open" and chance.random() < 0.3:
        chosen, outcome, text = (), Outcome.ANSWERED, f"{chance.choice(TYPED)} {chance.randrange(10**9)}"
    elif said and chance.random() < 0.85:
        count = chance.randint(1, len(said)) if question.kind == "multiple" else 1
        picked = chance.sample(said, count)
        chosen, outcome = tuple(option.id for option in said if option in picked), Outcome.ANSWERED
    else:
        option = chance.choice([option for option in question.options if option.role is not Role.SUBSTANTIVE])
        chosen, outcome = (option.id,), _OUTCOMES[option.role]
    return Answer(
        id=id_, question=question.id, version=question.version, clause=question.clause, stem=question.stem,
        options=tuple(ShownOption(option.id, option.label) for option in arranged.options),
        order=arranged.order, outcome=outcome, chosen=chosen, text=text, at=at, channel=person.channel,
        group=person.group, source="m" if text else "", notice="n" * 12,
    )  # fmt: skip


async def fill(store: Store, library: Library, count: int) -> int:
    """Store people until they gave `count` answers; how many people that took."""
    came = people(library, Random(7))
    stored = number = 0
    while stored < count:
        persons: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        while len(rows) < 20_000 and stored + len(rows) < count:
            person, given = next(came)
            persons.append(
                {
                    "id": person.id,
                    "channel": person.channel,
                    "state": person,
                    "updated_at": BEGAN,
                    "forget": False,
                    "restricted": number % 500 == 499,
                }
            )
            rows += [{"participant": person.id, **asdict(answer)} for answer in given]
            number += 1
        async with store._database.writing() as connection:
            await connection.execute(insert(participants), persons)
            if rows:
                await connection.execute(insert(answers), rows)
        stored += len(rows)
    return number
