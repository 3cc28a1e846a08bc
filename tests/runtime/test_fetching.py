"""Files people offered: brought, checked, kept, and told of as an event like any other."""

import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from bot.dialogue import (
    Fetch,
    FileArrived,
    FileRefused,
    Participant,
    RefusalReason,
    Turn,
)
from bot.errors import UnavailableError
from bot.runtime.channel import FetchedFile, FileGoneError, FileLaterError, FileTooLargeError, Incoming
from bot.runtime.fetching import ATTEMPTS, Fetching, Keeper, StoredUploads
from bot.runtime.identity import Identity
from bot.store import Commit, Store
from tests.runtime.fakes import HandClock, Obedient, key_of
from tests.store.rows import next_fetch

SENDER = "U0123456789abcdef0123456789abcdef"
PDF = b"%PDF-1.7\n%%EOF"


class Submitted(list[Incoming]):
    """What was submitted; refuses while `failing`."""

    failing = False

    async def __call__(self, incomings) -> None:
        if self.failing:
            raise UnavailableError("not now")
        self.extend(incomings)


@pytest.fixture
def submitted() -> Submitted:
    return Submitted()


@pytest.fixture
def fetching(store: Store, channel: Obedient, identity: Identity, clock: HandClock, submitted) -> Fetching:
    return Fetching(store=store, channels={"line": channel}, identity=identity, clock=clock, submit=submitted)


@pytest.fixture
async def offered(store: Store, identity: Identity, clock: HandClock) -> None:
    """Somebody has offered the file `ref-1`."""
    await take(store, identity, clock, "line:1", fetches=(Fetch("ref-1", "ก/..\\ข้อ\u202eเสนอ.pdf", "m1"),))


async def take(store: Store, identity: Identity, clock: HandClock, event: str, **turn) -> None:
    person = identity.pseudonym("line", SENDER)
    acted = clock.now() - timedelta(seconds=5)
    async with store.transaction() as transaction:
        key = await key_of(transaction, identity, person)
        commit = Commit(
            event=event,
            turn=Turn(participant=Participant(id=person, channel="line", acted_at=acted), **turn),
            address=key.seal("addresses", person, SENDER.encode()),
            reply=key.seal_text("outbox", event, "token"),
            key=key.wrapped,
            mark=identity.mark(person),
            pulls=False,
            now=clock.now(),
        )
        await transaction.apply([commit])


async def work(fetching: Fetching) -> int:
    """One round over what is due; how many there were."""
    now = fetching.clock.now()
    jobs, _ = await fetching.turn_over([], now, 8)
    await fetching.turn_over([await fetching.perform(job) for job in jobs], now, 0)
    return len(jobs)


async def work_when_due(fetching: Fetching, clock: HandClock) -> None:
    due = await next_fetch(fetching.store, clock.now())
    assert due is not None
    clock.moment = due
    assert await work(fetching) == 1


@pytest.mark.usefixtures("offered")
async def test_a_file_comes_and_is_told_of(fetching, channel, clock, submitted) -> None:
    channel.files["ref-1"] = FetchedFile(PDF)
    assert await work(fetching) == 1
    (incoming,) = submitted
    assert (incoming.sender, incoming.reply) == (SENDER, "token")
    assert incoming.event.id == "line:1/f0"
    assert incoming.event.at == clock.now() - timedelta(seconds=5)  # by the platform's clock, not ours
    body = incoming.event.body
    assert body == FileArrived(
        "line:1/f0", sha256(PDF).hexdigest(), "application/pdf", len(PDF), "ข้อเสนอ.pdf", "m1"
    )
    file = await fetching.store.files.get(body.file)
    assert file is not None
    assert (file.content, file.participant) == (PDF, fetching.identity.pseudonym("line", SENDER))
    assert len(channel.acknowledged) == 1
    clock.move(hours=1)
    assert await work(fetching) == 0


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (FileGoneError(), RefusalReason.UNAVAILABLE),
        (FileTooLargeError(), RefusalReason.SIZE),
        (FetchedFile(b"MZ\x90\0"), RefusalReason.TYPE),
        (FetchedFile(b""), RefusalReason.EMPTY),
    ],
)
@pytest.mark.usefixtures("offered")
async def test_a_file_that_is_not_taken_is_told_of(fetching, channel, submitted, found, reason) -> None:
    channel.files["ref-1"] = found
    await work(fetching)
    assert [incoming.event.body for incoming in submitted] == [FileRefused(reason, "m1")]
    counts = await fetching.store.counts()
    assert (counts.files, counts.fetches) == (0, 0)


@pytest.mark.parametrize("error", [FileLaterError(), ZeroDivisionError("a fault of the channel")])
@pytest.mark.usefixtures("offered")
async def test_what_may_come_later_is_sought_for_some_minutes(
    fetching, channel, clock, submitted, error
) -> None:
    channel.files["ref-1"] = error
    began = clock.now()
    for _ in range(ATTEMPTS):
        assert not submitted
        await work_when_due(fetching, clock)
    assert [i.event.body for i in submitted] == [FileRefused(RefusalReason.UNAVAILABLE, "m1")]
    assert len(channel.acknowledged) == 1
    assert timedelta(minutes=4) < clock.now() - began < timedelta(minutes=11)


@pytest.mark.usefixtures("offered")
async def test_a_file_comes_again_when_its_event_could_not_be_stored(
    fetching, channel, clock, submitted
) -> None:
    channel.files["ref-1"] = FetchedFile(PDF)
    submitted.failing = True
    await work(fetching)
    submitted.failing = False
    await work_when_due(fetching, clock)
    assert [i.event.id for i in submitted] == ["line:1/f0"]
    assert (await fetching.store.counts()).files == 1


@pytest.mark.usefixtures("offered")
async def test_a_file_of_nobody_does_not_come(fetching, channel, clock, submitted) -> None:
    """Erased between the lease and the work: there is no address any more."""
    channel.files["ref-1"] = FetchedFile(PDF)
    (job,), _ = await fetching.turn_over([], clock.now(), 8)
    await fetching.turn_over([await fetching.perform(replace(job, address=None))], clock.now(), 0)
    assert not submitted
    counts = await fetching.store.counts()
    assert (counts.files, counts.fetches) == (0, 0)


async def test_an_upload_is_checked_and_kept(store, identity, clock) -> None:
    uploads = StoredUploads(Keeper(store.files, clock), identity, "web")
    one, twin = await asyncio.gather(
        uploads.keep("session", PDF, "a.pdf"), uploads.keep("session", PDF, "a.pdf")
    )
    assert isinstance(one, FileArrived)
    assert isinstance(twin, FileArrived)
    assert one.sha256 == twin.sha256
    assert one.file != twin.file, "each may be discarded without the other"
    assert await uploads.keep("session", b"#!/bin/sh", "a.pdf") == FileRefused(RefusalReason.TYPE)
    assert (await store.counts()).files == 2
