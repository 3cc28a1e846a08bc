"""What comes in from outside, made fit to keep: text and names cleaned and bounded. Pure.

One rule: an event is cleaned here, once, before anything looks at it.
"""

from typing import Final
from unicodedata import category

from msgspec.structs import replace

from bot.dialogue import Body, Edited, FileArrived, FileOffered, Typed
from bot.language.words import clean
from bot.runtime.channel import Broken, Incoming

#: Characters of a text that are looked at. One more is kept, by which a handler knows it was longer.
TEXT: Final = 10_000
#: Characters of a file name that are kept: what common file systems take.
NAME: Final = 255


def event_id(incoming: Incoming | Broken) -> str:
    """The id by which an event is known and taken only once."""
    return incoming.event.id if isinstance(incoming, Incoming) else incoming.id


def cleaned(incoming: Incoming | Broken) -> Incoming | Broken:
    """The same event with its text and names cleaned; a broken one stays as it came, to be sealed."""
    if isinstance(incoming, Broken):
        return incoming
    body = _cleaned_body(incoming.event.body)
    if body is incoming.event.body:
        return incoming
    return replace(incoming, event=replace(incoming.event, body=body))


def file_name(name: str) -> str:
    """A file name without folders, and without characters that show nothing or turn the text around."""
    last = clean(name).replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if category(char) not in ("Cf", "Cc"))[:NAME].strip()


def _cleaned_body(body: Body) -> Body:
    match body:
        case Typed() | Edited():
            return replace(body, text=clean(body.text)[: TEXT + 1])
        case FileOffered() | FileArrived():
            return replace(body, name=file_name(body.name))
        case _:
            return body
