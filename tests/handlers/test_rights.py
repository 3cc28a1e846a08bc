"""Every right can be used on every channel, alike, in at most three taps, and leaves a receipt."""

import re
from itertools import pairwise

import pytest

from bot.dialogue import RequestKind
from tests.handlers.play import DIALOGUES

CHANNELS = ("line", "telegram", "web")
#: What begins the use of a right: one tap, on LINE's rich menu too, or one typed word.
BEGINNINGS = {"ข้อมูลของฉัน", "แก้คำตอบ"}
TAPS = 3


def told(channel: str) -> list[str]:
    return (DIALOGUES / f"rights-{channel}.md").read_text("utf-8").splitlines()


def said(lines: list[str]) -> list[str]:
    return [line.removeprefix("👤 ") for line in lines if line.startswith("👤")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_right_takes_three_taps_at_most(channel: str) -> None:
    used, taps = {}, 0
    for line in told(channel):
        if line.startswith("👤"):
            taps = 1 if line.removeprefix("👤 ") in BEGINNINGS else taps + 1
        if request := re.fullmatch(r"📝 request (\w+) \w-\w{7}", line):
            used[request[1]] = taps
    assert used.keys() == {kind.value for kind in RequestKind}
    assert max(used.values()) <= TAPS, used


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_receipt_is_told(channel: str) -> None:
    lines = told(channel)
    receipts = [line.split()[-1] for line in lines if line.startswith("📝 request")]
    shown = "\n".join(line for line in lines if not line.startswith("📝"))
    assert [receipt for receipt in receipts if receipt not in shown] == []


def test_the_channels_are_alike() -> None:
    assert all(said(told(one)) == said(told(other)) for one, other in pairwise(CHANNELS))
