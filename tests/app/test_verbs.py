"""What an operator types: exit codes, words instead of tracebacks, and a stop that finishes its work."""

import asyncio
import csv
import json
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace

from bot.dialogue import Erase, Scope
from bot.runtime.identity import new_key, read_key
from bot.runtime.keys import MasterKeys
from bot.secretariat.exports import FORMATS
from bot.store import Store
from bot.verbs import FOUND, UNUSABLE, run
from tests.store import values

ROOT = Path(__file__).resolve().parents[2]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was said on standard output and on standard error."""
    code = run(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes started by a test find the program although they run in an empty folder."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_ask_prints_clauses_best_first(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "ask", "ข้อ ๓.๕ คืออะไร", "--json")
    found = json.loads(out)
    assert code == 0
    assert found[0]["clause"] == "3.5"
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)


def test_ask_prints_an_empty_list_when_nothing_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "ask", "สวัสดีครับ", "--json")[:2] == (0, "[]\n")


def test_check_counts_what_it_read(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "check")
    assert code == 0
    assert out.splitlines()[-1].startswith("17 clauses")


def test_faults_of_the_content_are_listed_without_a_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = told(capsys, "check", str(tmp_path))
    assert (code, out) == (UNUSABLE, "")
    assert re.search(r"labels\.yaml:1:1: ", err)
    assert "Traceback" not in err


def test_a_wrong_setting_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "canary")
    code, _, err = told(capsys, "serve")
    assert code == UNUSABLE
    assert "PORT" in err
    assert "canary" not in err


def test_a_port_that_is_taken_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        code, _, err = told(capsys, "serve")
    assert code == UNUSABLE
    assert "set PORT to another" in err


def test_polling_wants_a_token(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")
    code, _, err = told(capsys, "serve", "--poll")
    assert code == UNUSABLE
    assert "TELEGRAM_BOT_TOKEN" in err


def test_connect_wants_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(capsys, "connect")
    assert code == UNUSABLE
    assert "PUBLIC_URL" in err


def test_doctor_finds_what_is_missing_and_quotes_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(capsys, "doctor")[0] == 0
    monkeypatch.setenv("PUBLIC_URL", "https://chat.example.go.th")
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "canary")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:canary@127.0.0.1:1/none")
    code, out, err = told(capsys, "doctor")
    assert code == FOUND
    assert "IDENTITY_KEY is not set" in out
    assert "LINE needs both" in out
    assert "ConnectionRefusedError" in out
    assert "canary" not in out + err


async def people_under(key: str, people: int) -> None:
    """Data keys in the database of a local run, wrapped by this master key."""
    masters = MasterKeys(read_key(key))
    store = await Store.open("sqlite:///.data/ruamkhit.db")
    try:
        await store.migrate()
        commits = [values.commit(f"e{n}", who=values.person(f"p{n}")) for n in range(people)]
        keyed = [replace(c, key=masters.make(c.turn.participant.id).wrapped) for c in commits]
        await values.take_in(store, *keyed)
    finally:
        await store.close()


def test_rotate_keys_wraps_everything_anew_and_says_when_it_cannot(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = new_key(), new_key()
    asyncio.run(people_under(old, 3))
    monkeypatch.setenv("MASTER_KEY", new)
    code, out, _ = told(capsys, "rotate-keys")
    assert (code, out.splitlines()[0]) == (FOUND, "0 data keys were re-wrapped.")
    assert "3 are still under another master key" in out
    code, out, _ = told(capsys, "doctor")
    assert code == FOUND
    assert "MASTER_KEY_OLD" in out
    code, _, err = told(capsys, "serve")
    assert code == UNUSABLE
    assert "3 data keys in the database are under a master key that is not set" in err

    monkeypatch.setenv("MASTER_KEY_OLD", old)
    for done in (3, 0):
        code, out, _ = told(capsys, "rotate-keys")
        assert (code, out.splitlines()[0]) == (0, f"{done} data keys were re-wrapped.")
    monkeypatch.delenv("MASTER_KEY_OLD")
    assert told(capsys, "doctor")[0] == 0
    assert old not in out
    assert new not in out


def test_an_export_that_cannot_be_written_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert told(capsys, "migrate")[0] == 0
    code, _, err = told(capsys, "export", "--out", str(tmp_path / "absent" / "a.csv"))
    assert code == UNUSABLE
    assert "cannot be written" in err
    code, _, err = told(capsys, "export", "--out", str(tmp_path / "a.docx"), "--format", "docx")
    assert code == UNUSABLE
    assert "csv" in err
    assert [path.name for path in tmp_path.iterdir() if path.name != ".data"] == []
    assert told(capsys, "export", "--out", str(tmp_path / "a.csv"))[0] == 0
    assert not list(tmp_path.glob(".a.*"))
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1


async def with_store(work: Callable[[Store], Awaitable[None]]) -> None:
    """Something done with the database of a local run."""
    store = await Store.open("sqlite:///.data/ruamkhit.db")
    try:
        await store.migrate()
        await work(store)
    finally:
        await store.close()


def test_an_export_says_what_it_leaves_out_and_is_noted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def lived(store: Store) -> None:
        for n in range(4):
            who = values.person(f"p{n}", restricted=n == 1)
            await values.take_in(store, values.commit(f"e{n}", values.answer(f"e{n}/r0"), who=who))
        gone = values.commit("e9", who=values.person("p2"), erase=Erase(Scope.EVERYTHING))
        await values.take_in(store, gone)

    async def noted(store: Store) -> None:
        deed = await store.audit.head()
        assert deed
        assert (deed.actor, deed.act, deed.subject) == ("operator", "export", "a.csv")
        assert deed.detail == {
            "format": "csv", "answers": "2", "withdrawn": "1", "restricted": "1", "history": "True"
        }  # fmt: skip

    asyncio.run(with_store(lived))
    code, out, _ = told(capsys, "export", "--out", str(tmp_path / "a.csv"))
    assert code == 0
    assert out.endswith(
        f"2 answers are in {tmp_path / 'a.csv'}; 1 withdrawn and 1 under restriction are left out.\n"
    )
    content = (tmp_path / "a.csv").read_text("utf-8")
    assert not {"p0", "p1", "p2", "p3"} & set(re.findall(r"p\d", content))
    assert len(set(re.findall(r"P[0-9a-f]{16}", content))) == 2
    asyncio.run(with_store(noted))


@pytest.fixture
def closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the last day of answers in a copy of the content."""
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("__pycache__"))
    [draft] = folder.glob("drafts/*/draft.yaml")
    text = draft.read_text("utf-8")
    assert "closes: null" in text
    monkeypatch.setenv("CONTENT_DIR", str(folder))
    return lambda day: draft.write_text(text.replace("closes: null", f"closes: {day}"), "utf-8") and None


def test_nothing_is_published_while_answers_are_taken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, closes: Callable[[str], None]
) -> None:
    assert told(capsys, "migrate")[0] == 0
    for day, said in (("null", "Set `closes`"), ("2400-02-29", "from 01/03/2943 (2400-03-01) on")):
        closes(day)
        code, out, err = told(capsys, "publish", "--out", str(tmp_path / "tables"))
        assert (code, out) == (UNUSABLE, "")
        assert said in err
    assert not (tmp_path / "tables").exists()


def test_tables_are_published_once_and_noted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, closes: Callable[[str], None]
) -> None:
    async def lived(store: Store) -> None:
        people = [values.person(f"p{n}") for n in range(12)]
        made = [values.commit(f"e{n}", values.answer(f"e{n}/r0"), who=who) for n, who in enumerate(people)]
        await values.take_in(store, *made)

    async def noted(store: Store) -> None:
        deed = await store.audit.head()
        assert deed
        assert (deed.seq, deed.actor, deed.act) == (2, "operator", "publish")
        assert int(deed.detail["tables"]) == len(written[0]) - 1
        await values.take_in(
            store, values.commit("x", who=values.person("p0"), erase=Erase(Scope.EVERYTHING))
        )

    closes("2020-01-01")
    asyncio.run(with_store(lived))
    written = []
    for folder in ("one", "two", "three"):
        if folder == "three":
            asyncio.run(with_store(noted))
        code, out, _ = told(capsys, "publish", "--out", str(tmp_path / folder))
        assert code == 0
        assert str(tmp_path / folder) in out
        written.append({path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()})
    assert written[0] == written[1] == written[2]
    assert all(content.startswith(b"\xef\xbb\xbf") for content in written[0].values())
    assert "participation.day.csv" in written[0]


async def with_answers(store: Store) -> None:
    """Three answers and a suggestion."""
    for n, channel in enumerate(("line", "web", "web")):
        kept = values.answer(f"e{n}/r0", channel=channel, text="สมชาย 555", at=values.at(n * 3600))
        sent = (values.suggestion(f"e{n}/r1", channel=channel),) if n == 1 else ()
        await values.take_in(store, values.commit(f"e{n}", kept, *sent, who=values.person(f"p{n}")))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_by_the_verb(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    asyncio.run(with_store(with_answers))
    out = tmp_path / f"made{next(iter(FORMATS[name].writers))}"
    code, said, err = told(capsys, "export", "--out", str(out), "--format", name, "--channel", "web")
    assert code == 0, err
    assert f"are in {out}; 0 withdrawn and 0 under restriction are left out." in said
    assert out.stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir() if path.name != ".data"] == [out.name]


def test_an_export_is_filtered_and_its_search_is_not_noted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def noted(store: Store) -> None:
        deed = await store.audit.head()
        assert deed
        assert deed.detail["contains"] == "…"
        assert deed.detail["since"] == "2026-11-24T11:00:00+07:00"
        assert "สมชาย" not in str(deed)

    asyncio.run(with_store(with_answers))
    arguments = (
        "--contains",
        "สมชาย",
        "--since",
        "2026-11-24T11:00:00",
        "--no-history",
        "--group",
        "citizen",
    )
    code, out, err = told(capsys, "export", "--out", str(tmp_path / "a.jsonl"), *arguments)
    assert code == 0, err
    assert "2 answers and 0 suggestions are in " in out
    asyncio.run(with_store(noted))


def test_a_folder_with_files_in_it_is_left_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asyncio.run(with_store(with_answers))
    folder = tmp_path / "mine"
    folder.mkdir()
    assert told(capsys, "export", "--out", str(folder))[0] == 0
    before = sorted(path.name for path in folder.iterdir())
    assert "README.txt" in before
    code, _, err = told(capsys, "export", "--out", str(folder))
    assert (code, sorted(path.name for path in folder.iterdir())) == (UNUSABLE, before)
    assert "a folder with files in it" in err


@pytest.mark.parametrize("broken", ["bot.secretariat.exports.csv._line", "bot.verbs.exporting.note"])
def test_an_export_that_breaks_leaves_nothing_and_keeps_what_was_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_: object) -> str:
        raise OSError(28, "No space left on device")

    asyncio.run(with_store(with_answers))
    (tmp_path / "a.csv").write_text("the one before")
    monkeypatch.setattr(broken, fail)
    code, _, err = told(capsys, "export", "--out", str(tmp_path / "a.csv"))
    assert code == UNUSABLE
    assert "No space left on device" in err
    assert [path.name for path in tmp_path.iterdir() if path.name != ".data"] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "the one before"


@asynccontextmanager
async def served() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process that serves, and its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        yield process, found[0]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_lets_readers_go_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """A page that waits for news for 25 seconds does not hold the process up."""
    monkeypatch.setenv("PORT", "0")
    async with served() as (process, url), httpx2.AsyncClient(base_url=url, timeout=30) as web:
        await web.get("/chat/latest")
        waiting = asyncio.create_task(web.get("/chat/letters", params={"after": 0}))
        await asyncio.sleep(0.2)  # nothing tells that the poll has begun to wait
        process.send_signal(number)
        assert (await waiting).json() == {"letters": []}
        assert await asyncio.wait_for(process.wait(), 8) == 0
        assert process.stderr
        assert (await process.stderr.read()).decode() == ""
