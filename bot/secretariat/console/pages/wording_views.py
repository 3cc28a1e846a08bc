"""What the pages of the wording show of a unit."""

from pathlib import PurePosixPath

from msgspec import Struct

from bot.library import Clause
from bot.library.versions import DIGITS
from bot.secretariat.console.office import Office
from bot.secretariat.wording.folder import Look
from bot.secretariat.wording.previewing import Shown, shown
from bot.secretariat.wording.units import Approved, Built, Note, Unit, approved, built, lines_of, notes_of


class UnitView(Struct, frozen=True):
    """A unit as a page shows it. `waits` says that the running bot does not say it yet."""

    name: str
    lines: list[str]
    version: str
    waits: bool
    approved: list[Approved]
    notes: list[Note]
    built: Built
    shown: list[Shown]


def view(office: Office, look: Look, unit: Unit) -> UnitView:
    """One unit of what was looked at."""
    print_ = look.prints[unit.name]
    return UnitView(
        name=unit.name,
        lines=lines_of(unit),
        version=print_[:DIGITS],
        waits=waits(office, look, unit.name),
        approved=approved(unit.name, print_, look.records),
        notes=notes_of(unit, look.found),
        built=built(unit),
        shown=shown(unit, look.library, office.previews) if look.library else [],
    )


def named(look: Look, unit: str) -> Unit | None:
    """The unit with this name."""
    return next((found for found in look.units if found.name == unit), None)


def waits(office: Office, look: Look, unit: str) -> bool:
    """Whether the bot that runs was started before this wording of the unit."""
    return look.prints[unit][:DIGITS] not in office.library.seal.readers


def about(look: Look, file: str) -> str:
    """What a content file is about, in its own words; "" where its name says it."""
    clause = clause_of(look, file)
    return f"{clause.number} {clause.label}" if clause else ""


def clause_of(look: Look, file: str) -> Clause | None:
    """The clause that a content file is the own file of."""
    if look.library is None or not file.startswith("drafts/"):
        return None
    return look.library.clauses.get(PurePosixPath(file).stem)
