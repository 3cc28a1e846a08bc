"""`redact`: what may be personal data in each line of a file, as JSON or with it covered."""

import json
from pathlib import Path

from bot import settings
from bot.app import content_folder
from bot.language.privacy import find, redacted
from bot.library.signs import load_signs
from bot.verbs.findings import pasted_lines

_MARK = "▇"


def redact(file: Path, *, as_json: bool) -> None:
    """Print one object a line with the spans found, or the lines with every span covered.

    `start` and `end` count characters of the line. Raises ContentError when the file cannot be read.
    """
    signs = load_signs(content_folder(settings.load()) / "privacy.yaml")
    for n, line in enumerate(pasted_lines(file), 1):
        spans = find(line, signs)
        if as_json:
            found = [{"start": span.start, "end": span.end, "kind": span.kind.value} for span in spans]
            print(json.dumps({"line": n, "spans": found}, ensure_ascii=False))
        else:
            print(redacted(line, spans, _MARK))
