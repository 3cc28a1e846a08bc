"""A Frictionless Data Package (version 2): the three tables and datapackage.json, which describes them.

What each column holds is said in the office's words; labels of codes are `categories`, from which
statistics programs make value labels.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bot.dialogue import Capacity, Group, Outcome
from bot.errors import ExportError
from bot.language.calendar import iso
from bot.secretariat.exports.csv import count_table, write_tables
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.folder import zipped
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.readme import write_readme
from bot.secretariat.exports.tables import NUMBERS, TABLES

_DESCRIPTOR: Final = "datapackage.json"
_PROFILE: Final = "https://datapackage.org/profiles/2.0"

_MOMENT: Final = {"type": "datetime", "format": "default"}
_YES_NO: Final = {"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}
_NUMBER: Final = {"type": "integer"}

#: The columns that are no bare text.
_TYPES: Final[dict[str, dict[str, Any]]] = {
    "at": _MOMENT,
    "replaced_at": _MOMENT,
    "current": _YES_NO,
    "in_use": _YES_NO,
    **dict.fromkeys(NUMBERS, _NUMBER),
}
_KEYS: Final = {"answers": "answer_id", "suggestions": "suggestion_id"}


def write_folder(extract: Extract, out: Path) -> Rows:
    """Write the tables, their description and a README."""
    written = write_tables(extract, out)
    (out / _DESCRIPTOR).write_text(json.dumps(_package(extract, out), ensure_ascii=False, indent=2), "utf-8")
    write_readme(extract, out, tables=TABLES)
    return written


def _package(extract: Extract, folder: Path) -> dict[str, Any]:
    draft = extract.library.draft
    return {
        "$schema": f"{_PROFILE}/datapackage.json",
        "name": draft.slug,
        "title": draft.title,
        **({"description": extract.words.demo} if extract.demo else {}),
        "version": extract.library.version,
        "created": iso(extract.made),
        "resources": [_resource(extract, folder, table) for table in TABLES],
    }


def _resource(extract: Extract, folder: Path, table: str) -> dict[str, Any]:
    file = folder / f"{table}.csv"
    return {
        "name": table,
        "path": file.name,
        "type": "table",
        "title": extract.words.files[file.name],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest(file)}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "schema": _schema(extract, table),
    }


def _schema(extract: Extract, table: str) -> dict[str, Any]:
    categories = _categories(extract)
    fields = []
    for column in TABLES[table]:
        described = {"name": column, "description": extract.words.columns[table][column]}
        field: dict[str, Any] = described | _TYPES.get(column, {"type": "string"})
        if column in categories:
            field["categories"] = categories[column]
        fields.append(field)
    schema: dict[str, Any] = {"$schema": f"{_PROFILE}/tableschema.json", "fields": fields}
    schema |= {"fieldsMatch": "exact", "missingValues": [""]}
    return schema | ({"primaryKey": [_KEYS[table]]} if table in _KEYS else {})


def _categories(extract: Extract) -> dict[str, list[dict[str, str]]]:
    labels = extract.library.labels
    return {
        "outcome": [{"value": o.value, "label": extract.words.outcomes[o.value]} for o in Outcome],
        "group": [{"value": g.value, "label": labels[f"group_{g.value}"]} for g in Group],
        "capacity": [{"value": c.value, "label": labels[f"capacity_{c.value}"]} for c in Capacity],
    }


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    made = sha256()
    with file.open("rb") as content:
        while part := content.read(1 << 20):
            made.update(part)
    return made.hexdigest()


def check(out: Path) -> Rows:
    """What is in the folder, by Python's own readers and against its description; raises ExportError."""
    found: Rows = {}
    try:
        for resource in json.loads((out / _DESCRIPTOR).read_text("utf-8"))["resources"]:
            file = out / resource["path"]
            columns = [field["name"] for field in resource["schema"]["fields"]]
            if resource["hash"] != f"sha256:{digest(file)}" or resource["bytes"] != file.stat().st_size:
                raise ExportError(f"{file.name} is not the file that {_DESCRIPTOR} describes.")
            found[resource["name"]] = count_table(file, columns)
    except (ValueError, KeyError) as error:
        raise ExportError(f"{_DESCRIPTOR} does not read back ({type(error).__name__}).") from None
    return found


FORMAT: Final = Format(
    writers={".zip": zipped(write_folder), "": write_folder}, file="datapackage", check=check
)
