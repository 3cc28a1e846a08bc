"""What the draft says about anonymity, held against what people who answered were promised.

One rule: whoever answered was told a number, so nothing starts with a worse one.
"""

from collections.abc import Callable, Mapping
from operator import gt, lt
from typing import Final

from bot.errors import SettingsError
from bot.language.calendar import BANGKOK
from bot.library import Draft
from bot.runtime.clock import Clock
from bot.store import Promise, Store

#: When another number of `Anonymity` is the looser one, and how to say what may be done.
_LOOSER: Final[Mapping[str, tuple[Callable[[int, int], bool], str]]] = {
    "smallest": (lt, "or more"),
    "linked_days": (gt, "or less"),
}


async def keep_promises(store: Store, draft: Draft, clock: Clock) -> None:
    """Promise what the draft says. Raises SettingsError when somebody was promised better."""
    _refuse(await store.promises.keep(_stated(draft), _looser, clock.now()), draft)


async def check_promises(store: Store, draft: Draft) -> None:
    """Raises SettingsError when somebody was promised better than the draft says; promises nothing."""
    _refuse(await store.promises.broken(_stated(draft), _looser), draft)


def _stated(draft: Draft) -> dict[str, int]:
    return {name: getattr(draft.anonymity, name) for name in _LOOSER}


def _looser(name: str, promised: int, stated: int) -> bool:
    return _LOOSER[name][0](stated, promised)


def _refuse(broken: list[Promise], draft: Draft) -> None:
    if broken:
        told = "\n".join(f"  {_told(promise, draft)}" for promise in broken)
        raise SettingsError(f"People have answered who were promised better than draft.yaml says:\n{told}")


def _told(promise: Promise, draft: Draft) -> str:
    stated = getattr(draft.anonymity, promise.name)
    since = promise.at.astimezone(BANGKOK).date()
    return (
        f"anonymity.{promise.name} is {stated}; since {since} the promise is {promise.value}. It may only be"
        f" made stricter: write {promise.value} {_LOOSER[promise.name][1]} in the draft.yaml of {draft.slug}."
    )
