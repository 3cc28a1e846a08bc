"""What becomes of a suggestion: its receipt, how far the secretariat is, who wants to be told of a reply."""

from msgspec.structs import replace

from bot.dialogue import Button, Message, Purpose, Suggestion, SuggestionStatus, Turn, Verb
from handlers.ledger import keep_consent, keep_suggestion, suggestion_under
from handlers.prompts import menu_message
from handlers.scene import Scene


def receipt_message(scene: Scene, suggestion: Suggestion) -> Message:
    """That it was received, under which number, and what can be done about it."""
    options = (
        scene.button("status", Verb.STATUS, suggestion.receipt),
        scene.button("revise", Verb.REVISE, suggestion.receipt),
        _tell_button(scene, suggestion),
    )
    exits = (scene.to_menu, scene.my_data, scene.stop)
    return scene.say("receipt", options=options, exits=exits, receipt=suggestion.receipt)


def no_receipt(scene: Scene) -> Turn:
    """The person has no suggestion under this number."""
    return scene.slip(menu_message(scene, "no_such_receipt"))


def _tell_button(scene: Scene, suggestion: Suggestion) -> Button:
    value = "off" if suggestion.tell else "on"
    return scene.button(f"tell_{value}", Verb.TELL, suggestion.receipt, value)


def tell(scene: Scene, receipt: str, value: str) -> Turn | None:
    """Whether the person is written to when there is a reply: a consent of its own, as easily taken back."""
    suggestion = suggestion_under(scene.person, receipt)
    if value not in ("on", "off"):
        return None
    if suggestion is None or suggestion.status is SuggestionStatus.WITHDRAWN:
        return no_receipt(scene)
    wanted = value == "on"
    person, consent = keep_consent(scene, Purpose.REPLY, wanted)
    suggestion = replace(suggestion, tell=wanted)
    person, records = keep_suggestion(person, suggestion)
    after = replace(scene, person=person)
    message = after.say(
        f"tell_{value}",
        options=(after.button("status", Verb.STATUS, receipt), _tell_button(after, suggestion)),
        exits=(scene.to_menu, scene.my_data, scene.stop),
    )
    return replace(after.turn(message), records=(consent, *records))


def status(scene: Scene, receipt: str) -> Turn | None:
    """How far the secretariat is, with what the person sent and what it replied."""
    suggestion = suggestion_under(scene.person, receipt)
    if suggestion is None:
        return no_receipt(scene)
    kept = bool(suggestion.text or suggestion.attachments)
    options = (scene.button("revise", Verb.REVISE, receipt), _tell_button(scene, suggestion)) if kept else ()
    message = Message(
        type=scene.library.phrases["suggestion_status"].type,
        lines=_status_lines(scene, suggestion),
        options=options,
        exits=(scene.to_menu, scene.my_data, scene.stop),
    )
    return scene.turn(message)


def _status_lines(scene: Scene, suggestion: Suggestion) -> tuple[str, ...]:
    found = scene.clause(suggestion.clause)
    lines = scene.lines(
        "suggestion_status",
        receipt=suggestion.receipt,
        status=scene.label(f"status_{suggestion.status.value}"),
        topic=found.title if found else scene.label("other_topic"),
    )
    if suggestion.text:
        lines += scene.lines("suggestion_text", text=suggestion.text)
    if suggestion.attachments:
        lines += scene.lines("suggestion_files", n=len(suggestion.attachments))
    if suggestion.name_shown is not None:
        hidden = scene.label("name_hidden")
        lines += scene.lines("suggestion_name", name=suggestion.organisation or hidden)
    if suggestion.reply:
        lines += scene.lines("suggestion_reply", reply=suggestion.reply)
    return lines
