"""The notice says how long the link is kept: as many days as the draft promises and the program keeps it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from bot.dialogue import Action, Event, Participant, Pressed, Verb
from bot.library import Library
from bot.library.model import Anonymity
from handlers import take_turn


def said(library: Library, verb: Verb, *args: str) -> str:
    """All that is said to somebody of age who presses this."""
    person = Participant(id="p", channel="web", adult=True, notice=library.notice)
    event = Event("web:1", datetime(2026, 11, 24, tzinfo=UTC), "web", Pressed(Action(verb, args).token()))
    return "\n".join(message.text for message in take_turn(person, event, library).messages)


def test_the_notice_says_the_days_of_the_draft(library: Library) -> None:
    promise = "ลบรหัสแทนบัญชีภายใน {} วันหลังปิดรับ"
    for days in (30, 7):
        draft = replace(library.draft, anonymity=Anonymity(linked_days=days))
        changed = replace(library, draft=draft)
        for card in (said(changed, Verb.NOTICE), said(changed, Verb.CONSENT_DETAIL, "d.-")):
            assert promise.format(days) in card
