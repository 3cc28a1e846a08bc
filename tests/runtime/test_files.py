"""What a file is, by its content and not by its name."""

import io
import zipfile

import docx
import openpyxl
import pytest
from PIL import Image

from bot.dialogue import RefusalReason
from bot.runtime.files import sniff


def word() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


def sheet() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("1", size).convert("L").save(out, kind)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", "a")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n%%EOF", "application/pdf"),
        (word(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (sheet(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
    ],
)
def test_what_is_taken(content: bytes, media_type: str) -> None:
    assert sniff(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90",
        b"<html>",
        archive(),
        b"PK\x03\x04 broken",
        b"\x89PNG\r\n\x1a\n broken",
        b"#!/bin/sh",
        b"GIF89a",
    ],
)
def test_what_is_not(content: bytes) -> None:
    assert sniff(content) is RefusalReason.TYPE


def test_nothing_is_empty() -> None:
    assert sniff(b"") is RefusalReason.EMPTY
