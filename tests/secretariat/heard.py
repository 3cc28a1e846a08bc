"""A small hearing: people who answer, type and suggest through real turns, and what a report says of them."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert

from bot.dialogue import Action, Event, Opened, Pressed, Typed, Verb
from bot.library import Library
from bot.runtime.channel import Incoming
from bot.runtime.clock import SystemClock
from bot.runtime.identity import Identity
from bot.runtime.turns import Turns
from bot.store import Store
from handlers import take_turn

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

#: What means something to typst, Word or a spreadsheet, but an @reference, which may be somebody's LINE id.
HOSTILE = '#eval("1+1") #import "x" $x^2$ *bold* _under_ \\ `code` <label> // /* = - + "q" ~ #link'


class Hearing:
    """People, numbered in the order in which they come."""

    def __init__(self, store: Store, library: Library) -> None:
        self.store = store
        self.library = library
        self.events = 0
        self.turns = Turns(
            store=store,
            library=library,
            identity=Identity(b"i" * 32, "draft"),
            clock=SystemClock(),
            take_turn=take_turn,
            pulling=["web"],
            committed=lambda _: None,
        )

    async def does(self, who: str, *deeds: Any, channel: str = "line") -> None:
        """One person does these things, a second apart."""
        for deed in deeds:
            self.events += 1
            event = Event(f"{channel}:{self.events}", AT + timedelta(seconds=self.events), channel, deed)
            await self.turns.commit([Incoming(event, who, "reply")])

    async def answers(
        self, who: str, question: str, *options: str, group: str = "citizen", channel: str = "line"
    ) -> None:
        """One person says who they are and chooses an option, or several."""
        await self.does(who, Opened(), press(Verb.GROUP, group), channel=channel)
        asked = self.library.questions[question]
        if asked.kind == "multiple":
            for option in options:
                await self.does(who, press(Verb.TOGGLE, question, asked.version, option), channel=channel)
            await self.does(who, press(Verb.SUBMIT, question, asked.version), channel=channel)
        else:
            await self.does(who, press(Verb.CHOOSE, question, asked.version, options[0]), channel=channel)

    async def types(self, who: str, question: str, text: str) -> None:
        """One person, grown up and willing, types an answer."""
        await self.does(who, Opened(), *agreed(f"q.{question}"), Typed(text, f"m{self.events}"))

    async def suggests(self, who: str, clause: str, text: str) -> str:
        """One person, grown up and willing, sends a suggestion; its receipt."""
        before = {found.receipt async for _, found in self.store.suggestions.export()}
        deeds = (
            *agreed(f"s.{clause}"),
            Typed(text, f"m{self.events}"),
            Typed(self.library.labels["send"], ""),
        )
        await self.does(who, Opened(), *deeds)
        after = {found.receipt async for _, found in self.store.suggestions.export()}
        [receipt] = after - before
        return receipt

    async def notes(self, table: Table, **values: object) -> None:
        """The staff note something."""
        async with self.store._database.writing() as connection:
            await connection.execute(insert(table).values(author="มาลี", **{"at": AT} | values))


def press(verb: Verb, *args: str) -> Pressed:
    """A button."""
    return Pressed(Action(verb, args).token())


def agreed(target: str) -> tuple[Pressed, Pressed]:
    """What comes before typing."""
    return press(Verb.AGE, "yes", target), press(Verb.CONSENT, "yes", target)


def done(name: str, *arguments: str, folder: Path) -> str:
    """What a program of poppler says, run in a folder; a skip that says so where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here (apt-get install poppler-utils)")
    return subprocess.run([found, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


def read(pdf: bytes, folder: Path, *options: str) -> str:
    """The text of a PDF, page by page; invisible places where a line may end are left out."""
    (folder / "r.pdf").write_bytes(pdf)
    return done("pdftotext", *options, "r.pdf", "-", folder=folder).replace("\u200b", "")


def squeezed(text: str) -> str:
    """The text without spaces and ends of lines, which setting changes."""
    return re.sub(r"\s", "", text)


def texts_of(docx: bytes) -> Iterator[str]:
    """Every text of a DOCX, in paragraphs and in cells."""
    import docx as library

    opened = library.Document(io.BytesIO(docx))
    yield from (paragraph.text for paragraph in opened.paragraphs)
    for table in opened.tables:
        yield from (cell.text for row in table.rows for cell in row.cells)
