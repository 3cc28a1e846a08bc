"""What a button means. The button says everything; nothing about it is kept in memory.

A token is `1:verb:arg:arg…`, at most 64 ASCII bytes (Telegram's callback_data, Bot API
`InlineKeyboardButton`), so a button pressed a year later still says which question of which
wording it answers.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

VERSION: Final = "1"
MAX_BYTES: Final = 64

_ARG: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")


class Verb(StrEnum):
    """Every thing a button can ask for; the value is what travels."""

    # Around the draft
    WELCOME = "home"
    MENU = "menu"
    TOPICS = "topics"
    CLAUSE = "clause"
    ORIGINAL = "orig"
    TERMS = "terms"
    NOTICE = "notice"
    # Who answers
    GROUPS = "groups"
    GROUP = "group"
    CAPACITY = "cap"
    # Questions
    NEXT = "next"
    QUESTION = "q"
    CHOOSE = "choose"
    TOGGLE = "toggle"
    SUBMIT = "submit"
    SKIP = "skip"
    WRITE = "write"
    WHY = "why"
    # Consent
    AGE = "age"
    CONSENT = "consent"
    CONSENT_DETAIL = "detail"
    # Personal data in what was typed
    HELD = "held"
    # Suggestions
    SUGGEST = "suggest"
    COMPOSE = "compose"
    SEND = "send"
    DISCARD = "discard"
    NAMING = "naming"
    STATUS = "status"
    REVISE = "revise"
    REWRITE = "rewrite"
    RETRACT = "retract"
    TELL = "tell"
    # My data
    MY_DATA = "mydata"
    MY_ANSWERS = "answers"
    COPY = "copy"
    WITHDRAW = "withdraw"
    ERASE = "erase"
    ERASE_NOW = "erase-now"
    OBJECT = "object"
    OBJECT_NOW = "object-now"
    RESTRICT = "restrict"
    CONTACT = "contact"
    # Everywhere
    BACK = "back"
    STOP = "stop"


class Action(Struct, frozen=True):
    """A verb and the opaque ids it is about."""

    verb: Verb
    args: tuple[str, ...] = ()

    def token(self) -> str:
        """The bytes a button carries.

        Raises ValueError when an argument is not an opaque id or the token is over 64 bytes: that is
        a fault of the content or of this program, found by `check` and the tests, never by a person.
        """
        for arg in self.args:
            if not _ARG.fullmatch(arg):
                raise ValueError(f"not an opaque id: {arg!r}")
        token = ":".join((VERSION, self.verb.value, *self.args))
        if len(token) > MAX_BYTES:
            raise ValueError(f"a button carries at most {MAX_BYTES} bytes, this one {len(token)}: {token}")
        return token

    @classmethod
    def parse(cls, token: str) -> Action | None:
        """Read a token; None for anything this version of the bot never wrote."""
        if len(token) > MAX_BYTES:
            return None
        version, _, rest = token.partition(":")
        verb, *args = rest.split(":")
        if version != VERSION or verb not in Verb._value2member_map_:
            return None
        if not all(_ARG.fullmatch(arg) for arg in args):
            return None
        return cls(Verb(verb), tuple(args))
