"""Keeping records: a newer answer replaces, an older one is history, and the newest by platform time wins."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from bot.dialogue import (
    Answer,
    Consent,
    Participant,
    Purpose,
    Record,
    RequestKind,
    RightsRequest,
    Suggestion,
    SuggestionStatus,
)
from handlers.scene import Scene


def answer_to(person: Participant, question: str) -> Answer | None:
    """The person's current answer to a question."""
    return next((answer for answer in person.answers if answer.question == question), None)


def suggestion_under(person: Participant, receipt: str) -> Suggestion | None:
    """The person's current suggestion with this receipt."""
    return next((s for s in person.suggestions if s.receipt == receipt), None)


def is_newest(scene: Scene, question: str) -> bool:
    """Whether an answer given by this event would be the newest to the question."""
    current = answer_to(scene.person, question)
    return (
        current is None or scene.event.in_order or (current.at, current.id) < (scene.event.at, scene.new_id())
    )


def keep_answer(scene: Scene, answer: Answer) -> tuple[Participant, tuple[Record, ...]]:
    """The person and the records after an answer, whichever of it and the current one is newer."""
    current = answer_to(scene.person, answer.question)
    if current is None:
        return replace(scene.person, answers=(*scene.person.answers, answer)), (answer,)
    if not is_newest(scene, answer.question):
        return scene.person, (replace(answer, replaced_at=current.at),)
    others = tuple(a for a in scene.person.answers if a is not current)
    person = replace(scene.person, answers=(*others, answer))
    return person, (replace(current, replaced_at=answer.at), answer)


def keep_suggestion(person: Participant, suggestion: Suggestion) -> tuple[Participant, tuple[Record, ...]]:
    """The person and the records after a suggestion: new, rewritten under its receipt, or updated."""
    current = suggestion_under(person, suggestion.receipt)
    others = tuple(s for s in person.suggestions if s is not current)
    kept = replace(person, suggestions=(*others, suggestion))
    if current is None or current.id == suggestion.id:
        return kept, (suggestion,)
    return kept, (replace(current, replaced_at=suggestion.at), suggestion)


def keep_consent(scene: Scene, purpose: Purpose, given: bool, n: int = 0) -> tuple[Participant, Consent]:
    """The person and the log line after a choice about one purpose."""
    consent = Consent(
        id=scene.new_id(n), purpose=purpose, given=given, notice=scene.library.notice, at=scene.event.at
    )
    others = tuple(c for c in scene.person.consents if c.purpose is not purpose)
    return replace(scene.person, consents=(*others, consent)), consent


#: The letter a receipt begins with, by the right that was used; B is a suggestion's.
_LETTERS: Final = {
    RequestKind.COPY: "C",
    RequestKind.CORRECT: "E",
    RequestKind.WITHDRAW: "W",
    RequestKind.OBJECT: "O",
    RequestKind.RESTRICT: "R",
    RequestKind.UNRESTRICT: "U",
    RequestKind.ERASE: "D",
}


def request_for(scene: Scene, kind: RequestKind, n: int = 0) -> RightsRequest:
    """The line of a right that this event uses, after `n` other records of it."""
    receipt = scene.receipt(_LETTERS[kind])
    return RightsRequest(id=scene.new_id(n), kind=kind, receipt=receipt, at=scene.event.at)


def without_text(scene: Scene) -> tuple[Participant, tuple[Record, ...]]:
    """What is left after everything typed was erased: chosen options stay, texts and files go."""
    return _without(scene, lambda source: True)


def without_message(scene: Scene, message: str) -> tuple[Participant, tuple[Record, ...]]:
    """What is left after what came from one platform message was erased."""
    return _without(scene, lambda source: source == message)


def emptied(suggestion: Suggestion) -> Suggestion:
    """The suggestion as it stands after its person took it back."""
    return replace(
        suggestion,
        text="",
        attachments=(),
        organisation=None,
        name_shown=None,
        source="",
        status=SuggestionStatus.WITHDRAWN,
        tell=False,
        reply=None,
    )


def _without(scene: Scene, goes: Callable[[str], bool]) -> tuple[Participant, tuple[Record, ...]]:
    """The person without the typed texts and files whose source `goes`, and the records that changed."""
    before = scene.person
    answers = {a.id: _silenced(a, scene.event.at) if a.text and goes(a.source) else a for a in before.answers}
    suggestions = {s.id: _lightened(s, goes) for s in before.suggestions}
    changed = [a for old in before.answers if (a := answers[old.id]) != old]
    changed_suggestions = [s for old in before.suggestions if (s := suggestions[old.id]) != old]
    draft = before.draft
    if draft and (goes(draft.source) or any(goes(a.source) for a in draft.attachments)):
        draft = None
    person = replace(
        before,
        answers=tuple(a for a in answers.values() if a.replaced_at is None),
        suggestions=tuple(suggestions.values()),
        draft=draft,
    )
    return person, (*changed, *changed_suggestions)


def _silenced(answer: Answer, at: datetime) -> Answer:
    """An answer without its text: a chosen option still stands, a text alone is no answer any more."""
    return replace(answer, text=None, source="", replaced_at=None if answer.chosen else at)


def _lightened(suggestion: Suggestion, goes: Callable[[str], bool]) -> Suggestion:
    if suggestion.status is SuggestionStatus.WITHDRAWN or goes(suggestion.source):
        return emptied(suggestion)
    return replace(suggestion, attachments=tuple(a for a in suggestion.attachments if not goes(a.source)))
