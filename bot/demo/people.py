"""Who the demo people are and what they came for, drawn from a seed.

One rule: everybody is drawn from the seed and their number alone, so that the same seed gives the same
people, however many others there are.
"""

import base64
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from random import Random
from typing import Final, TypeVar

from msgspec import Struct

from bot.dialogue import Capacity, Group
from bot.language.calendar import BANGKOK
from bot.library import Library

T = TypeVar("T")

#: How many of a hundred: a mix made up to show every group and channel, and of nowhere.
_GROUPS: Final = {
    Group.CITIZEN: 44,
    Group.BUSINESS: 24,
    Group.CIVIL_SOCIETY: 15,
    Group.OFFICIAL: 9,
    Group.UNDECLARED: 8,
}
_CHANNELS: Final = {"line": 52, "telegram": 16, "web": 32}
_CAPACITIES: Final = {Capacity.ORGANISATION: 45, Capacity.PERSONAL: 45, Capacity.UNDECLARED: 10}

#: How many weeks back they came, and how many of a hundred at each hour from midnight, Thailand's time.
WEEKS: Final = 4
_HOURS: Final = (1, 0, 0, 0, 0, 1, 2, 4, 6, 7, 6, 5, 8, 6, 5, 5, 5, 5, 6, 8, 9, 7, 3, 1)


class Aim(StrEnum):
    """What somebody came for."""

    ANSWER = "answer"
    READ = "read"
    ASK = "ask"
    SUGGEST = "suggest"
    WITHDRAW = "withdraw"
    RESTRICT = "restrict"
    ERASE = "erase"


#: How likely somebody comes to use a right in the end.
_RIGHTS: Final = {Aim.WITHDRAW: 0.03, Aim.RESTRICT: 0.015, Aim.ERASE: 0.03}

#: What nobody does more things than.
_MOST: Final = 90


class Goal(Struct, frozen=True):
    """An aim, and the clause it is about where it is about one."""

    aim: Aim
    clause: str = ""


class DemoPerson(Struct, frozen=True, kw_only=True):
    """Somebody made up.

    `sender` is their id on their channel. `writes`, `skips` and `unsure` are how likely they type where they
    may, pass a question over, or do not know; `patience` is how many things they do before they leave.
    """

    number: int
    channel: str
    sender: str
    group: Group
    capacity: Capacity
    adult: bool
    tell: bool
    begins: datetime
    goals: tuple[Goal, ...]
    patience: int
    writes: float
    skips: float
    unsure: float


def invented(seed: int, count: int, library: Library, now: datetime) -> Iterator[DemoPerson]:
    """The first `count` people of this seed, in the WEEKS before `now` or before the last day of answers."""
    today = now.astimezone(BANGKOK).date()
    midnight = datetime.combine(min(today, library.draft.closes or today), time(), BANGKOK)
    for number in range(count):
        chance = Random(f"{seed}/{number}")  # noqa: S311 - made to be repeated
        yield _person(number, seed, chance, library, midnight)


def _person(number: int, seed: int, chance: Random, library: Library, midnight: datetime) -> DemoPerson:
    channel = _drawn(_CHANNELS, chance)
    group = _drawn(_GROUPS, chance)
    # Nobody came today or yesterday: what some do a day later has happened too.
    goals = _goals(group, chance, library)
    # Whoever comes to use a right is not kept from it by having had enough.
    rights = goals[-1].aim in _RIGHTS
    day = midnight - timedelta(days=chance.randint(2, 7 * WEEKS))
    (hour,) = chance.choices(range(24), _HOURS)
    return DemoPerson(
        number=number,
        channel=channel,
        sender=_sender(channel, f"{seed}/{number}"),
        group=group,
        capacity=_drawn(_CAPACITIES, chance),
        adult=chance.random() < 0.94,
        tell=chance.random() < 0.4,
        begins=day + timedelta(hours=hour, seconds=chance.randrange(3600)),
        goals=goals,
        patience=_MOST if rights else min(_MOST, 5 + int(chance.expovariate(1 / 26))),
        writes=chance.choice((0.0, 0.3, 0.6, 0.8)),
        skips=chance.choice((0.02, 0.05, 0.2)),
        unsure=chance.choice((0.02, 0.06, 0.15)),
    )


def _goals(group: Group, chance: Random, library: Library) -> tuple[Goal, ...]:
    featured = library.path(group).featured
    names = list(library.clauses)
    weights = [4 if name in featured else 1 for name in names]
    answered = dict.fromkeys(chance.choices(names, weights, k=chance.randint(1, 4)))
    goals = [Goal(Aim.ANSWER, name) for name in answered]
    for aim, likely in ((Aim.READ, 0.2), (Aim.ASK, 0.12)):
        if chance.random() < likely:
            goals.insert(0, Goal(aim, chance.choices(names, weights)[0]))
    if chance.random() < 0.35:
        at = chance.randint(0, len(goals))
        goals.insert(at, Goal(Aim.SUGGEST, chance.choices([*names, ""], [*weights, 2])[0]))
    goals += [Goal(aim) for aim, likely in _RIGHTS.items() if chance.random() < likely]
    return tuple(goals)


def _drawn(of_a_hundred: dict[T, int], chance: Random) -> T:
    return chance.choices(list(of_a_hundred), list(of_a_hundred.values()))[0]


def _sender(channel: str, name: str) -> str:
    """An id in the form of its channel: a LINE user id, a Telegram number, a session of the web page."""
    digest = sha256(f"demo {name}".encode()).digest()
    match channel:
        case "line":
            return f"U{digest.hex()[:32]}"
        case "telegram":
            return str(int.from_bytes(digest[:5], "big"))
        case _:
            return base64.urlsafe_b64encode(digest).decode().rstrip("=")
