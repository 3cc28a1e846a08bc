"""The vocabulary of a conversation: values only, no clock, no chance, no disk, no network.

    Event        what a person did                 events.py
    Message      what we say back                  messages.py
    Action       what a button means               actions.py
    Participant  what we remember of a person      participant.py
    Record       what we keep for the secretariat  records.py
    Turn         what follows from one event       turn.py

Every type here is a frozen `msgspec.Struct`: equal by value, and JSON both ways without a line of code.
"""

from bot.dialogue.actions import Action, Verb
from bot.dialogue.events import (
    Blocked,
    Body,
    Edited,
    Event,
    FileArrived,
    FileOffered,
    FileRefused,
    Opened,
    Pressed,
    RefusalReason,
    Retracted,
    Typed,
    Unsupported,
)
from bot.dialogue.messages import Button, Document, Message, MessageType, Place
from bot.dialogue.participant import (
    Capacity,
    Expects,
    ForAnswer,
    ForOrganisation,
    ForSuggestion,
    Group,
    HeldText,
    Participant,
    Picked,
    SuggestionDraft,
    TextFor,
)
from bot.dialogue.records import (
    Answer,
    Attachment,
    Consent,
    Outcome,
    Purpose,
    Record,
    RequestKind,
    RightsRequest,
    ShownOption,
    Suggestion,
    SuggestionStatus,
)
from bot.dialogue.turn import Erase, Fetch, Scope, Turn

__all__ = [
    "Action",
    "Answer",
    "Attachment",
    "Blocked",
    "Body",
    "Button",
    "Capacity",
    "Consent",
    "Document",
    "Edited",
    "Erase",
    "Event",
    "Expects",
    "Fetch",
    "FileArrived",
    "FileOffered",
    "FileRefused",
    "ForAnswer",
    "ForOrganisation",
    "ForSuggestion",
    "Group",
    "HeldText",
    "Message",
    "MessageType",
    "Opened",
    "Outcome",
    "Participant",
    "Picked",
    "Place",
    "Pressed",
    "Purpose",
    "Record",
    "RefusalReason",
    "RequestKind",
    "Retracted",
    "RightsRequest",
    "Scope",
    "ShownOption",
    "Suggestion",
    "SuggestionDraft",
    "SuggestionStatus",
    "TextFor",
    "Turn",
    "Typed",
    "Unsupported",
    "Verb",
]
