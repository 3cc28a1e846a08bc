"""Personal data in what was typed: shown to its person before anything is kept, and theirs to decide on.

One rule: until they have, the text is held and nothing else; whatever else they do lets it go.
"""

from hashlib import sha256
from typing import Final, assert_never

from bot.dialogue import (
    Button,
    Capacity,
    Expects,
    ForAnswer,
    ForOrganisation,
    ForSuggestion,
    HeldText,
    Message,
    Turn,
    Verb,
)
from bot.language.privacy import Kind, Span, find, redacted
from bot.language.words import clip, length
from handlers import answer, suggest
from handlers.prompts import menu_message
from handlers.scene import TEXT_LIMIT, Scene

#: What an organisation may give of itself so that it can be reached; of a person it is always asked about.
_CONTACT: Final = frozenset({Kind.PHONE, Kind.EMAIL, Kind.LINE_ID, Kind.ADDRESS, Kind.JURISTIC_ID})
#: Finds that are shown one by one; of more, how many there are.
_SHOWN: Final = 5
#: Grapheme clusters of a find that are shown.
_CLIPPED: Final = 60


def taken(scene: Scene, held: HeldText) -> Turn:
    """What follows from a text: it is kept, or its person is asked about the personal data in it."""
    spans = find(held.text, scene.library.signs) if _may_be_kept(scene, held) else ()
    return _asking(scene, held, spans) if spans else _kept(scene, held)


def _may_be_kept(scene: Scene, held: HeldText) -> bool:
    """Whether the text would be kept as it is; of one that would not, nothing is held either."""
    consented = scene.may_type is True or isinstance(held.wanted, ForOrganisation)
    return consented and not scene.closed and length(held.text) <= TEXT_LIMIT


def _kept(scene: Scene, held: HeldText) -> Turn:
    """Keep the text for what it was typed for."""
    match held.wanted:
        case ForAnswer() as wanted if held.corrects:
            return answer.edited(scene, wanted, held.text, held.source)
        case ForAnswer() as wanted:
            return answer.typed(scene, wanted, held.text, held.source)
        case ForSuggestion() as wanted if held.corrects:
            return suggest.edited(scene, wanted, held.text)
        case ForSuggestion() as wanted:
            return suggest.typed(scene, wanted, held.text, held.source)
        case ForOrganisation() as wanted:
            return suggest.named(scene, wanted, held.text)
        case _:
            assert_never(held.wanted)


def _asking(scene: Scene, held: HeldText, spans: tuple[Span, ...]) -> Turn:
    lines = scene.lines("personal_found")
    for span in spans[:_SHOWN]:
        found = clip(held.text[span.start : span.end], _CLIPPED)
        lines += scene.lines("personal_find", kind=scene.label(f"kind_{span.kind.value}"), found=found)
    if len(spans) > _SHOWN:
        lines += scene.lines("personal_more", n=len(spans) - _SHOWN)
    lines += scene.lines("personal_choice")
    message = Message(
        type=scene.library.phrases["personal_choice"].type,
        lines=lines,
        options=_choices(scene, held, spans),
        exits=(scene.stop,),
    )
    return scene.turn(message, held=held)


def _choices(scene: Scene, held: HeldText, spans: tuple[Span, ...]) -> tuple[Button, ...]:
    mark = _fingerprint(held)
    own = (scene.button("personal_keep", Verb.HELD, "keep", mark),) if _may_keep(scene, held, spans) else ()
    return (
        scene.button("personal_remove", Verb.HELD, "remove", mark),
        scene.button("personal_edit", Verb.HELD, "edit", mark),
        *own,
        scene.button("personal_drop", Verb.HELD, "drop", mark),
    )


def _may_keep(scene: Scene, held: HeldText, spans: tuple[Span, ...]) -> bool:
    """Whether all that was found may be an organisation's own contact, said by somebody who speaks for it."""
    if isinstance(held.wanted, ForOrganisation):
        return True
    organised = scene.library.path(scene.person.group).organised
    return (
        organised
        and scene.person.capacity is not Capacity.PERSONAL
        and all(span.kind in _CONTACT for span in spans)
    )


def choose(scene: Scene, choice: str, mark: str) -> Turn | None:
    """Do with the held text what its person chose."""
    held = scene.held
    if held is None or mark != _fingerprint(held):
        return scene.slip(menu_message(scene, "personal_gone"))
    spans = find(held.text, scene.library.signs)
    match choice:
        case "remove":
            covered = redacted(held.text, spans, scene.label("personal_removed"))
            return _kept(scene, HeldText(covered, held.wanted, held.source, held.corrects))
        case "edit":
            return scene.turn(
                scene.say("personal_edit", exits=(scene.my_data, scene.stop)), expects=Expects(held.wanted)
            )
        case "keep" if _may_keep(scene, held, spans):
            return _kept(scene, held)
        case "drop":
            return scene.turn(menu_message(scene, "personal_dropped"))
        case _:
            return None


def _fingerprint(held: HeldText) -> str:
    """What a button about a held text must match, so that an old one never keeps a newer text."""
    return sha256(f"{held.source}\n{held.text}".encode()).hexdigest()[:12]
