"""The tables, and what each column holds.

One rule: every table and column says in its comment what it holds, in words fit for the record of
processing activities (PDPA s. 39), which is generated from here. Change a table only together with
a migration; a test compares the two. What is about nobody is in bookkeeping.py.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from bot.dialogue import (
    Attachment,
    Message,
    Outcome,
    Participant,
    Purpose,
    RequestKind,
    ShownOption,
    SuggestionStatus,
)
from bot.store.columns import Json, Named, Utc, Words
from bot.store.states import FetchState, LetterState

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

#: A whole number that counts up by itself: only INTEGER does on SQLite.
SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")


def column(name: str, kind: Any, comment: str, *, nullable: bool = False) -> Column[Any]:
    """A column that says what it holds."""
    return Column(name, kind, nullable=nullable, comment=comment)


def _id(comment: str) -> Column[Any]:
    return Column("id", Text, primary_key=True, comment=comment)


def _person(comment: str = "Whose it is: the participant's pseudonym.") -> Column[Any]:
    return Column("participant", Text, ForeignKey("participants.id"), nullable=False, comment=comment)


events: Final = Table(
    "events",
    metadata,
    _id("The event's id, the same when a platform delivers it again."),
    column("participant", Text, "Who did it, a pseudonym; empty once the person is erased.", nullable=True),
    column("at", Utc, "When it happened, by the platform's clock."),
    column("seen_at", Utc, "When it was taken in, by our clock."),
    Index(None, "participant"),
    comment="Which events were taken in, so that none is taken in twice; never what they said.",
)

participants: Final = Table(
    "participants",
    metadata,
    _id("A keyed pseudonym of one account on one channel; a random id once the link is destroyed."),
    column("channel", Text, "The channel the person uses."),
    column(
        "state",
        Json(Participant),
        "What the conversation remembers: group, capacity, age declaration, what is expected next, a draft.",
    ),
    column("updated_at", Utc, "When the state last changed."),
    column("forget", Boolean, "The person was erased: the row goes once nothing is left to say to them."),
    column("restricted", Boolean, "The person asked that nothing be done with what they said but keep it."),
    comment="One row a person on a channel: the state of the conversation.",
)

addresses: Final = Table(
    "addresses",
    metadata,
    Column(
        "participant",
        Text,
        ForeignKey("participants.id"),
        primary_key=True,
        comment="Whose address it is: the participant's pseudonym.",
    ),
    column("sealed", LargeBinary, "The platform's id of the person, encrypted with the person's data key."),
    comment="Where to send, kept apart from what was said.",
)

data_keys: Final = Table(
    "data_keys",
    metadata,
    Column(
        "participant",
        Text,
        ForeignKey("participants.id"),
        primary_key=True,
        comment="Whose key it is: the participant's pseudonym.",
    ),
    column("wrapped", LargeBinary, "A random key, encrypted with a master key outside the database."),
    column("master", Text, "Which master key that is: a short id made from it."),
    comment="One key a person: it opens what is sealed of them, and erasing them deletes it. Not in content"
    " backups.",
)

erasures: Final = Table(
    "erasures",
    metadata,
    Column("mark", Text, primary_key=True, comment="A keyed hash of a pseudonym; it names nobody."),
    column("at", Utc, "When that person was last erased, by the platform's clock."),
    comment="The ledger of erasures, so that restoring an older backup erases again.",
)

answers: Final = Table(
    "answers",
    metadata,
    _id("The answer's id, derived from its event."),
    _person(),
    column("question", Text, "The question's id."),
    column("version", Text, "The hash of the exact wording asked."),
    column("clause", Text, "The clause the question is about."),
    column("stem", Text, "The question as shown."),
    column("options", Json(tuple[ShownOption, ...]), "The options as shown, in the order shown."),
    column("outcome", Named(Outcome), "Answered, not applicable, does not know, or skipped."),
    column("at", Utc, "When it was given, by the platform's clock; without the link, a day that many share."),
    column("channel", Text, "The channel it came through."),
    column("order", Text, "The name of the order of the options; not kept without the link."),
    column("chosen", Json(tuple[str, ...]), "The ids of the chosen options."),
    column("text", Words, "What was typed, only with consent; empty when erased.", nullable=True),
    column("group", Text, "The group the person answers for, as they said.", nullable=True),
    column("capacity", Text, "For an organisation or for oneself, as they said.", nullable=True),
    column("source", Words, "The platform's id of the typed message."),
    column("notice", Text, "The hash of the privacy notice in force."),
    column("replaced_at", Utc, "When a newer answer took its place.", nullable=True),
    Index(None, "participant"),
    Index(None, "at", "id"),
    comment="Answers to questions, each with the words that were asked; older ones stay as history.",
)

#: One current answer a person and question.
Index(
    "uq_answers_current",
    answers.c.participant,
    answers.c.question,
    unique=True,
    sqlite_where=answers.c.replaced_at.is_(None),
    postgresql_where=answers.c.replaced_at.is_(None),
)

suggestions: Final = Table(
    "suggestions",
    metadata,
    _id("The suggestion's id, derived from its event."),
    _person(),
    column("receipt", Text, "The receipt number the person was given."),
    column("clause", Text, "The clause it is about, empty for another topic."),
    column("text", Words, "The suggestion as sent; empty when withdrawn or erased."),
    column("at", Utc, "When it was sent, by the platform's clock; without the link, a day that many share."),
    column("channel", Text, "The channel it came through."),
    column("group", Text, "The group the person speaks for, as they said.", nullable=True),
    column("capacity", Text, "For an organisation or for oneself, as they said.", nullable=True),
    column(
        "attachments", Json(tuple[Attachment, ...]), "The files that came with it; none without the link."
    ),
    column("name_shown", Boolean, "Whether the report may name the organisation.", nullable=True),
    column("organisation", Words, "The organisation's name, as typed.", nullable=True),
    column("status", Named(SuggestionStatus), "How far the secretariat is with it."),
    column("tell", Boolean, "The person asked to be told when there is a reply."),
    column("reply", Words, "The official reply.", nullable=True),
    column("source", Words, "The platform's id of the typed message."),
    column("notice", Text, "The hash of the privacy notice in force."),
    column("replaced_at", Utc, "When a rewritten one took its place.", nullable=True),
    Index(None, "participant"),
    Index(None, "at", "id"),
    Index(None, "receipt"),
    comment="Suggestions with their receipts; a rewritten one is a new row under the same receipt.",
)

consents: Final = Table(
    "consents",
    metadata,
    _id("The consent's id, derived from its event."),
    _person(),
    column("purpose", Named(Purpose), "What it is for."),
    column("given", Boolean, "Whether it was given or refused."),
    column("notice", Text, "The hash of the notice that was shown."),
    column("at", Utc, "When it was chosen, by the platform's clock."),
    Index(None, "participant", "purpose", "at"),
    comment="The consent log: every choice, what was shown, and when.",
)

requests: Final = Table(
    "requests",
    metadata,
    _id("The request's id, derived from its event."),
    column("participant", Text, "Who asked, a pseudonym; empty once the person is erased.", nullable=True),
    column("kind", Named(RequestKind), "The right that was used."),
    column("receipt", Text, "The receipt number the person was given."),
    column("at", Utc, "When it was used, by the platform's clock."),
    Index(None, "participant"),
    comment="Rights of data subjects that were used (PDPA ss. 30 to 36), without their content.",
)

files: Final = Table(
    "files",
    metadata,
    _id("The file's id, derived from its event."),
    column("participant", Text, "Whose it is: the participant's pseudonym."),
    column("sha256", Text, "The SHA-256 of the bytes, in hexadecimal."),
    column("media_type", Text, "The type found in the bytes themselves."),
    column("size", Integer, "How many bytes."),
    column("content", LargeBinary, "The bytes."),
    column("source", Words, "The platform's id of the message that brought it."),
    column("created_at", Utc, "When it was stored."),
    Index(None, "participant"),
    comment="Files people attached to suggestions.",
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("seq", SERIAL, primary_key=True, autoincrement=True, comment="Rises with time; never used twice."),
    Column("id", Text, nullable=False, unique=True, comment="The id of the event that is answered."),
    column("participant", Text, "To whom, a pseudonym; empty once the person is erased.", nullable=True),
    column("channel", Text, "The channel it goes through."),
    column("messages", Json(tuple[Message, ...]), "What to say; empty once said or erased.", nullable=True),
    column("reply", Words, "What the channel needs to answer that very event, sealed.", nullable=True),
    column("state", Named(LetterState), "Where the letter is on its way."),
    column("sent", Integer, "How many of its messages are settled."),
    column("attempt", Integer, "How often it was handed to a worker."),
    column("due_at", Utc, "When it may be handed to a worker: at first, again, or after a lost one."),
    column("created_at", Utc, "When it was written."),
    column("settled_at", Utc, "When nothing was left to do with it.", nullable=True),
    column("detail", Words, "Why it was not sent, for an operator; no id and no text."),
    column("via", Text, "How it went: reply or push on LINE."),
    Index(None, "participant", "settled_at", "seq"),
    comment="What is said to people, until it is said.",
    sqlite_autoincrement=True,
)

Index(
    "ix_outbox_unsettled",
    outbox.c.channel,
    outbox.c.due_at,
    outbox.c.seq,
    sqlite_where=outbox.c.settled_at.is_(None),
    postgresql_where=outbox.c.settled_at.is_(None),
)

fetches: Final = Table(
    "fetches",
    metadata,
    _id("Derived from the event that offered the file."),
    column("participant", Text, "Whose file it is: the participant's pseudonym."),
    column("channel", Text, "The channel that has it."),
    column("ref", Words, "The platform's id of the file."),
    column("name", Words, "The file's name as the person gave it."),
    column("message", Words, "The platform's id of the message that brought it."),
    column("reply", Words, "What the channel needs to answer that very event, sealed."),
    column("state", Named(FetchState), "Waiting, or in the hands of a worker."),
    column("attempt", Integer, "How often it was handed to a worker."),
    column("due_at", Utc, "When it may be handed to a worker."),
    column("created_at", Utc, "When it was offered."),
    Index(None, "participant"),
    Index(None, "due_at"),
    comment="Files that still lie with a platform and are to be fetched; a row goes once that is done.",
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    _id("The id of the event that could not be read or answered."),
    column("channel", Text, "The channel it came through."),
    column("participant", Text, "Whose it is, a pseudonym, where that is known.", nullable=True),
    column("at", Utc, "When it was put here."),
    column("error", Words, "The kind of fault, without any of the content."),
    column(
        "sealed",
        LargeBinary,
        "The event itself, for an operator, encrypted with the person's data key where that is known.",
    ),
    Index(None, "participant"),
    comment="Events that could not be read or answered, until an operator has looked.",
)
