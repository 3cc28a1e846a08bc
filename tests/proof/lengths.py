"""What one text costs, and that twice the length costs no more than about twice."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from bot.dialogue import Consent, Event, Expects, ForAnswer, ForSuggestion, Participant, Purpose, Typed
from bot.language.privacy import find
from bot.library import Library
from bot.runtime.channel import Incoming
from bot.runtime.edge import cleaned
from handlers import take_turn
from tests.proof.outcome import Figure, Size
from tests.proof.parts import library

#: What letters people type with, and what they do not: each alphabet is repeated to the length wanted.
ALPHABETS: Final = {
    "Thai": "นโยบายนี้ควรเพิ่มรถเมล์ในชนบทให้มากขึ้นครับ ",
    "Thai marks": "ก็่้๊๋์ํ",
    "one consonant": "ก",
    "one vowel": "เ",
    "digits": "1234567890",
    "Thai digits": "๑๒๓๔๕๖๗๘๙๐",
    "telephone numbers": "081-234-5678 ",
    "e-mails": "a.b@example.go.th ",
    "Latin": "the quick brown fox ",
    "spaces": " \t\n",
    "zero width": "\u200b\u200d\ufeff",
    "turned around": "\u202eabc\u202c",
    "emoji": "👨‍👩‍👧‍👦🇹🇭",
    "zalgo": "a" + "\u0301\u0316\u0489" * 8,
    "SARA AM": "\u0e4d\u0e48\u0e32",
    "brackets": "((((<<[[{{",
    "commas": ",.;:!?",
}


def lengths(size: Size) -> list[Figure]:
    """What one text costs: as a question, an answer and a suggestion, and searched for personal data whole."""
    words = library()
    worst, steepest, slowest = 0.0, 0.0, ""
    sizes = (1_250, 2_500, 5_000) if size is Size.LONG else (2_500, 5_000)
    ways = [*(_as_turn(person, words) for person in _writers(words)), lambda text: find(text, words.signs)]
    for name, alphabet in ALPHABETS.items():
        for way in ways:
            times = [_cost(way, _of_length(alphabet, n)) for n in sizes]
            if times[-1] > worst:
                worst, slowest = times[-1], name
            steepest = max([steepest, *(b / a for a, b in pairwise(times) if b > 0.004)])
    return [
        Figure("alphabets", len(ALPHABETS)),
        Figure.most("text path: time(2n) / time(n), worst", steepest, 2.5),
        Figure.most(f"text path: worst seconds at 5,000 characters ({slowest})", worst, 0.3),
    ]


def _writers(words: Library) -> list[Participant]:
    """Somebody who asks, and two of whom a text is expected and may be kept."""
    question = next(q for q in words.questions.values() if q.kind == "open")
    at = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    consents = tuple(
        Consent(id=f"c/{purpose}", purpose=purpose, given=True, notice=words.notice, at=at)
        for purpose in Purpose
    )
    awaited = (None, ForAnswer(question.id, question.version), ForSuggestion(words.draft.clauses[0].id))
    return [
        Participant(
            id="p",
            channel="line",
            adult=True,
            notice=words.notice,
            consents=consents,
            expects=Expects(text=text),
        )
        for text in awaited
    ]


def _as_turn(person: Participant, words: Library) -> Callable[[str], object]:
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

    def turn(text: str) -> object:
        event = cleaned(Incoming(Event("line:9", at, "line", Typed(text, "m")), "U"))
        assert isinstance(event, Incoming)
        return take_turn(person, event.event, words)

    return turn


def _cost(way: Callable[[str], object], text: str) -> float:
    """The least of three processor times, because others use the machine as well."""
    times = []
    for _ in range(3):
        began = time.process_time()
        way(text)
        times.append(time.process_time() - began)
    return min(times)


def _of_length(alphabet: str, length: int) -> str:
    return (alphabet * (length // len(alphabet) + 1))[:length]
