"""Where a check found something, before it is put into words."""

from msgspec import Struct

from bot.language.wording.model import Rule, Severity

#: The end of a text of any length.
TO_THE_END = -1


class Hit(Struct, frozen=True, kw_only=True):
    """A place in a message: the part, whether it is a choice, and [start, end) in it.

    `rewrite` is a safe wording, "" where the rule's own will do; `keeps` says that it is the whole line
    with its labels, so that a fault of theirs would be in it too.
    """

    part: int
    choice: bool = False
    start: int = 0
    end: int = TO_THE_END
    severity: Severity
    rewrite: str = ""
    keeps: bool = False


def whole(
    rule: Rule,
    part: int,
    *,
    choice: bool = False,
    severity: Severity | None = None,
    rewrite: str = "",
    keeps: bool = False,
) -> Hit:
    """The whole of a line or of a choice, as severe as the rule is."""
    return Hit(part=part, choice=choice, severity=severity or rule.severity, rewrite=rewrite, keeps=keeps)
