"""A trace of strace, read as what happened to the database's files and what was promised to people.

strace hears every system call of the bot in the order in which they were made: the writes of SQLite and what
made them durable, the webhooks that were read and the 200s that were written. So one list says at each
moment what a power cut could take away, and what it must not.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

#: The system calls to record.
CALLS: Final = (
    "openat,close,pwrite64,write,writev,sendto,sendmsg,read,recvfrom,"
    "ftruncate,fallocate,fsync,fdatasync,unlink,rename"
)

_LINE: Final = re.compile(r"(\d+) +(.*)")
_CALL: Final = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_UNFINISHED: Final = " <unfinished ...>"
_STRING: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_LINE_EVENT: Final = re.compile(rb'"webhookEventId": "([^"]+)"')
_UPDATE: Final = re.compile(rb'"update_id": (\d+)')
_REPLY: Final = re.compile(rb'"replyToken": ?"([^"]+)"')


class Write(NamedTuple):
    """Bytes that a file was given at an offset."""

    file: str
    offset: int
    data: bytes


class Truncate(NamedTuple):
    """A file that was given another length."""

    file: str
    size: int


class Sync(NamedTuple):
    """A file, or with "" the folder, of which everything before is now on the disk."""

    file: str


class Appear(NamedTuple):
    """A file that was made."""

    file: str


class Vanish(NamedTuple):
    """A file that was deleted."""

    file: str


class Promise(NamedTuple):
    """Events that were met with 200, or whose person was told that their answer is kept."""

    events: tuple[str, ...]


Step = Write | Truncate | Sync | Appear | Vanish | Promise


def steps(log: Path, database: Path) -> Iterator[Step]:
    """What a trace says of this database, in order."""
    reader = _Reader(database)
    begun: dict[str, str] = {}
    with log.open() as lines:
        for line in lines:
            found = _LINE.match(line)
            if not found:
                continue
            thread, said = found.groups()
            if said.endswith(_UNFINISHED):
                begun[thread] = said.removesuffix(_UNFINISHED)
                yield from reader.begun(begun[thread])
            elif resumed := _RESUMED.match(said):
                yield from reader.ended(begun.pop(thread, "") + resumed[1], early=True)
            else:
                yield from reader.ended(said, early=False)


class _Reader:
    """Knows which descriptor is which file, and which requests wait for their answer on which connection."""

    def __init__(self, database: Path) -> None:
        self._folder = str(database.parent)
        self._names = {str(database): database.name, f"{database}-wal": f"{database.name}-wal"}
        self._files: dict[int, str] = {}
        self._waiting: defaultdict[int, list[str]] = defaultdict(list)
        self._there = {database.name}

    def begun(self, said: str) -> Iterator[Step]:
        """A call that another thread interrupted: what is written to a person may have left already."""
        name, _, arguments = said.partition("(")
        if name in ("write", "writev", "sendto", "sendmsg"):
            yield from self._written(arguments)

    def ended(self, said: str, *, early: bool) -> Iterator[Step]:
        """A call that has returned; `early` when `begun` has heard of it."""
        found = _CALL.match(said)
        if not found or int(found[3]) < 0:
            return
        name, arguments, result = found[1], found[2], int(found[3])
        match name:
            case "openat":
                yield from self._opened(arguments, result)
            case "close":
                self._files.pop(int(arguments), None)
                self._waiting.pop(int(arguments), None)
            case "read" | "recvfrom":
                self._heard(arguments)
            case "write" | "writev" | "sendto" | "sendmsg":
                if not early:
                    yield from self._written(arguments)
            case "unlink":
                path = _bytes(arguments).decode()
                if path in self._names:
                    self._there.discard(self._names[path])
                    yield Vanish(self._names[path])
            case _:
                yield from self._changed(name, arguments)

    def _opened(self, arguments: str, descriptor: int) -> Iterator[Step]:
        path = _bytes(arguments).decode(errors="replace")
        if path == self._folder:
            self._files[descriptor] = ""
        elif path in self._names:
            name = self._files[descriptor] = self._names[path]
            if "O_CREAT" in arguments and name not in self._there:
                self._there.add(name)
                yield Appear(name)

    def _changed(self, name: str, arguments: str) -> Iterator[Step]:
        file = self._files.get(int(arguments.partition(",")[0]))
        if file is None:
            return
        if name in ("fsync", "fdatasync"):
            yield Sync(file)
        elif name == "pwrite64":
            yield Write(file, int(arguments.rpartition(",")[2]), _bytes(arguments))
        elif name == "ftruncate":
            yield Truncate(file, int(arguments.rpartition(",")[2]))
        else:
            raise ValueError(f"{name} on the database: the simulator does not know what that does")

    def _heard(self, arguments: str) -> None:
        data = _bytes(arguments)
        waiting = self._waiting[int(arguments.partition(",")[0])]
        waiting += [f"line:{name.decode()}" for name in _LINE_EVENT.findall(data)]
        waiting += [f"telegram:{number.decode()}" for number in _UPDATE.findall(data)]

    def _written(self, arguments: str) -> Iterator[Step]:
        descriptor = int(arguments.partition(",")[0])
        data = _bytes(arguments)
        if data.startswith(b"HTTP/1.1 "):
            waiting = self._waiting.pop(descriptor, [])
            if data.startswith(b"HTTP/1.1 200") and waiting:
                yield Promise(tuple(waiting))
        elif told := _REPLY.findall(data):
            yield Promise(tuple(f"line:{token.decode()}" for token in told))


def _bytes(arguments: str) -> bytes:
    """All strings among the arguments of a call, one after another."""
    return b"".join(bytes.fromhex(text.replace("\\x", "")) for text in _STRING.findall(arguments))
