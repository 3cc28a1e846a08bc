"""The draft from its folder: draft.yaml, one file a clause, and search.yaml with the names people use.

One rule: every check that can be made is made before anything is given back, so that an author sees all
the faults at once. A clause file with a fault is left out; the caller sees the fault and refuses the whole.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from bot.dialogue import Action, Verb
from bot.errors import Fault
from bot.library.model import Anonymity, Clause, Draft, Question
from bot.library.schema import ALIASES, CLAUSE, DRAFT, ClausePart, DraftPart
from bot.library.yaml_source import KEY, Location, Source, read

_DRAFT: Final = "draft.yaml"
_SEARCH: Final = "search.yaml"

#: The key of search.yaml for what people type when they mean no clause.
_OFF_TOPIC: Final = "none"

#: A question, and the file and the place in it that it was made from.
_Placed = tuple[Question, Source[ClausePart] | Source[DraftPart], Location]


def read_draft(folder: Path, faults: list[Fault]) -> Draft | None:
    """The draft in this folder, None when draft.yaml cannot be used; every fault is added to `faults`."""
    head = read(folder / _DRAFT, DRAFT, faults)
    others = [path.stem for path in sorted(folder.glob("*.yaml")) if path.name not in (_DRAFT, _SEARCH)]
    ids = head.value.clauses if head.value else tuple(others)
    files = [read(folder / f"{id_}.yaml", CLAUSE, faults) for id_ in ids]
    aliases = _aliases(folder / _SEARCH, ids, faults)
    if head.value is None:
        return None
    for stem in others:
        if stem not in ids:
            faults.append(Fault(folder / f"{stem}.yaml", 1, 1, f"is not named under clauses in {_DRAFT}"))
    for file in files:
        if file.value and file.value.id != file.file.stem:
            file.fault(("id",), f"id: must be the name of its file, {file.file.stem}")
    _check_head(head, head.value)
    placed = [question for file in files for question in _questions(file, head)]
    _check_questions(placed)
    questions = [question for question, _, _ in placed]
    return Draft(
        slug=head.value.slug,
        title=head.value.title,
        closes=head.value.closes,
        anonymity=Anonymity(**dict(head.value.anonymity)),
        clauses=tuple(_clause(file.value, questions, aliases) for file in files if file.value),
        off_topic=aliases.get(_OFF_TOPIC, ()),
        paths={group: path.path(group) for group, path in head.value.paths.items()},
    )


def _aliases(file: Path, clauses: Collection[str], faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    if not file.exists():
        return {}
    search = read(file, ALIASES, faults)
    aliases = search.value or {}
    for clause in aliases:
        if clause not in (*clauses, _OFF_TOPIC):
            search.fault((clause, KEY), f"{clause}: there is no such clause")
    return aliases


def _check_head(head: Source[DraftPart], part: DraftPart) -> None:
    if part.slug != head.file.parent.name:
        head.fault(("slug",), f"slug: must be the name of its folder, {head.file.parent.name}")
    for group, path in part.paths.items():
        named: list[tuple[Location, str]] = [(("featured", i), id_) for i, id_ in enumerate(path.featured)]
        named += [(("suggest", i), id_) for i, id_ in enumerate(path.suggest)]
        named += [(("start",), path.start)] if path.start else []
        for where, id_ in named:
            if id_ not in part.clauses:
                head.fault(("paths", group.value, *where), f"paths.{group.value}: there is no clause {id_}")


def _questions(file: Source[ClausePart], head: Source[DraftPart]) -> Iterable[_Placed]:
    """A clause's own questions, then its copy of the closing pair."""
    clause = file.value
    if clause is None or head.value is None:
        return
    for i, part in enumerate(clause.questions):
        yield part.question(clause.id), file, ("questions", i)
    if clause.closing:
        for i, part in enumerate(head.value.closing):
            yield part.question(clause.id, prefix=f"{clause.id}-"), head, ("closing", i)


def _check_questions(placed: Collection[_Placed]) -> None:
    """Ids occur once, buttons hold them, and the questions of a pair name each other."""
    known: dict[str, Question] = {}
    for question, source, where in placed:
        if question.id in known:
            elsewhere = known[question.id].clause
            source.fault((*where, "id"), f"the question id {question.id} is also in {elsewhere}")
        known.setdefault(question.id, question)
        longest = max((option.id for option in question.options), key=len)
        try:
            Action(Verb.TOGGLE, (question.id, question.version, longest)).token()
        except ValueError as error:
            source.fault((*where, "id"), f"id: {error}")
    for question, source, where in placed:
        other = known.get(question.mirrored)
        if question.mirrored and not (other and _mirror(question, other)):
            message = "mirrored: must name another question of this clause and audience that names this one"
            source.fault((*where, "mirrored"), message)


def _mirror(one: Question, other: Question) -> bool:
    same_place = (one.clause, one.audience) == (other.clause, other.audience)
    return same_place and other.mirrored == one.id != other.id


def _clause(part: ClausePart, questions: list[Question], aliases: dict[str, tuple[str, ...]]) -> Clause:
    return Clause(
        id=part.id,
        number=part.number,
        title=part.title,
        label=part.label,
        heading=part.heading or part.label,
        status=part.status,
        explain=part.explain,
        brief=part.brief or (),
        original=part.original,
        terms=tuple(term.term() for term in part.terms),
        questions=tuple(question for question in questions if question.clause == part.id),
        aliases=aliases.get(part.id, ()),
    )
