"""The queue before the transaction: its bound, its edge, and what those who wait are told."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.dialogue import Body, Edited, Event, FileArrived, FileOffered, Pressed, Typed
from bot.errors import UnavailableError
from bot.runtime.channel import Broken, Incoming
from bot.runtime.edge import TEXT, cleaned, file_name
from bot.runtime.intake import WAITING, Intake


def incoming(body: Body, id_: str = "line:1") -> Incoming:
    return Incoming(Event(id_, datetime(2026, 11, 24, tzinfo=UTC), "line", body), "U1")


async def test_beyond_the_bound_the_answer_is_at_once_no() -> None:
    """Back pressure: a platform asks again later, and memory does not grow."""
    gate = asyncio.Event()

    async def commit(events: Sequence[Incoming | Broken]) -> None:
        await gate.wait()

    intake = Intake(commit)
    worker = asyncio.create_task(intake.run())
    first = asyncio.create_task(intake.submit([incoming(Typed("a"))]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the worker has taken the first
    full = asyncio.create_task(intake.submit([incoming(Typed("a"), f"line:{n}") for n in range(WAITING)]))
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError, match="More events wait"):
        await intake.submit([incoming(Typed("a"))])
    gate.set()
    await asyncio.gather(first, full)
    await intake.submit([incoming(Typed("a"))])
    intake.close()
    await worker


async def test_a_stop_finishes_what_waits_and_takes_nothing_more() -> None:
    committed: list[Incoming | Broken] = []

    async def commit(events: Sequence[Incoming | Broken]) -> None:
        await asyncio.sleep(0)
        committed.extend(events)

    intake = Intake(commit)
    waiting = [asyncio.create_task(intake.submit([incoming(Typed("a"), f"line:{n}")])) for n in range(3)]
    await asyncio.sleep(0)
    intake.close()
    await intake.run()
    await asyncio.gather(*waiting)
    assert len(committed) == 3
    with pytest.raises(UnavailableError):
        await intake.submit([incoming(Typed("a"))])


async def test_who_waits_is_told_when_the_process_is_cut_off() -> None:
    async def commit(events: Sequence[Incoming | Broken]) -> None:
        await asyncio.Event().wait()

    intake = Intake(commit)
    worker = asyncio.create_task(intake.run())
    waiting = [asyncio.create_task(intake.submit([incoming(Typed("a"), f"line:{n}")])) for n in range(300)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in done} == {UnavailableError}


async def test_a_fault_of_ours_is_no_acknowledgement_and_no_end() -> None:
    faulty = True

    async def commit(events: Sequence[Incoming | Broken]) -> None:
        if faulty:
            raise ZeroDivisionError

    intake = Intake(commit)
    worker = asyncio.create_task(intake.run())
    with pytest.raises(UnavailableError):
        await intake.submit([incoming(Typed("a"))])
    faulty = False
    await intake.submit([incoming(Typed("a"))])
    intake.close()
    await worker


async def test_who_goes_away_harms_nobody() -> None:
    committed: list[Incoming | Broken] = []
    gate = asyncio.Event()

    async def commit(events: Sequence[Incoming | Broken]) -> None:
        await gate.wait()
        committed.extend(events)

    intake = Intake(commit)
    worker = asyncio.create_task(intake.run())
    gone, stays = (
        asyncio.create_task(intake.submit([incoming(Typed("a"), i)])) for i in ("line:1", "line:2")
    )
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.set()
    await stays
    assert len(committed) == 2, "what came is stored although nobody waits for it any more"
    intake.close()
    await worker


@pytest.mark.parametrize("make", [Typed, lambda text: Edited(text, "m1")])
def test_text_is_cleaned_and_bounded(make) -> None:
    def text(raw: str) -> str:
        seen = cleaned(incoming(make(raw)))
        assert isinstance(seen, Incoming)
        assert isinstance(seen.event.body, Typed | Edited)
        return seen.event.body.text

    assert text("ข้อ\0เสนอ\ud800\x07") == "ข้อ\ufffdเสนอ\ufffd"
    assert len(text("ก" * (TEXT + 500))) == TEXT + 1, "so that a handler knows it was longer"
    assert len(text("ก" * TEXT)) == TEXT


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ข้อเสนอ.pdf", "ข้อเสนอ.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("\u200b\u2060.pdf", ".pdf"),
        ("a" * 400, "a" * 255),
        ("..", ".."),
        ("", ""),
    ],
)
def test_a_file_name_is_only_a_name(given: str, kept: str) -> None:
    assert file_name(given) == kept
    for body in (FileOffered("ref", given), FileArrived("f", "0", "application/pdf", 1, given)):
        seen = cleaned(incoming(body))
        assert isinstance(seen, Incoming)
        assert isinstance(seen.event.body, FileOffered | FileArrived)
        assert seen.event.body.name == kept


def test_what_needs_no_cleaning_is_left_alone() -> None:
    pressed, broken = incoming(Pressed("\0")), Broken("line:x", "line", "odd", b"\0\xff")
    assert cleaned(pressed) is pressed
    assert cleaned(broken) is broken
