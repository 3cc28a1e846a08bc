"""The content this program ships with: whole, true to its sources, and quick to read."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import Capacity, Group
from bot.language.words import length
from bot.library import Library, Question, Role, load

SOURCES = Path(__file__).parents[3] / "shared" / "content"
needs_sources = pytest.mark.skipif(
    not SOURCES.is_dir(),
    reason="../shared/content, which the content was made from, is not beside this project",
)

#: clauses.json's words for what the content files call by the standard names.
KIND = {
    "single": "single",
    "single+open": "single",
    "multi": "multiple",
    "scale5": "scale",
    "scale3": "scale",
    "open": "open",
}
GROUP = {"cit": Group.CITIZEN, "biz": Group.BUSINESS, "cso": Group.CIVIL_SOCIETY}
OPT_OUTS = {
    "ไม่แน่ใจ": Role.DONT_KNOW,
    "ข้าม": Role.SKIP,
    "ไม่เคยได้รับ": Role.NOT_APPLICABLE,
    "ไม่เคยติดต่อ": Role.NOT_APPLICABLE,
    "ไม่เคยทำ": Role.NOT_APPLICABLE,
    "ไม่เคยดู": Role.NOT_APPLICABLE,
    "จำไม่ได้": Role.NOT_APPLICABLE,
    "ไม่มีประสบการณ์": Role.NOT_APPLICABLE,
    "ไม่มีความเห็น": Role.NOT_APPLICABLE,
}
NONE_OF_THEM = {"ไม่ต้องการร่วม", "ไม่ต้องมีใครเพิ่ม", "ไม่รู้จักเลย", "รัฐทำเองพอแล้ว", "ไม่ต้องถาม"}
ANCHORED = {"เรื่องอื่น", "เท่ากัน", "เน้นเท่ากัน", "ทำพร้อมกัน"}


def own(library: Library, clause: str) -> list[Question]:
    """The questions of a clause without the closing pair."""
    return [question for question in library.clauses[clause].questions if "-k" not in question.id]


def sources() -> list[dict[str, Any]]:
    clauses: list[dict[str, Any]] = json.loads((SOURCES / "clauses.json").read_text())
    return [clause | {"id": "end" if clause["id"] == "ท้าย" else clause["id"]} for clause in clauses]


#: Clauses that speak of TDRI without explaining it; there the term of 1.1 is repeated (rule W28).
REPEATED = ("1.7", "3.6", "end")


def test_the_whole_draft_is_there(shipped: Library) -> None:
    assert len(shipped.clauses) == 17
    assert sum(len(own(shipped, clause)) for clause in shipped.clauses) == 57
    assert sum(len(clause.terms) for clause in shipped.clauses.values()) == 56 + len(REPEATED)
    assert len(shipped.questions) == 57 + 2 * 16


@needs_sources
def test_clauses_and_terms_are_those_of_the_source(shipped: Library) -> None:
    assert list(shipped.clauses) == [source["id"] for source in sources()]
    for source in sources():
        clause = shipped.clauses[source["id"]]
        assert clause.number == ("ท้าย" if clause.id == "end" else clause.id)
        assert (clause.title, clause.label) == (source["title"], source["label"])
        assert list(clause.explain) == source["explain"].split("\n")
        # What follows a dash in a meaning is a note to the editors, not to people.
        meanings = [[name, meaning.split(" — ")[0]] for name, meaning in source["gl"]]
        terms = [[term.name, term.meaning] for term in clause.terms]
        assert terms == meanings + [["TDRI", "สถาบันวิจัยเพื่อการพัฒนาประเทศไทย"]] * (clause.id in REPEATED)


@needs_sources
def test_questions_are_those_of_the_source(shipped: Library) -> None:
    for source in sources():
        expected = [(group, *asked) for key, group in GROUP.items() for asked in source[key]]
        found = own(shipped, source["id"])
        assert len(found) == len(expected)
        for question, (group, stem, kind, options) in zip(found, expected, strict=True):
            assert (question.audience, question.stem, question.kind) == ({group}, stem, KIND[kind])
            labels = [label for label in options.split(" | ") if label != "(พิมพ์ตอบ)"]
            assert [option.label for option in question.options] == labels
            follow_ups = [option.label for option in question.options if option.follow_up]
            assert follow_ups == (["มี"] if kind == "single+open" else [])


@needs_sources
def test_the_original_is_the_minutes_word_for_word(shipped: Library) -> None:
    minutes = (SOURCES / "minutes-2564-11-23.txt").read_text()
    for clause in shipped.clauses.values():
        assert clause.original in minutes
        if clause.id != "end":
            assert f"{clause.number} {clause.original}\n" in minutes, "from the number to the end of the line"


def test_every_option_has_the_role_its_words_have(shipped: Library) -> None:
    for question in shipped.questions.values():
        for option in question.options:
            assert option.role is OPT_OUTS.get(option.label, Role.SUBSTANTIVE), (question.id, option.label)
            assert option.anchored == (option.label in ANCHORED or option.label.startswith("แล้วแต่"))
            shuts_out = option.role is not Role.SUBSTANTIVE or option.label in NONE_OF_THEM
            assert option.exclusive == (question.kind == "multiple" and shuts_out), (
                question.id,
                option.label,
            )


def test_every_group_can_read_and_answer_every_clause(shipped: Library) -> None:
    for group in [None, *Group]:
        for clause in shipped.clauses.values():
            assert shipped.asked_of(clause, group), (group, clause.id)


def test_a_citizen_is_asked_three_questions_about_the_budget(shipped: Library) -> None:
    asked = shipped.asked_of(shipped.clauses["3.5"], Group.CITIZEN)
    assert [question.id for question in asked] == ["3.5-c1", "3.5-k1", "3.5-k2"]
    assert [question.kind for question in asked] == ["scale", "open", "open"]


def test_the_pairs_name_each_other(shipped: Library) -> None:
    pairs = {q.id: q.mirrored for q in shipped.questions.values() if q.mirrored and "-k" not in q.id}
    assert pairs == {
        one: other
        for pair in (("1.2-b1", "1.2-b2"), ("1.2-s1", "1.2-s2"), ("3.4-b1", "3.4-b2"))
        for one, other in (pair, pair[::-1])
    }


def test_organisations_and_people_are_addressed_differently(shipped: Library) -> None:
    personal = {q.id: q.stem_personal for q in shipped.questions.values() if q.stem_personal}
    assert set(personal) == {q.id for q in shipped.questions.values() if "องค์กรของคุณ" in q.stem}
    assert shipped.questions["3.3-s1"].stem_for(Capacity.PERSONAL) == "คุณอยากร่วมในขั้นใด เลือกได้หลายข้อ"
    assert not any("องค์กร" in stem for stem in personal.values())


def test_news_is_sent_only_to_who_chooses_it(shipped: Library) -> None:
    asks = [(q.id, o.label) for q in shipped.questions.values() for o in q.options if o.consents]
    assert asks == [("end-c1", "อยากรับ")]


def test_the_ways_of_the_groups(shipped: Library) -> None:
    paths = shipped.draft.paths
    assert paths[Group.CITIZEN].featured == ("3.5", "3.3", "1.2", "3.4", "3.1")
    assert paths[Group.BUSINESS].suggest == ("1.2", "1.3", "3.7")
    assert paths[Group.CIVIL_SOCIETY].start == "3.3"
    assert {group for group, path in paths.items() if path.menu} == {Group.BUSINESS}
    assert {group for group, path in paths.items() if path.capacity} == {Group.CIVIL_SOCIETY, Group.OFFICIAL}
    assert {group for group, path in paths.items() if path.organised} == {
        Group.BUSINESS,
        Group.CIVIL_SOCIETY,
        Group.OFFICIAL,
    }
    assert all(path.suggest == path.featured[:3] for path in paths.values())


@pytest.mark.parametrize(
    ("typed", "clause"),
    [("งบประมาณของรัฐคุ้มค่าไหม", "3.5"), ("regulatory sandbox", "1.2"), ("ข้อ ๓.๓", "3.3")],
)
def test_a_free_question_finds_its_clause(shipped: Library, typed: str, clause: str) -> None:
    assert shipped.topics.rank(typed)[0].topic == clause


def test_small_talk_finds_no_clause(shipped: Library) -> None:
    assert shipped.topics.rank("สวัสดีครับ") == ()


def test_every_label_fits_a_button(shipped: Library) -> None:
    labels = [*shipped.labels.values(), *(clause.label for clause in shipped.clauses.values())]
    labels += [option.label for question in shipped.questions.values() for option in question.options]
    assert max(length(label) for label in labels) <= 20


def test_loading_is_quick() -> None:
    """About 0.4 s on 2 cores; five times that is a change of method, not a busy machine."""
    began = time.process_time()
    load()
    assert time.process_time() - began < 2
