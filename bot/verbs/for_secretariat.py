"""The verbs of the secretariat: what people said, and who may see it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from bot.verbs.entry import app


@app.command
async def export(  # noqa: PLR0913 - each is an option that is typed by its name
    *,
    out: Path,
    export_format: Annotated[str | None, Parameter(name="--format")] = None,
    clause: str | None = None,
    question: str | None = None,
    version: str | None = None,
    group: str | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    contains: str | None = None,
    history: bool = True,
) -> None:
    """Write answers and suggestions to a file, with the words that were asked.

    Parameters
    ----------
    out
        The file to write; one that is there is replaced when the new one is whole.
    export_format
        csv (.zip with a codebook and a README, or .csv with the answers for Excel), xlsx, jsonl, parquet,
        sav (SPSS), datapackage (Frictionless), t3c (Talk to the City), sensemaking, xlsform (the
        questionnaire), pack (all of them, each read back). Left out, the first whose ending that is.
    clause
        Only of this clause.
    question
        Only answers to this question.
    version
        Only answers to this wording.
    group
        Only of this group; "" for people who have not said theirs.
    channel
        Only what came through this channel.
    since
        Only from this day or moment on, in Thailand's time unless it says another.
    before
        Only from before this day or moment.
    contains
        Only where what was typed has this in it.
    history
        Take along what a newer answer or suggestion has replaced.
    """
    from bot.store import Filters
    from bot.verbs import exporting

    filters = Filters(
        clause=clause,
        question=question,
        version=version,
        group=group,
        channel=channel,
        since=exporting.thai(since),
        before=exporting.thai(before),
        contains=contains,
        history=history,
    )
    await exporting.export(out, export_format, filters)


@app.command
async def report(kind: Literal["privacy", "hearing"], *, out: Path | None = None) -> None:
    """Write a document from what the database and the settings really are.

    Parameters
    ----------
    kind
        privacy: the record of processing (PDPA s. 39), the consent log and the plan for a breach.
        hearing: the hearing report, to be signed.
    out
        The file to write. A hearing report is a .pdf or a .docx; the record of processing goes to standard
        output when it is left out.
    """
    from bot.verbs import reporting

    await (reporting.report_privacy(out) if kind == "privacy" else reporting.report_hearing(out))


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
