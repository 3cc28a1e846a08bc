"""Any number of choices, sent together; shuffled like a single question."""

from bot.dialogue import Verb
from bot.library.model import Question, Role
from bot.library.questions.kind import Arranged, common_faults, shuffled


class Multiple:
    """The kind `multiple`."""

    name = "multiple"
    verb = Verb.TOGGLE
    order = "shuffled"

    def arrange(self, question: Question, person: str) -> Arranged:
        """Shuffled by person; anchored options and opt-outs stay."""
        return shuffled(question, person)

    def faults(self, question: Question) -> list[str]:
        """At least two substantive options, opt-outs that exclude all others, and no follow-up."""
        faults = common_faults(question)
        if sum(option.role is Role.SUBSTANTIVE for option in question.options) < 2:
            faults.append("needs at least two substantive options")
        if any(option.role is not Role.SUBSTANTIVE and not option.exclusive for option in question.options):
            faults.append("has an opt-out that is not exclusive")
        if any(option.follow_up for option in question.options):
            faults.append("cannot ask a follow-up: which of the choices would it be about?")
        return faults


KIND = Multiple()
