"""All 17 clauses can be read and answered by each group, and every answer keeps the words it answers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.channels.line import render
from bot.channels.terminal import Player
from bot.channels.terminal.transcript import Press
from bot.dialogue import Action, Answer, Capacity, Event, Group, MessageType, Outcome, Pressed, Typed, Verb
from bot.library import Library, Role
from handlers import take_turn

CLAUSES = [f"1.{n}" for n in range(1, 8)] + ["2.1", "2.2"] + [f"3.{n}" for n in range(1, 8)] + ["end"]


def someone(library: Library, group: Group, *, adult: bool = True) -> Player:
    player = Player(library, "line", f"p-{group.value}")
    known = {"group": group, "capacity": Capacity.ORGANISATION, "adult": adult, "notice": library.notice}
    player.person = replace(player.person, **known)
    return player


def press(player: Player, verb: Verb, *args: str):
    return player.play(Pressed(Action(verb, args).token()))


def test_the_draft_has_the_17_clauses(library: Library) -> None:
    assert list(library.clauses) == CLAUSES


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("clause", CLAUSES)
def test_read_and_answer(library: Library, clause: str, group: Group) -> None:
    player = someone(library, group)
    found = library.clauses[clause]
    card, *_ = press(player, Verb.CLAUSE, clause, "read").messages[-1:]
    assert card.type is MessageType.EXPLAIN
    assert found.number in card.lines[0]
    assert found.status in card.lines[0]
    assert card.lines[1:] == found.explain
    assert found.original in press(player, Verb.ORIGINAL, clause).messages[0].text
    terms = press(player, Verb.TERMS, clause).messages[0].text
    assert all(term.name in terms and term.meaning in terms for term in found.terms)

    kept = answer_all(player, clause)
    asked = library.asked_of(found, group)
    assert {answer.question for answer in kept} == {question.id for question in asked}
    for answer in kept:
        question = library.questions[answer.question]
        assert answer.version == question.version
        assert answer.stem in (question.stem, question.stem_personal)
        assert {(o.id, o.label) for o in answer.options} == {(o.id, o.label) for o in question.options}
        assert (answer.group, answer.capacity) == (group, Capacity.ORGANISATION)
        assert answer.clause == clause


def answer_all(player: Player, clause: str) -> list[Answer]:
    """Answer every question of the clause with its first real option or a text."""
    kept: dict[str, Answer] = {}
    turn = press(player, Verb.NEXT, clause)
    for _ in range(40):
        expected = player.person.expects.text
        tokens = [Action.parse(b.token) for b in turn.messages[-1].options]
        verbs = {action.verb: action for action in tokens if action}
        if expected is not None:
            turn = player.play(Typed("ควรถามคนในพื้นที่ก่อน", f"m{len(player.shown)}"))
        elif Verb.AGE in verbs:
            turn = press(player, Verb.AGE, "yes", verbs[Verb.AGE].args[1])
        elif Verb.CONSENT in verbs:
            turn = press(player, Verb.CONSENT, "yes", verbs[Verb.CONSENT].args[1])
        elif Verb.SUBMIT in verbs and player.person.picked:
            turn = press(player, Verb.SUBMIT, *verbs[Verb.SUBMIT].args)
        elif Verb.TOGGLE in verbs:
            turn = player.play(Pressed(next(a for a in tokens if a and a.verb is Verb.TOGGLE).token()))
        elif Verb.CHOOSE in verbs and turn.messages[-1].type is MessageType.QUESTION:
            turn = player.play(Pressed(next(a for a in tokens if a and a.verb is Verb.CHOOSE).token()))
        elif Verb.TOPICS in verbs:
            return list(kept.values())
        else:
            turn = press(player, Verb.NEXT, clause)
        kept |= {record.question: record for record in turn.records if isinstance(record, Answer)}
    raise AssertionError("the clause never came to its end")


def test_the_first_answer_is_the_third_tap(library: Library) -> None:
    """From the welcome: topics, clause, answer."""
    for group in (None, Group.CITIZEN):
        player = Player(library, "line", "p-1")
        player.person = replace(player.person, group=group)
        player.play(Pressed(Action(Verb.WELCOME).token()))
        press(player, Verb.TOPICS)
        turn = press(player, Verb.CLAUSE, "3.5")
        choice = turn.messages[-1].options[0]
        assert [type(r) for r in player.play(Pressed(choice.token)).records] == [Answer]


def test_under_twenty_is_asked_buttons_only(library: Library) -> None:
    player = someone(library, Group.CIVIL_SOCIETY, adult=False)
    turn = press(player, Verb.NEXT, "1.2")
    assert "ไม่มีคำถามเหลือแล้ว" in turn.messages[-1].text
    turn = press(player, Verb.NEXT, "3.3")
    assert "ข้อ 1 จาก 2" in turn.messages[-1].text


def test_after_the_last_day_nothing_is_kept(library: Library) -> None:
    """The last day ends at midnight in Bangkok, 17:00 UTC."""
    closing = replace(library, draft=replace(library.draft, closes=date(2027, 1, 31)))
    player = Player(closing, "line", "p-1")
    question = closing.questions["3.5-c1"]
    token = Action(Verb.CHOOSE, (question.id, question.version, "a")).token()
    before = Event("line:1", datetime(2027, 1, 31, 16, 59, 59, tzinfo=UTC), "line", Pressed(token))
    after = Event("line:2", datetime(2027, 1, 31, 17, 0, 0, tzinfo=UTC), "line", Pressed(token))
    assert take_turn(player.person, before, closing).records
    turn = take_turn(player.person, after, closing)
    assert not turn.records
    assert "ปิดรับ" in turn.messages[-1].text


def test_a_button_of_another_wording_asks_anew(library: Library) -> None:
    player = someone(library, Group.CITIZEN)
    turn = press(player, Verb.CHOOSE, "3.5-c1", "000000000000", "a")
    assert not turn.records
    assert "เปลี่ยนคำแล้ว" in turn.messages[0].text
    assert library.questions["3.5-c1"].stem in turn.messages[1].text


def test_an_answer_that_comes_late_is_history(library: Library) -> None:
    player = someone(library, Group.CITIZEN)
    question = library.questions["3.5-c1"]

    def choose(option: str, second: int):
        token = Action(Verb.CHOOSE, (question.id, question.version, option)).token()
        at = player.now + timedelta(seconds=second)
        event = Event(f"line:{second}", at, "line", Pressed(token))
        turn = take_turn(player.person, event, library)
        player.person = turn.participant
        return turn

    choose("a", 20)
    late = choose("b", 10)
    assert [r.replaced_at is None for r in late.records] == [False]
    assert player.person.answers[0].chosen == ("a",)
    newest = choose("c", 30)
    answers = [record for record in newest.records if isinstance(record, Answer)]
    assert [(r.chosen, r.replaced_at is None) for r in answers] == [(("a",), False), (("c",), True)]


def test_a_group_said_later_is_given_to_answers_that_had_none(library: Library) -> None:
    player = Player(library, "line", "p-1")
    press(player, Verb.CLAUSE, "3.5")
    player.play(Press("กลาง ๆ"))
    turn = press(player, Verb.GROUP, "business")
    assert [(r.question, r.group) for r in turn.records] == [("3.5-c1", "business")]
    assert press(player, Verb.GROUP, "official").records == ()


def test_opt_outs_are_kept_as_what_they_are(library: Library) -> None:
    player = someone(library, Group.CITIZEN)
    question = library.questions["3.1-c1"]
    outcomes = {
        Role.DONT_KNOW: Outcome.DONT_KNOW,
        Role.SKIP: Outcome.SKIPPED,
        Role.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    }
    for role, outcome in outcomes.items():
        option = next(o for o in question.options if o.role is role)
        turn = press(player, Verb.CHOOSE, question.id, question.version, option.id)
        assert [r.outcome for r in turn.records if isinstance(r, Answer)][-1] is outcome


@pytest.mark.parametrize(
    "text", ["\x00", "{0}", "{text}", "%s", "<b>", "ก" * 10_000, "🏳️‍🌈" * 300, "\u202eabc", "a\ud800b", "ก่่่่่่่่"]
)
def test_hostile_text_gets_a_plain_answer(library: Library, text: str) -> None:
    """What the intake lets through as it is never breaks a turn, typed anywhere."""
    player = someone(library, Group.BUSINESS)
    assert player.play(Typed(text.encode("utf-8", "replace").decode(), "m")).messages
    press(player, Verb.COMPOSE, "1.2")
    press(player, Verb.CONSENT, "yes", "s.1.2")
    turn = player.play(Typed(text.encode("utf-8", "replace").decode(), "m"))
    assert turn.messages
    assert not turn.records


def test_a_clause_with_nothing_left_fits_line_for_someone_unknown(library: Library) -> None:
    """The card and its buttons, that nothing is left, and as whom one answers were six bubbles; LINE takes five."""
    player = Player(library, "line", "p-unknown")
    player.person = replace(player.person, adult=False, notice=library.notice)
    for question in library.asked_of(library.clauses["3.5"], None):
        skip = next(option.id for option in question.options if option.role is Role.SKIP)
        press(player, Verb.CHOOSE, question.id, question.version, skip)
    assert render.render(press(player, Verb.CLAUSE, "3.5").messages)
