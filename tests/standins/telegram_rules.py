"""What Telegram refuses, so that the stand-in refuses it too.

One rule: the numbers are written here again, not taken from the bot, or a wrong one would agree with itself.
Where `../shared/specs` is present its checker, made from the Bot API's own data, is asked as well.
"""

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

Json = dict[str, Any]
SPECS = Path(__file__).parents[3] / "shared" / "specs" / "validate.py"

#: Parameters that travel as JSON text in a form, and those that travel as digits.
_STRUCTURED = frozenset({"reply_markup", "link_preview_options", "allowed_updates", "commands", "scope"})
_NUMBERS = frozenset({"chat_id", "message_id", "offset", "limit", "timeout", "max_connections"})
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class Refusal(Exception):
    """Telegram's "no": an HTTP status and its description."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def decoded(form: dict[str, str]) -> Json:
    """The parameters of a call as values."""
    params: Json = {}
    for name, value in form.items():
        try:
            params[name] = json.loads(value) if name in _STRUCTURED | _NUMBERS else value
        except ValueError:
            raise Refusal(400, f"Bad Request: can't parse {name}") from None
    return params


def check_text(text: str) -> None:
    """Refuse a text as sendMessage and editMessageText do."""
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if units(text) > 4096:
        raise Refusal(400, "Bad Request: message is too long")


def check_keyboard(markup: Json | None) -> None:
    """Refuse an inline keyboard that no client could send back."""
    for button in buttons(markup):
        if not button.get("text"):
            raise Refusal(400, "Bad Request: can't parse inline keyboard button: Text is empty")
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


def check_webhook(params: Json) -> None:
    """Refuse a webhook as setWebhook does; http:// passes on loopback only, where no test has a certificate."""
    if not params["url"].startswith(("https://", "http://127.0.0.1:")):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if "secret_token" in params and not _SECRET.fullmatch(params["secret_token"]):
        raise Refusal(400, "Bad Request: secret token contains unallowed characters")
    if not 1 <= params.get("max_connections", 40) <= 100:
        raise Refusal(400, "Bad Request: max_connections must be from 1 to 100")


def check_commands(commands: list[Json]) -> None:
    """Refuse a menu of commands as setMyCommands does."""
    if len(commands) > 100:
        raise Refusal(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")


def buttons(markup: Json | None) -> Iterator[Json]:
    """The buttons of an inline keyboard, row by row."""
    for row in (markup or {}).get("inline_keyboard", []):
        yield from row


def spec_faults(method: str, form: dict[str, str]) -> list[str]:
    """What the Bot API's own data has against a call; [] where `../shared/specs` is absent."""
    specs = _specs()
    return list(specs.telegram_errors(method, specs.telegram_params(method, form))) if specs else []


@cache
def _specs() -> ModuleType | None:
    if not SPECS.exists():
        return None
    spec = importlib.util.spec_from_file_location("specs_validate", SPECS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
