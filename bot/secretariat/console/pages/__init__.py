"""The pages behind the door, one module a part of the menu.

To add one: write `<part>.py` with `pages(office, frame)` and name it in PARTS. A page that is not in a
part does not exist, and the matrix of the tests holds each against its roles.
"""

from collections.abc import Callable, Sequence
from typing import Final

from bot.secretariat.console.frame import Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages import (
    account,
    answers,
    auditing,
    exports,
    operations,
    overview,
    people,
    report,
    suggestions,
    wording,
)
from bot.secretariat.console.policy import Page

Part = Callable[[Office, Frame], Sequence[Page]]

PARTS: Final[tuple[Part, ...]] = (
    overview.pages,
    answers.pages,
    suggestions.pages,
    wording.pages,
    exports.pages,
    report.pages,
    operations.pages,
    auditing.pages,
    people.pages,
    account.pages,
)
