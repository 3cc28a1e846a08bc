"""A conversation as Markdown that a policy officer can read, and a test can play.

    # title                 channel: line · person: p-1 (both optional, on one line of their own)
    👤 text                 typed
    👤 [label]              a button of the last turn; `[label] #3` one that the third turn showed
    👤 *opened*             also *opened from CODE*, *blocked*, *sticker*, *unsend 3*, *edit 3* text,
                            *file name.pdf*, *file arrives name.pdf*, *file refused type*
    ⏱ 7 days                time passes (days, hours, minutes, seconds)
    🤖 lines                what the bot says; [choices] and (ways out) in its last lines
    📝 …                    what is kept
    🗑 …                    what is erased

A message's number in *unsend* and *edit* is that of the turn that sent it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from bot.dialogue import (
    Answer,
    Blocked,
    Body,
    Consent,
    Edited,
    FileArrived,
    FileOffered,
    FileRefused,
    Message,
    Opened,
    Place,
    Record,
    RefusalReason,
    Retracted,
    RightsRequest,
    Suggestion,
    Turn,
    Typed,
    Unsupported,
)

PERSON: Final = "👤"
BOT: Final = "🤖"
KEPT: Final = "📝"
ERASED: Final = "🗑"
CLOCK: Final = "⏱"

_HEAD: Final = re.compile(r"channel: (?P<channel>[\w-]+)(?: · person: (?P<person>[\w-]+))?$")
_BUTTON: Final = re.compile(r"\[(?P<label>.+)\](?: #(?P<turn>\d+))?$")
_DEED: Final = re.compile(r"\*(?P<deed>[^*]+)\*(?: (?P<text>.*))?$")


class Press(Struct, frozen=True):
    """A button by its label: of the last turn that had it, or of a given one."""

    label: str
    turn: int | None = None


class Wait(Struct, frozen=True):
    """Time that passes between two events."""

    delta: timedelta


class Script(Struct, frozen=True):
    """What a transcript makes happen: on which channel, to whom, and each person's line in turn."""

    title: str
    channel: str
    person: str
    steps: tuple[tuple[str, Body | Press | Wait], ...]


def scripted(markdown: str) -> Script:
    """Read the person's lines of a transcript.

    Raises ValueError for a deed nobody knows.
    """
    title, channel, person = "", "line", "p-1"
    steps: list[tuple[str, Body | Press | Wait]] = []
    for line in markdown.splitlines():
        if line.startswith("# "):
            title = line[2:]
        elif head := _HEAD.match(line):
            channel, person = head["channel"], head["person"] or person
        elif line.startswith(CLOCK):
            steps.append((line, Wait(passed(line))))
        elif line.startswith(PERSON):
            said = line[len(PERSON) :].strip()
            turns = sum(not isinstance(step, Wait) for _, step in steps)
            steps.append((line, read(said, turns + 1)))
    return Script(title, channel, person, tuple(steps))


def passed(line: str) -> timedelta:
    """How much time a clock's line lets pass.

    Raises ValueError when it does not say.
    """
    amount, unit = line.removeprefix(CLOCK).split()
    if unit not in ("days", "hours", "minutes", "seconds"):
        raise ValueError(f"time passes in days, hours, minutes or seconds, not in {unit}")
    return timedelta(**{unit: float(amount)})


def read(said: str, turn: int) -> Body | Press:
    """What one line of a person means, as the event of the given turn."""
    if button := _BUTTON.match(said):
        return Press(button["label"], int(button["turn"]) if button["turn"] else None)
    if deed := _DEED.match(said):
        return _deed(deed["deed"].split(), deed["text"] or "", turn)
    return Typed(said.replace("\\n", "\n"), _message(turn))


def _message(turn: int | str) -> str:
    return f"m{turn}"


def _deed(words: list[str], text: str, turn: int) -> Body:
    match words:
        case ["opened"]:
            return Opened()
        case ["opened", "from", source]:
            return Opened(source)
        case ["blocked"]:
            return Blocked()
        case ["sticker"]:
            return Unsupported("sticker")
        case ["unsend", earlier]:
            return Retracted(_message(earlier))
        case ["edit", earlier]:
            return Edited(text, _message(earlier))
        case ["file", "arrives", name]:
            return FileArrived(f"f{turn}", "0" * 64, "application/pdf", 1_200, name, _message(turn))
        case ["file", "refused", reason]:
            return FileRefused(RefusalReason(reason), _message(turn))
        case ["file", name]:
            return FileOffered(f"ref{turn}", name, 1_200, _message(turn))
        case _:
            raise ValueError(f"no such deed in a transcript: {' '.join(words)}")


def render(turn: Turn) -> Iterator[str]:
    """A turn as the lines of a transcript."""
    for message in turn.messages:
        yield from _said(message)
    if turn.erase:
        yield f"{ERASED} {turn.erase.scope.value}"
    for record in turn.records:
        yield f"{KEPT} {kept(record)}"
    for fetch in turn.fetches:
        yield f"{KEPT} fetch {fetch.name}"
    for file in turn.discards:
        yield f"{ERASED} file {file}"


def _said(message: Message) -> Iterator[str]:
    mark = "" if message.place is Place.NEW else f" ({message.place.value})"
    first, *rest = message.lines
    yield f"{BOT}{mark} {first}"
    yield from (f"   {line}" for line in rest)
    if message.options:
        numbers = (f"{n} " if message.numbered else "" for n in range(1, len(message.options) + 1))
        ticks = ("✓ " if option.chosen else "" for option in message.options)
        labels = (option.label for option in message.options)
        yield "   " + " ".join(
            f"[{n}{tick}{label}]" for n, tick, label in zip(numbers, ticks, labels, strict=True)
        )
    if message.exits:
        yield "   " + " ".join(f"({exit_.label})" for exit_ in message.exits)
    yield from (f"   📄 {document.name}" for document in message.documents)


def kept(record: Record) -> str:
    """One record in a line."""
    match record:
        case Answer():
            chosen = " ".join(record.chosen) or "–"
            said = f" “{record.text}”" if record.text else ""
            gone = " replaced" if record.replaced_at else ""
            who = f"{record.order}, {record.group or 'no group'}, {record.capacity or 'no capacity'}"
            return f"answer {record.question} {record.outcome.value} {chosen}{said} ({who}){gone}"
        case Suggestion():
            name = {None: "name not asked", True: record.organisation or "name to come", False: "name hidden"}
            about = record.clause or "–"
            gone = " replaced" if record.replaced_at else ""
            files = f" +{len(record.attachments)} files" if record.attachments else ""
            said = f"{record.receipt} {record.status.value} {about} “{record.text}”{files}"
            return f"suggestion {said} ({name[record.name_shown]}){gone}"
        case Consent():
            return f"consent {record.purpose.value} {'given' if record.given else 'refused'}"
        case RightsRequest():
            return f"request {record.kind.value} {record.receipt}"
