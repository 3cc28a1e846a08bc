"""What a pulling channel reads: in order, confirmed by reading on, and woken by a commit."""

import asyncio

import pytest

from bot.dialogue import Message, MessageType, Participant, Turn
from bot.runtime.identity import Identity
from bot.runtime.mailbox import StoredMailbox
from bot.store import Commit, Store
from tests.runtime.fakes import HandClock


@pytest.fixture
def mailbox(store: Store, identity: Identity) -> StoredMailbox:
    return StoredMailbox(store.outbox, identity, "web")


@pytest.fixture
def say(store: Store, identity: Identity, clock: HandClock, mailbox: StoredMailbox):
    async def commit(event: str, sender: str = "session") -> None:
        person = identity.pseudonym("web", sender)
        turn = Turn(
            participant=Participant(id=person, channel="web"),
            messages=(Message(type=MessageType.SYSTEM, lines=(event,)),),
        )
        letter = Commit(
            event=event,
            turn=turn,
            address=b"",
            reply="",
            key=identity.masters.make(person).wrapped,
            mark=identity.mark(person),
            pulls=True,
            now=clock.now(),
        )
        async with store.transaction() as transaction:
            await transaction.apply([letter])
        mailbox.ring([person])

    return commit


async def test_letters_come_in_order_and_are_confirmed_by_reading_on(mailbox, say, store, identity) -> None:
    for n in range(3):
        await say(f"web:{n}")
    await say("web:other", sender="other")
    letters = await mailbox.since("session", 0)
    assert [letter.id for letter in letters] == ["web:0", "web:1", "web:2"]
    assert [letter.id for letter in await mailbox.since("session", letters[1].seq)] == ["web:2"]
    assert [letter.id for letter in await mailbox.since("session", 0)] == ["web:2"], (
        "the others are confirmed"
    )
    latest = await mailbox.latest("session")
    assert latest is not None
    assert latest.id == "web:2"
    assert await mailbox.latest("nobody") is None


async def test_a_commit_wakes_who_waits_and_nobody_else(mailbox, say) -> None:
    mine = asyncio.create_task(mailbox.wait("session", 0, 10))
    other = asyncio.create_task(mailbox.wait("other", 0, 0.3))
    await asyncio.sleep(0.05)
    await say("web:1")
    async with asyncio.timeout(5):
        assert [letter.id for letter in await mine] == ["web:1"]
    assert not other.done()
    assert await other == []


async def test_what_is_there_already_is_not_waited_for(mailbox, say) -> None:
    await say("web:1")
    async with asyncio.timeout(5):
        assert len(await mailbox.wait("session", 0, 60)) == 1


async def test_a_stop_lets_everybody_go(mailbox) -> None:
    waiting = [asyncio.create_task(mailbox.wait("session", 0, 60)) for _ in range(3)]
    await asyncio.sleep(0.05)
    mailbox.close()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [[], [], []]
        assert await mailbox.wait("session", 0, 60) == []
    assert not mailbox._bells
