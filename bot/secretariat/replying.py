"""An official reply to a suggestion, from its wording to the letter.

One rule: a reply passes the same gate as everything else that is said; what blocks it is shown to its
author, and nothing is sent.
"""

import secrets
from collections.abc import Callable, Collection
from hashlib import sha256

from msgspec import Struct

from bot.dialogue import Action, Button, Message, MessageType, Verb
from bot.language.wording import Finding, Rules, Said
from bot.language.words import clean, length
from bot.library import Library
from bot.library.gate import passes
from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.store import Store
from bot.store.replying import Reply

#: Grapheme clusters of a reply: as many as of a suggestion (WORDING.md 6 B), so that both fit one message.
LIMIT = 1_000


class Refused(Struct, frozen=True):
    """A reply that was not sent: what blocks it, or `length` when it is empty or over LIMIT."""

    findings: tuple[Finding, ...] = ()
    length: int = 0


class Gone(Struct, frozen=True):
    """There is no such suggestion any more."""


class Replying(Struct, frozen=True):
    """Replies in the name of the office.

    `pulling` names the channels whose people fetch their messages. `written` is called once a letter
    lies in the outbox: whoever sends letters sleeps until then.
    """

    store: Store
    library: Library
    rules: Rules
    trail: Trail
    clock: Clock
    pulling: Collection[str]
    written: Callable[[], None]

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What blocks a reply with this text."""
        lines = tuple(line.strip() for line in text.splitlines() if line.strip())
        return passes(Said(type=MessageType.REPORT, lines=lines), self.rules)

    async def send(self, receipt: str, text: str, author: str, once: str = "") -> Reply | Refused | Gone:
        """Reply to the suggestion `receipt` as `author`, and write to the person who asked to be told.

        `once` is drawn for every form: the same words from the same form are one reply, however often
        its button is pressed.
        """
        said = clean(text).strip()
        size = length(said)
        if not 0 < size <= LIMIT:
            return Refused(length=size)
        if findings := self.findings(said):
            return Refused(findings)
        drawn = sha256(f"{once}\n{receipt}\n{said}".encode()).hexdigest() if once else secrets.token_hex(8)
        reply = Reply(id=drawn[:16], receipt=receipt, text=said, author=author, at=self.clock.now())
        kept = await self.store.replies.add(reply, (self._letter(reply),), self.pulling)
        if kept is None:
            return Gone()
        await self.trail.note(author, "reply", kept.id, told=kept.told)
        if kept.told:
            self.written()
        return kept

    def preview(self, receipt: str, text: str, *, tell: bool) -> Message:
        """The reply as its person will read it: in a letter if they asked for one, else when they ask."""
        if tell:
            now = self.clock.now()
            return self._letter(Reply(id="", receipt=receipt, text=clean(text).strip(), author="", at=now))
        phrase = self.library.phrases["suggestion_reply"]
        lines = tuple(line.format(reply=clean(text).strip()) for line in phrase.lines)
        return Message(type=phrase.type, lines=lines)

    def _letter(self, reply: Reply) -> Message:
        phrase, labels = self.library.phrases["reply_news"], self.library.labels
        lines = tuple(line.format(receipt=reply.receipt, reply=reply.text) for line in phrase.lines)
        return Message(
            type=phrase.type,
            lines=lines,
            options=(
                Button(labels["status"], Action(Verb.STATUS, (reply.receipt,)).token()),
                Button(labels["tell_off"], Action(Verb.TELL, (reply.receipt, "off")).token()),
            ),
            exits=(
                Button(labels["my_data"], Action(Verb.MY_DATA).token()),
                Button(labels["stop"], Action(Verb.STOP).token()),
            ),
            id=f"reply:{reply.id}/m0",
        )
