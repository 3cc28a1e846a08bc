"""The turn: from one event to all that follows from it.

`CONVERSATIONS` says which handler answers which verb; a handler returns None for arguments it never
wrote, and the button is then explained like any unknown one.
"""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Final, assert_never

from msgspec.structs import replace

from bot.dialogue import (
    Action,
    Blocked,
    Body,
    Button,
    Edited,
    Erase,
    Event,
    Expects,
    FileArrived,
    FileOffered,
    FileRefused,
    Message,
    Opened,
    Participant,
    Pressed,
    Retracted,
    Scope,
    Turn,
    Typed,
    Unsupported,
    Verb,
)
from bot.library import Library
from handlers import (
    answer,
    ask,
    consent,
    explain,
    files,
    followup,
    mydata,
    personal,
    stop,
    suggest,
    welcome,
    words,
)
from handlers.ledger import without_message
from handlers.scene import Scene

Handler = Callable[..., Turn | None]

CONVERSATIONS: Final[dict[Verb, Handler]] = {
    Verb.WELCOME: welcome.welcome,
    Verb.MENU: welcome.menu,
    Verb.GROUPS: welcome.groups,
    Verb.GROUP: welcome.choose_group,
    Verb.CAPACITY: welcome.choose_capacity,
    Verb.TOPICS: explain.topics,
    Verb.CLAUSE: explain.clause,
    Verb.TERMS: explain.terms,
    Verb.ORIGINAL: explain.original,
    Verb.NEXT: explain.go_on,
    Verb.QUESTION: answer.show,
    Verb.CHOOSE: answer.choose,
    Verb.TOGGLE: answer.toggle,
    Verb.SUBMIT: answer.submit,
    Verb.WHY: explain.why,
    Verb.NOTICE: consent.notice,
    Verb.AGE: consent.age,
    Verb.CONSENT: consent.consent,
    Verb.CONSENT_DETAIL: consent.detail,
    Verb.WRITE: consent.wish,
    Verb.HELD: personal.choose,
    Verb.SUGGEST: suggest.topic,
    Verb.COMPOSE: suggest.begin,
    Verb.SEND: suggest.send,
    Verb.DISCARD: suggest.discard,
    Verb.NAMING: suggest.naming,
    Verb.STATUS: followup.status,
    Verb.REVISE: suggest.revise,
    Verb.REWRITE: suggest.rewrite,
    Verb.RETRACT: suggest.retract,
    Verb.TELL: followup.tell,
    Verb.MY_DATA: mydata.my_data,
    Verb.MY_ANSWERS: mydata.my_answers,
    Verb.COPY: mydata.copy,
    Verb.WITHDRAW: mydata.withdraw,
    Verb.ERASE: mydata.erase,
    Verb.ERASE_NOW: mydata.erase_now,
    Verb.OBJECT: mydata.objection,
    Verb.OBJECT_NOW: mydata.object_now,
    Verb.RESTRICT: mydata.restrict,
    Verb.CONTACT: mydata.contact,
    Verb.STOP: stop.stop,
    Verb.SKIP: words.nothing_to_skip,
    Verb.BACK: words.nowhere_back,
}

#: Verbs that compare times themselves, or only show something: pressing one late does no harm.
_TIMELESS: Final = frozenset({Verb.CHOOSE, Verb.CLAUSE, Verb.TERMS, Verb.ORIGINAL, Verb.NOTICE, Verb.CONTACT})


def take_turn(participant: Participant, event: Event, library: Library) -> Turn:
    """All that follows from one event: a pure function, so running it twice gives equal values."""
    resting = replace(participant, expects=Expects(), held=None)
    scene = Scene(resting, event, library, participant.expects, participant.held)
    turn = _follow(scene, event.body)
    if turn.messages and turn.participant.notice != library.notice:
        turn = ask.introduced(turn, welcome.introduction(scene))
        turn = replace(turn, participant=replace(turn.participant, notice=library.notice))
    messages = tuple(replace(m, id=f"{event.id}/m{n}") for n, m in enumerate(turn.messages))
    return replace(turn, participant=_remember(scene, turn), messages=messages)


def _remember(scene: Scene, turn: Turn) -> Participant:
    """The person with what their text will mean next, and when they last acted."""
    person = turn.participant
    if person.expects != scene.expects or not person.expects.buttons:
        person = replace(person, expects=_expecting(person.expects, turn.messages))
    acted = scene.person.acted_at
    return replace(person, acted_at=max(acted, scene.event.at) if acted else scene.event.at)


def _expecting(expects: Expects, messages: tuple[Message, ...]) -> Expects:
    """Every button on show; the numbered ones of the last message that has any come first."""
    numbered = next((m for m in reversed(messages) if m.numbered), None)
    first = numbered.options if numbered else ()
    rest: list[Button] = []
    for message in reversed(messages):
        rest += [b for b in (*message.options, *message.exits) if b not in first and b not in rest]
    return Expects(expects.text, (*first, *rest), len(first))


def _follow(scene: Scene, body: Body) -> Turn:
    match body:
        case Opened():
            return welcome.opened(_back_again(scene), body)
        case Pressed(token):
            return _press(_back_again(scene), token)
        case Typed():
            return _text(_back_again(scene), body)
        case Edited():
            return words.edited(scene, body)
        case Retracted(message):
            person, records = without_message(scene, message)
            held = scene.held if scene.held and scene.held.source != message else None
            turn = replace(scene, person=person, held=held).slip()
            return replace(turn, records=records, erase=Erase(Scope.MESSAGE, message))
        case FileOffered():
            return files.offered(scene, body)
        case FileArrived():
            return files.arrived(scene, body)
        case FileRefused():
            return files.refused(scene, body)
        case Blocked():
            return stop.blocked(scene)
        case Unsupported():
            return ask.unsupported(scene)
        case _:
            assert_never(body)


def _back_again(scene: Scene) -> Scene:
    """Whoever acts has come back, even after «stop»; a late act has not."""
    if scene.late:
        return scene
    return replace(scene, person=replace(scene.person, stopped=False))


def _text(scene: Scene, body: Typed) -> Turn:
    if scene.late:
        return ask.late(scene)
    pressed = words.pressed_by(scene, body.text)
    if isinstance(pressed, Turn):
        return pressed
    return _press(scene, pressed) if pressed else words.text(scene, body)


def _press(scene: Scene, token: str) -> Turn:
    action = Action.parse(token)
    if action is None:
        return ask.unknown_button(scene)
    if action.verb in (Verb.SKIP, Verb.BACK):
        found = words.on_show(scene, action.verb.value)
        action = (Action.parse(found.token) if found else None) or action
    if scene.late and action.verb not in _TIMELESS:
        return ask.late(scene)
    handler = CONVERSATIONS[action.verb]
    turn = handler(scene, *action.args) if _takes(handler, len(action.args)) else None
    return turn or ask.unknown_button(scene)


@cache
def _takes(handler: Handler, n: int) -> bool:
    """Whether a handler takes n arguments of a button; a made-up token may bring any number."""
    try:
        signature(handler).bind(None, *[""] * n)
    except TypeError:
        return False
    return True
