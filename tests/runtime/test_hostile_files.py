"""Files made to do harm: they are refused quickly, and nothing of them is unpacked."""

import io
import struct
import time
import tracemalloc
import zipfile
import zlib

import pytest

from bot.dialogue import RefusalReason
from bot.runtime.files import MAX_FILE, sniff

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CONTENT_TYPES = "[Content_Types].xml"


def office(declared: str = DOCX, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(CONTENT_TYPES, f'<Override ContentType="{declared}.main+xml"/>')
        for name, content in ({"word/document.xml": b"<w/>"} | members).items():
            archive.writestr(name, content)
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """A picture that claims a size and holds nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b""))
    written = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def test_an_office_file_is_what_it_declares() -> None:
    assert sniff(office()) == DOCX


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(office(DOCX.replace("document", "macro")), RefusalReason.TYPE, id="declares another"),
        pytest.param(
            office("application/vnd.ms-word.document.macroEnabled"), RefusalReason.TYPE, id="macros"
        ),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, RefusalReason.TYPE, id="no archive"),
        pytest.param(office()[:-30], RefusalReason.TYPE, id="cut off"),
        pytest.param(png(30_000, 30_000), RefusalReason.SIZE, id="900 million pixels"),
        pytest.param(png(8_000, 7_000), RefusalReason.SIZE, id="56 million pixels"),
        pytest.param(png(2**31 - 1, 2**31 - 1), RefusalReason.SIZE, id="all the pixels there are"),
        pytest.param(b"%PDF-" + b"\0" * MAX_FILE, RefusalReason.SIZE, id="over 10 MiB"),
        pytest.param(b"\0\0\0\x18ftypmp42" + b"\0" * 16, RefusalReason.TYPE, id="video"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", RefusalReason.TYPE, id="svg"),
        pytest.param(b"BM" + b"\0" * 60, RefusalReason.TYPE, id="another picture"),
    ],
)
def test_what_is_refused(content: bytes, reason: RefusalReason) -> None:
    assert sniff(content) is reason


def test_a_picture_of_a_phone_is_taken() -> None:
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "image/heic"


def test_a_bomb_is_not_unpacked() -> None:
    """A gigabyte of zeros behind a megabyte, in the one member that is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(CONTENT_TYPES, bytes(200_000_000))
        archive.writestr("word/document.xml", b"<w/>")
    tracemalloc.start()
    try:
        assert sniff(out.getvalue()) is RefusalReason.TYPE
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


def test_an_archive_of_a_hundred_thousand_members_costs_no_minute() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(100_000):
            archive.writestr(str(n), b"")
    assert len(out.getvalue()) < MAX_FILE
    began = time.perf_counter()
    assert sniff(out.getvalue()) is RefusalReason.TYPE
    assert time.perf_counter() - began < 10
