"""The questions of a clause for one person: which come, in what order, which are open, how they look.

Progress is never stored: it follows from the answers.
"""

from bot.dialogue import Answer, Button, Message, MessageType, Outcome, Place, Verb
from bot.library import KINDS, Arranged, Question, Role, ordered
from handlers.ledger import answer_to
from handlers.prompts import capacity_message, groups_message
from handlers.scene import TEXT_LIMIT, Scene, button


def questions(scene: Scene, clause: str) -> tuple[Question, ...]:
    """The questions of a clause for this person, in their order; none to be typed if they may not type."""
    person, library = scene.person, scene.library
    asked = ordered(library.asked_of(library.clauses[clause], person.group), person.id)
    return tuple(q for q in asked if q.kind != "open" or scene.may_type is not False)


def first_open(scene: Scene, clause: str) -> Question | None:
    """The first question of the clause without an answer; None when there is none left."""
    return next((q for q in questions(scene, clause) if answer_to(scene.person, q.id) is None), None)


def first_open_clause(scene: Scene) -> str:
    """The first clause with a question left: the group's featured ones first, then as in the minutes."""
    featured = scene.library.path(scene.person.group).featured
    clauses = (*featured, *(id_ for id_ in scene.library.clauses if id_ not in featured))
    return next((id_ for id_ in clauses if first_open(scene, id_)), featured[0])


def arranged(scene: Scene, question: Question) -> Arranged:
    """The options in the order this person always sees them."""
    return KINDS[question.kind].arrange(question, scene.person.id)


def in_words(answer: Answer) -> str:
    """An answer as its person would read it: the labels chosen as shown, or the text typed."""
    labels = " ".join(option.label for option in answer.options if option.id in answer.chosen)
    return f"{labels} “{answer.text}”".strip() if answer.text else labels


def picked(scene: Scene, question: Question) -> tuple[str, ...]:
    """The choices picked so far: those not sent yet, else those of the answer given in this wording."""
    unsent = scene.person.picked
    if unsent and (unsent.question, unsent.version) == (question.id, question.version):
        return unsent.options
    answer = answer_to(scene.person, question.id)
    same = answer is not None and answer.version == question.version and answer.outcome is Outcome.ANSWERED
    return answer.chosen if answer and same else ()


def question_message(scene: Scene, question: Question, *, told: bool = True) -> Message:
    """The question; `told` adds what the person answered before, in words, with nothing chosen anew."""
    earlier = answer_to(scene.person, question.id)
    chosen = earlier.chosen if earlier and not told else ()
    lines = _lines(scene, question)
    if told and earlier and earlier.version == question.version:
        lines += scene.lines("previous_answer", answer=in_words(earlier))
    return _with_options(scene, question, lines, chosen)


def picking_message(scene: Scene, question: Question) -> Message:
    """A multiple question with what is picked so far, in place of the one pressed."""
    chosen = picked(scene, question)
    labels = [o.label for o in arranged(scene, question).options if o.id in chosen]
    lines = _lines(scene, question)
    if labels:
        lines += scene.lines("picked", answer=" ".join(labels))
    message = _with_options(scene, question, lines, chosen)
    return Message(
        type=message.type,
        lines=message.lines,
        options=message.options,
        exits=message.exits,
        numbered=message.numbered,
        place=Place.REPLACE,
    )


def open_message(scene: Scene, question: Question) -> Message:
    """A question to be typed, with the ways not to answer."""
    lines = _lines(scene, question)
    earlier = answer_to(scene.person, question.id)
    if earlier and earlier.version == question.version:
        lines += scene.lines("previous_answer", answer=in_words(earlier))
    return _with_options(scene, question, (*lines, *scene.lines("write_answer", limit=f"{TEXT_LIMIT:,}")), ())


def done(scene: Scene) -> tuple[Message, ...]:
    """That the clause has no question left, and what we still do not know of the person."""
    message = scene.say(
        "round_done",
        options=(
            scene.button("topics", Verb.TOPICS),
            scene.button("suggest", Verb.SUGGEST),
            scene.my_data,
        ),
        exits=(scene.stop,),
    )
    if scene.person.group is None:
        return message, groups_message(scene)
    speaks_for_others = scene.library.path(scene.person.group).organised
    if scene.person.capacity is None and speaks_for_others:
        return message, capacity_message(scene)
    return (message,)


def _lines(scene: Scene, question: Question) -> tuple[str, ...]:
    asked = questions(scene, question.clause)
    stem = question.stem_for(scene.person.capacity)
    if question not in asked:
        return (stem,)
    return (*scene.lines("position", n=asked.index(question) + 1, of=len(asked)), stem)


def _with_options(
    scene: Scene, question: Question, lines: tuple[str, ...], chosen: tuple[str, ...]
) -> Message:
    return Message(
        type=MessageType.QUESTION,
        lines=lines,
        options=_options(scene, question, chosen),
        exits=(_back(scene, question), scene.button("why", Verb.WHY, question.id), scene.stop),
        numbered=question.kind != "open",
    )


def _options(scene: Scene, question: Question, chosen: tuple[str, ...]) -> tuple[Button, ...]:
    buttons = []
    for option in arranged(scene, question).options:
        if option.role is Role.SKIP and question.kind == "multiple":
            buttons.append(scene.button("submit", Verb.SUBMIT, question.id, question.version))
        verb = KINDS[question.kind].verb if option.role is Role.SUBSTANTIVE else Verb.CHOOSE
        args = (question.id, question.version, option.id)
        buttons.append(button(option.label, verb, *args, chosen=option.id in chosen))
    return tuple(buttons)


def _back(scene: Scene, question: Question) -> Button:
    """To the question before this one, or to the topics from the first."""
    asked = questions(scene, question.clause)
    at = asked.index(question) if question in asked else 0
    if at == 0:
        return scene.button("back", Verb.TOPICS)
    return scene.button("back", Verb.QUESTION, asked[at - 1].id)
