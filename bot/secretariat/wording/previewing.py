"""What a person would be sent of a unit, made by the same turns and renderers as the real thing.

One rule: nothing is drawn here that a platform would not be sent; what it would not take is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from bot.dialogue import Capacity, Event, Group, Message, Opened, Participant
from bot.library import Clause, Library, Question
from bot.secretariat.wording.units import Unit
from handlers import explain, rounds
from handlers.scene import Scene

#: Messages → what a platform is sent for them, as JSON; ValueError when one of its limits is broken.
Preview = Callable[[Sequence[Message]], list[dict[str, Any]]]

#: The web chat shows a message as it is.
WEB: Final = "web"
_NOBODY: Final = "preview"
_EVENT: Final = Event("preview:0", datetime(2026, 1, 1, tzinfo=UTC), WEB, Opened())


class Bubble(Struct, frozen=True):
    """One bubble: its text, its rows of buttons, and the ways out below it."""

    text: str = ""
    rows: list[list[str]] = []
    exits: list[str] = []


class Shown(Struct, frozen=True):
    """What a platform shows; `refused` is why it would take none of it, in English."""

    platform: str
    bubbles: list[Bubble] = []
    refused: str = ""


def shown(unit: Unit, library: Library, previews: Mapping[str, Preview]) -> list[Shown]:
    """A unit as every platform shows it; [] for one that is no message by itself."""
    try:
        messages = list(messages_of(unit, library))
    except (KeyError, IndexError, ValueError) as error:  # a label or a slot that the turn needs is not there
        return [Shown(WEB, refused=f"{type(error).__name__} {error}")]
    if not messages:
        return []
    return [Shown(WEB, [_as_web(message) for message in messages])] + [
        _rendered(platform, preview, messages) for platform, preview in previews.items()
    ]


def refusals(unit: Unit, library: Library, previews: Mapping[str, Preview]) -> list[str]:
    """Why a platform would not take it: "line: …"."""
    return [f"{seen.platform}: {seen.refused}" for seen in shown(unit, library, previews) if seen.refused]


def messages_of(unit: Unit, library: Library) -> Iterator[Message]:
    """The messages with a unit in them, as somebody new here gets them; {slots} stay as they are."""
    kind, _, id_ = unit.name.partition(" ")
    if kind == "phrase":
        phrase = library.phrases[id_]
        yield Message(phrase.type, phrase.lines)
    elif kind == "clause":
        yield from _clause(library, library.clauses[id_])
    elif kind == "question":
        question = library.questions.get(id_) or _closing(library, id_)
        if question:
            yield from _question(library, question)


def _clause(library: Library, clause: Clause) -> Iterator[Message]:
    scene = _scene(library, clause)
    yield explain.full_card(scene, clause)
    if clause.brief:
        yield explain.card(scene, clause)
    if clause.terms and (turn := explain.terms(scene, clause.id)):
        yield turn.messages[0]


def _question(library: Library, question: Question) -> Iterator[Message]:
    clause = library.clauses[question.clause]
    group = next(
        (g for g, path in library.draft.paths.items() if path.questions_of in question.audience), None
    )
    message = rounds.open_message if question.kind == "open" else rounds.question_message
    yield message(_scene(library, clause, group), question)
    if question.stem_personal:
        yield message(_scene(library, clause, group, Capacity.PERSONAL), question)


def _closing(library: Library, id_: str) -> Question | None:
    """One of the closing pair, in the first clause that has it."""
    return next(
        (q for clause in library.clauses for q in [library.questions.get(f"{clause}-{id_}")] if q), None
    )


def _scene(
    library: Library, clause: Clause, group: Group | None = None, capacity: Capacity | None = None
) -> Scene:
    person = Participant(
        id=_NOBODY, channel=WEB, group=group, capacity=capacity, adult=True, clause=clause.id
    )
    return Scene(person, _EVENT, library)


def _rendered(platform: str, preview: Preview, messages: Sequence[Message]) -> Shown:
    """Each message by itself, as it is sent; the platform's JSON read back into bubbles."""
    bubbles: list[Bubble] = []
    for message in messages:
        try:
            bubbles += [_bubble(part) for part in preview([message])]
        except ValueError as error:
            return Shown(platform, refused=str(error))
    return Shown(platform, bubbles)


def _as_web(message: Message) -> Bubble:
    labels = [button.label for button in message.options]
    numbered = [f"{n}. {label}" for n, label in enumerate(labels, 1)] if message.numbered else labels
    return Bubble(message.text, [[label] for label in numbered], [button.label for button in message.exits])


def _bubble(part: Mapping[str, Any]) -> Bubble:
    """A LINE message object, or a call to Telegram."""
    if "method" in part:
        rows = part.get("reply_markup", {}).get("inline_keyboard", [])
        return Bubble(part.get("text", ""), [[button["text"] for button in row] for row in rows])
    exits = [item["action"]["label"] for item in part.get("quickReply", {}).get("items", [])]
    if part["type"] == "flex":
        buttons = part["contents"]["body"]["contents"]
        return Bubble("", [[button["action"]["label"]] for button in buttons], exits)
    return Bubble(part["text"], [], exits)
