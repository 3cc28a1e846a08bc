"""How long a large export takes, and how much memory: `python -m tests.secretariat.measure [ANSWERS] [FORMAT…]`.

A new SQLite file is filled with answers to the shipped questions, a million unless told otherwise. Each
format is written by a process of its own, `python -m bot export`. The floors beside it: the command line
of SQLite for CSV, and xlsxwriter with constant memory over the bare cells for XLSX.
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
        # In a process of its own: the memory of this one would count as that of every child.
        timed([sys.executable, "-m", "tests.secretariat.filling", str(file), str(count)])
        _say(f"{count} answers, {file.stat().st_size >> 20} MB of database")
        if "csv" in names:
            with (folder / "floor.csv").open("wb") as out:
                floor = ["sqlite3", "-csv", str(file), "SELECT * FROM answers"]
                _say("sqlite3 -csv          {:7.1f} s {:5} MB".format(*timed(floor, stdout=out)))
        if "xlsx" in names:
            floor = [sys.executable, "-c", BARE, str(file), str(folder / "floor.xlsx")]
            _say("xlsxwriter, bare      {:7.1f} s {:5} MB".format(*timed(floor)))
        settings = os.environ | {"DATABASE_URL": f"sqlite:///{file}", "IDENTITY_KEY": secrets.token_hex(32)}
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
