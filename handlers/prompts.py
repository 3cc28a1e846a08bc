"""Questions about the person and the invitation to write: said from more than one conversation."""

from typing import Final

from bot.dialogue import Button, Capacity, Expects, ForSuggestion, Group, Message, Turn, Verb
from handlers.scene import TEXT_LIMIT, Scene

#: Files with one suggestion.
FILES_LIMIT: Final = 5


def groups_message(scene: Scene) -> Message:
    """The five groups, in the order of WORDING.md 6; naming oneself is no opinion, so the order is fixed."""
    options = tuple(scene.button(f"group_{group.value}", Verb.GROUP, group.value) for group in Group)
    return scene.say("groups", options=options, exits=(scene.stop,), numbered=True)


def capacity_message(scene: Scene) -> Message:
    """For an organisation or for oneself."""
    options = tuple(scene.button(f"capacity_{c.value}", Verb.CAPACITY, c.value) for c in Capacity)
    exits = (scene.button("back", Verb.GROUPS), scene.stop)
    return scene.say("capacity", options=options, exits=exits, numbered=True)


def menu_message(scene: Scene, phrase: str = "menu") -> Message:
    """What one can do here, after saying `phrase`."""
    return scene.say(phrase, options=_menu(scene), exits=(scene.my_data, scene.stop))


def _menu(scene: Scene) -> tuple[Button, ...]:
    return (
        scene.button("start_questions", Verb.NEXT),
        scene.button("suggest", Verb.SUGGEST),
        scene.button("read", Verb.TOPICS, "0", "read"),
    )


def compose(scene: Scene, clause: str, receipt: str = "") -> Turn:
    """Ask for the text of a suggestion, new or rewritten."""
    message = scene.say(
        "compose",
        exits=(scene.button("back", Verb.SUGGEST), scene.stop),
        limit=f"{TEXT_LIMIT:,}",
        files=FILES_LIMIT,
    )
    return scene.turn(message, expects=Expects(ForSuggestion(clause, receipt)))
