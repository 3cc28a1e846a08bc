"""What a demo person does next, from what they were last told.

One rule: they press buttons they were given and type where they were asked to, or the words anybody may type;
so whatever the conversation changes, they follow.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Final, NamedTuple

from bot.demo.leanings import Leanings
from bot.demo.people import Aim, DemoPerson, Goal
from bot.demo.texts import Texts
from bot.dialogue import (
    Action,
    Body,
    Button,
    ForAnswer,
    ForOrganisation,
    ForSuggestion,
    Message,
    Opened,
    Place,
    Pressed,
    TextFor,
    Typed,
    Verb,
)
from bot.library import Library, Option, Question, Role

#: How likely somebody types a button's label rather than pressing it, looks at what lies beside a question,
#: answers what they did not come for, and says that they stop instead of just leaving.
_BY_HAND: Final = 0.05
_CURIOUS: Final = 0.12
_PATIENT: Final = 0.5
_POLITE: Final = 0.4

#: The choices of one answer to a question with several.
_SEVERAL: Final = 3


class Told(NamedTuple):
    """What somebody was told last: the messages, and what they were asked to type, None for nothing."""

    messages: Sequence[Message]
    wanted: TextFor | None


class _Offer(NamedTuple):
    """A button and what it means."""

    button: Button
    action: Action


class Actor:
    """One person in the midst of a conversation; `at` is when they did the last thing."""

    def __init__(
        self, person: DemoPerson, seed: int, library: Library, texts: Texts, leanings: Leanings
    ) -> None:
        self.person = person
        self.at = person.begins
        self.acts = 0
        self._library = library
        self._texts = texts
        self._leanings = leanings
        self._chance = Random(f"{seed}/{person.number}/talk")  # noqa: S311 - made to be repeated
        self._goals = deque(person.goals)
        self._begun = False
        self._stopped = False
        self._picking: dict[str, frozenset[str]] = {}
        self._offers: list[_Offer] = []

    def act(self, told: Told | None) -> Body | None:
        """What they do; None when they leave. `told` is None before the first thing, or after a fault."""
        if self.acts == 0:
            body: Body | None = Opened()
        elif told is None or self.acts >= self.person.patience:
            body = None
        else:
            self._offers = _offers(told.messages)
            body = self._write(told.wanted) or self._react() or self._pursue() or self._leave()
        if body is not None:
            self.acts += 1
            slow = 90 if isinstance(body, Typed) else 25
            self.at += timedelta(seconds=3 + self._chance.expovariate(1 / slow))
        return body

    # What they were asked

    def _write(self, wanted: TextFor | None) -> Body | None:
        group = self.person.group.value
        match wanted:
            case ForSuggestion(clause=clause):
                return Typed(self._texts.suggestion(clause, group, self._chance))
            case ForOrganisation():
                return Typed(self._texts.organisation(group, self._chance))
            case ForAnswer(question=question) if self._is_asked(question):
                if self._chance.random() < self.person.writes:
                    return Typed(self._texts.answer(question, group, self._chance))
        return None

    def _is_asked(self, question: str) -> bool:
        """Whether this is what they look at, and not what was asked before something shown beside it."""
        if self._library.questions[question].kind == "open":
            return any(offer.action.verb is Verb.CHOOSE for offer in self._offers)
        return not self._of(Verb.QUESTION) and bool(self._of(Verb.NEXT))

    def _react(self) -> Body | None:
        """What a question put to them makes them do; None when nothing is asked."""
        goal = self._goals[0] if self._goals else None
        reactions: tuple[Callable[[], Body | None], ...] = (
            lambda: (
                self._press(Verb.ERASE_NOW, self._last(Verb.ERASE_NOW, 0)) if _is(goal, Aim.ERASE) else None
            ),
            lambda: self._press(Verb.HELD, "remove") or self._press(Verb.HELD, "drop"),
            lambda: self._press(Verb.GROUP, self.person.group.value),
            lambda: self._press(Verb.CAPACITY, self.person.capacity.value),
            lambda: self._press(Verb.AGE, "yes" if self.person.adult else "no"),
            lambda: self._press(Verb.CONSENT, "yes" if self._consents() else "no"),
            lambda: self._press(Verb.SEND),
            lambda: self._press_at(Verb.NAMING, 1, self._chance.choice(("show", "hide"))),
            lambda: self._press_at(Verb.TELL, 1, "on") if self.person.tell else None,
            self._pick,
            self._choose,
        )
        return next((body for reaction in reactions if (body := reaction())), None)

    def _consents(self) -> bool:
        return self.person.writes > 0 or _is(self._goals[0] if self._goals else None, Aim.SUGGEST)

    def _pick(self) -> Body | None:
        """One more choice of a question with several, or sending them."""
        offers = self._of(Verb.TOGGLE)
        if not offers:
            return None
        question = self._library.questions[offers[0].action.args[0]]
        if question.id not in self._picking:
            way_out = self._way_out(question)
            if way_out is not None:
                return self._press_at(Verb.CHOOSE, 2, way_out)
            self._picking[question.id] = self._drawn_several(question)
        for offer in offers:
            if offer.action.args[2] in self._picking[question.id] and not offer.button.chosen:
                return self._pressed(offer)
        return self._press(Verb.SUBMIT)

    def _choose(self) -> Body | None:
        offers = self._of(Verb.CHOOSE)
        if not offers:
            return None
        question = self._library.questions[offers[0].action.args[0]]
        if self._chance.random() < _CURIOUS and (aside := self._look_aside()):
            return aside
        substantive = self._leanings.weights(question, self.person.group.value)
        chosen = self._way_out(question)
        if chosen is None and substantive:
            (chosen,) = self._chance.choices(list(substantive), list(substantive.values()))
        # A question to be typed, of somebody who does not: any way past it.
        return self._press_at(Verb.CHOOSE, 2, chosen or "") or self._pressed(self._chance.choice(offers))

    def _way_out(self, question: Question) -> str | None:
        """The option of somebody who skips, does not know, or whom it does not concern."""
        by_role = {option.role: option.id for option in question.options}
        for role, likely in (
            (Role.SKIP, self.person.skips),
            (Role.DONT_KNOW, self.person.unsure),
            (Role.NOT_APPLICABLE, 0.1),
        ):
            if role in by_role and self._chance.random() < likely:
                return by_role[role]
        return None

    def _drawn_several(self, question: Question) -> frozenset[str]:
        weights = self._leanings.weights(question, self.person.group.value)
        drawn = self._chance.choices(
            list(weights), list(weights.values()), k=self._chance.randint(1, _SEVERAL)
        )
        alone = [id_ for id_ in drawn if _option(question, id_).exclusive]
        return frozenset(alone[:1] or drawn)

    def _look_aside(self) -> Body | None:
        offers = self._of(Verb.WHY, Verb.ORIGINAL, Verb.TERMS)
        return self._pressed(self._chance.choice(offers)) if offers else None

    # What they came for

    def _pursue(self) -> Body | None:
        """The next step towards what they came for, one aim after another."""
        if back := self._of(Verb.QUESTION) if not self._of(Verb.NEXT, Verb.TOPICS) else []:
            return self._pressed(back[0])
        while self._goals:
            goal = self._goals[0]
            body = self._go_on(goal) if self._begun else self._set_out(goal)
            if body is not None:
                return body
            self._goals.popleft()
            self._begun = False
        return None

    def _set_out(self, goal: Goal) -> Body | None:
        if goal.aim in (Aim.ANSWER, Aim.READ):
            others = [offer for offer in self._of(Verb.NEXT) if offer.action.args]
            if goal.aim is Aim.ANSWER and others and self._chance.random() < _PATIENT:
                return self._pressed(others[0])
            return self._towards(goal, Verb.CLAUSE, Verb.TOPICS, "topics")
        if goal.aim is Aim.SUGGEST:
            return self._towards(goal, Verb.COMPOSE, Verb.SUGGEST, "suggest")
        self._begun = True
        if goal.aim is Aim.ASK:
            return Typed(self._chance.choice(self._texts.asides))
        self.at += timedelta(hours=self._chance.uniform(0.2, 20))  # they have slept on it
        return self._press(Verb(goal.aim.value)) or Typed(self._library.labels[goal.aim.value])

    def _towards(self, goal: Goal, target: Verb, pages: Verb, label: str) -> Body | None:
        """Press the clause where it is offered, else turn to another page of clauses, else ask for them."""
        wanted = goal.clause or "-"
        found = [offer for offer in self._of(target) if offer.action.args[0] == wanted]
        if found:
            self._begun = True
            return self._pressed(found[0])
        turned = self._of(pages)
        return self._pressed(turned[-1]) if turned else Typed(self._library.labels[label])

    def _go_on(self, goal: Goal) -> Body | None:
        match goal.aim:
            case Aim.ANSWER:
                return self._press(Verb.NEXT, goal.clause)
            case Aim.READ:
                return self._look_aside() if self._chance.random() < _PATIENT else None
            case Aim.WITHDRAW:
                given = [offer for offer in self._of(Verb.WITHDRAW) if offer.action.args]
                return self._pressed(given[0]) if given else None
            case _:
                return None

    def _leave(self) -> Body | None:
        if self._stopped or self._chance.random() > _POLITE:
            return None
        self._stopped = True
        return self._press(Verb.STOP)

    # Buttons

    def _of(self, *verbs: Verb) -> list[_Offer]:
        return [offer for offer in self._offers if offer.action.verb in verbs]

    def _last(self, verb: Verb, at: int) -> str:
        """The argument of such a button that is not a refusal, "" when there is none."""
        return next((o.action.args[at] for o in self._of(verb) if o.action.args[at] != "no"), "")

    def _press(self, verb: Verb, first: str | None = None) -> Body | None:
        """Press the button with this verb, and this first argument; None when it is not offered."""
        found = [o for o in self._of(verb) if first is None or o.action.args[:1] == (first,)]
        return self._pressed(found[0]) if found else None

    def _press_at(self, verb: Verb, at: int, value: str) -> Body | None:
        found = [o for o in self._of(verb) if o.action.args[at : at + 1] == (value,)]
        return self._pressed(found[0]) if found else None

    def _pressed(self, offer: _Offer) -> Body:
        alike = [other for other in self._offers if other.button.label == offer.button.label]
        if len(alike) == 1 and self._chance.random() < _BY_HAND:
            return Typed(offer.button.label)
        return Pressed(offer.button.token)


def _offers(messages: Sequence[Message]) -> list[_Offer]:
    """The buttons of what was said anew; those of an older message that only shows a choice are past."""
    return [
        _Offer(button, action)
        for message in messages
        if message.place is not Place.MARK
        for button in (*message.options, *message.exits)
        if (action := Action.parse(button.token))
    ]


def _option(question: Question, id_: str) -> Option:
    found = question.option(id_)
    if found is None:
        raise KeyError(id_)
    return found


def _is(goal: Goal | None, aim: Aim) -> bool:
    return goal is not None and goal.aim is aim
