"""`ask`, `chat`: what an author of the content does; no database and no network."""

import json
import sys
from pathlib import Path

from bot import settings
from bot.channels.terminal import chat
from bot.library import load


def ask(text: str, *, as_json: bool) -> None:
    """Print the clauses a question is about, best first."""
    library = load(settings.load().content_dir)
    found = [(library.clauses[r.topic], round(r.score, 4)) for r in library.topics.rank(text)]
    if as_json:
        rows = [{"clause": clause.number, "score": score} for clause, score in found]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(*(f"{score:.2f}  {clause.number}  {clause.title}" for clause, score in found), sep="\n")


def talk(record: Path | None) -> None:
    """Talk in this terminal until the end of the input."""
    chat(load(settings.load().content_dir), sys.stdin, sys.stdout, record)
