"""The same messages as LINE and as Telegram would be sent them, for the switch of a local run."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, assert_never

from telegram import InlineKeyboardMarkup

from bot.channels.line.render import render as line
from bot.channels.telegram.render import Call, EditText, SendFile, SendText
from bot.channels.telegram.render import render as telegram
from bot.channels.web import Preview
from bot.dialogue import Message

#: Stands for the number of the message whose button was pressed, so that an edit shows as one.
_PRESSED: Final = 1


def _telegram(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [_named(call) for message in messages for call in telegram(message, _PRESSED)]


def _named(call: Call) -> dict[str, Any]:
    """A call under the name of its method, with the parameters that show."""
    match call:
        case SendText(text, keyboard):
            return {"method": "sendMessage", "text": text, **_markup(keyboard)}
        case EditText(_, text, keyboard):
            return {"method": "editMessageText", "text": text, **_markup(keyboard)}
        case SendFile(name):
            return {"method": "sendDocument", "filename": name}
        case _:
            assert_never(call)


def _markup(keyboard: InlineKeyboardMarkup | None) -> dict[str, Any]:
    return {"reply_markup": keyboard.to_dict()} if keyboard else {}


#: What the web chat calls, by the platform's name.
PREVIEWS: Final[Mapping[str, Preview]] = {"line": line, "telegram": _telegram}
