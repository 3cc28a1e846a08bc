"""`demo`: made-up people who talk to the bot, to be looked at and erased again."""

import time
from typing import Final

from bot import settings
from bot.app import content_folder
from bot.demo import DemoIdentity, Simulation, invented, load_texts
from bot.errors import SettingsError
from bot.library import admit
from bot.runtime.clock import SystemClock
from bot.runtime.keys import require_masters
from bot.runtime.promises import check_promises
from bot.runtime.trail import OPERATOR, Trail
from bot.settings import Settings
from bot.store import Store
from bot.verbs.watching import watched

#: The most at once: erasing them is one transaction, in which PostgreSQL locks each of them (it has room for
#: some 6,400 locks as it is shipped) and for which a bot on the same SQLite file waits (5 s at most).
MOST: Final = 2_000


async def make(people: int, seed: int, *, among_people: bool) -> None:
    """Let that many demo people talk to the bot, and say how many there are and how they go again.

    The bot may serve meanwhile: each transaction is short, and others get their turn in between. Noted in
    the audit log before it begins, so that what is broken off is noted too. Raises SettingsError when it is
    refused, ContentError, StoreError.
    """
    if not 1 <= people <= MOST:
        raise SettingsError(f"--people is a number from 1 to {MOST:,}.")
    chosen, clock = settings.load(), SystemClock()
    library = admit(chosen.content_dir)
    texts = load_texts(content_folder(chosen) / "demo.yaml")
    identity = DemoIdentity(chosen.key(), library.draft.slug, chosen.master_keys())
    store = await _opened(chosen)
    try:
        await require_masters(store, identity.masters)
        await check_promises(store, library.draft)
        await _require_room(store, among_people=among_people)
        await Trail(store.audit, chosen.key(), clock).note(
            OPERATOR, "demo made", library.draft.slug, people=people, seed=seed
        )
        simulation = Simulation(store=store, library=library, identity=identity, clock=clock, texts=texts)
        begun, gone = time.monotonic(), 0
        with watched() as watch:

            def left() -> None:
                nonlocal gone
                gone += 1
                watch("people", gone, people)

            acts = await simulation.run(invented(seed, people, library, clock.now()), seed, left)
    finally:
        await store.close()
    took = time.monotonic() - begun
    print(
        f"{people} demo people did {acts:,} things with the bot, in {took:.0f} s. Nothing was sent to anyone."
    )
    print("The console, exports and the hearing report say that they are here.")
    print("To erase them: python -m bot demo --erase")


async def erase() -> None:
    """Erase every demo person with every trace, and say how many there were; real people stay as they are.

    Noted in the audit log. Raises StoreError when the database cannot be used; then all of them are there.
    """
    chosen = settings.load()
    store = await _opened(chosen)
    try:
        count = await store.demonstrations.remove()
        await Trail(store.audit, chosen.key(), SystemClock()).note(OPERATOR, "demo erased", people=count)
    finally:
        await store.close()
    print(f"{count} demo people were erased, with everything of theirs.")


async def _opened(chosen: Settings) -> Store:
    """The store; a local run may not have made it yet, as `serve` would."""
    store = await Store.open(chosen.database_url)
    try:
        await (store.migrate() if chosen.local else store.check())
    except BaseException:
        await store.close()
        raise
    return store


async def _require_room(store: Store, *, among_people: bool) -> None:
    if await store.demonstrations.present():
        raise SettingsError(
            "There are demo people here already. Erase them first: python -m bot demo --erase"
        )
    others = await store.demonstrations.others()
    if others and not among_people:
        raise SettingsError(
            f"{others} real people have taken part here, so nothing was made: until demo people are erased,"
            " every count, chart, export and report would mix them with what real people said. Use another"
            " DATABASE_URL, or say --among-people if that is what you want."
        )
