"""What the log may say: which step, how many, how long, which class of error. Never who or what.

One rule: a field that is not in FIELDS does not reach the log. Tracebacks keep the class of the
exception and the lines of code, without the message, because a message may quote a person; records
of other libraries keep only their template, without its arguments, for the same reason, and one that
was formatted before it was logged keeps only where that was.
"""

import linecache
import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from traceback import StackSummary, walk_tb
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

#: The fields a record may carry. To add one, be sure it can never hold a person's words, id or name.
FIELDS: Final = frozenset(
    {
        "event", "level", "timestamp", "logger", "exception",
        "attempt", "channel", "count", "detail", "error", "fate", "reference", "seconds", "status",
    }
)  # fmt: skip

#: Libraries that write addresses, tokens or bodies at INFO or DEBUG (httpx: the Telegram token in each URL).
NOISY: Final = (
    "aiohttp", "aiosqlite", "alembic", "asyncio", "authlib", "httpcore", "httpcore2", "httpx", "httpx2",
    "linebot", "PIL", "sqlalchemy", "telegram", "uvicorn", "watchfiles", "websockets",
)  # fmt: skip

#: Things that look like a credential, a platform's id of a person or our own name for one.
_SECRET: Final = re.compile(
    r"bot\d{5,}:[\w-]{5,}"  # a Telegram token as in a URL, a short one of a test too
    r"|\d{6,}:[\w-]{20,}"  # a Telegram token
    r"|\b[UCR][0-9a-f]{32}\b"  # LINE's id of a person, a group or a room
    r"|\bp[a-z2-7]{26}\b"  # a pseudonym
    r"|(?<=web:)[0-9a-f]{32}"  # the part of a web event's id that all events of one session have
    r"|(?:Bearer|Basic)\s+\S+"
    r"|[A-Za-z0-9+/=_-]{40,}"  # keys, access tokens, signatures
)
REDACTED: Final = "[redacted]"

Record = MutableMapping[str, Any]

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def reference(id_: str) -> str:
    """The id of an event as the log has it, so that the one can be found by the other."""
    return str(_redact(id_))


def configure(stream: TextIO | None = None) -> None:
    """Send every record of this process to `stream` (standard error), and every error nobody caught.

    One JSON object a line; on a terminal, a readable line instead.
    """
    stream = stream or sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if stream.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    guard: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
        _allowed_fields,
        _redacted,
    ]
    structlog.configure(
        processors=[*guard, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Quiet(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[_template_only, *guard],
            use_get_message=False,  # formatting alone can fail, and would then be told with the arguments
            # Without this the formatter would append the standard library's own traceback.
            keep_exc_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in NOISY:
        noisy = logging.getLogger(name)
        noisy.setLevel(max(noisy.level, logging.WARNING))  # a channel may have asked for more silence
    logging.captureWarnings(capture=True)
    _take_hooks()


class _Quiet(logging.StreamHandler[TextIO]):
    """A handler that leaves out what it cannot write: the standard library would print the arguments."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing."""


def _take_hooks() -> None:
    """Have errors nobody caught in the log: Python's own hooks print their messages."""
    sys.excepthook = lambda _, raised, __: _uncaught(raised)
    threading.excepthook = lambda gone: _uncaught(gone.exc_value)
    sys.unraisablehook = lambda gone: _uncaught(gone.exc_value)


def _uncaught(raised: BaseException | None) -> None:
    structlog.get_logger("python").critical("an error nobody caught", exc_info=raised)


def _template_only(_: object, __: str, record: Record) -> Record:
    """A foreign record as its template's first line: the arguments and what follows may quote anything."""
    source: logging.LogRecord = record["_record"]
    record["logger"] = source.name
    template = (source.msg.splitlines() or [""])[0] if isinstance(source.msg, str) else ""
    if not _is_template(template, source.pathname):
        template = f"a record of line {source.lineno} in {source.filename}"
    record["event"] = template
    if source.exc_info:
        record["exc_info"] = source.exc_info
    return record


def _is_template(text: str, path: str) -> bool:
    """Whether the text stands as it is in the source that logged it: what was formatted before does not."""
    return bool(text.strip()) and text in "".join(linecache.getlines(path))


def _without_messages(_: object, __: str, record: Record) -> Record:
    """The exception, if any, as classes and places in the code."""
    raised = _raised(record.pop("exc_info", None))
    record.pop("stack_info", None)
    if raised is not None:
        record["exception"] = _outline(raised)
    return record


def _raised(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _outline(raised: BaseException) -> str:
    """`ValueError at intake.py:88 in _turn < intake.py:70 in _batch`, causes after "from"."""
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = raised
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = StackSummary.extract(walk_tb(current.__traceback__), lookup_lines=False)
        places = [f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in reversed(frames)]
        told.append(" at ".join(filter(None, (type(current).__qualname__, " < ".join(places)))))
        current = current.__cause__ or current.__context__
    return " from ".join(told)


def _allowed_fields(_: object, __: str, record: Record) -> Record:
    """Only FIELDS and structlog's own marks, which begin with an underscore, pass."""
    return {key: value for key, value in record.items() if key in FIELDS or key.startswith("_")}


def _redacted(_: object, __: str, record: Record) -> Record:
    """Whatever looks like a credential is replaced, and a value stays on one line."""
    return {key: _redact(value) if not key.startswith("_") else value for key, value in record.items()}


def _redact(value: object) -> object:
    match value:
        case str():
            text = _SECRET.sub(REDACTED, value)
            return "".join(char if char.isprintable() else " " for char in text)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(_redact(str(key))): _redact(item) for key, item in value.items()}
        case _:
            return _redact(str(value))
