"""What was read from the database, on its way to files: read once, written as often as a format needs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Generic, TypeVar

import msgspec

B = TypeVar("B")

#: Is told how many rows of how many are done.
Seen = Callable[[int, int], None]

_encode: Final = msgspec.msgpack.Encoder().encode


class Spool(Generic[B]):
    """Blocks of rows in a file without a name, which is gone with the process, however that ends."""

    def __init__(self, kind: type[B], folder: Path, seen: Seen) -> None:
        """In `folder`; `seen` is told of every reading how far it is."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - close() closes it
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._sizes: list[tuple[int, int]] = []
        self._seen = seen
        self.count = 0

    def add(self, block: B, rows: int) -> None:
        """Put a block of so many rows at the end."""
        data = _encode(block)
        self._file.write(data)
        self._sizes.append((len(data), rows))
        self.count += rows

    def blocks(self) -> Iterator[B]:
        """Every block, in the order they were put; ValueError once it is closed."""
        at, done = 0, 0
        for size, rows in self._sizes:
            self._file.seek(at)
            yield self._decode(self._file.read(size))
            at += size
            done += rows
            self._seen(done, self.count)

    def close(self) -> None:
        """Let the file go; whoever still reads it is told by an error."""
        self._file.close()
