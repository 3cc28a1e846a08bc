"""That an export was made, in the audit log."""

import msgspec

from bot.runtime.trail import Trail
from bot.secretariat.exports.extract import Extract
from bot.secretariat.exports.format import Rows


async def note(trail: Trail, actor: str, subject: str, name: str, extract: Extract, rows: Rows) -> None:
    """Note an export of a format by its name, under what it is called.

    Which filters were used is noted, and of `contains` only that it was: it may name somebody.
    """
    asked = msgspec.to_builtins(extract.filters, builtin_types=())
    await trail.note(
        actor,
        "export",
        subject,
        format=name,
        withdrawn=extract.left_out.answers_withdrawn,
        restricted=extract.left_out.answers_restricted,
        **rows,
        **asked | ({"contains": "…"} if "contains" in asked else {}),
    )
