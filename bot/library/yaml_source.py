"""YAML files, read so that every fault can be pointed at.

One rule: the schema decides what a scalar is, never its looks, so an unquoted 1.10 stays the text it is.
A file is composed into nodes, which know their line and column, and pydantic checks the plain data made
of them; whatever pydantic complains about is then found again among the nodes.

libyaml reads the files: every start reads all of them, and ruamel, which the console writes with, takes
twenty times as long.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from yaml import CSafeLoader, MarkedYAMLError, YAMLError, parse
from yaml import events as happened

from bot.errors import Fault

T = TypeVar("T")

#: Where a part of the data is: keys and list positions from the top, as pydantic writes them.
Location = tuple[str | int, ...]

#: At the end of a Location, as pydantic writes it: the key is meant, not its value.
KEY: Final = "[key]"

#: Deeper than any content file; keeps a file full of brackets from exhausting the stack.
_MAX_DEPTH: Final = 20

_NULL: Final = "tag:yaml.org,2002:null"
#: How nothing is written where no quotes stand around it.
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})

#: What YAML 1.2 has no place for, not even between quotes.
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: pydantic's errors in the words of an author; the rest are plain enough as they come.
_MESSAGES: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not a key that is known here",
    "string_type": "must be text",
    "int_type": "must be a number",
    "bool_type": "must be true or false",
    "model_type": "must be a mapping (key: value)",
    "dict_type": "must be a mapping (key: value)",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
}


class Node(Struct):
    """A part of a file, and the line and column, from 1, of its first character."""

    line: int
    column: int


class Scalar(Node):
    """A text; `null` says that it stands for nothing, `blank` that nothing is written for it.

    What is blank has the place of whatever comes next.
    """

    text: str
    null: bool
    blank: bool
    quoted: bool


class Sequence(Node):
    """A list."""

    items: list[Node]


class Mapping(Node):
    """Keys with their values, as written: a key may be anything, and stand there twice."""

    pairs: list[tuple[Node, Node]]


class Source(Generic[T]):
    """One content file: its `root` node and the `value` made of it, each None when that cannot be read."""

    def __init__(self, file: Path, faults: list[Fault]) -> None:
        self.file = file
        self.value: T | None = None
        self.root: Node | None = None
        self._faults = faults

    def fault(self, location: Location, message: str) -> None:
        """Report a fault of the part at `location`, or of the nearest part around it that exists.

        A part used in several clauses may be checked in each; its fault is reported once.
        """
        fault = Fault(self.file, *self.position(location), message)
        if fault not in self._faults:
            self._faults.append(fault)

    def position(self, location: Location) -> tuple[int, int]:
        """The line and column, from 1, of the part at `location`, or of the nearest part around it."""
        node = found = self.root
        for i, step in enumerate(location):
            key, node = _child(node, step)
            if node is None:
                break
            at_key = location[i + 1 :] == (KEY,) or (isinstance(node, Scalar) and node.blank)
            found = key if key and at_key else node
        return (found.line, found.column) if found else (1, 1)

    def text_position(self, location: Location, offset: int) -> tuple[int, int]:
        """The line and column, from 1, of a character of the text at `location`.

        Exact for text written on one line, as all content is; an escape before it moves it a little.
        """
        line, column = self.position(location)
        node = self.root
        for step in location:
            _, node = _child(node, step)
        quoted = isinstance(node, Scalar) and node.quoted
        return line, column + offset + quoted


class _UnreadableError(Exception):
    """The file is no YAML we take; nothing more can be said about it."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def read(file: Path, schema: TypeAdapter[T], faults: list[Fault]) -> Source[T]:
    """Read and check one file; every fault is added to `faults`. Raises nothing, whatever is in the file."""
    source: Source[T] = Source(file, faults)
    try:
        source.root = _compose(_text(file))
        repeated: list[Scalar] = []
        plain = _plain(source.root, repeated)
        faults += [Fault(file, key.line, key.column, f"{key.text}: is written twice") for key in repeated]
        source.value = schema.validate_python(plain)
    except _UnreadableError as error:
        faults.append(Fault(file, error.line, error.column, str(error)))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            _report(source, detail)
    return source


def _report(source: Source[T], detail: ErrorDetails) -> None:
    location = detail["loc"]
    name = ".".join(str(step) for step in location if step != KEY) or "the file"
    message = _MESSAGES.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    about_key = detail["type"] == "extra_forbidden"
    source.fault((*location, KEY) if about_key else location, f"{name}: {message}")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _UnreadableError("the file is missing") from None
    except OSError as error:
        raise _UnreadableError(f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        wrong = error.object[error.start]
        end = _end(error.object[: error.start].decode())
        raise _UnreadableError(f"the file is not UTF-8: byte 0x{wrong:02x}", *end) from None


def _compose(text: str) -> Node | None:
    if found := _UNPRINTABLE.search(text):
        message = f"YAML cannot hold the character U+{ord(found[0]):04X}"
        raise _UnreadableError(message, *_end(text[: found.start()]))
    try:
        return _document(parse(text, Loader=CSafeLoader))
    except MarkedYAMLError as error:
        at = _position(error.problem_mark or error.context_mark)
        raise _UnreadableError(f"the YAML cannot be read: {error.problem or error.context}", *at) from None
    except YAMLError:
        raise _UnreadableError("the YAML cannot be read") from None


def _document(events: Iterator[Any]) -> Node | None:
    """The only document there is; None when there is none."""
    next(events)
    if isinstance(next(events), happened.StreamEndEvent):
        return None
    root = _node(next(events), events, 1)
    next(events)
    if not isinstance(after := next(events), happened.StreamEndEvent):
        at = _position(after.start_mark)
        raise _UnreadableError("the YAML cannot be read: but found another document", *at)
    return root


def _node(event: Any, events: Iterator[Any], depth: int) -> Node:
    """The node that begins with this event, `depth` being 1 at the top."""
    at = _position(event.start_mark)
    if event.anchor is not None:
        raise _UnreadableError("& and * are not used here: write it out", *at)
    if depth > _MAX_DEPTH:
        raise _UnreadableError("the YAML cannot be read: maximum depth exceeded", *at)
    if isinstance(event, happened.ScalarEvent):
        null = event.tag == _NULL if event.tag else event.implicit[0] and event.value in _NOTHING
        blank = event.start_mark.index == event.end_mark.index
        return Scalar(*at, event.value, null, blank, event.style in ("'", '"'))
    inside = iter(lambda: _next(events, depth), None)
    if isinstance(event, happened.SequenceStartEvent):
        return Sequence(*at, list(inside))
    return Mapping(*at, list(zip(inside, inside, strict=True)))


def _next(events: Iterator[Any], depth: int) -> Node | None:
    """The next node in a list or mapping of that depth; None at its end."""
    event = next(events)
    return None if isinstance(event, happened.CollectionEndEvent) else _node(event, events, depth + 1)


def _plain(node: Node | None, repeated: list[Scalar]) -> Any:
    """The node as dicts, lists, strings and None; a repeated key goes to `repeated`, the first counts."""
    if isinstance(node, Scalar):
        return None if node.null else node.text
    if isinstance(node, Sequence):
        return [_plain(item, repeated) for item in node.items]
    if not isinstance(node, Mapping):
        return None
    plain: dict[str, Any] = {}
    for key, value in node.pairs:
        if not isinstance(key, Scalar) or not key.text.isprintable():
            raise _UnreadableError("a key must be text", key.line, key.column)
        if key.text in plain:
            repeated.append(key)
        else:
            plain[key.text] = _plain(value, repeated)
    return plain


def _child(node: Node | None, step: str | int) -> tuple[Node | None, Node | None]:
    """The key (in a mapping) and the value under `step`; (None, None) where there is none."""
    if isinstance(node, Mapping):
        named = ((key, value) for key, value in node.pairs if isinstance(key, Scalar) and key.text == step)
        return next(named, (None, None))
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return None, node.items[step]
    return None, None


def _position(mark: Any) -> tuple[int, int]:
    """A mark's line and column, from 1; of none, the beginning."""
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _end(text: str) -> tuple[int, int]:
    """The line and column, from 1, right after this text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")
