"""The hearing report: what was asked, who answered, what they said, what the office replied.

    hearing          the one function: from the store to the bytes of a file
    facts.py         everything that is read, before a word is written
    protecting.py    which numbers may be told
    tally.py         from responses to the numbers of each question
    front.py         parts 1 to 3      asked.py    part 4      results.py   part 5
    issues.py        parts 6 and 7     closing.py  parts 8 to 11, signatures
    annex.py         codebook, approvals, waivers, changes

One rule: it says what the store, the content and the audit log say, and where they are silent it says so.
"""

from asyncio import to_thread
from pathlib import Path
from typing import Final

from bot.errors import SettingsError
from bot.library import Library
from bot.runtime.clock import Clock
from bot.runtime.trail import Trail
from bot.secretariat.paper import FORMS, Document
from bot.secretariat.paper.blocks import Block, Cover
from bot.secretariat.reports.hearing import annex, asked, closing, front, issues, results
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.facts import gather
from bot.secretariat.reports.hearing.words import load_words
from bot.store import Store

#: The file of its words, in the content folder.
WORDS: Final = Path("reports") / "hearing.yaml"


async def hearing(
    store: Store, library: Library, folder: Path, trail: Trail, clock: Clock, form: str = "pdf"
) -> bytes:
    """The report as a file of a form of FORMS; `folder` is the content's, `library` what it holds.

    The same store gives the same bytes on the same day. Raises SettingsError for an unknown form,
    ContentError, StoreError.
    """
    if form not in FORMS:
        raise SettingsError(f"There is no form {form!r}; there are: {', '.join(FORMS)}.")
    words = load_words(folder / WORDS)
    facts = await gather(store, folder, trail)
    case = Case(library, words, facts)
    return await to_thread(lambda: FORMS[form](composed(case, clock)))  # seconds, for a full report


def composed(case: Case, clock: Clock) -> Document:
    """The report as a document, before it is set; of the clock only the day is in it."""
    made = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    subject = case.library.draft.title
    quoted: dict[str, int] = {}
    blocks: list[Block] = [
        *front.parts(case),
        *asked.part(case),
        *results.part(case),
        *issues.parts(case, quoted),
        *closing.parts(case, quoted),
        *annex.parts(case),
    ]
    return Document(
        made=made,
        language="th",
        running=case.say("running_demo" if case.facts.demo else "running", subject=subject),
        contents=case.say("contents"),
        page=case.say("page"),
        cover=_cover(case, case.words.day(clock.now())),
        blocks=tuple(blocks),
    )


def _cover(case: Case, made: str) -> Cover:
    note = case.say("cover_note")
    if case.library.seal.example:
        note += "\n" + case.say("cover_example")
    if case.facts.demo:
        note = f"{case.say('cover_demo')}\n{note}"
    return Cover(
        office=case.say("office"),
        title=case.say("title"),
        subject=case.library.draft.title,
        fields=(
            (case.say("cover_made"), made),
            (case.say("cover_period"), case.period()),
            (case.say("cover_people"), case.people(case.crowd.total)),
            (case.say("cover_status"), case.say("cover_draft")),
        ),
        note=note,
    )
