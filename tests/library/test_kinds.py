"""The contract of every kind of question; a new kind is held to it by being in KINDS."""

from collections import Counter

import pytest

from bot.dialogue import Capacity, Group
from bot.library import KINDS, Option, Question, Role, ordered

PEOPLE = [f"person-{n}" for n in range(1_000)]

OPT_OUTS = (
    Option(id="na", label="Never did", role=Role.NOT_APPLICABLE, exclusive=True),
    Option(id="dk", label="Not sure", role=Role.DONT_KNOW, exclusive=True),
    Option(id="sk", label="Skip", role=Role.SKIP, exclusive=True),
)


def question(kind: str, options: tuple[Option, ...], id_: str = "1-c1", mirrored: str = "") -> Question:
    return Question(
        id=id_,
        clause="1",
        kind=kind,
        audience=frozenset({Group.CITIZEN}),
        stem="A question",
        options=options,
        version="0" * 12,
        mirrored=mirrored,
    )


def substantive(*labels: str, anchored: str = "") -> tuple[Option, ...]:
    return tuple(Option(id=label.lower(), label=label, anchored=label == anchored) for label in labels)


def steps(*values: int) -> tuple[Option, ...]:
    return tuple(Option(id=chr(97 + i), label=f"Step {v}", value=v) for i, v in enumerate(values))


#: One well-formed question of each kind; the order in which the contract looks at them is that of KINDS.
WELL_FORMED = {
    "single": question("single", (*substantive("A", "B", "C", "D", anchored="D"), *OPT_OUTS)),
    "multiple": question("multiple", (*substantive("A", "B", "C", "D", anchored="D"), *OPT_OUTS)),
    "scale": question("scale", (*steps(2, 1, 0, -1, -2), *OPT_OUTS)),
    "open": question("open", OPT_OUTS),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_keeps_its_contract(name: str) -> None:
    kind, asked = KINDS[name], WELL_FORMED[name]
    assert kind.name == name
    assert kind.faults(asked) == []
    for person in PEOPLE:
        shown = kind.arrange(asked, person)
        assert shown == kind.arrange(asked, person)
        assert Counter(shown.options) == Counter(asked.options)
        assert shown.options[-len(OPT_OUTS) :] == OPT_OUTS


@pytest.mark.parametrize("name", KINDS)
def test_a_way_out_is_required(name: str) -> None:
    asked = WELL_FORMED[name]
    without = [
        tuple(o for o in asked.options if o.role is not Role.SKIP),
        tuple(o for o in asked.options if o.role not in (Role.DONT_KNOW, Role.NOT_APPLICABLE)),
    ]
    assert all(KINDS[name].faults(question(name, options)) for options in without)


@pytest.mark.parametrize("name", ["single", "multiple"])
def test_names_stand_in_every_order_and_every_place_equally_often(name: str) -> None:
    """1,000 people, 6 orders: 167 each expected, 3.9 standard deviations allowed; 333 in each place."""
    shown = [KINDS[name].arrange(WELL_FORMED[name], person) for person in PEOPLE]
    orders = Counter(tuple(o.id for o in arranged.options[:3]) for arranged in shown)
    assert len(orders) == 6
    assert all(120 < count < 214 for count in orders.values())
    assert {arranged.order for arranged in shown} == {"shuffled"}
    assert {arranged.options[3].id for arranged in shown} == {"d"}, "the anchored option is last of its kind"


def test_a_scale_runs_each_way_for_half_of_the_people() -> None:
    asked = WELL_FORMED["scale"]
    shown = [KINDS["scale"].arrange(asked, person) for person in PEOPLE]
    directions = Counter(arranged.order for arranged in shown)
    assert 440 < directions["forward"] < 560
    assert directions["forward"] + directions["reversed"] == len(PEOPLE)
    for arranged in shown:
        values = [option.value for option in arranged.options[:5]]
        assert values == ([2, 1, 0, -1, -2] if arranged.order == "forward" else [-2, -1, 0, 1, 2])


def test_another_question_has_another_order() -> None:
    """A person who sees one scale reversed does not see all of them reversed."""
    first = question("scale", WELL_FORMED["scale"].options, "1-c1")
    second = question("scale", WELL_FORMED["scale"].options, "1-c2")
    same = sum(KINDS["scale"].arrange(first, p) == KINDS["scale"].arrange(second, p) for p in PEOPLE)
    assert 440 < same < 560


@pytest.mark.parametrize(
    ("kind", "options", "fault"),
    [
        ("single", substantive("A"), "two substantive"),
        ("single", steps(1, -1), "use kind: scale"),
        ("multiple", substantive("A"), "two substantive"),
        ("multiple", (*substantive("A", "B"), Option(id="y", label="Y", follow_up=True)), "follow-up"),
        (
            "multiple",
            (*substantive("A", "B"), Option(id="x", label="X", role=Role.DONT_KNOW)),
            "not exclusive",
        ),
        ("scale", substantive("A", "B"), "needs a value"),
        ("scale", steps(0), "needs a value"),
        ("scale", steps(2, 1, -1), "not balanced"),
        ("scale", steps(1, 1, -1, -1), "not balanced"),
        ("scale", steps(-1, 0, 1), "highest value to the lowest"),
        ("open", substantive("A"), "no answer on a button"),
    ],
)
def test_what_a_kind_refuses(kind: str, options: tuple[Option, ...], fault: str) -> None:
    assert any(fault in found for found in KINDS[kind].faults(question(kind, (*options, *OPT_OUTS))))


def test_a_pair_changes_places_for_half_of_the_people() -> None:
    own = question("open", OPT_OUTS, "1-c1")
    change = question("open", OPT_OUTS, "1-k1", mirrored="1-k2")
    keep = question("open", OPT_OUTS, "1-k2", mirrored="1-k1")
    asked = (own, change, keep)
    shown = {person: ordered(asked, person) for person in PEOPLE}
    assert set(shown.values()) == {(own, change, keep), (own, keep, change)}
    assert 440 < sum(questions == asked for questions in shown.values()) < 560
    assert all(ordered(asked, person) == questions for person, questions in shown.items())


def test_half_of_a_pair_alone_stays_where_it_is() -> None:
    own = question("open", OPT_OUTS, "1-c1")
    change = question("open", OPT_OUTS, "1-k1", mirrored="1-k2")
    assert {ordered((change, own), person) for person in PEOPLE} == {(change, own)}


def test_who_answers_for_themselves_reads_the_personal_stem() -> None:
    asked = Question(
        id="1-c1",
        clause="1",
        kind="open",
        audience=frozenset({Group.CIVIL_SOCIETY}),
        stem="Your organisation",
        stem_personal="You",
        options=OPT_OUTS,
        version="0" * 12,
    )
    assert asked.stem_for(Capacity.PERSONAL) == "You"
    assert asked.stem_for(Capacity.ORGANISATION) == asked.stem_for(Capacity.UNDECLARED) == "Your organisation"
    assert asked.stem_for(None) == "Your organisation"
