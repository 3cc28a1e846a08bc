"""A content file as a form: its values can be changed, its comments and its layout stay.

One rule: what a form does not name is left as it was, to the byte.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from bot.errors import RuamkhitError
from bot.language.words import clean
from bot.secretariat.wording.forms import Field, Form, OptionRow, TermRow

#: As in `yaml_source`: deeper than any content file.
_MAX_DEPTH: Final = 20
#: Rows for more, at the end of the options and of the terms; after saving there is another.
_MORE: Final = 1

#: The lines of a form, by the kind of a unit: single ones, and those that are several.
_LINES: Final = {
    "question": ("stem", "stem_personal"),
    "clause": ("title", "label", "heading", "status"),
    "draft": ("title",),
}
_MANY: Final = {"clause": ("explain", "brief"), "phrase": ("lines",)}
#: What a file may leave out; an empty field then takes it out again.
_OPTIONAL: Final = frozenset({"stem_personal", "heading", "brief", "role", "value"})
_FLAGS: Final = ("anchored", "exclusive", "follow_up")


class UnreadableError(RuamkhitError):
    """The file is no YAML that a form can be made of, or has no such unit."""


class Sheet:
    """One content file. Raises UnreadableError for a text that is no mapping in YAML."""

    def __init__(self, text: str) -> None:
        self._yaml = YAML()
        self._yaml.max_depth = _MAX_DEPTH
        self._yaml.width = 100_000
        self._yaml.preserve_quotes = True
        self._yaml.indent(mapping=2, sequence=4, offset=2)
        self._yaml.representer.add_representer(type(None), _null)
        try:
            self._data = self._yaml.load(text)
        except (YAMLError, ValueError, OverflowError, RecursionError):
            raise UnreadableError("the YAML cannot be read") from None
        if not isinstance(self._data, CommentedMap):
            raise UnreadableError("the file is no mapping")

    @property
    def text(self) -> str:
        """The file."""
        written = io.StringIO()
        self._yaml.dump(self._data, written)
        return written.getvalue()

    def form(self, unit: str) -> Form:
        """The form of a unit of this file. Raises UnreadableError when it has no such unit."""
        kind, part = self._part(unit)
        if kind == "flat":
            return Form([Field(f"text.{i}", key, text) for i, (key, text) in enumerate(_texts(part))], False)
        fields = [Field(name, name, _shown(part.get(name))) for name in _LINES.get(kind, ())]
        fields += [Field(name, name, _joined(part.get(name)), True) for name in _MANY.get(kind, ())]
        options = [_option(n, option) for n, option in enumerate(_list(part, "options"))]
        terms = [_term(n, term) for n, term in enumerate(_list(part, "terms"))]
        more = range(_MORE)
        return Form(
            fields,
            True,
            [*options, *(OptionRow(len(options) + n) for n in more)] if kind == "question" else [],
            [*terms, *(TermRow(len(terms) + n) for n in more)] if kind == "clause" else [],
            _shown(part.get("original")) if kind == "clause" else "",
        )

    def fill(self, unit: str, given: Mapping[str, str]) -> None:
        """Take over what a form says; fields that it does not have stay. Raises UnreadableError."""
        kind, part = self._part(unit)
        if kind == "flat":
            for i, (key, _) in enumerate(list(_texts(part))):
                if (text := given.get(f"text.{i}")) is not None:
                    *above, last = key.split(".")
                    holder = part
                    for step in above:
                        holder = holder[step]
                    _set(holder, last, _line(text))
            return
        for name in _LINES.get(kind, ()):
            if name in given:
                _set(part, name, _line(given[name]))
        for name in _MANY.get(kind, ()):
            if name in given:
                _set_lines(part, name, [line for row in given[name].splitlines() if (line := _line(row))])
        if kind == "question":
            _set_options(part, given)
        if kind == "clause":
            _set_terms(part, given)

    def slots(self) -> dict[str, set[str]]:
        """The {slots} in the texts of each key: what the program fills."""
        return {str(key): _slots(value) for key, value in self._data.items()}

    def _part(self, unit: str) -> tuple[str, Any]:
        kind, _, id_ = unit.partition(" ")
        if not id_ and kind != "draft":
            if not _is_flat(self._data):
                raise UnreadableError("the file is more than texts")
            return "flat", self._data
        if kind == "phrase":
            part = self._data.get(id_)
        elif kind == "question":
            every = (*_list(self._data, "questions"), *_list(self._data, "closing"))
            part = next((part for part in every if _shown(part.get("id")) == id_), None)
        else:
            part = self._data
        if not isinstance(part, CommentedMap):
            raise UnreadableError(f"the file has no {unit}")
        return kind, part


def _slots(value: object) -> set[str]:
    """The names between the braces of every text in here; "{" for braces that are broken."""
    if isinstance(value, dict):
        return set().union(*map(_slots, value.values()))
    if isinstance(value, list):
        return set().union(*map(_slots, value))
    try:
        return {name for _, name, _, _ in Formatter().parse(_shown(value)) if name is not None}
    except ValueError:
        return {"{"}


def _is_flat(value: object) -> bool:
    """Whether there is nothing in it but texts: such a file is one unit, and every text of it said."""
    return all(map(_is_flat, value.values())) if isinstance(value, dict) else not isinstance(value, list)


def _texts(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, CommentedMap):
        for key, item in value.items():
            yield from _texts(item, (*above, str(key)))
    else:
        yield ".".join(above), _shown(value)


def _list(part: CommentedMap, name: str) -> Sequence[CommentedMap]:
    found = part.get(name)
    return [item for item in found if isinstance(item, CommentedMap)] if isinstance(found, list) else []


def _option(n: int, part: CommentedMap) -> OptionRow:
    return OptionRow(
        n,
        _shown(part.get("id")),
        _shown(part.get("label")),
        _shown(part.get("role")) or "substantive",
        _shown(part.get("value")),
        frozenset(flag for flag in _FLAGS if part.get(flag) is True),
    )


def _term(n: int, part: CommentedMap) -> TermRow:
    return TermRow(n, _shown(part.get("name")), _shown(part.get("meaning")))


def _set_options(part: CommentedMap, given: Mapping[str, str]) -> None:
    """The options as the form has them, in the order of its places; one without id and label is gone."""
    if "option.0.id" not in given:
        return
    before = list(_list(part, "options"))
    placed: list[tuple[float, CommentedMap]] = []
    for n in range(len(before) + _MORE):
        id_, label = (_line(given.get(f"option.{n}.{name}", "")) for name in ("id", "label"))
        if not (id_ or label):
            continue
        option = before[n] if n < len(before) else _new_option()
        _set(option, "id", id_)
        _set(option, "label", label)
        role = given.get(f"option.{n}.role", "")
        _set(option, "role", "" if role == "substantive" and "role" not in option else role)
        _set(option, "value", given.get(f"option.{n}.value", ""))
        for flag in _FLAGS:
            if f"option.{n}.{flag}" in given:
                option[flag] = True
            else:
                option.pop(flag, None)
        placed.append((_number(given.get(f"option.{n}.place", ""), n + 1), option))
    options = [option for _, option in sorted(placed, key=lambda pair: pair[0])]
    if options != before:
        _replace(part, "options", options)


def _set_terms(part: CommentedMap, given: Mapping[str, str]) -> None:
    if "term.0.name" not in given:
        return
    before, terms = list(_list(part, "terms")), []
    for n in range(len(before) + _MORE):
        name, meaning = (_line(given.get(f"term.{n}.{field}", "")) for field in ("name", "meaning"))
        if name or meaning:
            term = before[n] if n < len(before) else CommentedMap()
            _set(term, "name", name)
            _set(term, "meaning", meaning)
            terms.append(term)
    if terms != before:
        _replace(part, "terms", terms)


def _set(part: CommentedMap, name: str, value: str) -> None:
    """Write a value where it is another one; scale values are numbers, everything else is text."""
    if _shown(part.get(name)) == value:
        return
    if not value and name in _OPTIONAL:
        part.pop(name, None)
    else:
        part[name] = int(value) if name == "value" and value.lstrip("-").isdecimal() else value


def _set_lines(part: CommentedMap, name: str, lines: list[str]) -> None:
    before = [_shown(line) for line in part.get(name) or ()]
    if lines == before:
        return
    if not lines and name in _OPTIONAL:
        part.pop(name, None)
    else:
        _replace(part, name, lines)


def _replace(part: CommentedMap, name: str, items: list[Any]) -> None:
    """Another list in this place; a comment goes with its item, and what stands after the list stays."""
    old, new = part.get(name), CommentedSeq(items)
    if isinstance(old, CommentedSeq):
        for i, comment in old.ca.items.items():
            last = i == len(old) - 1
            at = len(items) - 1 if last else next((j for j, item in enumerate(items) if item == old[i]), -1)
            if at >= 0:
                new.ca.items[at] = comment
        # ruamel writes what stands at the end only where there is a place for what stands before.
        new.ca.comment, new.ca.end = old.ca.comment, old.ca.end
        if old.fa.flow_style():
            new.fa.set_flow_style()
    part[name] = new


def _new_option() -> CommentedMap:
    option = CommentedMap()
    option.fa.set_flow_style()
    return option


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise


def _line(text: str) -> str:
    """One line as content is written: nothing at either end, no characters that cannot be stored."""
    return " ".join(clean(text).split("\n")).strip()


def _joined(value: object) -> str:
    return "\n".join(_shown(line) for line in value) if isinstance(value, list) else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
