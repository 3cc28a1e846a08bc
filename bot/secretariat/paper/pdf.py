"""The document as PDF: paper.typ sets it, and gets every text as data.

One rule: a text reaches typst as a string in JSON, never as source, so that nothing in it can be a command.
"""

from datetime import UTC
from importlib.resources import as_file, files
from typing import Any, Final

import msgspec
import typst
from msgspec.structs import replace

from bot.language.calendar import BANGKOK
from bot.secretariat.paper import typeface
from bot.secretariat.paper.blocks import Document

_SOURCE: Final = "paper.typ"


def pdf(document: Document) -> bytes:
    """The document as a PDF for keeping (PDF/A-2b) and for screen readers (PDF/UA-1).

    Equal documents give equal bytes.
    """
    settled = replace(document, made=document.made.astimezone(BANGKOK))
    data = _settable(msgspec.to_builtins(settled))
    with as_file(files("bot.secretariat.paper").joinpath(_SOURCE)) as source:
        made: bytes = typst.compile(
            source,
            font_paths=[typeface.FOLDER],
            ignore_system_fonts=True,
            sys_inputs={"data": msgspec.json.encode(data).decode()},
            pdf_standards=["a-2b", "ua-1"],
            timestamp=int(document.made.astimezone(UTC).timestamp()),
        )
    return made


def _settable(value: Any) -> Any:
    """The value with every text in it as the typeface can show it and a line can hold it."""
    match value:
        case str():
            return typeface.breakable(typeface.shown(value))
        case list() | tuple():
            return [_settable(item) for item in value]
        case dict():
            return {key: _settable(item) for key, item in value.items()}
        case _:
            return value
