"""A store with what people may have said, and an extract of it."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from bot.dialogue import Answer, Outcome, ShownOption, Suggestion, SuggestionStatus
from bot.library import Library, load
from bot.secretariat.exports import Extract, Watch, Words, gather, load_words
from bot.secretariat.exports.extract import nobody
from bot.store import Filters, Store
from tests.secretariat.hostile import HOSTILE, LONG
from tests.store.values import answer, at, attachment, commit, person, suggestion, take_in

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 12, 1, 2, 3, 4, tzinfo=UTC)
EVERYTHING = Filters(history=True)
LIBRARY: Library = load(None)
WORDS: Words = load_words(ROOT / "content" / "exports")


def held(text: str) -> str:
    """What a database holds of a text."""
    return text.replace("\0", "")


async def fill(store: Store) -> None:
    """A typed answer for every hostile text, by four people; choices of every kind; suggestions; and
    people whose words must not leave."""
    texts = [f"\0{HOSTILE[0]}", *HOSTILE, *LONG]
    for n, text in enumerate(texts):
        kept = answer(
            f"line:e{n}/r0", question=f"old{n}", version=f"v{n}", at=at(n), text=text, stem=held(text),
            options=(ShownOption("a", held(text)), ShownOption("b", "อื่น")), chosen=("a",),
        )  # fmt: skip
        said = suggestion(f"line:e{n}/r1", receipt=f"S-{n}", text=text, at=at(n), organisation=text,
                          name_shown=n % 2 == 0, attachments=(attachment("f", "m"),))  # fmt: skip
        await take_in(store, commit(f"e{n}", kept, said, who=person(f"line:p{n % 4}")))
    await _choose(store)
    await _revise(store)
    await _not_to_leave(store)


async def _choose(store: Store) -> None:
    """Answers to questions of the shipped content, of every kind and outcome."""
    n = 1_000
    for kind in ("single", "multiple", "scale", "open"):
        question = next(q for q in LIBRARY.questions.values() if q.kind == kind)
        shown = tuple(ShownOption(o.id, o.label) for o in question.options)
        outcomes = {
            "skip": Outcome.SKIPPED, "dont_know": Outcome.DONT_KNOW, "not_applicable": Outcome.NOT_APPLICABLE,
            "substantive": Outcome.ANSWERED,
        }  # fmt: skip
        base = answer(
            "", question=question.id, version=question.version, clause=question.clause,
            stem=question.stem, options=shown, channel="telegram",
        )  # fmt: skip
        for option in question.options:
            kept = replace(
                base,
                id=f"e{n}/r0",
                at=at(n),
                outcome=outcomes[option.role.value],
                chosen=(option.id,),
                group="civil",
            )
            await take_in(store, commit(f"e{n}", kept, who=person(f"telegram:p{n}")))
            n += 1
        if kind == "multiple":
            both = tuple(o.id for o in question.options if o.role.value == "substantive")[:2]
            kept = replace(base, id=f"e{n}/r0", at=at(n), chosen=both, capacity="org")
            await take_in(store, commit(f"e{n}", kept, who=person(f"telegram:p{n}")))
            n += 1
        if kind == "open":
            kept = replace(base, id=f"e{n}/r0", at=at(n), chosen=(), text="อยากให้ง่ายขึ้น")
            await take_in(store, commit(f"e{n}", kept, who=person("line:p0")))
            n += 1


async def _revise(store: Store) -> None:
    """An answer and a suggestion that newer ones replaced."""
    old, older = (
        answer("e2000/r0", at=at(2000), question="r"),
        suggestion("e2000/r1", receipt="S-r", at=at(2000)),
    )
    who = person("line:p9")
    await take_in(store, commit("e2000", old, older, who=who))
    new = replace(old, id="e2001/r0", at=at(2001), chosen=("o2",))
    newer = replace(older, id="e2001/r1", at=at(2001), text="แก้แล้ว")
    gone = (replace(old, replaced_at=at(2001)), replace(older, replaced_at=at(2001)))
    await take_in(store, commit("e2001", *gone, new, newer, who=who))


async def _not_to_leave(store: Store) -> None:
    """Somebody who restricted what is done with their words, and records whose words were taken back."""
    await take_in(
        store,
        commit("e3000", answer("e3000/r0", question="x"), suggestion("e3000/r1", text="ระงับ"),
               who=person("line:restricted", restricted=True)),
        commit("e3001", answer("e3001/r0", question="x", chosen=(), text=None),
               suggestion("e3001/r1", receipt="S-w", text="", status=SuggestionStatus.WITHDRAWN),
               who=person("line:withdrawn")),
    )  # fmt: skip


@asynccontextmanager
async def extracted(
    store: Store, folder: Path, filters: Filters = EVERYTHING, watch: Watch = nobody
) -> AsyncIterator[Extract]:
    """What the filters want of the store."""
    async with gather(store, filters, (LIBRARY, WORDS), NOW, folder, watch) as extract:
        yield extract


async def stored(store: Store) -> tuple[list[tuple[str, Answer]], list[tuple[str, Suggestion]]]:
    """What should leave, as the store tells it record by record."""
    async with aclosing(store.answers.export(history=True)) as answers:
        said = [
            (who, a)
            async for who, a in answers
            if a.outcome is not Outcome.ANSWERED or a.chosen or a.text is not None
        ]
    async with aclosing(store.suggestions.export(history=True)) as suggestions:
        sent = [(who, s) async for who, s in suggestions if s.status is not SuggestionStatus.WITHDRAWN]
    return said, sent
