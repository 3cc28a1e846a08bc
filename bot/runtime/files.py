"""What a file is, from its bytes alone; its name and the platform's word for it prove nothing.

Pure. One rule: what is not recognised is refused, and nothing is ever unpacked beyond the list of an
archive's members and one small member that says what the archive is.
"""

from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile

from bot.dialogue import RefusalReason

#: The largest file taken from a person, in bytes: 10 MiB.
MAX_FILE: Final = 10 * 1024 * 1024
#: The largest picture, in pixels: a 10,000 x 5,000 scan. A few kilobytes can claim billions.
MAX_PIXELS: Final = 50_000_000

PDF: Final = "application/pdf"
_OFFICE: Final = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CONTENT_TYPES: Final = "[Content_Types].xml"
#: Word and Excel write dozens of members; thousands are an attack on whoever lists them.
_MAX_MEMBERS: Final = 2_000
_MAX_CONTENT_TYPES: Final = 256 * 1024

_PICTURES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
#: Brands of the file type box of an HEIF still (ISO/IEC 23008-12); Pillow does not read these.
_HEIC: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1"})


def sniff(content: bytes) -> str | RefusalReason:
    """The media type of a file we take, or why we do not take it.

    Taken: PDF, DOCX, XLSX, PNG, JPEG, WEBP, GIF and HEIC, of at most MAX_FILE bytes; macro-enabled
    Office files are not among them.
    """
    if not content:
        return RefusalReason.EMPTY
    if len(content) > MAX_FILE:
        return RefusalReason.SIZE
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _office(content) or RefusalReason.TYPE
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "image/heic"
    return _picture(content)


def _office(content: bytes) -> str | None:
    """Which Office document a ZIP is: its part must be there and be declared."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            members = {member.filename: member for member in archive.infolist()}
            listing = members.get(_CONTENT_TYPES)
            if listing is None or len(members) > _MAX_MEMBERS or listing.file_size > _MAX_CONTENT_TYPES:
                return None
            with archive.open(listing) as file:
                # The size in the directory is only claimed; the read is what bounds it.
                declared = file.read(_MAX_CONTENT_TYPES)
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        return None
    for part, media_type in _OFFICE.items():
        if part in members and f"{media_type}.main+xml".encode() in declared:
            return media_type
    return None


def _picture(content: bytes) -> str | RefusalReason:
    """Reads the header only: the pixels are never decoded."""
    from PIL import Image  # noqa: PLC0415 - 2 MB that only a picture needs

    try:
        with Image.open(BytesIO(content), formats=tuple(_PICTURES)) as picture:
            width, height = picture.size
            kind = picture.format
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return RefusalReason.SIZE
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError):
        return RefusalReason.TYPE
    if width * height > MAX_PIXELS:
        return RefusalReason.SIZE
    return _PICTURES[kind or ""]
