"""What we may say: content files read into typed, checked values.

    load         a content folder → Library, or ContentError   loader.py
    admit        the same, if it passed the wording gate        gate.py
    inspect      what the gate finds in a content folder        gate.py
    Library …    the values                                    model.py
    KINDS        how each kind of question behaves             questions/
    ordered      the order a person is asked questions in      order.py

The other modules are how the files are read; nobody outside needs them.
"""

from bot.library.gate import Found, Inspection, admit, inspect
from bot.library.loader import load
from bot.library.model import (
    DEFAULT_GROUP,
    Clause,
    Draft,
    Library,
    Option,
    Path,
    Phrase,
    Question,
    Role,
    Seal,
    Term,
)
from bot.library.order import ordered
from bot.library.questions import KINDS, Arranged, Kind

__all__ = [
    "DEFAULT_GROUP",
    "KINDS",
    "Arranged",
    "Clause",
    "Draft",
    "Found",
    "Inspection",
    "Kind",
    "Library",
    "Option",
    "Path",
    "Phrase",
    "Question",
    "Role",
    "Seal",
    "Term",
    "admit",
    "inspect",
    "load",
    "ordered",
]
