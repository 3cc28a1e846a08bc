"""What an export is made of: read from the store once, of one moment, and written in any format."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from bot.library import Library
from bot.secretariat.exports.rows import ANSWER_COLUMNS, SUGGESTION_COLUMNS, Answers, Ids, Suggestions
from bot.secretariat.exports.wordings import Wording, Wordings
from bot.secretariat.exports.words import Words
from bot.store import Excerpt, Filters, LeftOut, Store

#: Is told what is being done, and how many rows of how many are done.
Watch = Callable[[str, int, int], None]

#: What one cell of a spreadsheet holds (Excel, "specifications and limits"), in UTF-16 units.
CELL: Final = 32_767


class Extract(Struct, frozen=True, kw_only=True, eq=False):
    """Everything a format needs.

    `made` is when it was read, `folder` a place for what is in the making. `answers` and `suggestions`
    may be gone through again and again, one at a time. `long` counts those whose text is longer than a
    cell of a spreadsheet. `demo` says that demo people are in the database.
    """

    made: datetime
    folder: Path
    filters: Filters
    library: Library
    words: Words
    left_out: LeftOut
    answers: Answers
    suggestions: Suggestions
    wordings: tuple[Wording, ...]
    long: int
    demo: bool


def units(text: str) -> int:
    """How long a text is for a spreadsheet, in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def is_long(text: str) -> bool:
    """Whether the text is longer than a cell."""
    return len(text) > CELL // 2 and units(text) > CELL


def nobody(what: str, done: int, total: int) -> None:
    """A Watch for when nobody does."""


@asynccontextmanager
async def gather(
    store: Store,
    filters: Filters,
    content: tuple[Library, Words],
    now: datetime,
    folder: Path,
    watch: Watch = nobody,
) -> AsyncIterator[Extract]:
    """What the filters want, as it is now; what is in the making lies in `folder` and goes at the end.

    Raises StoreError when the database cannot be read, OSError when the folder cannot be written.
    """
    async with AsyncExitStack() as stack:
        answers = stack.enter_context(closing(Answers(folder, partial(watch, "answers"))))
        suggestions = stack.enter_context(closing(Suggestions(folder, partial(watch, "suggestions"))))
        library, words = content
        async with store.excerpt(filters) as excerpt:
            wordings, long = await _read(excerpt, answers, suggestions, partial(watch, "reading"))
            left_out, demo = await excerpt.left_out(), await excerpt.demo()
        yield Extract(
            made=now,
            folder=folder,
            filters=filters,
            library=library,
            words=words,
            left_out=left_out,
            answers=answers,
            suggestions=suggestions,
            wordings=wordings.all(library),
            long=long,
            demo=demo,
        )


async def _read(
    excerpt: Excerpt, answers: Answers, suggestions: Suggestions, seen: Callable[[int, int], None]
) -> tuple[Wordings, int]:
    """Fill both; the wordings seen, and how many texts are long."""
    ids, wordings, long = Ids(), Wordings(), 0
    total = sum(await excerpt.counts())
    async with aclosing(excerpt.answers(ANSWER_COLUMNS)) as batches:
        async for batch in batches:
            told = answers.add(batch, ids)
            wordings.add(told)
            long += sum(row.text is not None and is_long(row.text) for _, row in told)
            seen(answers.count, total)
    async with aclosing(excerpt.suggestions(SUGGESTION_COLUMNS)) as batches:
        async for batch in batches:
            rows = suggestions.add(batch, ids)
            long += sum(is_long(row.text) or is_long(row.organisation) for row in rows)
            seen(answers.count + suggestions.count, total)
    return wordings, long
