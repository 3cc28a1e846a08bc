"""The order in which a person is asked the questions of a clause."""

from bot.library.model import Question
from bot.library.questions.kind import seed


def ordered(questions: tuple[Question, ...], person: str) -> tuple[Question, ...]:
    """The questions as this person is asked them: as written, but a mirrored pair changes places for half.

    Neither side of a pair (what to change, what to keep) gains by always being asked first. The same
    person always gets the same order; a question whose pair is not among `questions` stays.
    """
    placed = list(questions)
    index = {question.id: i for i, question in enumerate(questions)}
    for i, first in enumerate(questions):
        j = index.get(first.mirrored, -1)
        if j > i and seed(person, f"{first.id}/{first.mirrored}")[0] & 1:
            placed[i], placed[j] = placed[j], placed[i]
    return tuple(placed)
