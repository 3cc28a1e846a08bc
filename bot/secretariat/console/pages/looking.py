"""What somebody looks for among the suggestions, as the address of the page says it.

One rule: what is not a choice of ours is no choice; nothing in an address can make the page fail.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from bot.dialogue import Group, SuggestionStatus
from bot.language.words import clean, clip
from bot.library import Library
from bot.store.inbox import Wanted

#: Suggestions on a page.
PAGE: Final = 25
#: Grapheme clusters of the words that are looked for.
_WORDS: Final = 100
#: Stands for "none" in an address: no clause in particular, no group told.
NONE: Final = "-"

CHANNELS: Final = ("line", "telegram", "web")
#: What of the inbox one may choose; a withdrawn suggestion is not there.
STATUSES: Final = (SuggestionStatus.RECEIVED, SuggestionStatus.CONSIDERING, SuggestionStatus.ANSWERED)


class Search(Struct, frozen=True, kw_only=True):
    """The choices: `chosen` as the form has them, `after` the receipt that the page goes on from."""

    chosen: dict[str, str]
    after: str
    choices: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, query: Mapping[str, str], library: Library) -> "Search":
        """The choices in a query; whatever is none of ours is left out."""
        choices = {
            "status": tuple(status.value for status in STATUSES),
            "clause": (*library.clauses, NONE),
            "group": (*(group.value for group in Group), NONE),
            "channel": CHANNELS,
        }
        chosen = {name: value for name, of in choices.items() if (value := query.get(name, "")) in of}
        for name in ("words", "tag"):
            if typed := clip(" ".join(clean(query.get(name, "")).split()), _WORDS):
                chosen[name] = typed
        if query.get("tell"):
            chosen["tell"] = "yes"
        return cls(chosen=chosen, after=clean(query.get("after", "")), choices=choices)

    @property
    def wanted(self) -> Wanted:
        """The choices as the store understands them."""
        chosen = {name: "" if value == NONE else value for name, value in self.chosen.items()}
        status = chosen.get("status")
        return Wanted(
            status=SuggestionStatus(status) if status else None,
            clause=chosen.get("clause"),
            group=chosen.get("group"),
            channel=chosen.get("channel"),
            tag=chosen.get("tag"),
            tell=True if "tell" in chosen else None,
            words=chosen.get("words", ""),
        )

    def query(self, after: str = "") -> str:
        """The choices as the end of an address, beginning with "?"; "" for none."""
        query = urlencode(self.chosen | ({"after": after} if after else {}))
        return f"?{query}" if query else ""
