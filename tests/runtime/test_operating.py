"""What was set aside is taken in again once, as late as it is, or goes; the trail says that and not which."""

from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.dialogue import (
    Action,
    Erase,
    Event,
    FileArrived,
    Opened,
    Participant,
    Pressed,
    Scope,
    Turn,
    Typed,
    Verb,
)
from bot.errors import UnavailableError
from bot.library import Library, admit
from bot.runtime.channel import Broken, Incoming
from bot.runtime.identity import Identity
from bot.runtime.operating import Operating, Retaken, Why
from bot.runtime.trail import Trail
from bot.runtime.turns import Turns
from bot.store import Kept, LetterState, Settlement, Store
from handlers import take_turn
from tests.runtime.fakes import HandClock
from tests.store.look import column
from tests.store.rows import lease, settle

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SENDER = "U0123456789abcdef0123456789abcdef"
KEY = b"i" * 32


class Desk:
    """Turns with a fault that can be mended, and what an operator may do."""

    def __init__(self, store: Store, library: Library) -> None:
        self.store = store
        self.library = library
        self.broken = True
        self.woken = 0
        self.clock = HandClock()
        self.turns = Turns(
            store=store,
            library=library,
            identity=Identity(KEY, "test"),
            clock=self.clock,
            take_turn=self.turn,
            pulling=["web"],
            committed=lambda _: None,
        )
        trail = Trail(store.audit, KEY, self.clock)
        self.operating = Operating(store, self.turns.identity, self.turns.commit, self.wake, trail)

    def turn(self, person: Participant, event: Event, library: Library) -> Turn:
        if self.broken:
            raise ZeroDivisionError
        return take_turn(person, event, library)

    def wake(self) -> None:
        self.woken += 1

    async def come(self, id_: str, body, second: int = 0, channel: str = "line") -> str:
        event = Event(f"{channel}:{id_}", AT + timedelta(seconds=second), channel, body)
        await self.turns.commit([Incoming(event, SENDER, "reply-token")])
        return event.id

    def choice(self, option: str) -> Pressed:
        question = self.library.questions["3.5-c1"]
        return Pressed(Action(Verb.CHOOSE, (question.id, question.version, option)).token())

    async def answers(self) -> list[tuple[str, ...]]:
        return [answer.chosen async for _, answer in self.store.answers.export()]

    async def aside(self) -> list[str]:
        _, events = await self.store.operations.set_aside(50)
        return [event.id for event in events]

    async def told(self) -> str:
        """What the trail says."""
        return "\n".join([str(deed) async for deed in self.store.audit.read()])


@pytest.fixture(scope="module")
def library() -> Library:
    return admit()


@pytest.fixture
async def desk(store: Store, library: Library) -> Desk:
    return Desk(store, library)


async def test_what_failed_is_taken_in_again_once(desk: Desk, database_url: str) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    assert await desk.answers() == [] and await desk.aside() == [id_]
    desk.broken = False
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.TAKEN]
    assert await desk.answers() == [("a",)] and await desk.aside() == []
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.SHUT]
    assert await desk.answers() == [("a",)]
    replies = await column(database_url, "outbox", "reply")
    assert sorted(map(bool, replies)) == [False, True], "the token went with the apology"
    assert "quarantine taken in" in await desk.told()


async def test_under_its_own_id_it_would_be_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    desk.broken = False
    monkeypatch.setattr("bot.runtime.operating.AGAIN", "")
    await desk.operating.take_in([id_], "มาลี")
    assert await desk.answers() == [] and await desk.aside() == []


async def test_a_crash_between_taking_in_and_deleting_takes_nothing_in_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    desk.broken = False

    async def crashed(ids: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.operations, "discard", crashed)
        with pytest.raises(KeyboardInterrupt):
            await desk.operating.take_in([id_], "มาลี")
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.TAKEN]
    assert len([one async for one in desk.store.answers.export(history=True)]) == 1


async def test_what_fails_again_is_set_aside_again(desk: Desk) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.FAILED]
    [again] = await desk.aside()
    assert again != id_
    desk.broken = False
    assert await desk.operating.take_in([again], "มาลี") == [Retaken.TAKEN]
    assert await desk.answers() == [("a",)]


@pytest.mark.parametrize("channel", ["line", "telegram"])
async def test_what_the_person_did_since_is_not_overruled(desk: Desk, channel: str) -> None:
    in_order = channel == "telegram"
    old = Event(f"{channel}:1", AT, channel, desk.choice("a"), in_order=in_order)
    new = Event(f"{channel}:2", AT + timedelta(seconds=9), channel, desk.choice("b"), in_order=in_order)
    await desk.turns.commit([Incoming(old, SENDER, "")])
    desk.broken = False
    await desk.turns.commit([Incoming(new, SENDER, "")])
    await desk.operating.take_in([old.id], "มาลี")
    assert await desk.answers() == [("b",)]
    as_it_came = replace(old, id=f"{old.id}/loose")
    await desk.turns.commit([Incoming(as_it_came, SENDER, "")])
    assert await desk.answers() == [("a",) if in_order else ("b",)], (
        "so it says no more that it is the newest"
    )


async def test_a_text_of_then_is_told_to_be_late_and_not_taken_for_what_is_asked_now(desk: Desk) -> None:
    id_ = await desk.come("1", Typed("ไม่ใช่ข้อเสนอ", "m1"))
    desk.broken = False
    for n, action in enumerate(
        [Action(Verb.AGE, ("yes", "s.3.5")), Action(Verb.CONSENT, ("yes", "s.3.5"))], start=1
    ):
        await desk.come(f"later{n}", Pressed(action.token()), 10 + n)
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.TAKEN]
    person = await desk.store.people.load(desk.turns.identity.pseudonym("line", SENDER))
    assert person is not None and person.draft is None and person.suggestions == ()


async def test_whoever_was_erased_stays_so(desk: Desk) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    desk.broken = False
    await desk.come("2", Opened(), 1)
    desk.turns = changed(
        desk.turns,
        take_turn=lambda who, event, library: Turn(participant=who, erase=Erase(Scope.EVERYTHING)),
    )
    await desk.come("3", Opened(), 2)
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.SHUT]
    assert await desk.answers() == []


async def test_what_could_not_be_read_can_only_go(desk: Desk) -> None:
    await desk.turns.commit([Broken("line:x", "line", "not JSON", b"{")])
    assert await desk.operating.take_in(["line:x"], "มาลี") == [Retaken.SHUT]
    assert await desk.aside() == ["line:x"]
    assert await desk.operating.discard(["line:x", "line:none"], Why.UNREADABLE, "มาลี") == 1
    assert await desk.aside() == []


async def test_with_another_key_it_stays_shut(desk: Desk) -> None:
    id_ = await desk.come("1", desk.choice("a"))
    other = Operating(
        desk.store, Identity(b"o" * 32, "test"), desk.turns.commit, desk.wake, desk.operating.trail
    )
    assert await other.take_in([id_], "มาลี") == [Retaken.SHUT]
    assert await desk.aside() == [id_]


async def test_a_file_that_is_gone_is_not_attached(desk: Desk) -> None:
    id_ = await desk.come("1", FileArrived("f1", "a" * 64, "application/pdf", 4, message="m1"))
    desk.broken = False
    assert await desk.operating.take_in([id_], "มาลี") == [Retaken.GONE]
    assert await desk.aside() == [id_]


async def test_a_database_that_takes_nothing_in_loses_nothing(desk: Desk) -> None:
    id_ = await desk.come("1", desk.choice("a"))

    async def refuses(events: object) -> None:
        raise UnavailableError("not now")

    busy = replace(desk.operating, submit=refuses)
    assert await busy.take_in([id_], "มาลี") == [Retaken.BUSY]
    assert await desk.aside() == [id_]


async def test_the_trail_names_no_event_and_nobody(desk: Desk) -> None:
    id_ = await desk.come("canary-event", desk.choice("a"))
    await desk.operating.take_in([id_], "มาลี")
    await desk.operating.discard(await desk.aside(), Why.TEST, "มาลี")
    await desk.operating.drop([id_], Why.TEST, "มาลี")
    await desk.operating.send_again([id_], AT, "มาลี")
    told = await desk.told()
    assert told.count("มาลี") == 4
    assert "canary-event" not in told and SENDER not in told


# Letters


async def parked(desk: Desk, id_: str = "1") -> str:
    """A letter that LINE refused."""
    desk.broken = False
    letter = await desk.come(id_, Opened())
    [leased] = await lease(desk.store, desk.clock.now(), 10, 60)
    settled = Settlement(
        id=leased.id, attempt=leased.attempt, state=LetterState.PARKED, sent=0, detail="HTTP 400"
    )
    await settle(desk.store, [settled], desk.clock.now())
    assert await desk.store.outbox.parked() == 1
    return letter


async def test_a_parked_letter_goes_once_more(desk: Desk) -> None:
    letter = await parked(desk)
    [shown] = await desk.store.operations.parked(50)
    assert (shown.id, shown.detail, shown.attempt, shown.whole) == (letter, "HTTP 400", 1, True)
    assert await desk.operating.send_again([letter], desk.clock.now(), "มาลี") == 1
    assert desk.woken == 1
    [leased] = await lease(desk.store, desk.clock.now(), 10, 60)
    assert (leased.id, leased.attempt) == (letter, 2) and leased.messages
    assert await desk.operating.send_again([letter], desk.clock.now(), "มาลี") == 0


async def test_of_one_person_no_two_letters_are_on_their_way(desk: Desk) -> None:
    letter = await parked(desk)
    await desk.come("2", Opened(), 1)
    [newer] = await lease(desk.store, desk.clock.now(), 10, 60)
    assert newer.id != letter
    assert await desk.operating.send_again([letter], desk.clock.now(), "มาลี") == 0


async def test_a_dropped_letter_is_gone_with_its_words(desk: Desk, database_url: str) -> None:
    letter = await parked(desk)
    assert await desk.operating.drop([letter], Why.MENDED, "มาลี") == 1
    assert await desk.store.outbox.parked() == 0
    assert await column(database_url, "outbox", "messages") == [None]
    assert await desk.operating.send_again([letter], desk.clock.now(), "มาลี") == 0


async def test_a_letter_whose_words_are_gone_cannot_be_sent(desk: Desk) -> None:
    letter = await parked(desk)
    await desk.store.retention.purge(Kept.WORDS, desk.clock.now() + timedelta(days=1))
    [shown] = await desk.store.operations.parked(50)
    assert not shown.whole
    assert await desk.operating.send_again([letter], desk.clock.now(), "มาลี") == 0
