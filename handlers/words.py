"""What typed text means: a label or number on show, a word that works everywhere, an answer, a question."""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue import Action, Button, Edited, ForAnswer, ForSuggestion, HeldText, Turn, Typed, Verb
from bot.language.words import fold
from handlers import ask, personal
from handlers.prompts import menu_message
from handlers.scene import Scene

#: What each word of `content/words.yaml` asks for; `skip`, `back` and `next` depend on what is on show.
COMMANDS: Final = {
    "start": Verb.WELCOME,
    "menu": Verb.MENU,
    "topics": Verb.TOPICS,
    "next": Verb.NEXT,
    "stop": Verb.STOP,
    "my_data": Verb.MY_DATA,
    "copy": Verb.COPY,
    "my_answers": Verb.MY_ANSWERS,
    "erase": Verb.ERASE,
    "object": Verb.OBJECT,
    "restrict": Verb.RESTRICT,
    "withdraw": Verb.WITHDRAW,
    "notice": Verb.NOTICE,
    "contact": Verb.CONTACT,
    "suggest": Verb.SUGGEST,
    "groups": Verb.GROUPS,
    "skip": Verb.SKIP,
    "back": Verb.BACK,
}

_RECEIPT: Final = re.compile(r"b-?([2-9b-df-hjkmnp-tv-z]{7})")


def pressed_by(scene: Scene, text: str) -> str | Turn | None:
    """The token that this text presses: a label or a number on show, or a word that works everywhere.

    None when it presses nothing; a Turn when it is a number that is not on show.
    """
    bare, said = fold(text), fold(text, scene.library.particles)
    shown = scene.expects.buttons
    for button in shown:
        if fold(button.label) in (bare, said):
            return button.token
    numbers = scene.expects.numbered
    if numbers and scene.expects.text is None and said.isascii() and said.isdigit():
        n = int(said[:4])
        if 1 <= n <= numbers:
            return shown[n - 1].token
        return scene.slip(scene.say("no_such_number", exits=(scene.stop,), of=numbers))
    word = scene.library.words.get(bare) or scene.library.words.get(said, "")
    if word in COMMANDS:
        return Action(COMMANDS[word]).token()
    receipt = _RECEIPT.fullmatch(said)
    return Action(Verb.STATUS, (f"B-{receipt[1].upper()}",)).token() if receipt else None


def on_show(scene: Scene, label: str) -> Button | None:
    """The button on show with this label, by which `skip` and `back` know where they lead."""
    return next((button for button in scene.expects.buttons if button.label == scene.label(label)), None)


def nothing_to_skip(scene: Scene) -> Turn:
    """There is no question on show."""
    return scene.turn(menu_message(scene, "skip_nothing"))


def nowhere_back(scene: Scene) -> Turn:
    """There is no page before this one."""
    return scene.turn(menu_message(scene, "back_nowhere"))


def text(scene: Scene, body: Typed) -> Turn:
    """Text that presses nothing: the answer that was asked for, or a question about the draft."""
    said = body.text.strip()
    if not said:
        return ask.unsupported(scene)
    match scene.expects.text:
        case None:
            return ask.free_text(scene, said)
        case wanted:
            return personal.taken(scene, HeldText(said, wanted, body.message))


def edited(scene: Scene, body: Edited) -> Turn:
    """The person changed a message they had sent: what was kept of it is corrected."""
    said = body.text.strip()
    person = scene.person
    if said and person.draft and person.draft.source == body.message:
        wanted = ForSuggestion(person.draft.clause, person.draft.receipt)
        return personal.taken(scene, HeldText(said, wanted, body.message))
    if said and scene.held and scene.held.source == body.message:
        return personal.taken(scene, replace(scene.held, text=said))
    if said and scene.may_type and not scene.closed:
        for kept in person.answers:
            if kept.source == body.message and kept.at <= scene.event.at:
                correction = ForAnswer(kept.question, kept.version)
                return personal.taken(scene, HeldText(said, correction, body.message, corrects=True))
        for sent in person.suggestions:
            if sent.source == body.message and sent.at <= scene.event.at:
                rewrite = ForSuggestion(sent.clause, sent.receipt)
                return personal.taken(scene, HeldText(said, rewrite, body.message, corrects=True))
    return scene.slip(scene.say("edited_nothing", exits=(scene.my_data, scene.stop)))
