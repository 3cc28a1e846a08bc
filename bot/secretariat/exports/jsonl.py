"""JSON Lines: an object a line, the answers and then the suggestions, each with its `type`."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.errors import ExportError
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.rows import AnswerRow, Asked, SuggestionRow, chosen_of

_KINDS: Final = {"answer": "answers", "suggestion": "suggestions"}

_encode: Final = msgspec.json.Encoder().encode


def write(extract: Extract, out: Path) -> Rows:
    """Write the lines, in UTF-8; what was not said is null."""
    with out.open("wb") as file:
        for asked, answer in extract.answers:
            file.write(_encode(_answer(asked, answer)) + b"\n")
        for suggestion in extract.suggestions:
            file.write(_encode(_suggestion(suggestion)) + b"\n")
    return {"answers": extract.answers.count, "suggestions": extract.suggestions.count}


def _answer(asked: Asked, row: AnswerRow) -> dict[str, Any]:
    return {
        "type": "answer",
        "answer_id": row.id,
        "participant": row.participant,
        "at": row.at,
        "channel": row.channel,
        "group": row.group or None,
        "capacity": row.capacity or None,
        "clause": asked.clause,
        "question_id": asked.question,
        "version": asked.version,
        "stem": asked.stem,
        "options_shown": asked.options,
        "order": asked.order,
        "outcome": row.outcome,
        "chosen": [{"id": id_, "label": asked.labels.get(id_)} for id_ in chosen_of(row.chosen)],
        "text": row.text,
        "notice": row.notice,
        "current": not row.replaced_at,
        "replaced_at": row.replaced_at or None,
    }


def _suggestion(row: SuggestionRow) -> dict[str, Any]:
    return {
        "type": "suggestion",
        "suggestion_id": row.id,
        "thread": row.thread,
        "participant": row.participant,
        "at": row.at,
        "channel": row.channel,
        "group": row.group or None,
        "capacity": row.capacity or None,
        "clause": row.clause or None,
        "text": row.text,
        "status": row.status,
        "organisation": row.organisation or None,
        "attachments": row.attachments.split(" | ") if row.attachments else [],
        "notice": row.notice,
        "current": not row.replaced_at,
        "replaced_at": row.replaced_at or None,
    }


def check(out: Path) -> Rows:
    """What is in the file, by Python's own JSON reader; raises ExportError."""
    count: Counter[str] = Counter({"answers": 0, "suggestions": 0})
    with out.open(encoding="utf-8", newline="\n") as file:
        try:
            count.update(_KINDS[json.loads(line)["type"]] for line in file)
        except (ValueError, KeyError, TypeError) as error:
            raise ExportError(f"{out.name} has a line that is no record ({type(error).__name__}).") from None
    return dict(count)


FORMAT: Final = Format(writers={".jsonl": write}, file="ruamkhit.jsonl", check=check)
