"""The tables of the secretariat: who works here, what they wrote, and how they came in.

One rule: nothing here is about a participant; a suggestion is named by its receipt.
"""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from bot.store.columns import Json, Named, Utc, Words
from bot.store.schema import column, metadata
from bot.store.states import Flag


def _staff() -> Column[str]:
    return Column("staff", Text, ForeignKey("staff.id"), nullable=False, comment="Whose account it is.")


staff: Final = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True, comment="The account's id, drawn at random."),
    Column("name", Words, nullable=False, unique=True, comment="The name to sign in with."),
    column("roles", Json(tuple[str, ...]), "What the account may do."),
    column("password", Text, "An argon2id hash; empty until the account is set up.", nullable=True),
    column("totp", LargeBinary, "The secret of the one-time codes, encrypted.", nullable=True),
    column("totp_step", Integer, "The time step of the last code used, so that none works twice."),
    column("recovery", Json(tuple[str, ...]), "Hashes of the recovery codes not used yet."),
    column("signing_key", LargeBinary, "The reviewer's signing key, encrypted.", nullable=True),
    column("disabled", Boolean, "The account is closed."),
    column("created_at", Utc, "When it was made, by our clock."),
    comment="The accounts of the secretariat's staff.",
)

staff_links: Final = Table(
    "staff_links",
    metadata,
    Column("mark", Text, primary_key=True, comment="The SHA-256 of a one-time link."),
    _staff(),
    column("expires_at", Utc, "Until when it works."),
    comment="One-time links with which an account is set up or recovered.",
)

staff_sessions: Final = Table(
    "staff_sessions",
    metadata,
    Column("mark", Text, primary_key=True, comment="The SHA-256 of the cookie."),
    _staff(),
    column("created_at", Utc, "When they signed in."),
    column("seen_at", Utc, "When they last did something."),
    comment="Who is signed in.",
)

staff_attempts: Final = Table(
    "staff_attempts",
    metadata,
    Column("mark", Text, primary_key=True, comment="A keyed hash of the name and the address tried from."),
    column("failures", Integer, "Failures in a row."),
    column("until", Utc, "Until when further attempts are not looked at."),
    comment="Failed sign-ins, by name and address together, so that nobody can lock another out.",
)

replies: Final = Table(
    "replies",
    metadata,
    Column("id", Text, primary_key=True, comment="Drawn at random."),
    column("receipt", Text, "The receipt of the suggestion."),
    column("text", Words, "The official reply, as it passed the wording gate."),
    column("author", Text, "The name of who wrote it."),
    column("at", Utc, "When, by our clock."),
    column("told", Boolean, "Whether the person had asked to be told, and was written to."),
    Index(None, "receipt"),
    comment="Official replies to suggestions.",
)

tags: Final = Table(
    "tags",
    metadata,
    Column("receipt", Text, primary_key=True, comment="The receipt of the suggestion."),
    Column("tag", Words, primary_key=True, comment="The subject, in the words of the staff."),
    column("author", Text, "The name of who tagged it."),
    column("at", Utc, "When, by our clock."),
    Index(None, "tag"),
    comment="What suggestions are about, as people of the staff tagged them.",
)

moderations: Final = Table(
    "moderations",
    metadata,
    Column("id", Text, primary_key=True, comment="Drawn at random."),
    column("subject", Text, "The receipt of a suggestion, or the id of an answer."),
    column("flag", Named(Flag), "What was flagged, or cleared."),
    column("reason", Words, "Why, in the words of the staff."),
    column("author", Text, "The name of who did it."),
    column("at", Utc, "When, by our clock."),
    Index(None, "subject"),
    comment="The moderation log; a flag hides a text from view and takes nothing out of storage or counts.",
)

wordings: Final = Table(
    "wordings",
    metadata,
    Column("id", Text, primary_key=True, comment="Drawn at random."),
    column("file", Text, "The content file, from the content folder."),
    column("base", Text, "The SHA-256 of the file that was edited."),
    column("content", Words, "The file as it would be."),
    column("state", Text, "Being written, sent for review, returned, approved or given up."),
    column("author", Text, "The name of who wrote it."),
    column("reviewer", Text, "The name of who approved or returned it.", nullable=True),
    column("note", Words, "What the reviewer says of it.", nullable=True),
    column("created_at", Utc, "When it was begun, by our clock."),
    column("changed_at", Utc, "When it last changed."),
    comment="Content that is being edited, until it is approved and written to its file.",
)
