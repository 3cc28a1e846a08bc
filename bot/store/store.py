"""The one door to the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.dialogue import Answer, Suggestion
from bot.store import migrate
from bot.store.answering import Answering
from bot.store.audit import Audit
from bot.store.choices import Choices
from bot.store.counts import Counts, LeftOut, count, left_out
from bot.store.database import Database
from bot.store.demonstrations import Demonstrations
from bot.store.excerpts import Excerpt
from bot.store.exports import Filters, Records
from bot.store.fetches import Fetches
from bot.store.files import Files
from bot.store.hearing import Hearing
from bot.store.inbox import Inbox
from bot.store.keys import DataKeys
from bot.store.ledger import Erasures
from bot.store.moderation import Moderations
from bot.store.operations import Operations
from bot.store.outbox import Outbox
from bot.store.people import People
from bot.store.processes import Processes
from bot.store.promises import Promises
from bot.store.publications import Publications
from bot.store.registers import Registers
from bot.store.replying import Replies
from bot.store.retention import Retention
from bot.store.schema import answers, suggestions
from bot.store.serving import serving
from bot.store.staff import Staff
from bot.store.tallies import Tallies
from bot.store.transaction import Transaction
from bot.store.unlinking import Unlinking
from bot.store.wordings import Wordings


class Store:
    """Everything that rests, and the questions that may be asked of it.

    Whatever it is asked, it may raise UnavailableError ("not now, ask again") or StoreError (a fault
    of the program or the schema); neither says what was stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.processes = Processes(database)
        self.people = People(database)
        self.outbox = Outbox(database)
        self.operations = Operations(database)
        self.fetches = Fetches(database)
        self.files = Files(database)
        self.keys = DataKeys(database)
        self.erasures = Erasures(database)
        self.demonstrations = Demonstrations(database)
        self.audit = Audit(database)
        self.replies = Replies(database)
        self.inbox = Inbox(database)
        self.moderations = Moderations(database)
        self.staff = Staff(database)
        self.moderations = Moderations(database)
        self.tallies = Tallies(database)
        self.answering = Answering(database)
        self.registers = Registers(database)
        self.promises = Promises(database)
        self.retention = Retention(database)
        self.unlinking = Unlinking(database)
        self.hearing = Hearing(database)
        self.wordings = Wordings(database)
        self.answers = Records(database, answers, Answer)
        self.choices = Choices(database)
        self.publications = Publications(database)
        self.suggestions = Records(database, suggestions, Suggestion)

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Open `sqlite:///path` (made when missing) or `postgresql://…`; nothing is migrated.

        Raises SettingsError for a URL of another form, UnsafeSqliteError for a SQLite that can lose
        commits, StoreError for a PostgreSQL set to lose them, UnavailableError when it does not answer.
        """
        return cls(await Database.open(url))

    async def close(self) -> None:
        """Close every connection; what was committed stays."""
        await self._database.close()

    async def migrate(self) -> None:
        """Bring the schema up to this program, in one transaction; nothing when it is."""
        async with self._database.writing() as connection:
            await migrate.upgrade(connection)

    async def check(self) -> None:
        """Raise SchemaError when the schema is another than this program's."""
        async with self._database.reading() as connection:
            await migrate.require_head(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One write transaction, committed when the `async with` ends, rolled back when an error leaves it.

        When it raises UnavailableError nobody knows whether it is stored: acknowledge nothing.
        """
        async with self._database.writing() as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def serving(self, now: datetime) -> AsyncIterator[None]:
        """Count as a process that serves until the block ends; begin before anything is leased.

        What a process left leased that died is due again at once, if no other serves this file; on
        PostgreSQL it falls due by itself. What is due later than anything is put off is due at once, too.
        """
        async with serving(self._database, now):
            yield

    async def counts(self) -> Counts:
        """How much there is of everything, at one moment."""
        async with self._database.reading() as connection:
            return await count(connection)

    async def left_out(self) -> LeftOut:
        """How much is left out of what is exported and published, at one moment."""
        async with self._database.reading() as connection:
            return await left_out(connection)

    @asynccontextmanager
    async def excerpt(self, filters: Filters) -> AsyncIterator[Excerpt]:
        """What the filters want, for a file; everything asked of it is of one moment.

        Take it promptly: it holds a connection, and on SQLite the write-ahead log cannot be folded back
        until it ends.
        """
        async with self._database.reading() as connection:
            yield Excerpt(connection, filters)
