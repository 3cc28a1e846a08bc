"""`migrate`, `rotate-keys`, `connect`, `doctor`: what an operator does beside serving."""

from collections.abc import Mapping

from bot import settings
from bot.app import content_folder
from bot.channels.line import setup as line
from bot.channels.telegram import setup as telegram
from bot.dialogue import Verb
from bot.errors import ContentError, SchemaError, SettingsError, StoreError
from bot.library import Library, admit
from bot.menus import load_menus
from bot.platforms import secret
from bot.runtime.clock import SystemClock, require_time
from bot.runtime.keys import require_masters, rotate
from bot.runtime.promises import check_promises
from bot.runtime.trail import OPERATOR, Trail
from bot.secretariat.tables import load_words
from bot.settings import Settings
from bot.store import Store

#: The library's label for each verb of LINE's rich menu.
_MENU_LABELS: Mapping[Verb, str] = {
    Verb.TOPICS: "topics",
    Verb.SUGGEST: "suggest",
    Verb.MY_DATA: "my_data",
    Verb.SKIP: "skip",
    Verb.BACK: "back",
    Verb.STOP: "stop",
}


async def migrate() -> None:
    """Bring the database to the schema of this program.

    Raises StoreError when it cannot be reached or is newer than this program.
    """
    store = await Store.open(settings.load().database_url)
    try:
        await store.migrate()
    finally:
        await store.close()
    print("The database is up to date.")


async def rotate_keys() -> bool:
    """Re-wrap every data key with MASTER_KEY, and say how many; whether any is left under another key.

    Safe to interrupt and to run again, while the bot serves. Raises SettingsError when a key is none,
    StoreError when the database cannot be used.
    """
    chosen = settings.load()
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        done = await rotate(store.keys, chosen.master_keys())
        trail = Trail(store.audit, chosen.key(), SystemClock())
        await trail.note(OPERATOR, "rotate-keys", rewrapped=done.rewrapped, left=done.left)
    finally:
        await store.close()
    print(f"{done.rewrapped} data keys were re-wrapped.")
    if done.left:
        print(
            f"{done.left} are still under another master key. If it is not set, put it in MASTER_KEY_OLD; if"
            " a process still serves with older settings, restart it. Then run this again."
        )
    else:
        print("None is left under another master key: MASTER_KEY_OLD may go.")
    return bool(done.left)


async def connect(*, remove: bool) -> None:
    """Register what the platforms must know, and say what was done.

    Raises SettingsError when nothing is configured, or a platform refuses or cannot be reached.
    """
    chosen = settings.load()
    if remove:
        await _disconnect(chosen)
        return
    chosen.require()
    if chosen.public_url is None:
        raise SettingsError("Set PUBLIC_URL to the https address under which the platforms reach this bot.")
    if not chosen.line and not chosen.telegram:
        raise SettingsError("Set LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, or TELEGRAM_BOT_TOKEN.")
    library, menus = admit(chosen.content_dir), load_menus(content_folder(chosen) / "menus.yaml")
    if chosen.line:
        done = await line.connect(
            access_token=secret(chosen.line_channel_access_token),
            api_base=chosen.line_api_base,
            data_api_base=chosen.line_data_api_base,
            webhook_url=_webhook(chosen, "line"),
            labels=_labels(library),
            bar=menus.line_bar,
        )
        print(*done, sep="\n")
    if chosen.telegram:
        done = await telegram.connect(
            token=secret(chosen.telegram_bot_token),
            api_base=chosen.telegram_api_base,
            webhook_url=_webhook(chosen, "telegram"),
            secret=_webhook_secret(chosen),
            commands=menus.telegram_commands,
        )
        print(*done, sep="\n")


async def _disconnect(chosen: Settings) -> None:
    if not chosen.telegram:
        raise SettingsError("Set TELEGRAM_BOT_TOKEN: without it no webhook can be removed.")
    done = await telegram.disconnect(
        token=secret(chosen.telegram_bot_token), api_base=chosen.telegram_api_base
    )
    print(*done, sep="\n")


async def doctor() -> bool:
    """Print what is missing or wrong; whether anything is."""
    chosen = settings.load()
    library, found = _content_faults(chosen)
    found = [*chosen.faults(), *found, *await _store_faults(chosen, library)]
    if chosen.line:
        found += await line.diagnose(
            access_token=secret(chosen.line_channel_access_token),
            api_base=chosen.line_api_base,
            webhook_url=_webhook(chosen, "line"),
        )
    if chosen.telegram:
        found += await telegram.diagnose(
            token=secret(chosen.telegram_bot_token),
            api_base=chosen.telegram_api_base,
            webhook_url=_webhook(chosen, "telegram"),
        )
    print(*(found or ["Nothing is wrong."]), sep="\n")
    for name, on in (("LINE", chosen.line), ("Telegram", chosen.telegram)):
        if not on:
            print(f"{name} is off: it is not configured.")
    return bool(found)


def _content_faults(chosen: Settings) -> tuple[Library | None, list[str]]:
    """What may be said, None when nothing may, and what is wrong with it."""
    library = None
    try:
        library = admit(chosen.content_dir)
        load_menus(content_folder(chosen) / "menus.yaml")
        load_words(content_folder(chosen) / "tables.yaml")
    except ContentError as error:
        return library, [str(fault) for fault in error.faults]
    return library, []


async def _store_faults(chosen: Settings, library: Library | None) -> list[str]:
    """A local run brings its database up to date when it starts: there an old or empty one is no fault."""
    try:
        store = await Store.open(chosen.database_url)
        try:
            await store.check()
            await require_time(store.processes, SystemClock())
            if not chosen.faults():
                await require_masters(store, chosen.master_keys())
            if library:
                await check_promises(store, library.draft)
        finally:
            await store.close()
    except SchemaError as error:
        return [] if chosen.local else [str(error)]
    except (SettingsError, StoreError) as error:
        return [str(error)]
    return []


def _labels(library: Library) -> dict[Verb, str]:
    return {verb: library.labels[label] for verb, label in _MENU_LABELS.items()}


def _webhook(chosen: Settings, channel: str) -> str:
    """Where a platform sends its events; "" on a local run, which it cannot reach."""
    return f"{chosen.public_url}/{channel}/webhook" if chosen.public_url else ""


def _webhook_secret(chosen: Settings) -> str:
    if chosen.telegram_webhook_secret is None:
        raise SettingsError("Set TELEGRAM_WEBHOOK_SECRET: `openssl rand -hex 32` makes one.")
    return secret(chosen.telegram_webhook_secret)
