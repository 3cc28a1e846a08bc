"""One choice among names; shuffled, so that no option gains by standing first."""

from bot.dialogue import Verb
from bot.library.model import Question, Role
from bot.library.questions.kind import Arranged, common_faults, shuffled


class Single:
    """The kind `single`."""

    name = "single"
    verb = Verb.CHOOSE
    order = "shuffled"

    def arrange(self, question: Question, person: str) -> Arranged:
        """Shuffled by person; anchored options and opt-outs stay."""
        return shuffled(question, person)

    def faults(self, question: Question) -> list[str]:
        """At least two substantive options, none with a scale value."""
        faults = common_faults(question)
        if sum(option.role is Role.SUBSTANTIVE for option in question.options) < 2:
            faults.append("needs at least two substantive options")
        if any(option.value is not None for option in question.options):
            faults.append("has scale values; use kind: scale")
        return faults


KIND = Single()
