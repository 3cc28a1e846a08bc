"""`make run` in a fresh clone, as a newcomer would, and a conversation with it."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]


def copied() -> list[str]:
    """What a commit of the working tree as it is would hold."""
    return subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    ).split("\0")


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
async def test_a_newcomer_holds_a_conversation(tmp_path: Path) -> None:
    """The set-up itself is `make`'s; its environment is the one these tests run in, so that it takes seconds."""
    clone = tmp_path / "clone"
    for name in filter(None, copied()):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    venv = Path(sys.prefix)
    (clone / ".venv").symlink_to(venv)
    if not (venv / "runtime.stamp").exists():
        pytest.skip("the environment was not made by make: its stamp is missing")
    make = ["make", "run", "--old-file=.venv/runtime.stamp"]
    process = await asyncio.create_subprocess_exec(
        *make, cwd=clone, env=os.environ | {"PORT": "0"}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        url = await asyncio.wait_for(address(process.stdout), 60)
        async with httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=40) as web:
            assert "ร่วมคิด" in (await web.get("/")).text
            opened = {"id": str(uuid.uuid4()), "kind": "opened"}
            assert (await web.post("/chat/events", json=opened)).status_code == 200
            letters = (await web.get("/chat/letters", params={"after": 0})).text
            assert "นี่คือระบบตอบอัตโนมัติ" in letters
            assert (await web.post("/line/webhook", content=b"{}")).status_code == 404
            assert (await web.get("/healthz")).text == "ok\n"
    finally:
        process.terminate()
        await process.wait()


async def address(told: asyncio.StreamReader) -> str:
    """Where the bot says it is."""
    while line := (await told.readline()).decode():
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("it never said where it is")
