"""A version changes with whatever a person is shown, and with nothing else."""

import pytest

from bot.library import Question
from tests.library.content import Content

ONE = "drafts/parks/1.yaml"


def asked(content: Content, id_: str = "1-c2") -> Question:
    return content.load().questions[id_]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Are there many or few benches", "Are there many or few benches?"),
        ("Do you see many", "Do you see  many"),
        ("    stem_personal: Do you see many or few benches\n", ""),
        ("label: Many", "label: many"),
        ("{id: a, label: Many", "{id: z, label: Many"),
        ("{id: b, label: Some, value: 0}", "{id: b, label: Some, value: 0, exclusive: true}"),
        ("{id: b, label: Some, value: 0}", "{id: b, label: Some, value: 0, follow_up: true}"),
        ("{id: b, label: Some, value: 0}", "{id: b, label: Some, value: 0, anchored: true}"),
        ("      - {id: b, label: Some, value: 0}\n", ""),
        ("value: 1}", "value: 2}"),
    ],
)
def test_any_change_of_what_is_shown_is_a_new_version(content: Content, old: str, new: str) -> None:
    before = content.load()
    content.change(ONE, old, new)
    if new == "value: 2}":  # a balanced scale needs its mirror
        content.change(ONE, "value: -1}", "value: -2}")
    after = content.load()
    assert before.questions["1-c2"].version != after.questions["1-c2"].version
    assert before.questions["1-c1"].version == after.questions["1-c1"].version
    assert before.version != after.version


def test_the_order_of_the_options_as_written_is_part_of_the_version(content: Content) -> None:
    before = asked(content, "1-c1").version
    content.change(ONE, "{id: a, label: In the sun}", "{id: b, label: In the shade}")
    content.change(
        ONE,
        "      - {id: b, label: In the shade}\n      - {id: dk",
        "      - {id: a, label: In the sun}\n      - {id: dk",
    )
    assert asked(content, "1-c1").version != before


def test_the_kind_is_part_of_the_version(content: Content) -> None:
    before = asked(content, "2-c1").version
    content.change("drafts/parks/2.yaml", "kind: multiple", "kind: single")
    assert asked(content, "2-c1").version != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "    kind: scale\n    stem: Are there many or few benches\n",
            "    stem: 'Are there many or few benches'\n    kind: scale\n",
        ),
        ("{id: b, label: Some, value: 0}", '{value: 0, label: "Some", id: b}  # in the middle'),
        ("{id: b, label: Some, value: 0}", "id: b\n        label: Some\n        value: 0"),
        ("title: Benches in every park\nlabel: Benches\n", "label: Benches\ntitle: Benches in every park\n"),
    ],
)
def test_the_layout_of_a_file_is_not(content: Content, old: str, new: str) -> None:
    before = content.load()
    content.change(ONE, old, new)
    after = content.load()
    assert before == after


def test_a_version_never_changes_by_itself(content: Content) -> None:
    """Stored answers carry these: if this fails, the rule of the hash changed and old answers lost theirs."""
    assert asked(content, "1-c1").version == "e26a3d977425"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("phrases/other.yaml", "Saved", "Stored"),
        ("phrases/other.yaml", "confirm", "system"),
        ("labels.yaml", "Stop", "End"),
        ("words.yaml", "[skip]", "[skip, pass]"),
        (ONE, "They may", "They might"),
        (ONE, "a seat for several", "a seat"),
        ("drafts/parks/draft.yaml", "Plan for the parks", "Plan for parks"),
        ("drafts/parks/draft.yaml", "menu: true", "menu: false"),
    ],
)
def test_the_library_has_a_version_of_everything(content: Content, file: str, old: str, new: str) -> None:
    before = content.load()
    content.change(file, old, new)
    after = content.load()
    assert before.version != after.version
    assert before.notice == after.notice


def test_the_notice_has_a_version_of_its_own(content: Content) -> None:
    before = content.load()
    content.change("phrases/notices.yaml", "We ask", "We do ask")
    after = content.load()
    assert before.notice != after.notice
    assert before.version != after.version


def test_the_days_that_the_notice_says_are_part_of_its_version(content: Content) -> None:
    before = content.load()
    content.change("drafts/parks/draft.yaml", "slug: parks", "slug: parks\nanonymity: {linked_days: 7}")
    assert before.notice != content.load().notice


def test_a_closing_pair_is_written_once_and_asked_in_every_clause_but_those_that_refuse(
    content: Content,
) -> None:
    library = content.load()
    ids = {id_: [q.id for q in c.questions] for id_, c in library.clauses.items()}
    assert ids == {"1": ["1-c1", "1-c2", "1-k1", "1-k2"], "2": ["2-c1"]}
    assert library.questions["1-k1"].mirrored == "1-k2"
    assert library.questions["1-k2"].mirrored == "1-k1"
