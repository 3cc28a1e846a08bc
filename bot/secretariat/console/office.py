"""What the pages of the console work with."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from bot.language.wording import Rules
from bot.library import Library
from bot.runtime.clock import Clock
from bot.runtime.operating import Operating
from bot.runtime.trail import Trail
from bot.secretariat.console.credentials import Codes
from bot.secretariat.console.making import Making
from bot.secretariat.replying import Replying
from bot.secretariat.wording.previewing import Preview
from bot.store import Store


class Office(Struct, frozen=True, kw_only=True):
    """One office. `content` is the folder of what may be said, `replying` writes to people in its name.

    `operating` decides of what was set aside. `previews` render messages as the platforms are sent them, by
    the platform's name. `disk` is the folder of the database, None where that is on a server; `line_pushes`
    is how many pushes a month LINE allows, None where nobody said. All pages that make files share `making`.
    """

    store: Store
    library: Library
    rules: Rules
    content: Path
    trail: Trail
    clock: Clock
    codes: Codes
    replying: Replying
    operating: Operating
    previews: Mapping[str, Preview] = {}
    disk: Path | None = None
    line_pushes: int | None = None
    making: Making = field(default_factory=Making)
