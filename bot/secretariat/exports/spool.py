"""Rows between the database and a file: read once, written as often as a format needs them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Generic, TypeVar

import msgspec

R = TypeVar("R", bound=msgspec.Struct)

#: Is told how many rows of how many are done.
Seen = Callable[[int, int], None]

_encode: Final = msgspec.msgpack.Encoder().encode


class Spool(Generic[R]):
    """Rows in a file without a name, which is gone with the process that made it, however that ends."""

    def __init__(self, kind: type[R], folder: Path, seen: Seen) -> None:
        """In `folder`; `seen` is told of every reading how far it is."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - close() closes it
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode  # type: ignore[valid-type]
        self._sizes: list[int] = []
        self._seen = seen
        self.count = 0

    def add(self, rows: Sequence[R]) -> None:
        """Put rows at the end."""
        data = _encode(rows)
        self._file.write(data)
        self._sizes.append(len(data))
        self.count += len(rows)

    def __iter__(self) -> Iterator[R]:
        """Every row, in the order they were put; ValueError once it is closed."""
        at, done = 0, 0
        for size in self._sizes:
            self._file.seek(at)
            rows = self._decode(self._file.read(size))
            at += size
            yield from rows
            done += len(rows)
            self._seen(done, self.count)

    def close(self) -> None:
        """Let the file go; whoever still reads it is told by an error."""
        self._file.close()
