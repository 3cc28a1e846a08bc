"""Every fault an author can make is reported with its file, line and column, and none is a traceback."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.errors import ContentError
from bot.library import load
from tests.library.content import Content

DRAFT = "drafts/parks/draft.yaml"
ONE = "drafts/parks/1.yaml"
TWO = "drafts/parks/2.yaml"
SEARCH = "drafts/parks/search.yaml"
NOTICES = "phrases/notices.yaml"
OTHER = "phrases/other.yaml"

PAIR = "mirrored: must name another question of this clause and audience that names this one"

#: What is replaced in which file, and all the faults that follow: line:column and how the message begins.
FAULTS = {
    # the shape of a file
    "unknown key": (ONE, "status:", "satus: x\nstatus:", "5:1: satus: is not a key that is known here"),
    "unknown key inside": (ONE, "value: 0", "vaule: 0", "30:30: questions.1.options.1.vaule: is not a key"),
    "missing key": (ONE, "title: Benches in every park\n", "", "1:1: title: is missing"),
    "missing key inside": (
        ONE,
        "    stem: Where should benches stand\n",
        "",
        "14:5: questions.0.stem: is missing",
    ),
    "text for a list": (ONE, "[citizen]", "citizen", "15:15: questions.0.audience: must be a list"),
    "list for a text": (ONE, "Benches in every park", "[a, b]", "3:8: title: must be text"),
    "text for a mapping": (
        ONE,
        "{id: a, label: In the sun}",
        "sun",
        "19:9: questions.0.options.0: must be a map",
    ),
    "text for a number": (ONE, "value: 0", "value: none", "30:37: questions.1.options.1.value: "),
    "number out of range": (ONE, "value: 1", "value: 3", "29:37: questions.1.options.0.value: "),
    "text for yes or no": (TWO, "closing: false", "closing: maybe", "7:10: closing: "),
    "nothing for a text": (ONE, " Benches in every park", "", "3:1: title: must be text"),
    "empty text": (ONE, "Benches in every park", '" "', "3:8: title: must not be empty"),
    "empty list": (
        ONE,
        "audience: [citizen]",
        "audience: []",
        "15:15: questions.0.audience: must not be empty",
    ),
    "unknown role": (ONE, "dont_know", "unsure", "21:41: questions.0.options.2.role: "),
    "unknown group": (ONE, "[citizen]", "[citizens]", "15:16: questions.0.audience.0: "),
    "unknown consent": (ONE, "sun}", "sun, consents: all}", "19:46: questions.0.options.0.consents: "),
    "unknown phrase type": (OTHER, "confirm", "confirmation", "2:9: saved.type: "),
    "two lines for one": (
        OTHER,
        "- Saved {n} answers.",
        "- |\n      Saved.\n",
        "4:7: saved.lines.0: must be one line",
    ),
    "control character": (
        OTHER,
        "Saved {n} answers.",
        '"Saved\\0"',
        "4:7: saved.lines.0: holds characters that",
    ),
    "half a character": (
        OTHER,
        "Saved {n} answers.",
        '"Saved\\ud800"',
        "4:15: the YAML cannot be read: found invalid Unicode",
    ),
    "key twice": (ONE, "label: Benches\n", "label: Benches\ntitle: Seats\n", "5:1: title: is written twice"),
    "empty file": ("labels.yaml", "stop: Stop\nnext: Next\n", "", "1:1: the file: must be a mapping"),
    "bad YAML": (
        ONE,
        "label: Benches",
        "label: Benches: two",
        "4:15: the YAML cannot be read: mapping values are not",
    ),
    "two documents": (
        ONE,
        "terms:",
        "---\nterms:",
        "10:1: the YAML cannot be read: but found another document",
    ),
    "tab": (ONE, "  - There should", "\t- There should", "7:1: the YAML cannot be read: found character"),
    "anchor": (ONE, "title: Benches", "title: &t Benches", "3:8: & and * are not used here"),
    "alias of itself": (ONE, "terms:", "terms: &t [*t]\nx:", "10:8: & and * are not used here"),
    "key that is no text": (ONE, "terms:", "[a]: b\nterms:", "10:1: a key must be text"),
    "key that cannot be shown": (ONE, "terms:", '"\\a": x\nterms:', "10:1: a key must be text"),
    "too deep": (ONE, "terms:", f"x: {'[' * 5000}\nterms:", "10:23: the YAML cannot be read: maximum depth"),
    "unprintable": (ONE, "in every", "in \x07 every", "3:19: YAML cannot hold the character U+0007"),
    "escape of nothing": (ONE, "Benches in", '"\\U99999999"', "3:11: the YAML cannot be read: found invalid"),
    # limits of the channels
    "label of a clause": (
        ONE,
        "label: Benches",
        f"label: {'x' * 21}",
        "4:8: label: has 21 characters; a button holds 20",
    ),
    "label of an option": (
        ONE,
        "In the sun",
        "ที่" * 21,
        "19:24: questions.0.options.0.label: has 21 characters",
    ),
    "label of a button": ("labels.yaml", "Next", "N" * 21, "2:7: next: has 21 characters"),
    "stem": (
        ONE,
        "Where should benches stand",
        "x" * 301,
        "17:11: questions.0.stem: has 301 characters; a question",
    ),
    "personal stem": (ONE, "Do you see", "x" * 281, "27:20: questions.1.stem_personal: has 301 characters"),
    "card": (ONE, "They may", "x" * 1_419, "7:3: explain: has 1501 characters; a message holds 1500"),
    "original": (ONE, "original: There", f"original: {'x' * 1_449}", "9:11: original: has 1501 characters"),
    "phrase": (OTHER, "Saved", "x" * 1_488, "4:5: saved.lines: has 1501 characters; a message holds 1500"),
    # questions
    "unknown kind": (
        ONE,
        "kind: single",
        "kind: choice",
        "16:11: questions.0.kind: there is no kind 'choice'",
    ),
    "no skip": (ONE, ", role: skip}", "}", "14:5: questions.0: has no option with role skip"),
    "unbalanced": (ONE, "value: -1", "value: -2", "23:5: questions.1: is not balanced"),
    "pair of one": (DRAFT, "mirrored: k1", "mirrored: k2", f"15:15: {PAIR}", f"23:15: {PAIR}"),
    "pair with nobody": (ONE, "kind: single", "kind: single\n    mirrored: 1-c9", f"17:15: {PAIR}"),
    "pair across groups": (
        DRAFT,
        "audience: [citizen]",
        "audience: [civil]",
        f"15:15: {PAIR}",
        f"23:15: {PAIR}",
    ),
    # ids
    "question id twice": (ONE, "id: 1-c2", "id: 1-c1", "23:9: the question id 1-c1 is also in 1"),
    "question id in two files": (TWO, "id: 2-c1", "id: 1-c1", "12:9: the question id 1-c1 is also in 1"),
    "option id twice": (ONE, "id: b", "id: a", "14:5: questions.0: has the option id 'a' twice"),
    "option label twice": (
        ONE,
        "shade}",
        "sun}",
        "14:5: questions.0: has the option label 'In the sun' twice",
    ),
    "phrase id twice": (OTHER, "saved:", "welcome:", "1:1: welcome: is also in notices.yaml"),
    "id that is not opaque": (
        ONE,
        "id: 1-c1",
        "id: a bench",
        "14:9: questions.0.id: not an opaque id: 'a bench'",
    ),
    "button of 65 bytes": (ONE, "id: 1-c1", f"id: {'c' * 40}", "14:9: id: a button carries at most 64 bytes"),
    "closing id too long": (
        DRAFT,
        "id: k2",
        f"id: {'k' * 40}",
        f"15:15: {PAIR}",
        "20:9: id: not an opaque",
        f"23:15: {PAIR}",
    ),
    # the draft
    "clause id unlike its file": (TWO, 'id: "2"', 'id: "3"', "1:5: id: must be the name of its file, 2"),
    "slug unlike its folder": (
        DRAFT,
        "slug: parks",
        "slug: park",
        "1:7: slug: must be the name of its folder, parks",
    ),
    "clause named twice": (DRAFT, '"1", "2"]', '"1", "1", "2"]', "4:10: clauses: names twice: 1"),
    "path to nowhere": (
        DRAFT,
        'featured: ["2"]',
        'featured: ["2", "9"]',
        "7:30: paths.business: there is no clause 9",
    ),
    "suggestion to nowhere": (
        DRAFT,
        'suggest: ["1"]',
        'suggest: ["9"]',
        "6:40: paths.citizen: there is no clause 9",
    ),
    "start nowhere": (DRAFT, 'start: "1"', 'start: "9"', "8:79: paths.civil: there is no clause 9"),
    "group without a path": (DRAFT, "  official:", "  # official:", "6:3: paths: has no path for: official"),
    "path of no group": (DRAFT, "citizen: {", "citizens: {", "6:3: paths.citizens: "),
    "Buddhist era": (
        DRAFT,
        "2026-12-31",
        "2569-12-31",
        "3:9: closes: is in the Buddhist era; write the year as 2026",
    ),
    "no date": (DRAFT, "2026-12-31", "soon", "3:9: closes: "),
    "names of no clause": (SEARCH, '"1"', '"9"', "1:1: 9: there is no such clause"),
    # phrases and words
    "slot left open": (OTHER, "{n}", "{n", "4:7: saved.lines.0: has a broken {slot}"),
    "slot never opened": (OTHER, "{n}", "n}", "4:7: saved.lines.0: has a broken {slot}"),
    "slot without a name": (OTHER, "{n}", "{}", "4:7: saved.lines.0: has a broken {slot}"),
    "slot with a format": (OTHER, "{n}", "{n:>3}", "4:7: saved.lines.0: has a broken {slot}"),
    "slot that reaches inside": (OTHER, "{n}", "{n.__class__}", "4:7: saved.lines.0: has a broken {slot}"),
    "word with two meanings": (
        "words.yaml",
        "[skip]",
        "[skip, Stop]",
        "2:14: skip: 'Stop' already means stop",
    ),
}


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_pointed_at(content: Content, case: tuple[str, ...]) -> None:
    file, old, new, *expected = case
    content.change(file, old, new)
    faults = content.faults()
    assert len(faults) == len(expected), faults
    for fault, beginning in zip(faults, expected, strict=True):
        assert fault.startswith(f"{file}:{beginning}")


def test_every_fault_is_listed_in_the_order_of_the_files(content: Content) -> None:
    content.change(ONE, "title:", "titel:")
    content.change(ONE, "value: 0", "value: 5")
    content.change(TWO, "kind: multiple", "kind: many")
    content.change(DRAFT, 'start: "1"', 'start: "7"')
    content.change("words.yaml", "[skip]", "[]")
    content.change("labels.yaml", "Stop", "S" * 30)
    assert [fault.rpartition(": ")[0].split(" ")[0] for fault in content.faults()] == [
        f"{ONE}:1:1:",
        f"{ONE}:3:1:",
        f"{ONE}:30:37:",
        f"{TWO}:14:11:",
        f"{DRAFT}:8:79:",
        "labels.yaml:1:7:",
        "words.yaml:2:7:",
    ]


def test_a_fault_of_the_closing_pair_is_reported_once(content: Content) -> None:
    content.change(TWO, "closing: false", "closing: true")
    content.change(DRAFT, "mirrored: k1", "mirrored: k2")
    assert content.faults() == [f"{DRAFT}:15:15: {PAIR}", f"{DRAFT}:23:15: {PAIR}"]


@pytest.mark.parametrize("file", [DRAFT, ONE, NOTICES, "labels.yaml", "words.yaml"])
def test_a_missing_file_is_named(content: Content, file: str) -> None:
    (content.folder / file).unlink()
    assert content.faults() == [f"{file}:1:1: the file is missing"]


def test_search_names_are_optional(content: Content) -> None:
    (content.folder / SEARCH).unlink()
    assert content.load().clauses["1"].aliases == ()


def test_a_clause_file_nobody_names_is_reported(content: Content) -> None:
    (content.folder / "drafts/parks/3.yaml").write_text("id: 3\n")
    assert content.faults() == ["drafts/parks/3.yaml:1:1: is not named under clauses in draft.yaml"]


def test_a_folder_in_place_of_a_file_is_reported(content: Content) -> None:
    (content.folder / "labels.yaml").unlink()
    (content.folder / "labels.yaml").mkdir()
    assert content.faults() == ["labels.yaml:1:1: the file cannot be read: Is a directory"]


def test_a_byte_that_is_not_utf8_is_pointed_at(content: Content) -> None:
    (content.folder / "labels.yaml").write_bytes("stop: Stop\nnext: ต่อ".encode() + b"\xe0\xb8 x\n")
    assert content.faults() == ["labels.yaml:2:10: the file is not UTF-8: byte 0xe0"]


def test_a_byte_order_mark_is_no_fault(content: Content) -> None:
    path = content.folder / "labels.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert content.load().labels == {"stop": "Stop", "next": "Next"}


def test_scalars_are_what_the_schema_says(content: Content) -> None:
    """Unquoted, YAML would make a float of 1.10, a boolean of true and a null of ~ in a list of words."""
    content.change("words.yaml", "[skip]", "[1.10, true, 0x1F, no]")
    assert {"1.10", "true", "0x1f", "no"} <= content.load().words.keys()


def test_there_is_exactly_one_draft(content: Content) -> None:
    (content.folder / "drafts/roads").mkdir()
    assert "drafts:1:1: must hold exactly one draft (a folder), found: parks, roads" in content.faults()


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load(tmp_path / "nowhere")
    assert len(caught.value.faults) == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    file=st.sampled_from([DRAFT, ONE, SEARCH, OTHER, "labels.yaml", "words.yaml"]),
    raw=st.binary(max_size=60)
    | st.text("ab:- \n[]{}&*!|>'\"%@`,?#~\\Uux0159<^.\t", max_size=60).map(str.encode),
    keep=st.integers(0, 400),
)
@example(file="labels.yaml", raw=b'a: "\\U99999999"', keep=0)
@example(file="labels.yaml", raw=b"a: &x b\nc: &x d", keep=0)
def test_no_file_breaks_the_loader(content: Content, file: str, raw: bytes, keep: int) -> None:
    """Whatever stands in a file, load has something to say about it or takes it; nothing else escapes."""
    path = content.folder / file
    before = path.read_bytes()
    path.write_bytes(before[:keep] + raw)
    with suppress(ContentError):
        load(content.folder)
    path.write_bytes(before)
