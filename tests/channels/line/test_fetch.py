"""Files a person sent: fetched within a limit, gone, or to be asked for again."""

import pytest
from aiohttp import ClientTimeout

from bot.channels.line import LineChannel
from bot.runtime.channel import FetchedFile, FileGoneError, FileLaterError, FileTooLargeError
from tests.standins.line import Fault, LineStandIn, answer, reset, silence

CONTENT = bytes(range(256)) * 1000


@pytest.mark.parametrize("limit", [len(CONTENT), len(CONTENT) * 2])
async def test_a_file_within_the_limit_is_brought(
    channel: LineChannel, line: LineStandIn, limit: int
) -> None:
    line.files["325708"] = CONTENT
    assert await channel.fetch("325708", limit) == FetchedFile(CONTENT)


@pytest.mark.parametrize("limit", [0, 1, len(CONTENT) - 1])
async def test_a_file_over_the_limit_is_refused(channel: LineChannel, line: LineStandIn, limit: int) -> None:
    line.files["325708"] = CONTENT
    with pytest.raises(FileTooLargeError):
        await channel.fetch("325708", limit)


async def test_a_file_that_does_not_say_its_size_is_read_no_further_than_the_limit(
    channel: LineChannel, line: LineStandIn
) -> None:
    line.untold_sizes = True
    line.files["325708"] = CONTENT
    assert await channel.fetch("325708", len(CONTENT)) == FetchedFile(CONTENT)
    with pytest.raises(FileTooLargeError):
        await channel.fetch("325708", len(CONTENT) - 1)


@pytest.mark.parametrize("ref", ["1", "../info", "a/b", "?x", "%2e%2e", ""])
async def test_what_line_does_not_have_is_gone_whatever_it_is_called(
    channel: LineChannel, line: LineStandIn, ref: str
) -> None:
    with pytest.raises(FileGoneError):
        await channel.fetch(ref, 100)


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_a_file_that_is_gone(channel: LineChannel, line: LineStandIn, status: int) -> None:
    line.script("content", answer(status))
    with pytest.raises(FileGoneError, match=str(status)):
        await channel.fetch("325708", 100)


@pytest.mark.parametrize(
    "fault",
    [answer(202), answer(401), answer(429), answer(500), answer(503), silence()],
    ids=["202", "401", "429", "500", "503", "silence"],
)
async def test_a_file_that_may_come_later(channel: LineChannel, line: LineStandIn, fault: Fault) -> None:
    channel.download_timeout = ClientTimeout(total=0.3)
    line.files["325708"] = CONTENT
    # The client itself asks once more when a connection is reset.
    line.script("content", *[fault] * (2 if fault.then == "reset" else 1))
    with pytest.raises(FileLaterError):
        await channel.fetch("325708", len(CONTENT))
    channel.download_timeout = ClientTimeout(total=5)
    assert await channel.fetch("325708", len(CONTENT)) == FetchedFile(CONTENT)


async def test_a_connection_that_keeps_breaking(channel: LineChannel, line: LineStandIn) -> None:
    line.files["325708"] = CONTENT
    line.script("content", reset(), reset())  # aiohttp asks a second time by itself when it only reads
    with pytest.raises(FileLaterError):
        await channel.fetch("325708", len(CONTENT))


async def test_a_server_nobody_reaches_may_come_back(cut_off: LineChannel) -> None:
    with pytest.raises(FileLaterError):
        await cut_off.fetch("325708", 100)
