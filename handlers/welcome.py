"""The first message, as whom a person answers, and the menu."""

from msgspec.structs import replace

from bot.dialogue import Answer, Capacity, Group, Message, Opened, Turn, Verb
from handlers import explain
from handlers.prompts import capacity_message, groups_message, menu_message
from handlers.scene import Scene


def introduction(scene: Scene) -> Message:
    """Who asks, what for, and that it is free not to answer: said before anything else.

    Until an office has approved the words, it says that too.
    """
    message = scene.say(
        "welcome",
        options=(scene.button("topics", Verb.TOPICS), scene.button("notice", Verb.NOTICE)),
        exits=(scene.stop,),
    )
    example = scene.lines("example_wording") if scene.library.seal.example else ()
    return replace(message, lines=(*message.lines, *example))


def opened(scene: Scene, body: Opened) -> Turn:
    """The person opened the conversation, for the first time or again."""
    return welcome(scene, source=scene.person.source or body.source)


def welcome(scene: Scene, *, source: str | None = None) -> Turn:
    """Introduce ourselves, then ask as whom the person answers, or go to the menu when we know."""
    then = menu_message(scene) if scene.person.group else groups_message(scene)
    kept = scene.person.source if source is None else source
    return scene.turn(introduction(scene), then, notice=scene.library.notice, source=kept)


def menu(scene: Scene) -> Turn:
    """The beginning, without the introduction."""
    return scene.turn(menu_message(scene))


def groups(scene: Scene) -> Turn:
    """Ask, or ask again, as whom the person answers."""
    return scene.turn(groups_message(scene))


def choose_group(scene: Scene, value: str) -> Turn | None:
    """Keep the group, give it to answers that had none, and go on as this group does."""
    if value not in Group._value2member_map_:
        return None
    group = Group(value)
    changed = tuple(replace(a, group=group.value) for a in scene.person.answers if a.group is None)
    answers = tuple(a for a in scene.person.answers if a.group is not None) + changed
    person = replace(scene.person, group=group, answers=answers)
    turn = _after_group(replace(scene, person=person))
    return replace(turn, records=(*changed, *turn.records))


def _after_group(scene: Scene) -> Turn:
    path = scene.library.path(scene.person.group)
    if path.capacity and scene.person.capacity is None:
        return scene.turn(capacity_message(scene))
    return _start(scene)


def _start(scene: Scene) -> Turn:
    path = scene.library.path(scene.person.group)
    if path.menu or scene.person.answers:
        return menu(scene)
    clause = scene.clause(path.start)
    return explain.clause_with_question(scene, clause) if clause else explain.topics_page(scene)


def choose_capacity(scene: Scene, value: str) -> Turn | None:
    """Keep for whom the person answers, give it to answers that had none, and go on."""
    if value not in Capacity._value2member_map_:
        return None
    capacity = Capacity(value)
    changed: tuple[Answer, ...] = tuple(
        replace(a, capacity=capacity.value) for a in scene.person.answers if a.capacity is None
    )
    answers = tuple(a for a in scene.person.answers if a.capacity is not None) + changed
    turn = _start(replace(scene, person=replace(scene.person, capacity=capacity, answers=answers)))
    return replace(turn, records=(*changed, *turn.records))
