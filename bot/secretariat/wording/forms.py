"""A form of one unit: fields, rows of options and of terms, each with what stands in it now."""

from msgspec import Struct


class Field(Struct, frozen=True):
    """One field: its name in the form, the word or the key that says what it is, and what stands in it."""

    name: str
    about: str
    value: str
    several: bool = False


class OptionRow(Struct, frozen=True):
    """The fields of one option; an empty one is for another."""

    n: int
    id: str = ""
    label: str = ""
    role: str = "substantive"
    value: str = ""
    flags: frozenset[str] = frozenset()


class TermRow(Struct, frozen=True):
    """The fields of one term; an empty one is for another."""

    n: int
    name: str = ""
    meaning: str = ""


class Form(Struct, frozen=True):
    """The form of one unit. `named` says that its fields are known by words, else by their keys."""

    fields: list[Field]
    named: bool
    options: list[OptionRow] = []
    terms: list[TermRow] = []
    original: str = ""
