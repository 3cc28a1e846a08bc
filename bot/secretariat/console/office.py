"""What the pages of the console work with."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bot.language.wording import Rules
from bot.library import Library
from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.secretariat.console.credentials import Codes
from bot.secretariat.replying import Replying
from bot.secretariat.wording.previewing import Preview
from bot.store import Store


class Office(Struct, frozen=True, kw_only=True):
    """One office. `content` is the folder of what may be said, `replying` writes to people in its name.

    `previews` render messages as the platforms are sent them, by the platform's name.
    """

    store: Store
    library: Library
    rules: Rules
    content: Path
    trail: Trail
    clock: Clock
    codes: Codes
    replying: Replying
    previews: Mapping[str, Preview] = {}
