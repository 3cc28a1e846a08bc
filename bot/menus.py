"""content/menus.yaml: the words that `connect` registers with the platforms, read and checked."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from bot.errors import ContentError, Fault
from bot.library.yaml_source import read

#: PLATFORMS.md: chatBarText of a LINE rich menu; name and description of a Telegram command.
_Bar = Annotated[str, StringConstraints(min_length=1, max_length=14)]
_Command = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
_Description = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Menus(BaseModel):
    """The bar of LINE's rich menu, and for each language what each command of Telegram's menu is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    line_bar: _Bar
    telegram_commands: dict[str, dict[_Command, _Description]] = Field(min_length=1)


_SCHEMA: TypeAdapter[Menus] = TypeAdapter(Menus)


def load_menus(file: Path) -> Menus:
    """Read the file. Raises ContentError with every fault found."""
    faults: list[Fault] = []
    menus = read(file, _SCHEMA, faults).value
    if faults or menus is None:
        raise ContentError(faults)
    return menus
