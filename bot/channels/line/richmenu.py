"""The rich menu: the ways in and out below the chat, as LINE's object and as its picture.

One rule: six tiles of one size, one colour and one lettering; none is put forward.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from linebot.v3.messaging import RichMenuRequest
from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from bot.channels.line import limits
from bot.dialogue import Action, Verb
from bot.language.words import length

#: LINE's large format, in pixels.
WIDTH: Final = 2500
HEIGHT: Final = 1686
#: What the tiles do, left to right, top to bottom: first the ways in, then the ways on and out.
VERBS: Final = (Verb.TOPICS, Verb.SUGGEST, Verb.MY_DATA, Verb.SKIP, Verb.BACK, Verb.STOP)
#: How the names of our menus begin, so that `connect` deletes only what it made.
NAME_PREFIX: Final = "ruamkhit-"

_COLUMNS: Final = 3
_ROWS: Final = 2
#: Between tiles and around lettering.
_GAP: Final = 16
_MARGIN: Final = 48
_RADIUS: Final = 32
_LARGEST: Final = 128
# Shades of grey, 0 to 255. Lettering on a tile has a contrast of 13:1 (WCAG 2.2 AAA asks for 7:1).
_GROUND: Final = 255
_TILE: Final = 240
_EDGE: Final = 200
_INK: Final = 38

_Box = tuple[int, int, int, int]


class RichMenu(Struct, frozen=True):
    """A menu ready to be made at LINE: `request` is its object, `image` its PNG."""

    request: RichMenuRequest
    image: bytes

    @property
    def name(self) -> str:
        """Unique to what the menu shows and does."""
        return str(self.request.name)


def rich_menu(labels: Mapping[Verb, str], bar: str) -> RichMenu:
    """The menu with these labels on its tiles and `bar` on the bar that opens it.

    `labels` has one for each of VERBS. Raises ValueError when a label or the bar is longer than LINE takes.
    """
    for verb in VERBS:
        if not labels[verb].strip() or length(labels[verb]) > limits.LABEL:
            raise ValueError(f"the menu's label for {verb} is not 1 to {limits.LABEL} characters")
    if not 1 <= len(bar) <= limits.RICH_MENU_BAR:
        raise ValueError(f"the menu's bar is not 1 to {limits.RICH_MENU_BAR} characters")
    image = _picture([labels[verb] for verb in VERBS])
    menu: dict[str, Any] = {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "chatBarText": bar,
        "areas": [_area(box, verb, labels[verb]) for box, verb in zip(_boxes(), VERBS, strict=True)],
    }
    digest = hashlib.sha256(json.dumps(menu, sort_keys=True).encode() + image).hexdigest()
    return RichMenu(RichMenuRequest.from_dict(menu | {"name": NAME_PREFIX + digest[:16]}), image)


def _boxes() -> list[_Box]:
    """The tiles as left, top, right and bottom; they cover the whole picture."""
    xs = [WIDTH * column // _COLUMNS for column in range(_COLUMNS + 1)]
    ys = [HEIGHT * row // _ROWS for row in range(_ROWS + 1)]
    return [
        (xs[column], ys[row], xs[column + 1], ys[row + 1])
        for row in range(_ROWS)
        for column in range(_COLUMNS)
    ]


def _area(box: _Box, verb: Verb, label: str) -> dict[str, Any]:
    left, top, right, bottom = box
    return {
        "bounds": {"x": left, "y": top, "width": right - left, "height": bottom - top},
        "action": {"type": "postback", "label": label, "data": Action(verb).token(), "displayText": label},
    }


def _picture(labels: list[str]) -> bytes:
    image = Image.new("L", (WIDTH, HEIGHT), _GROUND)
    draw = ImageDraw.Draw(image)
    font = _font(labels)
    for (left, top, right, bottom), label in zip(_boxes(), labels, strict=True):
        tile = (left + _GAP, top + _GAP, right - _GAP, bottom - _GAP)
        draw.rounded_rectangle(tile, _RADIUS, fill=_TILE, outline=_EDGE, width=4)
        middle = ((left + right) // 2, (top + bottom) // 2)
        draw.text(middle, label, font=font, fill=_INK, anchor="mm")
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    return png.getvalue()


def _font(labels: list[str]) -> ImageFont.FreeTypeFont:
    """Sarabun in the largest size in which every label fits its tile."""
    path = files("bot.channels.line") / "fonts" / "Sarabun-Medium.ttf"
    font = ImageFont.truetype(io.BytesIO(path.read_bytes()), _LARGEST)
    room = WIDTH // _COLUMNS - 2 * (_GAP + _MARGIN)
    widest = max(font.getlength(label) for label in labels)
    return font.font_variant(size=int(_LARGEST * min(1, room / widest)))
