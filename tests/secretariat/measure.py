"""How long a large export takes, and how much memory: `python -m tests.secretariat.measure [ANSWERS] [FORMAT…]`.

A new SQLite file is filled with answers to the shipped questions, a million unless told otherwise. Each
format is written by a process of its own, `python -m bot export`. The floors beside it: for CSV the
command line of SQLite, once over the bare table and once over the cells that the export has (same.sql),
for the zip the latter and `zip -1` over two copies of them, and for XLSX xlsxwriter with constant memory
over the bare cells. Seconds of the processor are told too: on a shared machine they alone compare.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
SAME = Path(__file__).with_name("same.sql")
ENDINGS = {
    "csv": ".csv",
    "zip": ".zip",
    "xlsx": ".xlsx",
    "jsonl": ".jsonl",
    "parquet": ".parquet",
    "sav": ".sav",
}
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


def timed(command: list[str], **options: object) -> tuple[float, float, int]:
    """Seconds, seconds of the processor, and the most memory in MB."""
    began = perf_counter()
    process = subprocess.Popen(command, **options)  # type: ignore[call-overload]
    _, status, used = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    assert os.waitstatus_to_exitcode(status) == 0, command
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def _row(name: str, seconds: float, processor: float, memory: int) -> str:
    return f"{name:19} {seconds:6.1f} s {processor:6.1f} s of the processor {memory:5} MB"


def _floors(file: Path, folder: Path, names: list[str]) -> None:
    """Print what the formats are held against."""
    if {"csv", "zip"} & set(names):
        same = folder / "same.csv"
        with (folder / "bare.csv").open("wb") as out:
            bare = ["sqlite3", "-csv", str(file), "SELECT * FROM answers"]
            _say(_row("sqlite3 -csv, bare", *timed(bare, stdout=out)))
        with SAME.open("rb") as script, same.open("wb") as out:
            _say(_row("sqlite3 -csv, same", *timed(["sqlite3", str(file)], stdin=script, stdout=out)))
        if "zip" in names:
            copied = Path(shutil.copyfile(same, folder / "copied.csv"))
            packing = ["zip", "-1", "-q", str(folder / "floor.zip"), str(same), str(copied)]
            _say(_row("zip -1 of two", *timed(packing)))
    if "xlsx" in names:
        book = [sys.executable, "-c", BARE, str(file), str(folder / "floor.xlsx")]
        _say(_row("xlsxwriter, bare", *timed(book)))


def measure(count: int, names: list[str]) -> None:
    """Print a line for each format and floor."""
    folder = Path(tempfile.mkdtemp(prefix="ruamkhit-measure-"))
    try:
        file = folder / "measure.db"
        # In a process of its own: the memory of this one would count as that of every child.
        timed([sys.executable, "-m", "tests.secretariat.filling", str(file), str(count)])
        _say(f"{count} answers, {file.stat().st_size >> 20} MB of database")
        _floors(file, folder, names)
        settings = os.environ | {"DATABASE_URL": f"sqlite:///{file}", "IDENTITY_KEY": secrets.token_hex(32)}
        for name in names:
            out = folder / f"out{ENDINGS.get(name, '.zip')}"
            export = [sys.executable, "-m", "bot", "export", "--out", str(out)]
            form = [] if name in ("csv", "zip") else ["--format", name]
            used = timed([*export, *form], env=settings, cwd=ROOT, stdout=subprocess.DEVNULL)
            _say(f"{_row(name, *used)}, a file of {out.stat().st_size >> 20} MB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    number = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 1_000_000)
    measure(number, wanted or ["csv", "xlsx"])
