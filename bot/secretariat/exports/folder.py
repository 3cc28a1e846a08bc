"""Several files as a folder or as one zip."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Rows, Write

#: zlib's level: 1 takes a third of the time of the usual 6 and makes such tables a fifth larger.
_LEVEL: Final = 1

#: Endings of what is compressed already.
_PACKED: Final = (".xlsx", ".parquet", ".zip")


def zipped(write: Write) -> Write:
    """The writer of a folder as a writer of a zip that holds its files."""

    def write_zip(extract: Extract, out: Path) -> Rows:
        with TemporaryDirectory(dir=extract.folder, prefix=f".{out.name}.") as made:
            folder = Path(made, "files")
            written = write(extract, folder)
            pack(folder, out)
        return written

    return write_zip


def pack(folder: Path, out: Path) -> None:
    """Put every file of the folder into a zip."""
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            kind = ZIP_STORED if file.suffix in _PACKED else ZIP_DEFLATED
            archive.write(file, file.relative_to(folder), kind)
