"""What a handler is given, and the few moves every handler makes.

A handler takes a `Scene` and returns a `Turn`. It never looks at a clock, a disk or a network: the
time is `event.at`, ids come from `event.id`, and the words come from the library.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import (
    Action,
    Button,
    Document,
    Event,
    Expects,
    HeldText,
    Message,
    Participant,
    Place,
    Purpose,
    Turn,
    Verb,
)
from bot.language.calendar import BANGKOK
from bot.library import Clause, Library

#: The longest typed answer or suggestion, in grapheme clusters (WORDING.md 6 B).
TEXT_LIMIT: Final = 1_000

#: Letters and digits that are not mistaken for one another when read aloud or typed back.
_RECEIPT_ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
_RECEIPT_LENGTH: Final = 7


class Scene(Struct, frozen=True):
    """One event, whose it is, and all that may be said.

    `person.expects` is already empty: a handler that wants text next says so again. `expects` is what
    the person's text would have meant until now, `held` a text of theirs that waits for their word.
    """

    person: Participant
    event: Event
    library: Library
    expects: Expects = Expects()
    held: HeldText | None = None

    # Words

    def label(self, name: str, **slots: object) -> str:
        """A button label."""
        return self.library.labels[name].format(**slots)

    def lines(self, phrase: str, **slots: object) -> tuple[str, ...]:
        """The lines of a phrase with its slots filled."""
        return tuple(line.format(**slots) for line in self.library.phrases[phrase].lines)

    def say(
        self,
        phrase: str,
        *,
        options: tuple[Button, ...] = (),
        exits: tuple[Button, ...] = (),
        numbered: bool = False,
        **slots: object,
    ) -> Message:
        """A message that is one phrase."""
        return Message(
            type=self.library.phrases[phrase].type,
            lines=self.lines(phrase, **slots),
            options=options,
            exits=exits,
            numbered=numbered,
        )

    def button(self, name: str, verb: Verb, *args: str, **slots: object) -> Button:
        """A button with a label of the library."""
        return button(self.label(name, **slots), verb, *args)

    # Buttons that stand in many places

    @property
    def stop(self) -> Button:
        """The way out that is everywhere."""
        return self.button("stop", Verb.STOP)

    @property
    def to_menu(self) -> Button:
        """The way back to the beginning."""
        return self.button("menu", Verb.MENU)

    @property
    def my_data(self) -> Button:
        """The way to one's own data."""
        return self.button("my_data", Verb.MY_DATA)

    # What is so

    @property
    def closed(self) -> bool:
        """Whether the last day of answers is over, by Thailand's calendar."""
        closes = self.library.draft.closes
        return closes is not None and self.event.at.astimezone(BANGKOK).date() > closes

    @property
    def late(self) -> bool:
        """Whether the person did something newer that we already know of."""
        acted = self.person.acted_at
        return not self.event.in_order and acted is not None and self.event.at < acted

    def clause(self, id_: str) -> Clause | None:
        """A clause by id."""
        return self.library.clauses.get(id_)

    def consents(self, purpose: Purpose) -> bool | None:
        """The newest word on a purpose under the present notice; None when it was not asked yet."""
        for consent in self.person.consents:
            if consent.purpose is purpose and (not consent.given or consent.notice == self.library.notice):
                return consent.given
        return None

    @property
    def may_type(self) -> bool | None:
        """Whether typed text may be kept: None until both questions before typing are answered."""
        if self.person.adult is False:
            return False
        consent = self.consents(Purpose.TYPED_TEXT)
        return consent if consent is False or self.person.adult else None

    # What follows

    def new_id(self, n: int = 0) -> str:
        """The id of the nth record this event makes."""
        return f"{self.event.id}/r{n}"

    def receipt(self, letter: str) -> str:
        """A receipt number, derived from the event so that a redelivery gives the same.

        It does not count: a running number would tell everyone how many others took part.
        """
        return receipt_number(letter, int.from_bytes(sha256(self.event.id.encode()).digest()[:8], "big"))

    def turn(self, *messages: Message, **changes: Any) -> Turn:
        """Say this; `changes` are fields of the participant."""
        return Turn(participant=replace(self.person, **changes), messages=messages)

    def slip(self, *messages: Message) -> Turn:
        """Say this and go on expecting what was expected: nothing else happened."""
        return self.turn(*messages, expects=self.expects, held=self.held)


def receipt_number(letter: str, number: int) -> str:
    """A receipt number made from any number of at least 34 bits, which a person can read aloud."""
    digits = []
    for _ in range(_RECEIPT_LENGTH):
        number, digit = divmod(number, len(_RECEIPT_ALPHABET))
        digits.append(_RECEIPT_ALPHABET[digit])
    return f"{letter}-{''.join(digits)}"


@lru_cache(4096)  # nearly every button was made before: a turn makes twenty of them
def button(label: str, verb: Verb, *args: str, chosen: bool = False) -> Button:
    """A button with a label of its own (an option, a clause)."""
    return Button(label, Action(verb, args).token(), chosen)


def with_documents(message: Message, *documents: Document) -> Message:
    """The message with files to take along."""
    return replace(message, documents=documents)


def marked(message: Message) -> Message:
    """The message as a new face of the one whose button was pressed, where a channel can edit."""
    return replace(message, place=Place.MARK)
