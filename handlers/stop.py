"""Stopping: no further message until the person comes back of their own accord."""

from msgspec.structs import replace

from bot.dialogue import Turn, Verb
from handlers.scene import Scene
from handlers.suggest import unsent_files


def stop(scene: Scene) -> Turn:
    """Say it once more, what is still kept, and how to erase it or come back."""
    options = (scene.button("erase", Verb.ERASE), scene.button("come_back", Verb.NEXT))
    message = scene.say("stopped", options=options, answers=len(scene.person.answers))
    draft = scene.person.draft
    if draft is None:
        return scene.turn(message, stopped=True, picked=None)
    message = replace(message, lines=(*message.lines, *scene.lines("stopped_draft")))
    turn = scene.turn(message, stopped=True, picked=None, draft=None)
    return replace(turn, discards=unsent_files(scene, draft))


def blocked(scene: Scene) -> Turn:
    """The person blocked us: the same as stopping, and nothing can be said."""
    return scene.turn(stopped=True)
