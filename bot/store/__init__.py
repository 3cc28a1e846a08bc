"""Where everything rests: the only SQL of the product.

    Store         the one door                              store.py
    Transaction   a batch of events, claim to last record   transaction.py, commits.py, erasure.py
                                                          (withdrawals.py, quotations.py)
    Outbox        letters, leased or read                   outbox.py
    Operations    what waits for an operator                operations.py
    Fetches       files still with a platform               fetches.py
    Files         the bytes of attachments                  files.py
    People        one person, for a copy of their data      people.py
    Records       answers and suggestions, for export       exports.py
    Choices       what was chosen, for counting             choices.py
    Publications  what was published, as it was             publications.py
    Records       answers and suggestions, one by one       exports.py
    Excerpt       what the Filters want of both, for files  excerpts.py
    Inbox         suggestions for the staff, their tags     inbox.py
    Replies       official replies and their letters        replying.py
    Moderations   what is hidden from view, and why         moderation.py
    Counts        how much there is                         counts.py
    Tallies       how many took part, and how far they came tallies.py
    Answering     answers as the staff reads them           answering.py
    Moderations   what is hidden from view, and why         moderation.py
    DataKeys      each person's key, wrapped                keys.py
    Erasures      the ledger of erasures, for restoring     ledger.py, farewell.py
    Registers     how many people, consents and requests    registers.py
    Hearing       what the hearing report tells               hearing.py, petitions.py, sampling.py
    Audit         what was done with the data, in a chain   audit.py
    Promises      what was promised about anonymity         promises.py
    Retention     what is old enough to go                  retention.py
    Unlinking     the end of whose an answer is             unlinking.py
    serving       what a process that died left leased      serving.py
    Processes     what processes on one database do together  processes.py
    copy_content  a copy of a SQLite file without the keys  copies.py
    take_up       a copy becomes a database again           restoring.py
    move          from SQLite to PostgreSQL                 moving.py

Underneath: `schema` and `bookkeeping` (the tables and what each column holds), `columns` (values as columns),
`migrate` and `migrations/`, `database` (connections), `sqlite` and `postgresql` (what each must
guarantee), `faults` (what an error means).
"""

from bot.store.audit import Audit, Deed
from bot.store.choices import Choice, Choices, Wording
from bot.store.commits import Commit
from bot.store.copies import Snapshot, copy_content, read_keys, snapshot, sqlite_file, write_keys
from bot.store.counts import Counts, LeftOut
from bot.store.demonstrations import DEMO, Demonstrations
from bot.store.excerpts import Excerpt, moment_of
from bot.store.exports import Filters, Records
from bot.store.fetches import Fetches, FetchSettlement, LeasedFetch
from bot.store.files import Files, StoredFile
from bot.store.keys import DataKeys, SealedAddress, WrappedKey
from bot.store.ledger import Erasures
from bot.store.moving import Moved, move
from bot.store.outbox import KeptLetter, Leased, Outbox, Settlement, Terms
from bot.store.people import People
from bot.store.processes import Processes
from bot.store.promises import Promise, Promises
from bot.store.publications import Publications
from bot.store.restoring import Restored, require_free, take_up
from bot.store.retention import Kept, Retention
from bot.store.sqlite import discard, require_sound
from bot.store.states import FetchState, LetterState, Via
from bot.store.store import Store
from bot.store.transaction import NewEvent, Quarantined, Transaction
from bot.store.unlinking import Blurred, Known, Unlinking

__all__ = [
    "DEMO",
    "Audit",
    "Blurred",
    "Choice",
    "Choices",
    "Commit",
    "Counts",
    "DataKeys",
    "Deed",
    "Demonstrations",
    "Erasures",
    "Excerpt",
    "FetchSettlement",
    "FetchState",
    "Fetches",
    "Files",
    "Filters",
    "Kept",
    "KeptLetter",
    "Known",
    "Leased",
    "LeasedFetch",
    "LeftOut",
    "LetterState",
    "Moved",
    "NewEvent",
    "Outbox",
    "People",
    "Processes",
    "Promise",
    "Promises",
    "Publications",
    "Quarantined",
    "Records",
    "Restored",
    "Retention",
    "SealedAddress",
    "Settlement",
    "Snapshot",
    "Store",
    "StoredFile",
    "Terms",
    "Transaction",
    "Unlinking",
    "Via",
    "Wording",
    "WrappedKey",
    "copy_content",
    "discard",
    "moment_of",
    "move",
    "read_keys",
    "require_free",
    "require_sound",
    "snapshot",
    "sqlite_file",
    "take_up",
    "write_keys",
]
