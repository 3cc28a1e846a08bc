"""A suggestion, from topic to receipt: written after consent, read back, sent on the person's word."""

from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from bot.dialogue import (
    Capacity,
    Erase,
    Expects,
    ForOrganisation,
    ForSuggestion,
    Message,
    Purpose,
    RequestKind,
    Scope,
    Suggestion,
    SuggestionDraft,
    Turn,
    Verb,
)
from bot.language.words import length
from handlers import consent, explain
from handlers.answer import too_long
from handlers.followup import no_receipt, receipt_message
from handlers.ledger import emptied, keep_consent, keep_suggestion, request_for, suggestion_under
from handlers.prompts import compose, menu_message
from handlers.scene import TEXT_LIMIT, Scene, button

#: The longest organisation name, in grapheme clusters.
NAME_LIMIT: Final = 200

#: Stands for "about no clause in particular" in a button.
_GENERAL: Final = "-"


def topic(scene: Scene, page: str = "0") -> Turn | None:
    """What the suggestion is about; `page` counts from 0 and goes round."""
    if not page.isdigit():
        return None
    if scene.closed:
        return scene.turn(scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)))
    pages = explain.paged(scene, scene.library.path(scene.person.group).suggest)
    n = int(page) % len(pages)
    options = (
        *(button(c.label, Verb.COMPOSE, c.id) for c in pages[n]),
        scene.button("other_topic", Verb.SUGGEST, str((n + 1) % len(pages))),
        scene.button("unsure", Verb.COMPOSE, _GENERAL),
    )
    exits = (scene.button("back", Verb.MENU), scene.stop)
    return scene.turn(scene.say("suggest_topic", options=options, exits=exits, numbered=True))


def begin(scene: Scene, clause: str) -> Turn | None:
    """The topic is chosen: ask what must be asked before typing, then for the text."""
    if clause != _GENERAL and clause not in scene.library.clauses:
        return None
    return consent.before_typing(scene, f"s.{clause}")


def typed(scene: Scene, wanted: ForSuggestion, text: str, source: str) -> Turn:
    """Read the text back; nothing is sent yet."""
    if scene.may_type is not True:
        return consent.before_typing(scene, f"s.{wanted.clause or _GENERAL}")
    if length(text) > TEXT_LIMIT:
        return too_long(scene, text, TEXT_LIMIT)
    held = scene.person.draft
    goes_on = held is not None and (held.clause, held.receipt) == (wanted.clause, wanted.receipt)
    fresh = SuggestionDraft(wanted.clause, receipt=wanted.receipt)
    draft = replace(held if held and goes_on else fresh, text=text, source=source)
    turn = scene.turn(read_back(scene, draft), draft=draft)
    return replace(turn, discards=unsent_files(scene, held)) if held and not goes_on else turn


def read_back(scene: Scene, draft: SuggestionDraft) -> Message:
    """What would be sent, and the three things one can do with it."""
    mark = _fingerprint(draft)
    send = "send" if draft.text else "send_files"
    options = (
        scene.button(send, Verb.SEND, mark),
        *((scene.button("rewrite", Verb.REWRITE, mark),) if draft.text else ()),
        scene.button("discard", Verb.DISCARD, mark),
    )
    phrase = (
        "read_back" if not draft.attachments else "read_back_files" if draft.text else "read_back_only_files"
    )
    return scene.say(phrase, options=options, exits=(scene.stop,), text=draft.text, n=len(draft.attachments))


def _fingerprint(draft: SuggestionDraft) -> str:
    """What a button about a draft must match, so that an old one never sends a newer text."""
    parts = (draft.clause, draft.receipt, draft.text, *(a.file for a in draft.attachments))
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _outdated(scene: Scene) -> Turn:
    """The button speaks of a text that was changed or sent since."""
    message = menu_message(scene, "draft_changed")
    draft = scene.person.draft
    return scene.slip(message, read_back(scene, draft)) if draft else scene.slip(message)


def rewrite(scene: Scene, mark: str) -> Turn | None:
    """Ask for the text again; `mark` is a draft's fingerprint or the receipt of a sent suggestion."""
    draft = scene.person.draft
    if draft and mark == _fingerprint(draft):
        return compose(scene, draft.clause, draft.receipt)
    sent = suggestion_under(scene.person, mark)
    if sent is None:
        return _outdated(scene)
    if scene.closed:
        return scene.turn(scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)))
    draft = SuggestionDraft(sent.clause, attachments=sent.attachments, receipt=sent.receipt)
    turn = compose(scene, sent.clause, sent.receipt)
    return replace(turn, participant=replace(turn.participant, draft=draft))


def discard(scene: Scene, mark: str) -> Turn | None:
    """Let the text go; files that were not part of a sent suggestion go with it."""
    draft = scene.person.draft
    if draft is None or mark != _fingerprint(draft):
        return _outdated(scene)
    turn = scene.turn(menu_message(scene, "discarded"), draft=None)
    return replace(turn, discards=unsent_files(scene, draft))


def unsent_files(scene: Scene, draft: SuggestionDraft) -> tuple[str, ...]:
    """The files of a draft that no sent suggestion holds."""
    sent = suggestion_under(scene.person, draft.receipt)
    held = {a.file for a in sent.attachments} if sent else set()
    return tuple(a.file for a in draft.attachments if a.file not in held)


def send(scene: Scene, mark: str) -> Turn | None:
    """Keep the suggestion; an organisation is asked whether its name may be shown."""
    draft = scene.person.draft
    if draft is None or mark != _fingerprint(draft):
        return _outdated(scene)
    if scene.closed:
        return scene.turn(scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)), draft=draft)
    if scene.may_type is not True:
        return consent.before_typing(scene, f"s.{draft.clause or _GENERAL}")
    earlier = suggestion_under(scene.person, draft.receipt)
    suggestion = Suggestion(
        id=scene.new_id(),
        receipt=draft.receipt or scene.receipt("B"),
        clause=draft.clause,
        text=draft.text,
        at=scene.event.at,
        channel=scene.event.channel,
        group=scene.person.group,
        capacity=scene.person.capacity,
        attachments=draft.attachments,
        name_shown=earlier.name_shown if earlier else None,
        organisation=earlier.organisation if earlier else None,
        tell=earlier.tell if earlier else False,
        source=draft.source,
        notice=scene.library.notice,
    )
    person, records = keep_suggestion(replace(scene.person, draft=None), suggestion)
    after = replace(scene, person=person)
    asks = suggestion.name_shown is None and _speaks_for_others(scene)
    turn = after.turn(_naming_message(after, suggestion) if asks else receipt_message(after, suggestion))
    return replace(turn, records=records)


def _speaks_for_others(scene: Scene) -> bool:
    organised = scene.library.path(scene.person.group).organised
    return organised and scene.person.capacity is not Capacity.PERSONAL


def _naming_message(scene: Scene, suggestion: Suggestion) -> Message:
    options = (
        scene.button("name_shown", Verb.NAMING, suggestion.receipt, "show"),
        scene.button("name_hidden", Verb.NAMING, suggestion.receipt, "hide"),
    )
    return scene.say("consent_org", options=options, exits=(scene.stop,))


def naming(scene: Scene, receipt: str, value: str) -> Turn | None:
    """Whether the report may show the organisation's name: a consent of its own."""
    suggestion = suggestion_under(scene.person, receipt)
    if value not in ("show", "hide"):
        return None
    if suggestion is None:
        return no_receipt(scene)
    show = value == "show"
    person, consent_line = keep_consent(scene, Purpose.ORGANISATION, show)
    organisation = suggestion.organisation if show else None
    suggestion = replace(suggestion, name_shown=show, organisation=organisation)
    person, records = keep_suggestion(person, suggestion)
    after = replace(scene, person=person)
    if show and organisation is None:
        ask_name = after.say("organisation_name", exits=(scene.stop,), limit=NAME_LIMIT)
        turn = after.turn(ask_name, expects=Expects(ForOrganisation(receipt)))
    else:
        turn = after.turn(receipt_message(after, suggestion))
    return replace(turn, records=(consent_line, *records))


def named(scene: Scene, wanted: ForOrganisation, text: str) -> Turn:
    """Keep the organisation's name with its suggestion."""
    suggestion = suggestion_under(scene.person, wanted.receipt)
    if suggestion is None or suggestion.name_shown is not True:
        return no_receipt(scene)
    if length(text) > NAME_LIMIT:
        return too_long(scene, text, NAME_LIMIT)
    suggestion = replace(suggestion, organisation=text)
    person, records = keep_suggestion(scene.person, suggestion)
    after = replace(scene, person=person)
    return replace(after.turn(receipt_message(after, suggestion)), records=records)


def revise(scene: Scene, receipt: str) -> Turn | None:
    """Offer to rewrite or to take back."""
    suggestion = suggestion_under(scene.person, receipt)
    if suggestion is None or not (suggestion.text or suggestion.attachments):
        return no_receipt(scene)
    options = (
        scene.button("rewrite", Verb.REWRITE, receipt),
        scene.button("retract", Verb.RETRACT, receipt),
        scene.button("leave_as_is", Verb.STATUS, receipt),
    )
    return scene.turn(scene.say("revise", options=options, exits=(scene.stop,), receipt=receipt))


def retract(scene: Scene, receipt: str) -> Turn | None:
    """Take the suggestion back: its text and files go, that there was one stays."""
    suggestion = suggestion_under(scene.person, receipt)
    if suggestion is None:
        return no_receipt(scene)
    person, records = keep_suggestion(scene.person, emptied(suggestion))
    after = replace(scene, person=person)
    message = after.say("retracted", exits=(scene.to_menu, scene.my_data, scene.stop), receipt=receipt)
    files = tuple(a.file for a in suggestion.attachments)
    erase = Erase(Scope.RECEIPT, receipt)
    return replace(after.turn(message), records=records, discards=files, erase=erase)


def edited(scene: Scene, wanted: ForSuggestion, text: str) -> Turn:
    """The person changed the message a suggestion was typed in: a new version under the same receipt."""
    suggestion = suggestion_under(scene.person, wanted.receipt)
    if suggestion is None or not suggestion.source:
        return no_receipt(scene)
    if length(text) > TEXT_LIMIT:
        return too_long(scene, text, TEXT_LIMIT)
    newer = replace(suggestion, id=scene.new_id(), text=text, at=scene.event.at)
    person, records = keep_suggestion(scene.person, newer)
    request = request_for(scene, RequestKind.CORRECT, n=1)
    message = scene.say("edited", exits=(scene.my_data, scene.stop), text=text, receipt=request.receipt)
    person = replace(person, expects=scene.expects)
    return Turn(participant=person, messages=(message,), records=(*records, request))
