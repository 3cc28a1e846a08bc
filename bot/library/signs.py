"""content/privacy.yaml → what gives personal data in a typed text away."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from bot.errors import ContentError, Fault
from bot.language.names import NameSigns
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
    """What stands before the name of a person, and what ends it."""

    formal: Regex
    informal: Regex
    kin: Regex
    ordinary: Regex
    told: Regex
    hinted: Regex
    latin: Regex
    stops: str
    given: str
    doubtful: str
    called: str
    surnames: str
    places: Regex

    def signs(self) -> NameSigns:
        """The signs of the model; lists of words are written with spaces between them."""
        return NameSigns(
            formal=compiled(self.formal),
            informal=compiled(self.informal),
            kin=compiled(self.kin),
            ordinary=compiled(self.ordinary),
            told=compiled(self.told),
            hinted=compiled(self.hinted),
            latin=compiled(self.latin),
            stops=frozenset(self.stops.split()),
            given=frozenset(self.given.split()),
            doubtful=frozenset(self.doubtful.split()),
            called=frozenset(self.called.split()),
            surnames=tuple(self.surnames.split()),
            places=compiled(self.places),
        )


class SignsPart(_Part):
    """privacy.yaml."""

    ordinary_before: Regex
    ordinary_after: Regex
    citizen_before: Regex
    account_before: Regex
    patterns: tuple[ShapePart, ...]
    goes_on: Regex
    names: NamesPart


_SIGNS: Final = TypeAdapter(SignsPart)


def load_signs(file: Path) -> Signs:
    """The signs in this file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    signs = read_signs(file, faults)
    if signs is None:
        raise ContentError(faults)
    return signs


def read_signs(file: Path, faults: list[Fault]) -> Signs | None:
    """The signs in this file; None, with every fault added to `faults`, when it cannot be used."""
    part = read(file, _SIGNS, faults).value
    if part is None:
        return None
    return Signs(
        ordinary_before=compiled(part.ordinary_before),
        ordinary_after=compiled(part.ordinary_after),
        citizen_before=compiled(part.citizen_before),
        account_before=compiled(part.account_before),
        shapes=tuple(Shape(p.kind, compiled(p.match), p.group) for p in part.patterns),
        goes_on=compiled(part.goes_on),
        names=part.names.signs(),
    )
