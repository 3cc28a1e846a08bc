"""What is asked before anything typed is kept: the age, then the consent; and the notice they rest on.

What the person was about to do travels in the buttons as a target:
`q.<question>` an answer, `s.<clause>` a suggestion (`s.-` about no clause), `n.<question>` news,
`d.-` nothing yet: the person changes their mind in «my data».
Refusing costs nothing: every button goes on to be answered.
"""

from msgspec.structs import replace

from bot.dialogue import Button, Expects, ForAnswer, Message, Purpose, Turn, Verb
from bot.library import Question, Role
from handlers import prompts, rounds
from handlers.ledger import answer_to, keep_consent
from handlers.scene import TEXT_LIMIT, Scene

_AGES = {"yes": True, "no": False, "undeclared": False}


def notice(scene: Scene) -> Turn:
    """The card of what we keep."""
    exits = (
        scene.button("topics", Verb.TOPICS),
        scene.button("contact", Verb.CONTACT),
        scene.my_data,
        scene.stop,
    )
    return scene.turn(_card(scene, *exits), notice=scene.library.notice)


def _card(scene: Scene, *exits: Button) -> Message:
    return scene.say("notice", exits=exits, days=scene.library.draft.anonymity.linked_days)


def before_typing(scene: Scene, target: str, *before: Message) -> Turn:
    """Ask what is still to be asked for this target, or go on to the text when all was answered with yes."""
    adult = scene.person.adult
    if adult is None:
        return scene.turn(*before, _age_message(scene, target))
    if adult is False:
        return scene.turn(*before, _under_age(scene, target))
    purpose = _purpose(target)
    given = scene.consents(purpose)
    if given:
        return _go_on(scene, target, *before)
    if given is False and target.startswith("q."):
        return scene.turn(*before, _refused(scene, target))
    return scene.turn(*before, _consent_message(scene, target))


def wish(scene: Scene, target: str) -> Turn | None:
    """The person wants to type after all."""
    return before_typing(scene, target) if _known(scene, target) else None


def age(scene: Scene, value: str, target: str) -> Turn | None:
    """The person said whether they are 20 or older, or wants to say it anew."""
    if not _known(scene, target):
        return None
    if value == "change":
        return scene.turn(_age_message(scene, target))
    if value not in _AGES:
        return None
    return before_typing(replace(scene, person=replace(scene.person, adult=_AGES[value])), target)


def consent(scene: Scene, value: str, target: str) -> Turn | None:
    """The person consented or refused; either is one line of the log."""
    if value not in ("yes", "no") or not _known(scene, target):
        return None
    if value == "yes" and not scene.person.adult:
        return before_typing(scene, target)
    person, record = keep_consent(scene, _purpose(target), value == "yes")
    scene = replace(scene, person=person)
    turn = _go_on(scene, target) if value == "yes" else scene.turn(_refused(scene, target))
    return replace(turn, records=(record, *turn.records))


def detail(scene: Scene, target: str) -> Turn | None:
    """The whole notice, then the same question again."""
    if not _known(scene, target):
        return None
    return scene.turn(_card(scene), _consent_message(scene, target), notice=scene.library.notice)


def write(scene: Scene, question: Question, *before: Message) -> Turn:
    """Ask for the text itself."""
    earlier = answer_to(scene.person, question.id)
    if question.kind != "open" and earlier:
        message = scene.say(
            "follow_up",
            exits=(_next(scene, question, "skip"), scene.stop),
            answer=rounds.in_words(replace(earlier, text=None)),
            limit=f"{TEXT_LIMIT:,}",
        )
    else:
        message = rounds.open_message(scene, question)
    return scene.turn(*before, message, expects=Expects(ForAnswer(question.id, question.version)))


def _go_on(scene: Scene, target: str, *before: Message) -> Turn:
    """What the person was about to do before they were asked."""
    what, _, id_ = target.partition(".")
    if what == "s":
        return prompts.compose(scene, "" if id_ == "-" else id_)
    if what == "q":
        return write(scene, scene.library.questions[id_], *before)
    return scene.turn(
        *before, scene.say("saved", options=_onward(scene, target), exits=(scene.my_data, scene.stop))
    )


def _known(scene: Scene, target: str) -> bool:
    what, _, id_ = target.partition(".")
    if what == "s":
        return id_ == "-" or id_ in scene.library.clauses
    if what == "d":
        return id_ == "-"
    return what in ("q", "n") and id_ in scene.library.questions


def _purpose(target: str) -> Purpose:
    return Purpose.NEWS if target.startswith("n.") else Purpose.TYPED_TEXT


def _age_message(scene: Scene, target: str) -> Message:
    options = (
        scene.button("age_yes", Verb.AGE, "yes", target),
        scene.button("age_no", Verb.AGE, "no", target),
        scene.button("age_undeclared", Verb.AGE, "undeclared", target),
        *_skip(scene, target),
    )
    phrase = "age_before_answer" if target.startswith("q.") else "age"
    return scene.say(phrase, options=options, exits=(scene.stop,), numbered=True)


def _consent_message(scene: Scene, target: str) -> Message:
    options = (
        scene.button("consent_yes", Verb.CONSENT, "yes", target),
        scene.button("consent_no", Verb.CONSENT, "no", target),
        scene.button("consent_detail", Verb.CONSENT_DETAIL, target),
    )
    phrase = "consent_news" if target.startswith("n.") else "consent_text"
    return scene.say(phrase, options=options, exits=(scene.stop,), numbered=True)


def _under_age(scene: Scene, target: str) -> Message:
    change = scene.button("age_change", Verb.AGE, "change", target)
    return scene.say(
        "under_age", options=(*_onward(scene, target), change), exits=(scene.my_data, scene.stop)
    )


def _refused(scene: Scene, target: str) -> Message:
    phrase = "news_refused" if target.startswith("n.") else "consent_refused"
    return scene.say(phrase, options=_onward(scene, target), exits=(scene.my_data, scene.stop))


def _onward(scene: Scene, target: str) -> tuple[Button, ...]:
    """To the next question, or to the menu when there was none."""
    what, _, id_ = target.partition(".")
    return (scene.to_menu,) if what in "sd" else (_next(scene, scene.library.questions[id_]),)


def _skip(scene: Scene, target: str) -> tuple[Button, ...]:
    """The way past this text, without a word about age."""
    what, _, id_ = target.partition(".")
    if what in "sd":
        return (scene.button("skip", Verb.MENU),)
    question = scene.library.questions[id_]
    if question.kind != "open":
        return (_next(scene, question, "skip"),)
    skip = next(option for option in question.options if option.role is Role.SKIP)
    return (scene.button("skip", Verb.CHOOSE, question.id, question.version, skip.id),)


def _next(scene: Scene, question: Question, label: str = "next") -> Button:
    return scene.button(label, Verb.NEXT, question.clause)
