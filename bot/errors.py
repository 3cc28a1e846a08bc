"""Everything this program raises on purpose.

    RuamkhitError
    ├── SettingsError     the operator's: a variable is missing or wrong
    ├── ContentError      the author's: a content file is wrong; carries every fault found
    ├── ExportError       ours: a file does not read back as it was written; it was not kept
    └── StoreError        the machine's or the operator's
        ├── SchemaError        the database is older or newer than this program
        ├── UnsafeSqliteError  the SQLite library can lose committed data
        └── UnavailableError   the database does not answer or does not take writes; ask again

A person's slip is never one of these: it is a value, and gets a plain sentence in Thai.
Each message says what happened, whose it is to mend, and how; none carries a person's text, an id
or a secret.
"""

from pathlib import Path

from msgspec import Struct


class RuamkhitError(Exception):
    """Anything this program raises on purpose."""


class SettingsError(RuamkhitError):
    """A setting is missing or wrong."""


class Fault(Struct, frozen=True, order=True):
    """One fault in a content file; line and column count from 1."""

    file: Path
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ContentError(RuamkhitError):
    """The content cannot be used. `faults` are all that were found, in the order of the files."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        listed = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"The content has {len(self.faults)} fault(s); nothing was started:\n{listed}")


class ExportError(RuamkhitError):
    """A file that was made does not read back as it was written; it is not kept."""


class StoreError(RuamkhitError):
    """The store cannot be used as it is."""


class SchemaError(StoreError):
    """The schema of the database is not the one this program was written for."""


class UnsafeSqliteError(StoreError):
    """The SQLite library has a bug that can lose committed data."""


class UnavailableError(StoreError):
    """The database does not answer or takes no writes now; nothing was stored, asking again may help."""
