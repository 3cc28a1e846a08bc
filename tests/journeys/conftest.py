"""The bot as an office runs it: one process, real HTTP, the platforms on loopback."""

import asyncio
import csv
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn

ROOT = Path(__file__).resolve().parents[2]


class Bot(Struct, frozen=True):
    """A running bot: where it listens, the one-time link into its console, and what its verbs need."""

    url: str
    console: str
    environment: dict[str, str]
    folder: Path
    line: LineStandIn
    telegram: TelegramStandIn

    async def answers(self) -> list[dict[str, str]]:
        """The rows of the export, made by the verb as staff would."""
        out = self.folder / "answers.csv"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "export", "--out", str(out), cwd=self.folder, env=self.environment
        )
        assert await process.wait() == 0
        assert out.read_bytes().startswith(b"\xef\xbb\xbf")
        with out.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with LineStandIn() as line, TelegramStandIn() as telegram:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PORT": "0",
            "LINE_CHANNEL_SECRET": line.secret,
            "LINE_CHANNEL_ACCESS_TOKEN": line.token,
            "LINE_API_BASE": line.url,
            "LINE_DATA_API_BASE": line.url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_WEBHOOK_SECRET": telegram.secret,
            "TELEGRAM_API_BASE": telegram.url,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            cwd=tmp_path,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout
        told = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        told += (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        link = re.search(r"http://\S+/secretariat/link/\S+", told)
        assert found and link, told
        line.webhook, telegram.webhook = f"{found[0]}/line/webhook", f"{found[0]}/telegram/webhook"
        yield Bot(found[0], link[0], environment, tmp_path, line, telegram)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
