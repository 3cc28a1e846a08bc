"""Choosing a topic and reading a clause: the plain lines, the terms, the words of the minutes."""

from typing import Final

from bot.dialogue import Button, Message, MessageType, Turn, Verb
from bot.library import KINDS, Clause
from handlers import answer, rounds
from handlers.scene import Scene, button

#: Topics a page after the first, which is the group's own five.
PAGE: Final = 6

#: The second argument of TOPICS and CLAUSE when the person wants to read, not to answer.
READ: Final = "read"


def topics(scene: Scene, page: str = "0", mode: str = "") -> Turn | None:
    """One page of topics; `page` counts from 0 and goes round."""
    if not page.isdigit() or mode not in ("", READ):
        return None
    return topics_page(scene, int(page), mode)


def topics_page(scene: Scene, page: int = 0, mode: str = "") -> Turn:
    """The group's own topics first, then the others in the order of the minutes."""
    pages = paged(scene, scene.library.path(scene.person.group).featured)
    n = page % len(pages)
    modes = (mode,) if mode else ()
    more = scene.button("other_topic", Verb.TOPICS, str((n + 1) % len(pages)), *modes)
    options = (*(button(c.label, Verb.CLAUSE, c.id, *modes) for c in pages[n]), more)
    exits = (scene.button("back", Verb.MENU), scene.stop)
    return scene.turn(scene.say("topics", options=options, exits=exits, numbered=True))


def paged(scene: Scene, first: tuple[str, ...]) -> list[tuple[Clause, ...]]:
    """The clauses in pages: the given ones, then the others in the order of the minutes."""
    clauses = scene.library.clauses
    others = [clause for id_, clause in clauses.items() if id_ not in first]
    return [
        tuple(clauses[id_] for id_ in first),
        *(tuple(others[at : at + PAGE]) for at in range(0, len(others), PAGE)),
    ]


def clause(scene: Scene, id_: str, mode: str = "") -> Turn | None:
    """A clause, and its first open question unless the person came to read."""
    found = scene.clause(id_)
    if found is None or mode not in ("", READ):
        return None
    return scene.turn(full_card(scene, found)) if mode else clause_with_question(scene, found)


def go_on(scene: Scene, clause_id: str = "") -> Turn | None:
    """The next open question of this clause; without one, the clause where the person stands."""
    if clause_id:
        return answer.next_question(scene, clause_id) if scene.clause(clause_id) else None
    stands = scene.person.clause
    if stands not in scene.library.clauses or rounds.first_open(scene, stands) is None:
        stands = rounds.first_open_clause(scene)
    return clause_with_question(scene, scene.library.clauses[stands])


def clause_with_question(scene: Scene, found: Clause) -> Turn:
    """The short card and the first open question of the clause."""
    return answer.next_question(scene, found.id, card(scene, found))


def card(scene: Scene, found: Clause) -> Message:
    """The clause on the way to a question: its brief where it has one, with the terms behind a button."""
    more = (scene.button("explain_more", Verb.CLAUSE, found.id, READ),) if found.brief else ()
    return _card(scene, found, found.brief or found.explain, more, ())


def full_card(scene: Scene, found: Clause) -> Message:
    """The whole explanation, for reading."""
    ask = (scene.button("answer_clause", Verb.NEXT, found.id),)
    exits = (scene.button("back", Verb.TOPICS, "0", READ), scene.to_menu, scene.stop)
    return _card(scene, found, found.explain, ask, exits)


def _card(
    scene: Scene, found: Clause, lines: tuple[str, ...], first: tuple[Button, ...], exits: tuple[Button, ...]
) -> Message:
    heading = scene.lines("clause_heading", number=found.number, heading=found.heading, status=found.status)
    terms = (scene.button("terms", Verb.TERMS, found.id),) if found.terms else ()
    return Message(
        type=MessageType.EXPLAIN,
        lines=(*heading, *lines),
        options=(*first, *terms, scene.button("original", Verb.ORIGINAL, found.id)),
        exits=exits,
    )


def terms(scene: Scene, id_: str) -> Turn | None:
    """The terms of a clause, with who worded the meanings."""
    found = scene.clause(id_)
    if found is None:
        return None
    meanings = (scene.lines("term", name=t.name, meaning=t.meaning) for t in found.terms)
    lines = scene.lines("terms", number=found.number) + tuple(line for pair in meanings for line in pair)
    return _aside(scene, found, lines)


def original(scene: Scene, id_: str) -> Turn | None:
    """What the minutes say, word for word."""
    found = scene.clause(id_)
    if found is None:
        return None
    return _aside(scene, found, scene.lines("original", number=found.number, original=found.original))


def _aside(scene: Scene, found: Clause, lines: tuple[str, ...]) -> Turn:
    """Something shown beside the question: what was expected stays expected."""
    back = scene.button("back_to_question", Verb.NEXT, found.id)
    message = Message(
        type=MessageType.EXPLAIN,
        lines=lines,
        options=(back,),
        exits=(scene.button("topics", Verb.TOPICS), scene.stop),
    )
    return scene.turn(message)


def why(scene: Scene, question_id: str) -> Turn | None:
    """Where a question comes from, who asks it, and who read its wording before."""
    question = scene.library.questions.get(question_id)
    if question is None:
        return None
    clause, seal = scene.library.clauses[question.clause], scene.library.seal
    lines = scene.lines("why", number=clause.number, heading=clause.heading)
    if readers := seal.readers.get(question.version):
        lines += scene.lines("why_read", edition=seal.edition, readers=readers)
    order = KINDS[question.kind].order
    lines += scene.lines(f"why_{order}") if f"why_{order}" in scene.library.phrases else ()
    if seal.example:
        lines += scene.lines("example_wording")
    back = scene.button("back_to_question", Verb.QUESTION, question.id)
    message = Message(
        type=scene.library.phrases["why"].type, lines=lines, options=(back,), exits=(scene.stop,)
    )
    return scene.turn(message)
