"""What is sent to LINE: every limit kept for every message there can be, and nothing lost on the way."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import Message as LineMessage
from linebot.v3.messaging import PushMessageRequest

from bot.channels.line.render import render
from bot.dialogue import Button, Document, Message, MessageType, Place
from tests.standins import line_rules as rules

LINK = "https://example.org/copy/1"

#: Text as people and content files have it, with what is hard to cut: stacked Thai marks, emoji, line ends.
words = st.text(
    st.sampled_from("กขคงน้ำที่ปู่ผึ้งๆฯ๓ abc.\n\t")
    | st.sampled_from("👍🏽👨‍👩‍👧🇹🇭é")
    | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)
labels = st.text(st.sampled_from("กขคนมa 1๓้ำ"), max_size=19).map(lambda text: f"ก{text}")
tokens = st.from_regex(r"1:[a-z]{1,6}:[a-z0-9]{1,8}", fullmatch=True)
buttons = st.builds(Button, label=labels, token=tokens, chosen=st.booleans())


def messages(options: st.SearchStrategy[Any], **more: Any) -> st.SearchStrategy[Message]:
    return st.builds(
        Message,
        type=st.sampled_from(MessageType),
        lines=st.lists(words, min_size=1, max_size=4).map(lambda lines: ("ก", *lines)),
        options=options,
        exits=st.lists(buttons, max_size=4).map(tuple),
        numbered=st.booleans(),
        place=st.sampled_from(Place),
        **more,
    )


asking = messages(st.lists(buttons, min_size=1, max_size=12).map(tuple))
telling = messages(st.just(()))
documents = st.builds(
    Document, st.just("data.json"), st.sampled_from(["text/plain", "application/json"]), words
)


def say(*lines: str, **more: Any) -> Message:
    return Message(MessageType.NAV, lines, **more)


def texts(bubbles: list[dict[str, Any]]) -> list[str]:
    return [bubble["text"] for bubble in bubbles if bubble["type"] == "text"]


def assert_line_takes(bubbles: list[dict[str, Any]]) -> None:
    """LINE's rules, LINE's specification where present, and the SDK, which must carry it unchanged."""
    assert rules.message_faults(bubbles) == []
    body = {"to": "U1", "messages": bubbles}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer x"}
    assert rules.spec_faults("POST", "/v2/bot/message/push", headers, json.dumps(body).encode()) == []
    carried = PushMessageRequest(to="U1", messages=[LineMessage.from_dict(bubble) for bubble in bubbles])
    assert carried.to_dict()["messages"] == bubbles


class TestAnyTurn:
    @settings(deadline=None)
    @given(st.tuples(asking, telling, asking).flatmap(st.permutations))
    def test_two_questions_and_a_statement_fit(self, turn: list[Message]) -> None:
        bubbles = render(turn)
        if shown := [message for message in turn if message.place is not Place.MARK]:
            assert_line_takes(bubbles)
            pressable = [action["data"] for action in rules.postbacks([b.get("contents") for b in bubbles])]
            assert pressable == [button.token for message in shown for button in message.options]
        else:
            assert bubbles == []

    @settings(deadline=None)
    @given(st.lists(messages(st.just(()), documents=st.lists(documents, max_size=3).map(tuple)), max_size=7))
    def test_any_number_of_short_statements_fits_and_no_word_is_lost(self, turn: list[Message]) -> None:
        turn = [m for m in turn if m.place is not Place.MARK]
        bubbles = render([Message(m.type, m.lines, documents=m.documents) for m in turn])
        if turn:
            assert_line_takes(bubbles)
        said = "".join(message.text + "".join(d.text for d in message.documents) for message in turn)
        assert "".join("".join(texts(bubbles)).split()) == "".join(said.split())

    @settings(deadline=None, max_examples=30)
    @given(st.lists(words, min_size=1, max_size=8), st.integers(100, 1500))
    def test_a_long_text_is_split_and_no_word_is_lost(self, parts: list[str], times: int) -> None:
        text = "ก้ำ" + "".join(parts) * (times // len("".join(parts) + "x"))
        bubbles = render([say(text)])
        assert_line_takes(bubbles)
        assert "".join("".join(texts(bubbles)).split()) == "".join(text.split())


class TestQuestion:
    question = say(
        "ท่านพอใจเพียงใด",
        options=(Button("พอใจมาก", "1:choose:a"), Button("พอใจ", "1:choose:b", chosen=True)),
        exits=(Button("ข้าม", "1:skip"), Button("หยุด", "1:stop")),
        numbered=True,
    )

    def test_the_numbers_are_printed_and_on_the_buttons(self) -> None:
        text, flex = render([self.question])
        assert text == {"type": "text", "text": "ท่านพอใจเพียงใด\n\n1 พอใจมาก\n2 พอใจ"}
        assert [action["label"] for action in rules.postbacks(flex["contents"])] == ["1 พอใจมาก", "✓ 2 พอใจ"]
        assert [action["displayText"] for action in rules.postbacks(flex["contents"])] == ["พอใจมาก", "พอใจ"]
        assert flex["altText"] == "1 พอใจมาก / ✓ 2 พอใจ"

    def test_the_buttons_differ_in_their_words_only(self) -> None:
        _, flex = render([self.question])
        looks = [
            {key: value for key, value in button.items() if key != "action"}
            for button in flex["contents"]["body"]["contents"]
        ]
        assert looks[0] == looks[1]

    def test_without_numbers_the_options_are_only_buttons(self) -> None:
        text, flex = render([say("เลือกเรื่อง", options=(Button("ก", "1:clause:a"),))])
        assert text["text"] == "เลือกเรื่อง"
        assert [action["label"] for action in rules.postbacks(flex)] == ["ก"]

    def test_the_exits_are_on_the_last_bubble_only(self) -> None:
        first = say("บันทึกแล้ว", exits=(Button("แก้คำตอบ", "1:q:a"), Button("หยุด", "1:stop:old")))
        bubbles = render([first, self.question])
        assert ["quickReply" in bubble for bubble in bubbles] == [False, False, True]
        items = [item["action"] for item in bubbles[-1]["quickReply"]["items"]]
        assert [(item["label"], item["data"]) for item in items] == [
            ("ข้าม", "1:skip"),
            ("หยุด", "1:stop"),
            ("แก้คำตอบ", "1:q:a"),
        ]

    def test_a_mark_is_dropped_and_a_replacement_sent(self) -> None:
        marked = say("เลือกแล้ว", place=Place.MARK, exits=(Button("ไป", "1:next"),))
        assert render([marked]) == []
        assert texts(render([marked, say("ใหม่", place=Place.REPLACE)])) == ["ใหม่"]


class TestDocuments:
    readable = Document("ข้อมูลของฉัน.txt", "text/plain", "คำตอบ ๑ ข้อ")
    machine = Document("my-data.json", "application/json", '{"answers": []}')

    def test_json_is_a_link_where_there_is_one(self) -> None:
        bubbles = render([say("สำเนา", documents=(self.readable, self.machine))], LINK)
        assert texts(bubbles) == ["สำเนา", "คำตอบ ๑ ข้อ", f"my-data.json\n{LINK}"]

    def test_json_is_text_where_there_is_none(self) -> None:
        bubbles = render([say("สำเนา", documents=(self.readable, self.machine))])
        assert texts(bubbles) == ["สำเนา", "คำตอบ ๑ ข้อ", '{"answers": []}']

    def test_what_is_too_long_for_five_bubbles_is_a_link_as_well(self) -> None:
        long = Document("ข้อมูลของฉัน.txt", "text/plain", "ข้อเสนอ " * 5000)
        bubbles = render([say("สำเนา", documents=(long, self.machine))], LINK)
        assert texts(bubbles) == ["สำเนา", f"ข้อมูลของฉัน.txt\nmy-data.json\n{LINK}"]

    def test_without_a_link_it_is_refused_rather_than_cut(self) -> None:
        long = Document("ข้อมูลของฉัน.txt", "text/plain", "ข้อเสนอ " * 5000)
        with pytest.raises(ValueError, match="LINE takes 5"):
            render([say("สำเนา", documents=(long,))])


class TestLimits:
    def test_a_cut_never_parts_a_letter_from_its_marks(self) -> None:
        bubbles = render([say("ก" + "น้ำ" * 4000)])
        assert len(bubbles) == 3
        for text in texts(bubbles):
            assert text[0] not in "้ำ"
            assert rules.units(text) <= 5000

    def test_a_letter_longer_than_a_bubble_is_cut_all_the_same(self) -> None:
        assert_line_takes(render([say("ก" + "\u0e49" * 7000)]))

    def test_emoji_count_twice(self) -> None:
        assert [rules.units(text) for text in texts(render([say("👍" * 2501)]))] == [5000, 2]

    def test_a_line_end_is_preferred_to_cut_at(self) -> None:
        assert texts(render([say("ก" * 4000, "ข" * 4000)])) == ["ก" * 4000, "ข" * 4000]

    def test_many_options_keep_the_alternative_text_short(self) -> None:
        options = tuple(Button(f"{'ก' * 17}{n:03}", f"1:choose:{n}") for n in range(70))
        assert rules.units(render([say("เลือก", options=options)])[1]["altText"]) <= 1500

    @pytest.mark.parametrize(
        ("message", "said"),
        [
            (say("ก", options=(Button("ก" * 41, "1:a"),)), "takes 40"),
            (say("ก", options=(Button(" ", "1:a"),)), "blank"),
            (say("ก", options=(Button("ก", "x" * 301),)), "1 to 300"),
            (say("ก", options=(Button("ก", ""),)), "1 to 300"),
            (say("ก", exits=(Button("ก" * 21, "1:a"),)), "takes 20"),
            (say("ก", exits=tuple(Button(f"ก{n}", f"1:{n}") for n in range(14))), "takes 13"),
            (say("ก", options=tuple(Button("ก", f"1:{n}") for n in range(200))), "takes 30000"),
            (say(" ", exits=(Button("ก", "1:a"),)), "nothing to hang them on"),
        ],
        ids=[
            "label too long",
            "label blank",
            "token too long",
            "no token",
            "exit too long",
            "too many exits",
            "too big",
            "exits alone",
        ],
    )
    def test_what_cannot_be_shown_is_refused(self, message: Message, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            render([message])

    def test_a_turn_of_three_questions_is_refused(self) -> None:
        question = say("ก", options=(Button("ก", "1:a"),))
        with pytest.raises(ValueError, match="6 bubbles"):
            render([question] * 3)

    def test_a_label_of_twenty_letters_with_marks_fits_with_its_number(self) -> None:
        options = (Button("ที่" * 20, "1:a"), Button("น้ำ" * 20, "1:b", chosen=True))
        assert_line_takes(render([say("ก", options=options, numbered=True)]))
