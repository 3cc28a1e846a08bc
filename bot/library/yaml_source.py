"""YAML files, read so that every fault can be pointed at.

One rule: the schema decides what a scalar is, never its looks, so an unquoted 1.10 stays the text it is.
A file is composed into nodes, which know their line and column, and pydantic checks the plain data made
of them; whatever pydantic complains about is then found again among the nodes.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from bot.errors import Fault

T = TypeVar("T")

#: Where a part of the data is: keys and list positions from the top, as pydantic writes them.
Location = tuple[str | int, ...]

#: At the end of a Location, as pydantic writes it: the key is meant, not its value.
KEY: Final = "[key]"

#: Deeper than any content file; keeps a file full of brackets from exhausting the stack.
_MAX_DEPTH: Final = 20

#: Files whose nodes are kept, more than a content folder has: a start reads most of them twice, and the
#: console reads them all again for every change of one.
_REMEMBERED: Final = 128

_NULL: Final = "tag:yaml.org,2002:null"

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
        node = self.root
        mark = node.start_mark if node else None
        for i, step in enumerate(location):
            key, node = _child(node, step)
            if node is None:
                break
            at_key = location[i + 1 :] == (KEY,) or _is_blank(node)
            mark = (key if key and at_key else node).start_mark
        return _position(mark) if mark else (1, 1)

    def text_position(self, location: Location, offset: int) -> tuple[int, int]:
        """The line and column, from 1, of a character of the text at `location`.

        Exact for text written on one line, as all content is; an escape before it moves it a little.
        """
        line, column = self.position(location)
        node = self.root
        for step in location:
            _, node = _child(node, step)
        quoted = isinstance(node, ScalarNode) and node.style in ("'", '"')
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
        repeated: list[ScalarNode] = []
        plain = _plain(source.root, repeated)
        faults += [
            Fault(file, *_position(key.start_mark), f"{key.value}: is written twice") for key in repeated
        ]
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


@lru_cache(maxsize=_REMEMBERED)
def _compose(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _MAX_DEPTH
    yaml.composer.warn_double_anchors = False
    try:
        root: Node | None = yaml.compose(text)
    except ReaderError as error:
        message = f"YAML cannot hold the character U+{error.character:04X}"
        raise _UnreadableError(message, *_end(text[: error.position])) from None
    except MarkedYAMLError as error:
        message = f"the YAML cannot be read: {error.problem}"
        raise _UnreadableError(message, *_position(error.problem_mark)) from None
    except (OverflowError, ValueError):  # what ruamel lets through, without a place, for "\U99999999"
        raise _UnreadableError("the YAML cannot be read: an escape (\\U…) names no character") from None
    return root


def _plain(node: Node | None, repeated: list[ScalarNode]) -> Any:
    """The node as dicts, lists, strings and None; a repeated key goes to `repeated`, the first counts."""
    if node is None:
        return None
    if node.anchor is not None:
        raise _UnreadableError("& and * are not used here: write it out", *_position(node.start_mark))
    if isinstance(node, ScalarNode):
        return None if node.tag == _NULL else node.value
    if isinstance(node, SequenceNode):
        return [_plain(item, repeated) for item in node.value]
    plain: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or not key.value.isprintable():
            raise _UnreadableError("a key must be text", *_position(key.start_mark))
        if key.value in plain:
            repeated.append(key)
        else:
            plain[key.value] = _plain(value, repeated)
    return plain


def _child(node: Node | None, step: str | int) -> tuple[Node | None, Node | None]:
    """The key (in a mapping) and the value under `step`; (None, None) where there is none."""
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, None))
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def _is_blank(node: Node) -> bool:
    """Whether nothing is written for the node: ruamel then places it wherever the next thing stands."""
    return bool(node.start_mark.index == node.end_mark.index)


def _position(mark: StreamMark) -> tuple[int, int]:
    """A mark's line and column, from 1."""
    return mark.line + 1, mark.column + 1


def _end(text: str) -> tuple[int, int]:
    """The line and column, from 1, right after this text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")
