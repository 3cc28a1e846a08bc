"""What Telegram is asked to show: messages → Bot API calls. Pure.

One rule: text goes as plain text, with no `parse_mode`. Nothing a person or an author wrote can then
be markup, break a message («<» in HTML refuses the whole of it) or look different from what was
written; there is nothing to escape and nothing to forget to escape.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram import limits
from bot.dialogue import Button, Message, Place
from bot.language.words import graphemes

_CHOSEN: Final = "✓ "
_EXITS_A_ROW: Final = 2


class SendText(Struct, frozen=True):
    """sendMessage."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


class EditText(Struct, frozen=True):
    """editMessageText of the bot's message number `message`; no keyboard takes the old one away."""

    message: int
    text: str
    keyboard: InlineKeyboardMarkup | None = None


class SendFile(Struct, frozen=True):
    """sendDocument."""

    name: str
    content: bytes


Call = SendText | EditText | SendFile


def render(message: Message, pressed: int | None = None) -> tuple[Call, ...]:
    """The calls that show a message, in order; none for a mark that has nothing to be put on.

    `pressed` is the number of the message whose button was pressed, None when it cannot be edited.
    An edit is always the first call, and only when the text fits into one message.
    """
    parts = _split(message.text)
    if not parts and not message.documents:
        parts = [message.text]  # Telegram refuses an empty message, and an operator gets to know
    keyboard = _keyboard(message)
    calls: list[Call] = []
    if message.place is not Place.NEW and pressed is not None and len(parts) == 1:
        calls.append(EditText(pressed, parts[0], keyboard))
    elif message.place is Place.MARK:
        return ()
    else:
        calls += [SendText(part) for part in parts[:-1]]
        calls += [SendText(part, keyboard) for part in parts[-1:]]
    return (*calls, *(SendFile(document.name, document.text.encode()) for document in message.documents))


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """One option a row, then the exits two a row; None without buttons."""
    rows = [
        [_button(option, f"{n}. " if message.numbered else "")] for n, option in enumerate(message.options, 1)
    ]
    exits = [_button(button) for button in message.exits]
    rows += [exits[i : i + _EXITS_A_ROW] for i in range(0, len(exits), _EXITS_A_ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: Button, number: str = "") -> InlineKeyboardButton:
    mark = _CHOSEN if button.chosen else ""
    return InlineKeyboardButton(f"{mark}{number}{button.label}", callback_data=button.token)


def _split(text: str) -> list[str]:
    """The text in as many messages as it needs, none blank: Telegram refuses those."""
    return [part for part in _parts(text) if part.strip()]


def _parts(text: str) -> Iterator[str]:
    while _units(text) > limits.TEXT:
        end = _cut(text)
        yield text[:end]
        text = text[end:]
    yield text


def _cut(text: str) -> int:
    """Where to cut a text that is too long: after a line, else after a space, else between two characters."""
    end = room = 0
    # Of the slice the last character may be half of one; the text is longer than what fits in any case.
    for cluster in graphemes(text[: limits.TEXT + 1])[:-1]:
        room += _units(cluster)
        if room > limits.TEXT:
            break
        end += len(cluster)
    head = text[:end]
    # A single cluster may be longer than a message (joined pictures without end): cut it anywhere.
    return head.rfind("\n") + 1 or head.rfind(" ") + 1 or end or limits.TEXT // 2


def _units(text: str) -> int:
    """The length of a text as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
