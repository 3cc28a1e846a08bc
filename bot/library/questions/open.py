"""Free text, typed only after consent; its buttons are the ways not to answer."""

from bot.dialogue import Verb
from bot.library.model import Question, Role
from bot.library.questions.kind import Arranged, common_faults


class Open:
    """The kind `open`."""

    name = "open"
    verb = Verb.CHOOSE
    order = "as_written"

    def arrange(self, question: Question, person: str) -> Arranged:
        """As written, for everyone: only opt-outs, which never move."""
        return Arranged(question.options, "as_written")

    def faults(self, question: Question) -> list[str]:
        """Opt-outs only: an example answer on a button would lead."""
        faults = common_faults(question)
        if any(option.role is Role.SUBSTANTIVE for option in question.options):
            faults.append("may offer no answer on a button, only ways not to answer")
        return faults


KIND = Open()
