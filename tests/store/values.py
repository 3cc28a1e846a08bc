"""Values to store: one person's turns, as short as a test can say them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dialogue import (
    Answer,
    Attachment,
    Consent,
    Erase,
    Fetch,
    Message,
    MessageType,
    Outcome,
    Participant,
    Purpose,
    Record,
    RequestKind,
    RightsRequest,
    ShownOption,
    Suggestion,
    Turn,
)
from bot.store import Commit, NewEvent, SealedAddress, Store, StoredFile, WrappedKey

NOW = datetime(2026, 11, 24, 3, 4, 5, 678901, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(seconds=seconds)


def person(id_: str = "p1", **fields: Any) -> Participant:
    """Somebody on LINE."""
    return Participant(id=id_, channel="line", **fields)


def message(text: str = "สวัสดี") -> Message:
    """Something said."""
    return Message(type=MessageType.CONFIRM, lines=(text,))


def answer(id_: str, **fields: Any) -> Answer:
    """An answer to q1, tapped, unless told otherwise."""
    given: dict[str, Any] = {
        "question": "q1",
        "version": "v1",
        "clause": "c35",
        "stem": "ท่านเห็นอย่างไร",
        "options": (ShownOption("o2", "ไม่เห็นด้วย"), ShownOption("o1", "เห็นด้วย")),
        "outcome": Outcome.ANSWERED,
        "at": NOW,
        "channel": "line",
        "order": "shuffled",
        "chosen": ("o1",),
        "group": "citizen",
        "notice": "n1",
    }
    return Answer(id=id_, **given | fields)


def attachment(file: str, source: str) -> Attachment:
    """A PDF."""
    return Attachment(file=file, sha256="a" * 64, media_type="application/pdf", size=4, source=source)


def suggestion(id_: str, **fields: Any) -> Suggestion:
    """A suggestion typed in message m1, unless told otherwise."""
    given: dict[str, Any] = {
        "receipt": "S-2345678",
        "clause": "c35",
        "text": "ขอให้ลดขั้นตอน",
        "at": NOW,
        "channel": "line",
        "source": "m1",
        "notice": "n1",
    }
    return Suggestion(id=id_, **given | fields)


def consent(id_: str, given: bool = True, **fields: Any) -> Consent:
    """A choice about typed text."""
    shown: dict[str, Any] = {"purpose": Purpose.TYPED_TEXT, "notice": "n1", "at": NOW}
    return Consent(id=id_, given=given, **shown | fields)


def request(id_: str, kind: RequestKind = RequestKind.ERASE) -> RightsRequest:
    """A right used."""
    return RightsRequest(id=id_, kind=kind, receipt="R-2345678", at=NOW)


def file(id_: str, source: str = "", owner: str = "p1") -> StoredFile:
    """Four bytes."""
    return StoredFile(
        id=id_, participant=owner, sha256="a" * 64, media_type="application/pdf", size=4, content=b"%PDF",
        created_at=NOW, source=source,
    )  # fmt: skip


def key(participant: str = "p1") -> WrappedKey:
    """What stands for a wrapped key here, where nothing is opened."""
    return WrappedKey(participant, b"wrapped", "00000000")


def address(participant: str = "p1") -> SealedAddress:
    """The address of a `commit`, as a lease hands it over."""
    return SealedAddress(b"sealed", key(participant))


def mark(participant: str) -> str:
    """What stands for the keyed hash of a pseudonym."""
    return f"{sum(participant.encode()):064x}"


def commit(
    event: str,
    *records: Record,
    who: Participant | None = None,
    messages: tuple[Message, ...] = (),
    fetches: tuple[Fetch, ...] = (),
    erase: Erase | None = None,
    discards: tuple[str, ...] = (),
    **fields: Any,
) -> Commit:
    """What one event leads to; p1's unless told otherwise."""
    turn = Turn(
        participant=who or person(),
        messages=messages,
        records=records,
        fetches=fetches,
        erase=erase,
        discards=discards,
    )
    given: dict[str, Any] = {
        "address": b"sealed",
        "reply": "token",
        "key": key(turn.participant.id),
        "mark": mark(turn.participant.id),
        "pulls": False,
        "now": NOW,
    }
    return Commit(event=event, turn=turn, **given | fields)


async def take_in(store: Store, *commits: Commit) -> None:
    """Claim and apply, as the intake does, all in one batch."""
    async with store.transaction() as tx:
        events = [NewEvent(c.event, c.turn.participant.id, NOW) for c in commits]
        assert await tx.claim(events, NOW) == {c.event for c in commits}
        await tx.participants({c.turn.participant.id for c in commits})
        await tx.apply(commits)
