"""Free text is a question about the draft; and what is said when nothing fits."""

from msgspec.structs import replace

from bot.dialogue import Message, Turn, Verb
from handlers import explain
from handlers.prompts import menu_message
from handlers.scene import Scene, button

#: How many clauses are offered when it is not clear which one is meant.
NEAREST = 3


def free_text(scene: Scene, text: str) -> Turn:
    """Show the clause the text is about, or offer the nearest; the text itself is not kept."""
    topics = scene.library.topics
    ranked = topics.rank(text)
    if not ranked:
        return unknown(scene)
    nearest = [scene.library.clauses[r.topic] for r in ranked[:NEAREST]]
    others = tuple(button(c.label, Verb.CLAUSE, c.id, explain.READ) for c in nearest)
    suggest = scene.button("suggest_this", Verb.SUGGEST)
    exits = (scene.to_menu, scene.stop)
    if topics.sure(ranked):
        card = explain.full_card(scene, nearest[0])
        said = scene.say("nearest_sure", options=(*others[1:], suggest), exits=exits)
        return scene.turn(said, card)
    return scene.turn(scene.say("nearest", options=(*others, suggest), exits=exits, numbered=True))


def unknown(scene: Scene) -> Turn:
    """Nothing fits: say so, keep nothing, and go on expecting what was expected."""
    options = (scene.to_menu, scene.button("suggest_this", Verb.SUGGEST))
    return scene.slip(scene.say("unknown", options=options, exits=(scene.stop,)))


def unknown_button(scene: Scene) -> Turn:
    """A button of another time, or of nobody's."""
    return scene.slip(menu_message(scene, "unknown_button"))


def unsupported(scene: Scene) -> Turn:
    """A sticker, a voice message, a place: not read, not kept."""
    return scene.slip(scene.say("unsupported", exits=(scene.to_menu, scene.stop)))


def late(scene: Scene) -> Turn:
    """It arrived after something newer: saying what it would have meant is guesswork, so it is told."""
    return scene.slip(scene.say("late", exits=(scene.to_menu, scene.stop)))


def introduced(turn: Turn, introduction: Message) -> Turn:
    """The turn with the first message of all said before it."""
    return replace(turn, messages=(replace(introduction, options=(), exits=()), *turn.messages))
