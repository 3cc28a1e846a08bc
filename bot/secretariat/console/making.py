"""Files that are made for whoever asks for one: whole before a byte of them leaves, and gone afterwards.

One rule: nothing of a file outlives the answer it went out in. It has no name any more when it is sent, so
that a process that dies leaves nothing that could be found.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from starlette.responses import Response, StreamingResponse

#: Files in the making at once in a process: each takes a processor for as long as it takes.
AT_ONCE: Final = 2
#: Bytes read at once of a file that is sent.
_CHUNK: Final = 256 * 1024

#: What the endings are, for a browser.
_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_OTHER: Final = "application/octet-stream"


class Making:
    """Room for files in the making. `folder()` is one's place; `is_full` says that there is no room now."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    @property
    def is_full(self) -> bool:
        """Whether one would have to wait."""
        return self._room.locked()

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """An empty folder that goes, with what is in it, at the end of the block."""
        async with self._room:
            with TemporaryDirectory(prefix="ruamkhit-making-", ignore_cleanup_errors=True) as made:
                yield Path(made)


def sent(file: BinaryIO, name: str) -> Response:
    """The answer that sends an open file, to be kept under an ASCII name, and closes it."""
    size = os.fstat(file.fileno()).st_size
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(_chunks(file), media_type=_type_of(name), headers=headers)


def opened(content: bytes, name: str) -> Response:
    """The answer that a browser opens by itself if it can, and keeps under an ASCII name."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=_type_of(name), headers=headers)


def _type_of(name: str) -> str:
    return _TYPES.get(Path(name).suffix, _OTHER)


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
