"""What LINE refuses, so that the stand-in refuses it too.

One rule: the numbers are written here again, not taken from the bot, or a wrong one would agree with itself.
Where `../shared/specs` is present its checker, made from LINE's own specification, is asked as well.
"""

import importlib.util
import json
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

Json = dict[str, Any]
SPECS = Path(__file__).parents[3] / "shared" / "specs" / "validate.py"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def clusters(text: str) -> int:
    """The length as LINE counts labels: marks do not count, nor does SARA AM after its letter."""
    return sum(1 for char in text if unicodedata.category(char) not in ("Mn", "Me") and char != "\u0e33")


def postbacks(node: object) -> Iterator[Json]:
    """Every postback action anywhere in a message object."""
    if isinstance(node, dict):
        if node.get("type") == "postback":
            yield node
        for value in node.values():
            yield from postbacks(value)
    elif isinstance(node, list):
        for value in node:
            yield from postbacks(value)


def message_faults(messages: object) -> list[str]:
    """What is wrong with the `messages` of a reply or a push."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return ["messages: 1 to 5"]
    found = []
    for n, message in enumerate(messages):
        found += [f"messages[{n}]: {fault}" for fault in _message(message)]
    return found


def _message(message: Json) -> Iterator[str]:
    match message.get("type"):
        case "text":
            if not 1 <= units(message.get("text", "")) <= 5000 or not message["text"].strip():
                yield "text: 1 to 5,000"
        case "flex":
            yield from _flex(message)
        case other:
            yield f"type: {other!r}"
    items = message.get("quickReply", {}).get("items", [])
    if len(items) > 13:
        yield "quickReply: at most 13"
    for item in items:
        if not 1 <= clusters(item["action"].get("label", "")) <= 20:
            yield "quickReply label: 1 to 20"
    for action in postbacks(message):
        if not 1 <= len(action.get("data", "")) <= 300:
            yield "postback data: 1 to 300"
        if units(action.get("displayText", "")) > 300:
            yield "displayText: at most 300"


def _flex(message: Json) -> Iterator[str]:
    if not 1 <= units(message.get("altText", "")) <= 1500:
        yield "altText: 1 to 1,500"
    if len(json.dumps(message.get("contents", {}), ensure_ascii=False).encode()) > 30_000:
        yield "bubble: at most 30 KB"
    for action in postbacks(message.get("contents")):
        if not 1 <= clusters(action.get("label", "")) <= 40:
            yield "button label: 1 to 40"


def loading_faults(body: Json) -> list[str]:
    """What is wrong with a request for the loading animation."""
    return [] if body.get("loadingSeconds") in range(5, 61, 5) else ["loadingSeconds: 5 to 60 in fives"]


def menu_faults(menu: Json) -> list[str]:
    """What is wrong with a rich menu."""
    found = []
    size = menu.get("size", {})
    if not 800 <= size.get("width", 0) <= 2500 or size.get("height", 0) < 250:
        found.append("size")
    if not 1 <= len(menu.get("name", "")) <= 300:
        found.append("name: 1 to 300")
    if not 1 <= len(menu.get("chatBarText", "")) <= 14:
        found.append("chatBarText: 1 to 14")
    if not 1 <= len(menu.get("areas", [])) <= 20:
        found.append("areas: 1 to 20")
    for area in menu.get("areas", []):
        bounds = area["bounds"]
        if bounds["x"] + bounds["width"] > size["width"] or bounds["y"] + bounds["height"] > size["height"]:
            found.append("bounds outside the picture")
        if clusters(area["action"].get("label", "")) > 20:
            found.append("label: at most 20")
    return found


def retry_key_faults(operation: str, key: str | None) -> list[str]:
    """A retry key is a UUID, and only a push takes one."""
    if key is None:
        return []
    if operation == "reply":
        return ["X-Line-Retry-Key is not supported"]
    return [] if _UUID.fullmatch(key) else ["X-Line-Retry-Key: not a UUID"]


@cache
def _specs() -> ModuleType | None:
    if not SPECS.exists():
        return None
    found = importlib.util.spec_from_file_location("shared_validate", SPECS)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def read_specs() -> None:
    """Read the specification now: it takes a second."""
    spec_faults("GET", "/v2/bot/info", {}, b"")


def spec_faults(method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[str]:
    """What LINE's specification finds wrong with a JSON request; [] as well where it is not at hand."""
    specs = _specs()
    if specs is None:
        return []
    with warnings.catch_warnings():  # the checker silences warnings for the whole process
        errors: Callable[..., list[str]] = specs.line_errors
        return errors(method, path, dict(headers), body)
