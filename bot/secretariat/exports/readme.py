"""The README beside the files, in the office's words (content/exports/)."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from bot.language.calendar import buddhist
from bot.secretariat.exports.extract import Extract
from bot.store import Filters

NAME: Final = "README.txt"


def told_filters(extract: Extract) -> dict[str, str]:
    """What the filters ask for, by its words: moments in Buddhist years, "" where there is no value."""
    told: dict[str, str] = {}
    for name in Filters.__struct_fields__:
        match getattr(extract.filters, name):
            case None | False:
                continue
            case datetime() as moment:
                value = buddhist(moment)
            case True:
                value = ""
            case other:
                value = str(other)
        told[extract.words.filters[name]] = value
    return told


def write_readme(
    extract: Extract,
    folder: Path,
    *,
    tables: Iterable[str],
    absent: Iterable[str] = (),
    further: Iterable[str] = (),
) -> None:
    """Write the README of the files that are in the folder now, with the columns of these tables.

    `absent` are the formats of a pack that this machine cannot make, `further` files still to come.
    """
    words = extract.words
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {str(file.relative_to(folder)): words.files[file.name] for file in files}
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - not HTML
    text = environment.from_string(words.readme).render(
        demo=words.demo if extract.demo else "",
        title=extract.library.draft.title,
        made=buddhist(extract.made),
        filters=told_filters(extract),
        no_filters=words.no_filters,
        answers=extract.answers.count,
        suggestions=extract.suggestions.count,
        left=extract.left_out,
        files=named | {name: words.files[name] for name in (NAME, *further)},
        absent=list(absent),
        tables={table: words.columns[table] for table in tables},
    )
    (folder / NAME).write_text(text, "utf-8", newline="\r\n")
