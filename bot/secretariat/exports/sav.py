"""SPSS: a row a person, a variable a question and wording, with Thai labels.

What is not an answer is user-missing. Labels are cut where SPSS allows no more, at a whole character;
the codebook has them in full. A text too long for SPSS is cut too, and `texts_cut` counts them in its
row. pyreadstat writes a whole table, so memory grows here with the people, a few bytes an answer.
"""

from pathlib import Path
from typing import Any, Final
from unicodedata import category

from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Format, Rows
from bot.secretariat.exports.labels import column_labels, value_labels
from bot.secretariat.exports.variables import MISSING
from bot.secretariat.exports.wide import Value, Wide, described, groups

#: The most bytes of a variable's label, of a value's and of a text (IBM, "Variable labels", "Value labels",
#: "String"; its writer would cut the first two in the midst of a letter).
LABEL: Final = 255
VALUE: Final = 120
TEXT: Final = 32_767

CUT: Final = "texts_cut"


def write(extract: Extract, out: Path) -> Rows:
    """Write the people."""
    import pandas
    import pyreadstat

    wide = described(extract)
    frame = _frame(pandas, extract, wide)
    labels = {name: shortened(told, LABEL) for name, told in column_labels(extract, wide).items()}
    values = value_labels(extract, wide)
    pyreadstat.write_sav(
        frame,
        str(out),
        file_label=shortened(extract.library.draft.title, 64),
        column_labels={**labels, CUT: shortened(extract.words.texts_cut, LABEL)},
        row_compress=True,
        variable_value_labels={
            name: {code: shortened(told, VALUE) for code, told in codes.items()}
            for name, codes in values.items()
        },
        missing_ranges={name: list(MISSING.values()) for name in wide.codes},
        variable_measure=_measures(wide),
    )
    return {"participants": len(frame)}


def shortened(text: str, limit: int) -> str:
    """As much of a text as has at most `limit` bytes in UTF-8, never a letter without its marks."""
    if len(text.encode()) <= limit:
        return text
    kept = text.encode()[:limit].decode("utf-8", "ignore")
    while kept and _is_mark(text[len(kept)]):
        kept = kept[:-1]
    return kept


def _is_mark(character: str) -> bool:
    """Whether it stands on the letter before it; unicodedata calls some Thai vowels so, and not all."""
    return category(character) == "Mn"


def _frame(pandas: Any, extract: Extract, wide: Wide) -> Any:
    frames = [_group(pandas, wide, columns) for columns in groups(extract, wide)]
    return pandas.concat(frames, ignore_index=True)


def _group(pandas: Any, wide: Wide, columns: dict[str, list[Value]]) -> Any:
    texts, cut = {}, [0] * len(columns["participant"])
    for name in wide.texts:
        texts[name] = [shortened(str(value or ""), TEXT) for value in columns[name]]
        for n, (whole, kept) in enumerate(zip(columns[name], texts[name], strict=True)):
            cut[n] += (whole or "") != kept
    return pandas.DataFrame(
        {
            **{
                name: pandas.array(texts[name], dtype="str")
                if name in texts
                else pandas.array(columns[name], dtype="Int8")
                for name in wide.names
            },
            CUT: pandas.array(cut, dtype="Int16"),
        }
    )


def _measures(wide: Wide) -> dict[str, str]:
    """Scales are ordered, all other codes are names."""
    scales = {v.name for v in wide.variables if v.wording.kind == "scale"}
    return {name: "ordinal" if name in scales else "nominal" for name in wide.names}


def check(out: Path) -> Rows:
    """What is in the file, read anew from the disk, every row of it."""
    import pyreadstat

    frame, _ = pyreadstat.read_sav(str(out))
    return {"participants": len(frame)}


FORMAT: Final = Format(
    writers={".sav": write}, file="ruamkhit.sav", check=check, needs=("pandas", "pyreadstat")
)
