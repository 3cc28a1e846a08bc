"""Anybody does anything in any order: what must hold after every single turn."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.channels.line import render as line
from bot.channels.telegram import render as telegram
from bot.channels.terminal import Script, scripted
from bot.channels.terminal.player import START
from bot.channels.terminal.transcript import Press, Wait
from bot.dialogue import (
    Action,
    Answer,
    Blocked,
    Body,
    Button,
    Consent,
    Edited,
    Event,
    FileArrived,
    FileOffered,
    FileRefused,
    Opened,
    Participant,
    Pressed,
    Purpose,
    Record,
    RefusalReason,
    Retracted,
    Scope,
    Suggestion,
    Turn,
    Typed,
    Unsupported,
    Verb,
)
from bot.language.words import fold, length
from bot.library import admit
from handlers import take_turn
from tests.handlers.play import DIALOGUES

LIBRARY = admit()
SCRIPTS = [scripted(path.read_text("utf-8")) for path in sorted(DIALOGUES.glob("*.md"))]
WORDS = sorted(LIBRARY.words)
SILENT = (Blocked, Retracted, FileOffered)


class Conversation(RuleBasedStateMachine):
    """One person on LINE, where events may come late and buttons never go away."""

    @initialize(script=st.sampled_from(SCRIPTS), data=st.data())
    def begin(self, script: Script, data: st.DataObject) -> None:
        """Start somewhere inside a golden dialogue, so that every corner is near."""
        self.person = Participant(id=script.person, channel="line")
        self.now = START
        self.buttons: list[Button] = []
        self.messages: list[str] = []
        self.consented = False
        self.records: dict[str, Record] = {}
        self.count = 0
        for _, step in script.steps[: data.draw(st.integers(0, len(script.steps)))]:
            self.follow(step)

    def follow(self, step: Body | Press | Wait) -> None:
        """One step of a golden dialogue."""
        match step:
            case Wait(delta):
                self.now += delta
            case Press(label):
                self.do(Pressed(next(b.token for b in reversed(self.buttons) if b.label == label)))
            case Typed(text):
                self.say(text)
            case _:
                self.do(step)

    # What a person can do

    @rule(source=st.sampled_from(["", "poster-1"]))
    def open(self, source: str) -> None:
        self.do(Opened(source))

    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        """Any button ever shown, the newest ones more often."""
        if self.buttons:
            old = st.sampled_from(self.buttons)
            recent = st.sampled_from(self.buttons[-8:])
            self.do(Pressed(data.draw(recent | old).token))

    @rule(token=st.text(max_size=70) | st.sampled_from(list(Verb)).map(lambda verb: f"1:{verb.value}:x:y"))
    def press_what_nobody_wrote(self, token: str) -> None:
        self.do(Pressed(token))

    @rule(text=st.sampled_from(WORDS) | st.integers(0, 12).map(str) | st.text(min_size=1, max_size=40))
    def type(self, text: str) -> None:
        self.say(text)

    @rule(n=st.integers(990, 1_100))
    def type_a_lot(self, n: int) -> None:
        self.say("ก" * n)

    @rule(data=st.data(), text=st.text(max_size=20))
    def edit(self, data: st.DataObject, text: str) -> None:
        if self.messages:
            self.do(Edited(text, data.draw(st.sampled_from(self.messages))))

    @rule(data=st.data())
    def unsend(self, data: st.DataObject) -> None:
        if self.messages:
            message = data.draw(st.sampled_from(self.messages))
            turn = self.do(Retracted(message))
            assert turn.erase
            assert (turn.erase.scope, turn.erase.of) == (Scope.MESSAGE, message)
            assert message not in msgspec.json.encode(turn.participant).decode()

    @rule(what=st.sampled_from(["offered", "arrived", "refused", "sticker", "blocked"]))
    def other(self, what: str) -> None:
        n, message = self.count, f"m{self.count}"
        bodies: dict[str, Body] = {
            "offered": FileOffered(f"ref{n}", "a.pdf", 10, message),
            "arrived": FileArrived(f"f{n}", "0" * 64, "application/pdf", 10, "a.pdf", message),
            "refused": FileRefused(RefusalReason.TYPE, message),
            "sticker": Unsupported("sticker"),
            "blocked": Blocked(),
        }
        self.messages.append(message)
        self.do(bodies[what])

    @rule(data=st.data(), text=st.sampled_from(["หยุด", "2", "ขอให้ลดขั้นตอน"]))
    def come_late(self, data: st.DataObject, text: str) -> None:
        """An event of a minute ago: it changes nothing but an answer, and that only into history."""
        before = self.person
        late = [Typed(text, "late"), *(Pressed(b.token) for b in self.buttons[-8:])]
        at = self.now - timedelta(minutes=1)
        turn = self.do(data.draw(st.sampled_from(late)), at)
        if before.acted_at and before.acted_at > at:
            after = turn.participant
            assert {a for a in before.answers if a.at > at} <= set(after.answers)
            assert (after.consents, after.suggestions, after.draft) == (
                before.consents,
                before.suggestions,
                before.draft,
            )
            assert after.stopped == before.stopped

    # What must hold

    def say(self, text: str) -> None:
        self.messages.append(f"m{self.count}")
        self.do(Typed(text, f"m{self.count}"))

    def do(self, body: Body, at: datetime | None = None) -> Turn:
        self.count += 1
        if at is None:
            self.now += timedelta(seconds=90)
        event = Event(f"line:{self.count}", at or self.now, "line", body)
        before = self.person
        turn = take_turn(before, event, LIBRARY)
        assert turn == take_turn(before, event, LIBRARY), "not deterministic"
        assert turn.messages or isinstance(body, SILENT), "silent"
        assert [m.id for m in turn.messages] == [f"{event.id}/m{n}" for n in range(len(turn.messages))]
        self.check_records(turn, body, event)
        self.check_limits(turn)
        self.person = msgspec.json.decode(msgspec.json.encode(turn.participant), type=Participant)
        assert self.person == turn.participant, "does not survive JSON"
        self.buttons += [b for m in turn.messages for b in (*m.options, *m.exits)]
        return turn

    def check_records(self, turn: Turn, body: Body, event: Event) -> None:
        if turn.erase and turn.erase.scope is Scope.EVERYTHING:
            fresh = Participant(id=self.person.id, channel="line")
            kept = msgspec.structs.replace(turn.participant, notice="", expects=fresh.expects, acted_at=None)
            assert kept == fresh, "something of an erased person is left"
            self.consented = False
        for record in turn.records:
            known = self.records.get(record.id)
            assert known is None or type(known) is type(record), "a record id was used twice"
            assert known or record.id.startswith(event.id), "a new record without an id of this event"
            if isinstance(record, Consent) and record.purpose is Purpose.TYPED_TEXT:
                self.consented = record.given
            typed_anew = (
                isinstance(record, Answer | Suggestion) and record.text and record.id.startswith(event.id)
            )
            if typed_anew:
                assert self.consented, "text was kept without consent"
                assert turn.participant.adult, "text was kept from someone who did not say to be 20"
                assert length(record.text or "") <= 1_000
            if isinstance(record, Answer) and isinstance(body, Pressed) and record.id.startswith(event.id):
                self.check_button(record, body)
            self.records[record.id] = record
        ids = [record.id for record in turn.records]
        assert len(ids) == len(set(ids))
        questions = [a.question for a in turn.participant.answers]
        assert len(questions) == len(set(questions)), "two current answers to one question"

    def check_button(self, answer: Answer, body: Pressed) -> None:
        action = Action.parse(body.token)
        assert action
        if (
            action.verb is Verb.SKIP or action.verb is Verb.HELD
        ):  # what was typed is kept, not what is pressed
            return
        assert (answer.question, answer.version) == action.args[:2], "a button answered another question"
        if action.verb is Verb.CHOOSE:
            assert answer.chosen == action.args[2:]
        assert {*answer.chosen} <= {option.id for option in answer.options}

    def check_limits(self, turn: Turn) -> None:
        for message in turn.messages:
            for button in (*message.options, *message.exits):
                assert 1 <= length(button.label) <= 20
                assert Action.parse(button.token), button.token
            if not message.documents:
                telegram.render(message)
        line.render(turn.messages, copy_link="https://example.org/copy/x")

    @invariant()
    def stop_and_erase_are_reachable(self) -> None:
        """From wherever we stand, one word stops, and one word and one button erase everything."""
        shown = {fold(button.label) for button in self.person.expects.buttons}
        at = self.now + timedelta(seconds=1)
        for word in {"หยุด", "ลบข้อมูลของฉัน"} - {
            label for label in shown if label not in {"หยุด", "ลบข้อมูลของฉัน"}
        }:
            turn = take_turn(self.person, Event("line:probe", at, "line", Typed(word, "m")), LIBRARY)
            if word == "หยุด":
                assert turn.participant.stopped
                continue
            now = next(
                b
                for m in turn.messages
                for b in m.options
                if (a := Action.parse(b.token)) and a.verb is Verb.ERASE_NOW
            )
            probe = Event("line:probe2", at, "line", Pressed(now.token))
            gone = take_turn(turn.participant, probe, LIBRARY)
            assert gone.erase
            assert gone.erase.scope is Scope.EVERYTHING


Conversation.TestCase.settings = settings(
    max_examples=90, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestConversation = Conversation.TestCase
