"""A balanced scale, shown forward to half of the people and reversed to the other half."""

from bot.dialogue import Verb
from bot.library.model import Question, Role
from bot.library.questions.kind import Arranged, common_faults, seed, split


class Scale:
    """The kind `scale`. Every substantive option has a value; the values sum to zero (rule W16)."""

    name = "scale"
    verb = Verb.CHOOSE
    order = "forward_or_reversed"

    def arrange(self, question: Question, person: str) -> Arranged:
        """Forward or reversed by one bit of the person's seed; opt-outs stay."""
        moving, anchored, opt_outs = split(question)
        reverse = bool(seed(person, question.id)[0] & 1)
        steps = sorted(moving + anchored, key=lambda o: o.value or 0, reverse=not reverse)
        return Arranged((*steps, *opt_outs), "reversed" if reverse else "forward")

    def faults(self, question: Question) -> list[str]:
        """As many steps above zero as below, mirrored, in falling order as written."""
        faults = common_faults(question)
        values = [option.value for option in question.options if option.role is Role.SUBSTANTIVE]
        steps = [value for value in values if value is not None]
        if len(steps) != len(values) or len(steps) < 2:
            return [*faults, "needs a value on each of at least two substantive options"]
        if sorted(steps) != sorted(-step for step in steps) or len(set(steps)) != len(steps):
            faults.append(f"is not balanced: values {steps}")
        if steps != sorted(steps, reverse=True):
            faults.append(f"must be written from the highest value to the lowest: values {steps}")
        return faults


KIND = Scale()
