"""What can be so of a letter in the outbox, of a file still to be fetched, and of a text in the office."""

from enum import StrEnum


class LetterState(StrEnum):
    """Where a letter is on its way.

    WAITING  to be sent when it is due
    LEASED   in the hands of a worker until it is due again
    SENT     the platform has it
    UNKNOWN  it may have been shown; not repeated
    GONE     the person cannot be reached; not repeated
    PARKED   the platform will never take it; an operator must look
    KEPT     waits to be read by a channel that pulls
    """

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    UNKNOWN = "unknown"
    GONE = "gone"
    PARKED = "parked"
    KEPT = "kept"


class Via(StrEnum):
    """How a letter went last, where that makes a difference (LINE).

    REPLY  by what its event gave to answer it
    PUSH   under a key by which the platform knows it again
    DOUBT  by reply, and nobody knows whether it was shown: no answer came, or the process died
    """

    REPLY = "reply"
    PUSH = "push"
    DOUBT = "doubt"


class FetchState(StrEnum):
    """WAITING until due, or LEASED to a worker until due again; a fetch that is done is deleted."""

    WAITING = "waiting"
    LEASED = "leased"


class Flag(StrEnum):
    """HIDDEN: the text is shown behind a link only. CLEARED: it is shown like any other."""

    HIDDEN = "hidden"
    CLEARED = "cleared"
