"""Everything a person can be sent, message by message, and where each word of it is written.

One rule: what is not listed here cannot be said. The wording gate and the seal read this list, and a
test holds every string that any channel emits against it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from pydantic import TypeAdapter

from bot.dialogue import MessageType
from bot.errors import Fault
from bot.language.wording import Choice, Said
from bot.library.schema import CLAUSE, DRAFT, LABELS, PHRASES, ClausePart, QuestionPart
from bot.library.yaml_source import Location, Source, read

#: The phrase that greets a person who has never been here.
OPENING: Final = "welcome"

_TEXTS: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])


class Saying(Struct, frozen=True):
    """One message as the checker reads it, and the place in a content file of each of its parts.

    `unit` is what is approved as a whole ("question 3.5-c1"); several sayings may belong to one.
    `shown` is all that is approved with it. `lines` and `choices` run parallel to those of `said`.
    """

    unit: str
    shown: object
    said: Said
    source: Source[Any]
    lines: tuple[Location, ...]
    choices: tuple[Location, ...] = ()

    def position(self, part: int, offset: int, *, choice: bool) -> tuple[int, int]:
        """The line and column, from 1, of a character of one part."""
        return self.source.text_position((self.choices if choice else self.lines)[part], offset)


def sayings(folder: Path, faults: list[Fault]) -> list[Saying]:
    """All that the content in this folder says, in the order of its files; faults are added to `faults`."""
    found: list[Saying] = []
    for path in sorted((folder / "phrases").glob("*.yaml")):
        found += _phrases(read(path, PHRASES, faults))
    found += _flat(read(folder / "labels.yaml", LABELS, faults), MessageType.NAV)
    for draft in sorted(path for path in (folder / "drafts").glob("*") if path.is_dir()):
        found += _draft(draft, faults)
    found += _flat(read(folder / "web.yaml", _TEXTS, faults), MessageType.SYSTEM)
    found += _flat(read(folder / "menus.yaml", _TEXTS, faults), MessageType.NAV)
    found += _flat(read(folder / "tables.yaml", _TEXTS, faults), MessageType.REPORT)
    return found


def _phrases(source: Source[Any]) -> Iterator[Saying]:
    for id_, part in (source.value or {}).items():
        said = Said(type=part.type, lines=part.lines, opening=id_ == OPENING)
        places = tuple((id_, "lines", i) for i in range(len(part.lines)))
        yield Saying(f"phrase {id_}", [part.type, part.lines], said, source, places)


def _flat(source: Source[Any], type_: MessageType) -> Iterator[Saying]:
    """Every text of a file that is nothing but texts, however deep; the file is approved as one."""
    for where, text in _texts(source.value or {}, ()):
        said = Said(type=type_, lines=(text,), thai="en" not in where)
        yield Saying(source.file.stem, source.value, said, source, (where,))


def _texts(value: object, where: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*where, key))


def _draft(folder: Path, faults: list[Fault]) -> Iterator[Saying]:
    head = read(folder / "draft.yaml", DRAFT, faults)
    if head.value is None:
        return
    title = Said(type=MessageType.NAV, lines=(head.value.title,))
    yield Saying("draft", head.value.title, title, head, (("title",),))
    for i, part in enumerate(head.value.closing):
        yield from _question(part, f"question {part.id}", head, ("closing", i), ())
    for id_ in head.value.clauses:
        source = read(folder / f"{id_}.yaml", CLAUSE, faults)
        if source.value is not None:
            yield from _clause(source.value, source)


def _clause(part: ClausePart, source: Source[ClausePart]) -> Iterator[Saying]:
    unit, glossed = f"clause {part.id}", tuple(term.name for term in part.terms)
    shown = part.model_dump(exclude={"questions"}, mode="json")
    named = [name for name in ("title", "label", "heading", "status") if getattr(part, name)]
    for name in named:
        said = Said(type=MessageType.NAV, lines=(getattr(part, name),), glossed=glossed)
        yield Saying(unit, shown, said, source, ((name,),))
    for name in ("explain", "brief"):
        lines = getattr(part, name) or ()
        said = Said(type=MessageType.EXPLAIN, lines=lines, glossed=glossed, source=part.original)
        yield Saying(unit, shown, said, source, tuple((name, i) for i in range(len(lines))))
    for i, term in enumerate(part.terms):
        said = Said(type=MessageType.EXPLAIN, lines=(term.name, term.meaning), glossed=glossed)
        yield Saying(unit, shown, said, source, (("terms", i, "name"), ("terms", i, "meaning")))
    for i, question in enumerate(part.questions):
        yield from _question(question, f"question {question.id}", source, ("questions", i), glossed)


def _question(
    part: QuestionPart, unit: str, source: Source[Any], where: Location, glossed: tuple[str, ...]
) -> Iterator[Saying]:
    """The question as it is asked of an organisation and, where that differs, of a person."""
    options = part.options
    choices = tuple(
        Choice(
            label=o.label,
            role=o.role,
            value=o.value,
            scale="pole" if o.value is not None else "",
            aside=o.anchored or o.exclusive,
        )
        for o in options
    )
    places = tuple((*where, "options", i, "label") for i in range(len(options)))
    for name in ("stem", "stem_personal"):
        if stem := getattr(part, name):
            said = Said(type=MessageType.QUESTION, lines=(stem,), choices=choices, glossed=glossed)
            yield Saying(unit, part.shown(), said, source, ((*where, name),), places)
