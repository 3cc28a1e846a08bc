"""The record of processing says what the database holds, what was done, and nothing anybody said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.dialogue import Action, Event, Opened, Pressed, Typed, Verb
from bot.errors import ContentError
from bot.library import Library, admit
from bot.library.record import load_record
from bot.runtime.channel import Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.runtime.trail import OPERATOR, Trail
from bot.runtime.turns import Turns
from bot.secretariat.reports.privacy import Circumstances, privacy
from bot.store import Store
from bot.store.registers import tables
from handlers import take_turn

CONTENT = Path(__file__).parents[2] / "content"
RECORD = CONTENT / "reports" / "record.yaml"
HERE = Circumstances("SQLite", own_master=False, outside=False)
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SECRET = "อยากให้เปิดเผยรายจ่ายของท้องถิ่น"


@pytest.fixture(scope="module")
def library() -> Library:
    return admit()


@pytest.fixture
def trail(store: Store) -> Trail:
    return Trail(store.audit, b"k" * 32, SystemClock())


async def lived(store: Store, library: Library) -> None:
    """One person answers, types, takes a copy and asks for restriction; another only looks."""
    turns = Turns(
        store=store,
        library=library,
        identity=Identity(b"i" * 32, "draft"),
        clock=SystemClock(),
        take_turn=take_turn,
        pulling=["web"],
        committed=lambda _: None,
    )
    question = library.questions["3.5-k1"]
    target = f"q.{question.id}"
    deeds = [
        Opened(),
        Pressed(Action(Verb.AGE, ("yes", target)).token()),
        Pressed(Action(Verb.CONSENT, ("yes", target)).token()),
        Typed(SECRET, "m1"),
        Pressed(Action(Verb.COPY).token()),
        Pressed(Action(Verb.RESTRICT).token()),
    ]
    for n, body in enumerate(deeds):
        event = Event(f"line:{n}", AT + timedelta(seconds=n), "line", body)
        await turns.commit([Incoming(event, "U1", "reply")])
    await turns.commit([Incoming(Event("web:1", AT, "web", Opened()), "w1", "")])


async def told(store: Store, library: Library, trail: Trail) -> str:
    return await privacy(store, library, CONTENT, trail, HERE, SystemClock().now())


async def test_it_tells_numbers_and_deeds_and_nothing_that_was_said(
    store: Store, library: Library, trail: Trail
) -> None:
    await lived(store, library)
    await trail.note(OPERATOR, "export", "a|b.csv", rows=3)
    text = await told(store, library, trail)
    assert "| line | 1 | 1 | 1 |" in text
    assert "| web | 1 | 0 | 0 |" in text
    assert "| ขอสำเนา | 1 | 24/11/2569" in text
    assert "| ข้อความที่พิมพ์ | 1 | 0 | 24/11/2569" in text
    assert "| operator | export | a/b.csv | rows=3 |" in text
    assert library.notice in text
    assert SECRET not in text and "U1" not in text


async def test_every_table_and_column_is_there(store: Store, library: Library, trail: Trail) -> None:
    text = await told(store, library, trail)
    for table, columns in tables().items():
        assert f"**{table}**" in text
        for column in columns:
            assert f"\n- {column}: " in text, f"{table}.{column}"


async def test_a_changed_audit_log_is_told(store: Store, library: Library, trail: Trail) -> None:
    deed = await trail.note(OPERATOR, "export")
    await store.audit.add(replace(deed, actor="somebody"), lambda previous, _: previous)
    assert "บันทึกถูกแก้ตั้งแต่ลำดับที่ 2" in await told(store, library, trail)


async def test_the_day_the_link_goes_is_told(store: Store, library: Library, trail: Trail) -> None:
    closing = replace(library, draft=replace(library.draft, closes=datetime(2027, 1, 31, tzinfo=UTC).date()))
    text = await told(store, closing, trail)
    assert "31/01/2570" in text
    assert "02/03/2570" in text


def test_a_table_nobody_described_is_a_fault() -> None:
    known = tables()
    with pytest.raises(ContentError, match="newsletter: the table is missing"):
        load_record(RECORD, known | {"newsletter": ("email",)})
    with pytest.raises(ContentError, match=r"answers\.mood: the column is missing"):
        load_record(RECORD, known | {"answers": (*known["answers"], "mood")})
    without = {name: columns for name, columns in known.items() if name != "files"}
    with pytest.raises(ContentError, match="files: the database has no such table"):
        load_record(RECORD, without)
