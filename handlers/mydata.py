"""What a person may do with their own data: see it, take it along, correct it, withdraw, erase."""

from hashlib import sha256

from msgspec.structs import replace

from bot.dialogue import (
    Answer,
    Button,
    Erase,
    Message,
    MessageType,
    Participant,
    Purpose,
    Record,
    RequestKind,
    Scope,
    SuggestionStatus,
    Turn,
    Verb,
)
from handlers import rounds
from handlers.copying import copy_of
from handlers.ledger import keep_consent, request_for, without_text
from handlers.prompts import menu_message
from handlers.scene import Scene

#: Answers on one page of «my answers»: each is two lines and a button.
PAGE = 5


def my_data(scene: Scene) -> Turn:
    """What we keep, in numbers and words."""
    person = scene.person
    adult = {None: "not_said", True: "age_yes", False: "age_no"}[person.adult]
    receipts = [s.receipt for s in person.suggestions if s.status is not SuggestionStatus.WITHDRAWN]
    message = scene.say(
        "my_data",
        options=_choices(scene),
        exits=(scene.to_menu, scene.stop),
        group=scene.label(f"group_{person.group.value}" if person.group else "not_said"),
        capacity=scene.label(f"capacity_{person.capacity.value}" if person.capacity else "not_said"),
        adult=scene.label(adult),
        answers=len(person.answers),
        suggestions=" ".join(receipts) or scene.label("none"),
        restricted=scene.label("restricted_yes" if person.restricted else "restricted_no"),
        text=_consent_in_words(scene, Purpose.TYPED_TEXT),
        news=_consent_in_words(scene, Purpose.NEWS),
    )
    return scene.turn(message)


def _choices(scene: Scene) -> tuple[Button, ...]:
    may_change = scene.person.adult is not None and scene.may_type is False
    return (
        *((scene.button("my_answers", Verb.MY_ANSWERS, "0"),) if scene.person.answers else ()),
        scene.button("copy", Verb.COPY),
        scene.button("change_group", Verb.GROUPS),
        *((scene.button("consent_change", Verb.WRITE, "d.-"),) if may_change else ()),
        scene.button("withdraw", Verb.WITHDRAW),
        _restrict_button(scene),
        scene.button("object", Verb.OBJECT),
        scene.button("erase", Verb.ERASE),
    )


def _restrict_button(scene: Scene) -> Button:
    if scene.person.restricted:
        return scene.button("unrestrict", Verb.RESTRICT, "off")
    return scene.button("restrict", Verb.RESTRICT)


def _consent_in_words(scene: Scene, purpose: Purpose) -> str:
    given = scene.consents(purpose)
    return scene.label({None: "consent_none", True: "consent_yes", False: "consent_no"}[given])


def my_answers(scene: Scene, page: str = "0") -> Turn | None:
    """A page of answers, newest first, each with a button to answer otherwise."""
    if not page.isdigit():
        return None
    answers = sorted(scene.person.answers, key=lambda a: (a.at, a.id), reverse=True)
    if not answers:
        return scene.turn(menu_message(scene, "no_answers"))
    pages = -(-len(answers) // PAGE)
    n = int(page) % pages
    shown = answers[n * PAGE : (n + 1) * PAGE]
    lines = scene.lines("my_answers", page=n + 1, pages=pages)
    for at, answer in enumerate(shown, start=n * PAGE + 1):
        lines += _answer_lines(scene, at, answer)
    edits = tuple(
        scene.button("edit_numbered", Verb.QUESTION, answer.question, n=at)
        for at, answer in enumerate(shown, start=n * PAGE + 1)
    )
    more = (scene.button("more", Verb.MY_ANSWERS, str((n + 1) % pages)),) if pages > 1 else ()
    exits = (*more, scene.button("back", Verb.MY_DATA), scene.stop)
    return scene.turn(Message(type=MessageType.REPORT, lines=lines, options=edits, exits=exits))


def _answer_lines(scene: Scene, n: int, answer: Answer) -> tuple[str, ...]:
    clause = scene.clause(answer.clause)
    number = clause.number if clause else answer.clause
    return scene.lines("my_answer", n=n, clause=number, stem=answer.stem, answer=rounds.in_words(answer))


def copy(scene: Scene) -> Turn:
    """A copy to take along: one file to read, one for a machine."""
    request = request_for(scene, RequestKind.COPY)
    message = scene.say("copy", exits=(scene.my_data, scene.stop), receipt=request.receipt)
    documents = copy_of(scene.person, scene.library)
    return replace(scene.turn(replace(message, documents=documents)), records=(request,))


def withdraw(scene: Scene, purpose: str = "") -> Turn | None:
    """Withdraw a consent, as easily as it was given."""
    given = tuple(p for p in (Purpose.TYPED_TEXT, Purpose.NEWS) if scene.consents(p))
    if not purpose:
        return scene.turn(_which_consent(scene, given))
    if purpose not in Purpose._value2member_map_:
        return None
    if Purpose(purpose) not in given:
        return scene.turn(menu_message(scene, "no_consents"))
    return _withdraw_text(scene) if Purpose(purpose) is Purpose.TYPED_TEXT else _withdraw_news(scene)


def _which_consent(scene: Scene, given: tuple[Purpose, ...]) -> Message:
    if not given:
        return menu_message(scene, "no_consents")
    options = tuple(scene.button(f"withdraw_{p.value}", Verb.WITHDRAW, p.value) for p in given)
    leave = scene.button("leave_as_is", Verb.MY_DATA)
    return scene.say("withdraw", options=(*options, leave), exits=(scene.stop,))


def _withdraw_text(scene: Scene) -> Turn:
    person, changed = without_text(scene)
    person, line = keep_consent(replace(scene, person=person), Purpose.TYPED_TEXT, given=False)
    request = request_for(scene, RequestKind.WITHDRAW, n=1)
    message = scene.say("withdrawn_text", exits=(scene.my_data, scene.stop), receipt=request.receipt)
    turn = replace(scene, person=person).turn(message)
    return replace(turn, records=(*changed, line, request), erase=Erase(Scope.TYPED))


def _withdraw_news(scene: Scene) -> Turn:
    person, line = keep_consent(scene, Purpose.NEWS, given=False)
    request = request_for(scene, RequestKind.WITHDRAW, n=1)
    message = scene.say("withdrawn_news", exits=(scene.my_data, scene.stop), receipt=request.receipt)
    return replace(replace(scene, person=person).turn(message), records=(line, request))


def restrict(scene: Scene, value: str = "on") -> Turn | None:
    """Keep what the person said and do nothing else with it, until they lift that again."""
    if value not in ("on", "off"):
        return None
    on = value == "on"
    if on is scene.person.restricted:
        return my_data(scene)
    request = request_for(scene, RequestKind.RESTRICT if on else RequestKind.UNRESTRICT)
    phrase = "restricted" if on else "unrestricted"
    message = scene.say(phrase, exits=(scene.my_data, scene.stop), receipt=request.receipt)
    return replace(scene.turn(message, restricted=on), records=(request,))


def objection(scene: Scene) -> Turn:
    """Say what follows from an objection, and ask once: nothing is used any more, so nothing is kept."""
    options = (
        scene.button("object_now", Verb.OBJECT_NOW, _fingerprint(scene.person)),
        scene.button("object_not", Verb.MY_DATA),
        _restrict_button(scene),
        scene.button("copy_first", Verb.COPY),
    )
    return scene.turn(scene.say("object", options=options, exits=(scene.stop,)))


def object_now(scene: Scene, mark: str) -> Turn:
    """Object: it is treated as an erasure (PDPA s. 32; WORDING.md 5.1)."""
    if mark != _fingerprint(scene.person):
        return objection(scene)
    return _forgotten(scene, RequestKind.OBJECT, "objected")


def erase(scene: Scene) -> Turn:
    """Say what would be lost, and ask once."""
    sent = sum(s.status is not SuggestionStatus.WITHDRAWN for s in scene.person.suggestions)
    options = (
        scene.button("erase_now", Verb.ERASE_NOW, _fingerprint(scene.person)),
        scene.button("erase_not", Verb.ERASE_NOW, "no"),
        scene.button("copy_first", Verb.COPY),
    )
    phrase = "erase_with_suggestions" if sent else "erase"
    answers = len(scene.person.answers)
    return scene.turn(
        scene.say(phrase, options=options, exits=(scene.stop,), answers=answers, suggestions=sent)
    )


def erase_now(scene: Scene, mark: str) -> Turn:
    """Erase everything, if it is still what was told; a button from before asks again."""
    if mark == "no":
        return scene.turn(menu_message(scene, "not_erased"))
    if mark != _fingerprint(scene.person):
        return erase(scene)
    return _forgotten(scene, RequestKind.ERASE, "erased")


def _forgotten(scene: Scene, kind: RequestKind, phrase: str) -> Turn:
    request = request_for(scene, kind)
    exits = (scene.button("contact", Verb.CONTACT), scene.stop)
    message = scene.say(phrase, exits=exits, receipt=request.receipt)
    nobody = Participant(id=scene.person.id, channel=scene.person.channel, notice=scene.library.notice)
    return Turn(participant=nobody, messages=(message,), records=(request,), erase=Erase(Scope.EVERYTHING))


def _fingerprint(person: Participant) -> str:
    """What was there when the person was asked whether to erase it."""
    records: tuple[Record, ...] = (*person.answers, *person.suggestions, *person.consents)
    ids = sorted(record.id for record in records)
    return sha256("\n".join(ids).encode()).hexdigest()[:12]


def contact(scene: Scene) -> Turn:
    """Where a human answers; no promise when."""
    return scene.turn(scene.say("contact", exits=(scene.to_menu, scene.my_data, scene.stop)))
