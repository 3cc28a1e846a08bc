"""One person talking to the bot, turn by turn, as the runtime would: state goes through JSON each time."""

from datetime import UTC, datetime, timedelta

import msgspec

from bot.channels.terminal.transcript import Press
from bot.dialogue import Body, Button, Event, Participant, Pressed, Turn
from bot.library import Library
from handlers import take_turn

#: When a transcript begins, unless told otherwise: a day with the questions open.
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Player:
    """A person, their clock, and every button they were ever shown."""

    def __init__(self, library: Library, channel: str = "terminal", person: str = "p-1") -> None:
        self.library = library
        self.person = Participant(id=person, channel=channel)
        self.now = START
        self.shown: list[tuple[Button, ...]] = []

    def wait(self, delta: timedelta) -> None:
        """Let time pass."""
        self.now += delta

    def play(self, step: Body | Press) -> Turn:
        """Do one thing and take what follows.

        Raises ValueError when a button is pressed that was never shown.
        """
        body = Pressed(self._token(step)) if isinstance(step, Press) else step
        self.now += timedelta(seconds=1)
        event = Event(
            f"{self.person.channel}:{self.person.id}-{len(self.shown) + 1}",
            self.now,
            self.person.channel,
            body,
        )
        turn = take_turn(self.person, event, self.library)
        self.shown.append(tuple(b for m in turn.messages for b in (*m.options, *m.exits)))
        self.person = msgspec.json.decode(msgspec.json.encode(turn.participant), type=Participant)
        return turn

    def _token(self, press: Press) -> str:
        turns = reversed(self.shown) if press.turn is None else [self.shown[press.turn - 1]]
        for buttons in turns:
            for button in buttons:
                if button.label == press.label:
                    return button.token
        raise ValueError(f"turn {len(self.shown) + 1}: no button was shown that says {press.label}")
