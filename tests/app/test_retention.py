"""The bot lets go of things by itself, the operator may ask for it, and a promise stops a looser start."""

import asyncio
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import running
from bot.errors import SettingsError
from bot.runtime.clock import SystemClock
from bot.runtime.retention import RetentionJob
from bot.settings import Settings
from bot.store import Store
from bot.verbs import FOUND, UNUSABLE, run
from handlers.scene import BANGKOK
from tests.store import values

CONTENT = Path(__file__).parents[2] / "content"
DATABASE = "sqlite:///.data/ruamkhit.db"


def content(folder: Path, **changes: str) -> Path:
    """The shipped content with other values in draft.yaml."""
    copy = Path(shutil.copytree(CONTENT, folder, dirs_exist_ok=True))
    (draft,) = copy.glob("drafts/*/draft.yaml")
    text = draft.read_text("utf-8")
    for name, value in changes.items():
        text, found = re.subn(rf"(?m)^( *{name}:) \S+", rf"\1 {value}", text)
        assert found == 1
    draft.write_text(text, "utf-8")
    return copy


def days_ago(days: int) -> str:
    """A day of Thailand's calendar."""
    return str((SystemClock().now() - timedelta(days=days)).astimezone(BANGKOK).date())


async def somebody_answered(url: str = DATABASE) -> None:
    store = await Store.open(url)
    try:
        await store.migrate()
        await values.take_in(store, values.commit("line:1", values.answer("line:1/r0"), pulls=True))
    finally:
        await store.close()


async def who_answered(url: str = DATABASE) -> list[str]:
    store = await Store.open(url)
    try:
        return [id_ async for id_, _ in store.answers.export()]
    finally:
        await store.close()


def started(folder: Path, url: str = DATABASE) -> Settings:
    return Settings.model_validate({"database_url": url, "content_dir": folder})


async def test_a_bot_that_starts_after_the_day_destroys_the_link(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = asyncio.Event()
    real = RetentionJob.do

    async def do(self: RetentionJob) -> dict[str, int]:
        counted = await real(self)
        done.set()
        return counted

    monkeypatch.setattr(RetentionJob, "do", do)
    await somebody_answered(sqlite_url)
    # What stands under another master key than this run's is none of this test's.
    monkeypatch.setattr("bot.app.require_masters", _nothing)
    for closes, name in ((days_ago(29), "p1"), (days_ago(31), "anon-")):
        done.clear()
        async with asyncio.timeout(20), running(started(content(tmp_path / "c", closes=closes), sqlite_url)):
            await done.wait()
        shutil.rmtree(tmp_path / "c")
        (who,) = await who_answered(sqlite_url)
        assert who.startswith(name)


async def _nothing(*_: object) -> None:
    pass


async def test_a_looser_draft_does_not_start_once_somebody_has_answered(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.require_masters", _nothing)
    as_shipped, looser = content(tmp_path / "a"), content(tmp_path / "b", smallest="9", linked_days="60")
    for folder in (looser, as_shipped):
        async with running(started(folder, sqlite_url)):
            pass
    await somebody_answered(sqlite_url)
    with pytest.raises(SettingsError, match=r"smallest is 9; since .* 10\..*\n.*linked_days is 60;"):
        async with running(started(looser, sqlite_url)):
            pass
    async with running(started(as_shipped, sqlite_url)):
        pass


def test_the_doctor_says_which_promise_a_draft_would_break(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.verbs.operating.require_masters", _nothing)
    monkeypatch.setattr("bot.app.require_masters", _nothing)

    async def start() -> None:
        async with running(started(content(tmp_path / "a"))):
            pass

    asyncio.run(start())
    asyncio.run(somebody_answered())
    assert run(["doctor"]) == 0
    monkeypatch.setenv("CONTENT_DIR", str(content(tmp_path / "b", linked_days="60")))
    capsys.readouterr()
    assert run(["doctor"]) == FOUND
    assert "anonymity.linked_days is 60; since" in capsys.readouterr().out
    assert run(["serve"]) == UNUSABLE


def test_the_verb_says_what_is_due_and_then_does_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*arguments: str) -> list[str]:
        assert run(["retention", *arguments]) == 0
        return capsys.readouterr().out.splitlines()

    asyncio.run(somebody_answered())
    assert "has no day yet" in told()[-1]
    monkeypatch.setenv("CONTENT_DIR", str(content(tmp_path / "a", closes=days_ago(3))))
    assert "is destroyed from" in told("--dry-run")[-1]
    monkeypatch.setenv("CONTENT_DIR", str(content(tmp_path / "b", closes=days_ago(31))))
    due = told("--dry-run")
    assert len(due) == 8
    assert due[0] == "0 would go: events in quarantine, after 7 days."
    assert due[-1].startswith("1 would go: people whose link to their answers was due on ")
    assert asyncio.run(who_answered()) == ["p1"]
    assert told()[-1].startswith("1 went: people")
    assert asyncio.run(who_answered())[0].startswith("anon-")
    assert told()[-1].startswith("0 went: people")
