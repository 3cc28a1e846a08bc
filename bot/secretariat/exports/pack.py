"""Every format at once, in one zip, with a README and a manifest.

One rule: a file that does not read back, by other means than it was written with where there are any,
as what was to be written fails the whole pack.
"""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.errors import ExportError, SettingsError
from bot.language.calendar import iso
from bot.secretariat.exports import (
    csv,
    datapackage,
    jsonl,
    parquet,
    sav,
    sensemaking,
    t3c,
    xlsform,
    xlsx,
)
from bot.secretariat.exports.datapackage import digest
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.folder import zipped
from bot.secretariat.exports.format import Format, Rows, require
from bot.secretariat.exports.readme import write_readme
from bot.secretariat.exports.words import DESCRIBED

PARTS: Final[dict[str, Format]] = {
    "csv": csv.FORMAT,
    "xlsx": xlsx.FORMAT,
    "jsonl": jsonl.FORMAT,
    "parquet": parquet.FORMAT,
    "sav": sav.FORMAT,
    "datapackage": datapackage.FORMAT,
    "t3c": t3c.FORMAT,
    "sensemaking": sensemaking.FORMAT,
    "xlsform": xlsform.FORMAT,
}

_MANIFEST: Final = "manifest.json"


def write_folder(extract: Extract, out: Path) -> Rows:
    """Write every format this machine can, read each back, then the README and the manifest.

    Raises ExportError when one does not read back.
    """
    out.mkdir()
    rows: dict[str, Rows] = {}
    absent = []
    for name, part in PARTS.items():
        try:
            require(part)
        except SettingsError:
            absent.append(name)
            continue
        target = out / part.file
        rows[part.file] = part.writers[target.suffix](extract, target)
        found = part.check(target)
        if found != rows[part.file]:
            raise ExportError(
                f"{part.file} holds {found} where {rows[part.file]} were written; nothing is kept."
            )
    write_readme(extract, out, tables=DESCRIBED, absent=absent, further=(_MANIFEST,))
    manifest = _manifest(extract, out, rows, absent)
    (out / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2), "utf-8")
    return {"answers": extract.answers.count, "suggestions": extract.suggestions.count}


def _manifest(extract: Extract, folder: Path, rows: dict[str, Rows], absent: list[str]) -> dict[str, Any]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "made": iso(extract.made),
        "content": extract.library.version,
        "filters": msgspec.to_builtins(extract.filters),
        "answers": extract.answers.count,
        "suggestions": extract.suggestions.count,
        "left_out": msgspec.to_builtins(extract.left_out),
        "rows": rows,
        "not_installed": absent,
        "files": [
            {
                "path": file.relative_to(folder).as_posix(),
                "bytes": file.stat().st_size,
                "sha256": digest(file),
            }
            for file in files
        ],
    }


def check(out: Path) -> Rows:
    """What is in the folder, and that every file is the one the manifest names; raises ExportError."""
    manifest = json.loads((out / _MANIFEST).read_text("utf-8"))
    for file in manifest["files"]:
        if digest(out / file["path"]) != file["sha256"]:
            raise ExportError(f"{file['path']} is not the file that {_MANIFEST} names.")
    return {"answers": manifest["answers"], "suggestions": manifest["suggestions"]}


FORMAT: Final = Format(
    writers={".zip": zipped(write_folder), "": write_folder}, file="pack", check=check, speaks=True
)
