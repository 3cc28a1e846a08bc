"""The bytes of files people attached."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import bindparam, select

from bot.store.database import Database
from bot.store.schema import files
from bot.store.statements import insert_new


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file, checked and hashed. `source` is the platform's id of the message that brought it."""

    id: str
    participant: str
    sha256: str
    media_type: str
    size: int
    content: bytes
    created_at: datetime
    source: str = ""


_PUT: Final = insert_new(files)
_GET: Final = select(*(files.c[field] for field in StoredFile.__struct_fields__)).where(
    files.c.id == bindparam("file")
)


class Files:
    """The files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, file: StoredFile) -> None:
        """Store a file; one whose id is stored already stays as it is."""
        async with self._database.writing() as connection:
            await connection.execute(_PUT[connection.dialect.name], [asdict(file)])

    async def get(self, id_: str) -> StoredFile | None:
        """The file; None when there is none, or none any more."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_GET, {"file": id_})).first()
            return None if row is None else StoredFile(**row._mapping)
