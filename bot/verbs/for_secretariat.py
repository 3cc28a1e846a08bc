"""The verbs of the secretariat: what people said, and who may see it."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bot.verbs.entry import app


@app.command
async def export(*, out: Path, export_format: Annotated[str, Parameter(name="--format")] = "csv") -> None:
    """Write every answer to a file, with the words that were asked.

    Parameters
    ----------
    out
        The file to write; one that is there is replaced when the new one is whole.
    export_format
        The format: csv (for Excel).
    """
    from bot.verbs import exporting

    await exporting.export(out, export_format)


@app.command
async def report(kind: Literal["privacy"], *, out: Path | None = None) -> None:
    """Write a document from what the database and the settings really are.

    Parameters
    ----------
    kind
        privacy: the record of processing (PDPA s. 39), the consent log and the plan for a breach.
    out
        The file to write; standard output when left out.
    """
    from bot.verbs import reporting

    await reporting.report_privacy(out)


@app.command
async def staff(
    act: Literal["add", "link"],
    name: str,
    *,
    role: Annotated[list[str] | None, Parameter(negative=())] = None,
) -> None:
    """Make an account of the secretariat, or a new one-time link into one.

    Parameters
    ----------
    act
        add makes the account, link only a new link; either prints a link that works once.
    name
        The name to sign in with; it stands in the audit log and on approvals.
    role
        author, reviewer, analyst, exporter, administrator or dpo; once for each.
    """
    from bot.verbs import staffing

    await (staffing.link(name) if act == "link" else staffing.add(name, staffing.roles_of(role or [])))


@app.command
async def publish(*, out: Path) -> None:
    """Publish the counts as tables that protect people, once the last day of answers is over.

    Parameters
    ----------
    out
        The folder to write to. Publishing again writes the same tables, whatever was erased meanwhile.
    """
    from bot.verbs import publishing

    await publishing.publish(out)
