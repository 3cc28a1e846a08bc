"""How long a large export takes, and how much memory: `python -m tests.secretariat.measure [ANSWERS] [FORMAT…]`.

A new SQLite file is filled with answers to the shipped questions, a million unless told otherwise. Each
format is written by a process of its own, `python -m bot export`. The floors beside it: the command line
of SQLite for CSV, and xlsxwriter with constant memory over the bare cells for XLSX.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter


from sqlalchemy import insert

from bot.dialogue import Answer, Group, Outcome, Participant, ShownOption
from bot.library import KINDS, Library, Role, load
from bot.runtime.identity import new_key
from bot.store import Store
from bot.store.schema import answers, participants

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 1, tzinfo=UTC)
PEOPLE = 25_000
TYPED = "อยากให้บอกว่าเงินแต่ละก้อนใช้ไปกับอะไร และประชาชนได้อะไร " * 2
ENDINGS = {"csv": ".csv", "zip": ".zip", "xlsx": ".xlsx", "jsonl": ".jsonl", "parquet": ".parquet", "sav": ".sav"}
BARE = """
import sqlite3, sys, xlsxwriter
book = xlsxwriter.Workbook(sys.argv[2], {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
sheet = book.add_worksheet()
for n, row in enumerate(sqlite3.connect(sys.argv[1]).execute("SELECT * FROM answers LIMIT 1048575")):
    for m, cell in enumerate(row):
        sheet.write_string(n, m, str(cell or ""))
book.close()
"""


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def made(library: Library, count: int) -> Iterator[dict[str, object]]:
    """Answers as rows of the table: everybody in turn answers the next question of their own order."""
    chance = random.Random(1)
    questions = list(library.questions.values())
    for n in range(count):
        person, question = n % PEOPLE, questions[n // PEOPLE % len(questions)]
        shown = KINDS[question.kind].arrange(question, f"p{person}")
        option = chance.choice(question.options)
        answered = option.role is Role.SUBSTANTIVE
        answer = Answer(
            id=f"line:{n:026}/r0",
            question=question.id,
            version=question.version,
            clause=question.clause,
            stem=question.stem,
            options=tuple(ShownOption(o.id, o.label) for o in shown.options),
            outcome=Outcome.ANSWERED if answered or question.kind == "open" else Outcome(_outcome(option.role)),
            at=START + timedelta(seconds=n),
            channel=("line", "telegram", "web")[person % 3],
            order=shown.order,
            chosen=() if question.kind == "open" else (option.id,),
            text=TYPED if question.kind == "open" else None,
            group=list(Group)[person % 5],
            notice=library.notice,
            replaced_at=START if n >= PEOPLE * len(questions) else None,
        )
        yield {"participant": f"{person:032x}"} | {f: getattr(answer, f) for f in answer.__struct_fields__}


def _outcome(role: Role) -> str:
    return "skipped" if role is Role.SKIP else role.value


async def fill(url: str, count: int) -> None:
    """Make the database."""
    store = await Store.open(url)
    await store.migrate()
    rows = made(load(), count)
    async with store._database.writing() as connection:
        state = [
            {
                "id": f"{n:032x}", "channel": "line", "state": Participant(id=f"{n:032x}", channel="line"),
                "updated_at": START, "forget": False, "restricted": False,
            }
            for n in range(PEOPLE)
        ]  # fmt: skip
        await connection.execute(insert(participants), state)
        while batch := list(islice(rows, 5_000)):
            await connection.execute(insert(answers), batch)
    await store.close()


def timed(command: list[str], **options: object) -> tuple[float, int]:
    """Seconds, and the most memory in MB."""
    began = perf_counter()
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    _, status, used = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    assert os.waitstatus_to_exitcode(status) == 0, command
    return seconds, used.ru_maxrss // 1024


def measure(count: int, names: list[str]) -> None:
    """Print a line for each format and floor."""
    folder = Path(tempfile.mkdtemp(prefix="ruamkhit-measure-"))
    try:
        file = folder / "measure.db"
        asyncio.run(fill(f"sqlite:///{file}", count))
        _say(f"{count} answers, {file.stat().st_size >> 20} MB of database")
        if "csv" in names:
            with (folder / "floor.csv").open("wb") as out:
                floor = ["sqlite3", "-csv", str(file), "SELECT * FROM answers"]
                _say("sqlite3 -csv          {:7.1f} s {:5} MB".format(*timed(floor, stdout=out)))
        if "xlsx" in names:
            floor = [sys.executable, "-c", BARE, str(file), str(folder / "floor.xlsx")]
            _say("xlsxwriter, bare      {:7.1f} s {:5} MB".format(*timed(floor)))
        settings = os.environ | {"DATABASE_URL": f"sqlite:///{file}", "IDENTITY_KEY": new_key()}
        for name in names:
            out = folder / f"out{ENDINGS.get(name, '.zip')}"
            export = [sys.executable, "-m", "bot", "export", "--out", str(out)]
            form = [] if name in ("csv", "zip") else ["--format", name]
            seconds, memory = timed([*export, *form], env=settings, cwd=ROOT, stdout=subprocess.DEVNULL)
            _say(f"{name:21} {seconds:7.1f} s {memory:5} MB, a file of {out.stat().st_size >> 20} MB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    number = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 1_000_000)
    measure(number, wanted or ["csv", "xlsx"])
