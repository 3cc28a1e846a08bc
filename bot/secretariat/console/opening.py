"""The console of an office, put together from its pages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bot.runtime.assets import Assets
from bot.secretariat.console.console import Console
from bot.secretariat.console.door import Door
from bot.secretariat.console.frame import HERE, Frame
from bot.secretariat.console.office import Office
from bot.secretariat.console.pages import PARTS
from bot.secretariat.console.provider import Provider, ProviderDoor
from bot.secretariat.console.signing_in import SigningIn
from bot.secretariat.console.words import WordPart

#: The pages of the menu, in its order; each is named by the word for it.
MENU: Final = (
    *("overview", "answers", "suggestions", "wording", "exports", "report"),
    *("operations", "audit", "people"),
)


def open_console(
    office: Office,
    words: Mapping[str, WordPart],
    fonts: Path,
    *,
    secure: bool,
    local: bool,
    provider: Provider | None = None,
) -> Console:
    """The console of an office. `fonts` is the folder that holds fonts/.

    `secure` says that it is reached by https, `local` that it is a run for oneself.
    `provider` is where people may sign in as well.
    """
    assets = Assets(HERE / "static", fonts)
    present = office.store.demonstrations.present
    frame = Frame(words, assets, secure=secure, example=office.library.seal.example, demo=present)
    signing_in = SigningIn(office.store.staff, office.codes, office.trail, office.clock)
    pages = [page for part in PARTS for page in part(office, frame)]
    named = {page.name: page for page in pages}
    frame.with_menu([named[name] for name in MENU if name in named])
    door = Door(frame, signing_in, secure=secure, local=local, provider=provider is not None)
    entrances = door.routes()
    if provider:
        entrances += ProviderDoor(provider, door, frame, signing_in).routes()
    return Console(frame, door, signing_in, assets, pages, entrances)
