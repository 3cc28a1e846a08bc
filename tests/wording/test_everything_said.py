"""Every line and every button that a conversation can show is one the gate has read."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue import Event, FileOffered, Message, Opened, Participant, Pressed, Typed
from bot.library import Library, admit, inspect
from handlers import take_turn
from tests.wording.conftest import CONTENT

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TURNS = 1_500

#: What a person typed in this walk; it stands between words of ours and is nobody's wording.
TYPED = "ปลาทู"


def read_by_the_gate() -> tuple[set[str], list[re.Pattern[str]]]:
    """The texts without slots, and a pattern for each with slots."""
    fixed: set[str] = set()
    open_: list[re.Pattern[str]] = []
    for saying in inspect(CONTENT, []).sayings:
        for text in (*saying.said.lines, *(choice.label for choice in saying.said.choices)):
            if re.search(r"\{\w+\}", text):
                parts = [re.escape(part) for part in re.split(r"\{\w+\}", text)]
                open_.append(re.compile("(?s:.*)".join(parts)))
            else:
                fixed.add(text)
    return fixed, open_


def walk(library: Library) -> Iterator[Message]:
    """Every kind of button pressed, wherever it first shows, and everything a person can do beside it."""
    person = Participant(id="walker", channel="web")
    waiting = deque([(person, Opened(source="x"))])
    pressed: set[str] = set()
    for n in range(TURNS):
        if not waiting:
            return
        person, body = waiting.popleft()
        event = Event(f"web:{n}", START + timedelta(seconds=n), "web", body)
        turn = take_turn(person, event, library)
        yield from turn.messages
        for message in turn.messages:
            for button in (*message.options, *message.exits):
                shape = re.sub(r"[0-9a-f]{12}", "", button.token)
                if shape not in pressed:
                    pressed.add(shape)
                    waiting.append((turn.participant, Pressed(button.token)))
        expected = type(turn.participant.expects.text).__name__
        if expected not in pressed:  # what the person types instead, once for each thing it can mean
            pressed.add(expected)
            waiting.extend((turn.participant, Typed(text)) for text in (TYPED, "ก" * 2_000, "99", "หยุด"))
            waiting.append((turn.participant, FileOffered("f", "x.pdf", 10)))
    pytest.fail("the walk does not end; raise TURNS")


def test_every_string_went_through_the_gate() -> None:
    library = admit(CONTENT)
    fixed, open_ = read_by_the_gate()
    assert not any(pattern.fullmatch("คำที่ไม่มีใครอ่าน") for pattern in open_), "a slot alone lets anything pass"
    originals = {clause.original for clause in library.clauses.values()}
    headings = {clause.number for clause in library.clauses.values()}
    seen: set[str] = set()
    for message in walk(library):
        seen.update(message.lines)
        seen.update(button.label for button in (*message.options, *message.exits))
    assert len(seen) > 400
    known = fixed | originals | headings
    unread = [text for text in seen if text not in known and not any(p.fullmatch(text) for p in open_)]
    assert unread == []
