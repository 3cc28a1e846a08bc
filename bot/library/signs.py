"""content/privacy.yaml → what gives personal data in a typed text away."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.errors import ContentError, Fault
from bot.language.privacy import Kind, Shape, Signs
from bot.library.rulebook import Regex, compiled
from bot.library.yaml_source import read


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShapePart(_Part):
    """A pattern; `group` of its match is the data."""

    kind: Kind
    match: Regex
    group: int = 0


class NamesPart(_Part):
    """What stands before the name of a person."""

    titles: Regex
    formal: Regex
    ordinary: Regex
    told: Regex


class SignsPart(_Part):
    """privacy.yaml."""

    ordinary_before: Regex
    ordinary_after: Regex
    patterns: tuple[ShapePart, ...]
    names: NamesPart


_SIGNS: Final = TypeAdapter(SignsPart)


def load_signs(file: Path) -> Signs:
    """The signs in this file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    part = read(file, _SIGNS, faults).value
    if part is None:
        raise ContentError(faults)
    return Signs(
        ordinary_before=compiled(part.ordinary_before),
        ordinary_after=compiled(part.ordinary_after),
        shapes=tuple(Shape(p.kind, compiled(p.match), p.group) for p in part.patterns),
        titles=compiled(part.names.titles),
        formal=compiled(part.names.formal),
        ordinary=compiled(part.names.ordinary),
        told=compiled(part.names.told),
    )
