"""Parquet: a row a person, a column a question and wording, for Python, R and databases.

Labels travel as metadata of the columns: `label`, and `values` as JSON.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.labels import column_labels, value_labels
from bot.secretariat.exports.wide import Wide, described, groups


def write(extract: Extract, out: Path) -> Rows:
    """Write the people, a row group after another."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    wide = described(extract)
    schema = _schema(pa, extract, wide)
    count = 0
    with ParquetWriter(out, schema, compression="zstd") as file:
        for columns in groups(extract, wide):
            table = pa.table(columns, schema=schema)
            if table.num_rows:
                file.write_table(table)
            count += table.num_rows
    return {"participants": count}


def _schema(pa: Any, extract: Extract, wide: Wide) -> Any:
    labels, values = column_labels(extract, wide), value_labels(extract, wide)
    texts = set(wide.texts)
    fields = []
    for name in wide.names:
        told = {"label": labels[name]}
        if name in values:
            told["values"] = msgspec.json.encode({str(k): v for k, v in values[name].items()}).decode()
        fields.append(pa.field(name, pa.string() if name in texts else pa.int8(), metadata=told))
    return pa.schema(fields)


def check(out: Path) -> Rows:
    """What is in the file, read anew from the disk, every column of it."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(out) as file:
        return {"participants": sum(batch.num_rows for batch in file.iter_batches())}


FORMAT: Final = Format(writers={".parquet": write}, file="ruamkhit.parquet", check=check, needs=("pyarrow",))
