"""The page, the same for everybody, so made once, at start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE: Final = Path(__file__).parent
#: Its styles, scripts and fonts.
STATIC: Final = HERE / "static"


def render_page(words: Mapping[str, str], version: str, settings: Mapping[str, object]) -> str:
    """The page. `version` is that of the assets; `settings` is what its script needs to know."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A relative path works under "/" and "/chat", and behind a proxy that adds a prefix.
    assets = f"chat/static/{version}"
    return templates.get_template("chat.html").render(words=words, assets=assets, settings=settings)
