"""The wording in the console from a draft to the next start, on both databases."""

import asyncio
from datetime import UTC, datetime

from bot.dialogue import Action, Event, Participant, Pressed, Verb
from bot.library import admit
from bot.library.seal import QUESTIONS
from bot.secretariat.console.policy import Role
from bot.store.wordings import WordingState
from handlers import take_turn
from tests.secretariat.console.conftest import Desk
from tests.secretariat.console.wordings import (
    BETTER,
    CLAUSE,
    UNIT,
    approve,
    content,
    deeds,
    review_of,
    send,
    stored,
)

__all__ = ["content"]


async def test_a_reviewer_approves_and_the_next_start_says_it(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR, name="somjai"), await sign_in(Role.REVIEWER, name="wichai")
    draft = await send(author)
    page = (await reviewer.get(review_of(draft))).text
    assert "<ins>" in page and "<del>" in page and "Telegram" in page and "1. " in page
    assert desk.office.library.clauses["3.5"].original in page, "the source, to hold it against"
    answer = await approve(reviewer, draft)
    assert (answer.status_code, answer.headers["location"]) == (303, "/secretariat/wording")
    assert (await stored(desk, draft)).state is WordingState.APPROVED
    library = admit(desk.office.content)
    pressed = Pressed(Action(Verb.NEXT, ("3.5",)).token())
    event = Event("line:1", datetime(2026, 11, 24, 3, 0, tzinfo=UTC), "line", pressed)
    said = take_turn(Participant(id="p", channel="line"), event, library).messages
    assert any(BETTER in message.text for message in said)
    assert library.seal.readers[library.questions["3.5-c1"].version] == 1
    listed = (await reviewer.get("/wording")).text
    assert "จะใช้จริงเมื่อเริ่มระบบครั้งต่อไป" in listed
    file = (await reviewer.get(f"/wording/live/{CLAUSE}")).text
    assert "wichai อนุมัติเมื่อ" in file and "ผู้เขียนคือ somjai" in file
    assert await deeds(desk) == [
        ("somjai", "wording begun"), ("somjai", "wording sent"), ("wichai", "wording approved"),
    ]  # fmt: skip
    comments = desk.office.content.joinpath(CLAUSE).read_text("utf-8")
    assert "# Keep this wording in every round" in comments


async def test_of_two_reviewers_at_once_one_approves(desk: Desk, sign_in) -> None:
    author = await sign_in(Role.AUTHOR)
    first, second = await sign_in(Role.REVIEWER, name="r1"), await sign_in(Role.REVIEWER, name="r2")
    draft = await send(author)
    answers = await asyncio.gather(approve(first, draft), approve(second, draft))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(list(desk.office.content.glob("approvals/*.yaml"))) == 3
    admit(desk.office.content)


async def test_three_times_yes_or_a_note(desk: Desk, sign_in) -> None:
    author, reviewer = await sign_in(Role.AUTHOR), await sign_in(Role.REVIEWER)
    draft = await send(author)
    for missing in QUESTIONS:
        assert (await approve(reviewer, draft, **{missing: "no"})).status_code == 422, missing
    assert (await approve(reviewer, draft, act="return", note="  ")).status_code == 422
    assert (await stored(desk, draft)).state is WordingState.SENT
    note = "ถามให้สั้นลง <b>"
    assert (await approve(reviewer, draft, act="return", note=note)).status_code == 303
    page = (await author.get(draft)).text
    assert "ถามให้สั้นลง &lt;b&gt;" in page and "ส่งกลับให้แก้" in page
    assert (
        await author.post(draft, unit=UNIT, stem="คุณพอใจหรือไม่พอใจกับงบของรัฐ", act="send")
    ).status_code == 303
    assert (await approve(reviewer, draft)).status_code == 303
    assert [act for _, act in await deeds(desk)][-2:] == ["wording sent", "wording approved"]
