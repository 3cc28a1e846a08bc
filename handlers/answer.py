"""Asking a question and keeping the answer: one choice, several, or a text."""

from msgspec.structs import replace

from bot.dialogue import (
    Answer,
    ForAnswer,
    Message,
    Outcome,
    Picked,
    Place,
    RequestKind,
    RightsRequest,
    ShownOption,
    Turn,
    Verb,
)
from bot.language.words import length
from bot.library import Option, Question, Role
from handlers import consent, rounds
from handlers.ledger import answer_to, is_newest, keep_answer, request_for
from handlers.scene import TEXT_LIMIT, Scene, marked

_OUTCOMES = {
    Role.SUBSTANTIVE: Outcome.ANSWERED,
    Role.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    Role.DONT_KNOW: Outcome.DONT_KNOW,
    Role.SKIP: Outcome.SKIPPED,
}


def next_question(scene: Scene, clause: str, *before: Message) -> Turn:
    """Ask the first question of the clause that the person has not met, after saying `before`."""
    if scene.closed:
        return scene.turn(*before, scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)))
    scene = replace(scene, person=replace(scene.person, clause=clause))
    question = rounds.first_open(scene, clause)
    if question is None:
        done = rounds.done(scene)
        # A card with buttons before it, and LINE has no room left to ask who the person is.
        return scene.turn(*before, *(done[:1] if any(message.options for message in before) else done))
    return pose(scene, question, *before)


def pose(scene: Scene, question: Question, *before: Message) -> Turn:
    """Ask this question; one to be typed first asks what must be asked before typing."""
    scene = replace(scene, person=replace(scene.person, clause=question.clause))
    if question.kind == "open":
        return consent.before_typing(scene, f"q.{question.id}", *before)
    return scene.turn(*before, rounds.question_message(scene, question))


def show(scene: Scene, id_: str) -> Turn | None:
    """Ask a question again, to answer it otherwise; the earlier answer is told, never preset."""
    question = scene.library.questions.get(id_)
    if question is None:
        return scene.slip(scene.say("question_gone", exits=(scene.to_menu, scene.stop)))
    if scene.closed:
        return scene.turn(scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)))
    return pose(scene, question)


def _find(scene: Scene, id_: str, version: str) -> Question | Turn:
    """The question a button speaks of, or what to say when it speaks of one that is no more."""
    question = scene.library.questions.get(id_)
    if question is None:
        return scene.slip(scene.say("question_gone", exits=(scene.to_menu, scene.stop)))
    if scene.closed:
        return scene.turn(scene.say("closed", exits=(scene.to_menu, scene.my_data, scene.stop)))
    if question.version != version:
        return pose(scene, question, scene.say("question_changed"))
    return question


def choose(scene: Scene, id_: str, version: str, option_id: str) -> Turn | None:
    """Keep one choice."""
    question = _find(scene, id_, version)
    if isinstance(question, Turn):
        return question
    option = question.option(option_id)
    if option is None or (question.kind == "multiple" and option.role is Role.SUBSTANTIVE):
        return None
    return _keep(scene, question, _OUTCOMES[option.role], (option.id,))


def toggle(scene: Scene, id_: str, version: str, option_id: str) -> Turn | None:
    """Pick or unpick one of several choices; nothing is kept until they are sent."""
    question = _find(scene, id_, version)
    if isinstance(question, Turn):
        return question
    option = question.option(option_id)
    if option is None or question.kind != "multiple":
        return None
    picked = _toggled(question, rounds.picked(scene, question), option)
    person = replace(
        scene.person, clause=question.clause, picked=Picked(question.id, question.version, picked)
    )
    scene = replace(scene, person=person)
    return scene.turn(rounds.picking_message(scene, question))


def _toggled(question: Question, picked: tuple[str, ...], option: Option) -> tuple[str, ...]:
    if option.id in picked:
        return tuple(id_ for id_ in picked if id_ != option.id)
    if option.exclusive:
        return (option.id,)
    exclusive = {o.id for o in question.options if o.exclusive}
    return (*(id_ for id_ in picked if id_ not in exclusive), option.id)


def submit(scene: Scene, id_: str, version: str) -> Turn | None:
    """Keep the choices that were picked."""
    question = _find(scene, id_, version)
    if isinstance(question, Turn):
        return question
    if question.kind != "multiple":
        return None
    picked = rounds.picked(scene, question)
    if not picked:
        return scene.turn(scene.say("nothing_picked"), rounds.question_message(scene, question))
    order = [option.id for option in question.options]
    return _keep(scene, question, Outcome.ANSWERED, tuple(sorted(picked, key=order.index)))


def _keep(
    scene: Scene,
    question: Question,
    outcome: Outcome,
    chosen: tuple[str, ...],
    text: str | None = None,
    source: str = "",
) -> Turn:
    """Keep an answer with the words it answers, and say so."""
    arranged = rounds.arranged(scene, question)
    answer = Answer(
        id=scene.new_id(),
        question=question.id,
        version=question.version,
        clause=question.clause,
        stem=question.stem_for(scene.person.capacity),
        options=tuple(ShownOption(option.id, option.label) for option in arranged.options),
        order=arranged.order,
        outcome=outcome,
        chosen=chosen,
        text=text,
        at=scene.event.at,
        channel=scene.event.channel,
        group=scene.person.group,
        capacity=scene.person.capacity,
        source=source,
        notice=scene.library.notice,
    )
    newest, earlier = is_newest(scene, question.id), answer_to(scene.person, question.id)
    person, records = keep_answer(scene, answer)
    if not newest:
        turn = scene.slip(scene.say("older_answer", exits=(scene.to_menu, scene.stop)))
        return replace(turn, records=records)
    person = replace(person, picked=None, clause=question.clause)
    turn = _after(replace(scene, person=person), question, answer)
    if earlier is None or not _corrects(earlier, answer):
        return replace(turn, records=(*records, *turn.records))
    request = request_for(scene, RequestKind.CORRECT, n=len(records))
    messages = _with_receipt(scene, turn.messages, request)
    return replace(turn, messages=messages, records=(*records, *turn.records, request))


def _corrects(earlier: Answer, answer: Answer) -> bool:
    """Whether an answer says something else than the one before; a text beside a choice only adds to it."""
    adds = earlier.text is None and earlier.chosen == answer.chosen
    said = earlier.outcome is not Outcome.SKIPPED
    return said and not adds and (earlier.chosen, earlier.text) != (answer.chosen, answer.text)


def _with_receipt(scene: Scene, messages: tuple[Message, ...], request: RightsRequest) -> tuple[Message, ...]:
    """The messages with the receipt of a correction above the first that comes anew."""
    at = next(n for n, message in enumerate(messages) if message.place is not Place.MARK)
    told = scene.lines("corrected", receipt=request.receipt)
    return (*messages[:at], replace(messages[at], lines=(*told, *messages[at].lines)), *messages[at + 1 :])


def _after(scene: Scene, question: Question, answer: Answer) -> Turn:
    """What is said once an answer is kept."""
    if answer.outcome is Outcome.SKIPPED:
        return next_question(scene, question.clause, scene.say("skipped"))
    by_button = question.kind != "open" and answer.text is None
    mark = (marked(rounds.question_message(scene, question, told=False)),) if by_button else ()
    option = question.option(answer.chosen[0]) if len(answer.chosen) == 1 else None
    if option and answer.text is None:
        if option.follow_up and scene.may_type is not False:
            return consent.before_typing(scene, f"q.{question.id}", *mark)
        if option.consents:
            return consent.before_typing(scene, f"n.{question.id}", *mark)
    return scene.turn(*mark, saved(scene, question, answer))


def saved(scene: Scene, question: Question, answer: Answer) -> Message:
    """That the answer is kept, in the person's own words or choices."""
    options = (
        scene.button("next", Verb.NEXT, question.clause),
        scene.button("edit_answer", Verb.QUESTION, question.id),
    )
    exits = (scene.my_data, scene.stop)
    if answer.text is not None:
        return scene.say("saved_text", options=options, exits=exits, text=answer.text)
    if question.kind == "multiple" and answer.outcome is Outcome.ANSWERED:
        return scene.say(
            "saved_choices",
            options=options,
            exits=exits,
            n=len(answer.chosen),
            unit=question.unit or scene.label("choice_unit"),
            answer=rounds.in_words(answer),
        )
    return scene.say("saved", options=options, exits=exits)


def typed(scene: Scene, wanted: ForAnswer, text: str, source: str) -> Turn:
    """Keep what was typed for an open question or as a follow-up."""
    question = _find(scene, wanted.question, wanted.version)
    if isinstance(question, Turn):
        return question
    if scene.may_type is not True:
        return consent.before_typing(scene, f"q.{question.id}")
    if length(text) > TEXT_LIMIT:
        return too_long(scene, text, TEXT_LIMIT)
    earlier = answer_to(scene.person, question.id)
    chosen = earlier.chosen if question.kind != "open" and earlier else ()
    return _keep(scene, question, Outcome.ANSWERED, chosen, text, source)


def edited(scene: Scene, wanted: ForAnswer, text: str, source: str) -> Turn:
    """The person changed a text they had sent: a correction, kept with the words it first answered."""
    answer = answer_to(scene.person, wanted.question)
    if answer is None or answer.source != source:
        return scene.slip(scene.say("edited_nothing", exits=(scene.my_data, scene.stop)))
    if length(text) > TEXT_LIMIT:
        return too_long(scene, text, TEXT_LIMIT)
    newer = replace(answer, id=scene.new_id(), text=text, at=scene.event.at, replaced_at=None)
    person, records = keep_answer(scene, newer)
    request = request_for(scene, RequestKind.CORRECT, n=1)
    message = scene.say("edited", exits=(scene.my_data, scene.stop), text=text, receipt=request.receipt)
    person = replace(person, expects=scene.expects)
    return Turn(participant=person, messages=(message,), records=(*records, request))


def too_long(scene: Scene, text: str, limit: int) -> Turn:
    """How long it is and how long it may be; the person still has their text in the chat."""
    return scene.slip(
        scene.say("too_long", exits=(scene.stop,), length=f"{length(text):,}", limit=f"{limit:,}")
    )
