"""Demo people talk to the bot as anybody does, reach nobody, are marked everywhere, and go without a trace."""

import asyncio
import csv
import io
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import content_folder, running
from bot.channels.telegram import wire as telegram
from bot.demo import DemoIdentity, Simulation, invented, load_texts, simulation, wires
from bot.demo.people import Aim
from bot.dialogue import Blocked, Erase, Scope, Suggestion, SuggestionStatus
from bot.errors import ContentError, SettingsError
from bot.library import Library, load
from bot.runtime.clock import SystemClock
from bot.runtime.identity import read_key
from bot.runtime.trail import Trail
from bot.secretariat.reports.hearing import composed
from bot.secretariat.reports.hearing.case import Case
from bot.secretariat.reports.hearing.facts import gather
from bot.secretariat.reports.hearing.words import load_words
from bot.settings import Settings
from bot.store import DEMO, Filters, Store
from bot.store.database import Database
from bot.store.inbox import Tag
from bot.store.moderation import Moderation
from bot.store.replying import Reply
from bot.store.schema import metadata
from bot.store.states import Flag
from bot.verbs import UNUSABLE, demonstrating, run
from bot.verbs.exporting import export
from bot.verbs.publishing import _require_real
from tests.app.conftest import KEY
from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn
from tests.store import values

CONTENT = Path(__file__).parents[2] / "content"
CLOCK = SystemClock()
SEED = 48
PEOPLE = 60

Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else's process waits for its turn here."""
    monkeypatch.setattr(simulation, "_PAUSE", 0)


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


async def talk(store: Store, library: Library, people: int = PEOPLE, seed: int = SEED) -> int:
    identity = DemoIdentity(read_key(KEY), library.draft.slug)
    texts = load_texts(CONTENT / "demo.yaml")
    demo = Simulation(store=store, library=library, identity=identity, clock=CLOCK, texts=texts)
    return await demo.run(invented(seed, people, library, CLOCK.now()), seed, lambda: None)


async def rows_of(url: str) -> Rows:
    """Every row of every table but the audit log, in an order of their own."""
    database = await Database.open(url)
    try:
        async with database.reading() as connection:
            return {
                table.name: sorted(map(tuple, (await connection.execute(select(table))).all()), key=repr)
                for table in metadata.sorted_tables
                if table.name != "audit"
            }
    finally:
        await database.close()


async def suggested(store: Store) -> list[tuple[str, Suggestion]]:
    async with aclosing(store.suggestions.export()) as found:
        return [pair async for pair in found]


async def real_people(store: Store) -> None:
    """Somebody who answered and suggested, and somebody who erased everything."""
    await values.take_in(
        store,
        values.commit(
            "line:1",
            values.answer("line:1/r0"),
            values.suggestion("line:1/r1", receipt="B-2345678"),
            values.consent("line:1/r2"),
            values.request("line:1/r3"),
            messages=(values.message(),),
        ),
    )
    gone = values.person("p2")
    await values.take_in(store, values.commit("line:2", values.answer("line:2/r0"), who=gone))
    everything = values.commit("line:3", who=gone, erase=Erase(Scope.EVERYTHING))
    await values.take_in(store, everything)
    await store.inbox.tag("B-2345678", Tag(tag="ค่าธรรมเนียม", author="somalee", at=values.NOW))


async def staff_act(store: Store) -> None:
    """The staff tag, hide and answer what demo people suggested, and hide what one answered."""
    for n, (_, suggestion) in enumerate(await suggested(store)):
        if suggestion.receipt == "B-2345678" or suggestion.status is SuggestionStatus.WITHDRAWN:
            continue
        about = suggestion.receipt
        await store.inbox.tag(about, Tag(tag="x", author="somalee", at=CLOCK.now()))
        reply = Reply(id=f"r{n}", receipt=about, text="รับทราบ", author="somalee", at=CLOCK.now())
        await store.replies.add(reply, (values.message(),), ["web"])
        await hidden(store, f"m{n}", about)
    async with aclosing(store.answers.export()) as found:
        answered = [answer.id async for who, answer in found if who.startswith(DEMO)]
    await hidden(store, "m-answer", answered[0])


async def hidden(store: Store, id_: str, subject: str) -> None:
    assert await store.moderations.add(
        Moderation(id=id_, subject=subject, flag=Flag.HIDDEN, reason="x", author="somalee", at=CLOCK.now())
    )


async def test_they_do_everything_people_do_and_go_without_a_trace(
    store: Store, database_url: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    await real_people(store)
    before = await rows_of(database_url)
    acts = await talk(store, library)
    await staff_act(store)
    there = await rows_of(database_url)
    assert acts > 10 * PEOPLE
    assert len(there["events"]) == acts + 3  # every act was taken in, as an event of its own
    assert len(there["participants"]) > PEOPLE * 0.9
    assert there["quarantine"] == there["addresses"][1:] == there["fetches"] == []
    marked = {str(row[0]) for name in ("participants", "events", "requests") for row in there[name]}
    assert all(id_.startswith((DEMO, "p1", "line:")) for id_ in marked)
    for name in ("answers", "suggestions", "consents", "requests", "replies", "tags", "moderations"):
        assert len(there[name]) > len(before[name]), name
    # Some erased everything or took a text back: neither is written down as if a person had.
    assert there["withdrawals"] == before["withdrawals"] != []
    assert there["erasures"] == before["erasures"] != []
    assert {str(row[2]) for row in there["requests"]} >= {"erase", "withdraw"}
    assert await store.demonstrations.present()
    assert await store.demonstrations.remove() == len(there["participants"]) - 1
    assert await rows_of(database_url) == before
    assert not await store.demonstrations.present()


async def test_without_the_mark_an_erasure_of_theirs_would_be_counted(
    sqlite_store: Store, sqlite_url: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DemoIdentity, "mark", DemoIdentity.__mro__[1].mark)  # type: ignore[attr-defined]
    await talk(sqlite_store, library)
    await sqlite_store.demonstrations.remove()
    left = await rows_of(sqlite_url)
    assert not await sqlite_store.demonstrations.present()
    assert left["erasures"]
    assert left["withdrawals"]


async def test_the_same_seed_gives_the_same_people_and_answers(
    sqlite_store: Store, sqlite_url: str, library: Library
) -> None:
    async def said(seed: int, people: int) -> list[tuple[object, ...]]:
        await sqlite_store.demonstrations.remove()
        await talk(sqlite_store, library, people, seed)
        async with aclosing(sqlite_store.answers.export()) as found:
            return sorted([(who, a.question, a.chosen, a.text, a.at) async for who, a in found], key=repr)

    first = await said(1, 6)
    assert first == await said(1, 6)
    assert first != await said(2, 6)
    more = await said(1, 10)
    assert len(first) > 10
    assert set(map(repr, first)) < set(map(repr, more))  # whoever else comes changes nobody


def test_groups_channels_and_days_are_all_there(library: Library) -> None:
    people = list(invented(1, 500, library, CLOCK.now()))
    groups, channels = Counter(p.group for p in people), Counter(p.channel for p in people)
    assert min(groups.values()) > 20
    assert min(channels.values()) > 50
    assert len({p.begins.date() for p in people}) > 20
    assert max(p.begins for p in people) < CLOCK.now() - timedelta(days=1)
    assert {goal.aim for p in people for goal in p.goals} == set(Aim)
    assert len({p.sender for p in people}) == 500


def test_what_no_channel_reads_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    done = wires.Done("web", "s", 1, 1, CLOCK.now(), Blocked())
    with pytest.raises(ValueError, match="Blocked"):
        list(wires.travelled([done]))
    monkeypatch.setattr(telegram, "parse", lambda raw, at: (telegram.GroupGreeting(1),))
    with pytest.raises(ValueError, match="telegram does not read"):
        list(wires.travelled([done._replace(channel="telegram", sender="1")]))


def test_every_typed_question_has_texts_and_a_bad_file_is_named(library: Library, tmp_path: Path) -> None:
    texts = load_texts(content_folder(Settings()) / "demo.yaml")
    typed = {
        q.id
        for q in library.questions.values()
        if q.kind == "open" or any(option.follow_up for option in q.options)
    }
    assert {id_ for id_ in typed if not (texts.answers.get(id_) or id_.endswith(("-k1", "-k2")))} == set()
    assert set(texts.answers) - typed == {"k1", "k2"}
    assert set(texts.suggestions) - {"any"} <= set(library.clauses)
    broken = tmp_path / "demo.yaml"
    broken.write_text((CONTENT / "demo.yaml").read_text("utf-8").replace("\n  any:", "\n  every:"), "utf-8")
    with pytest.raises(ContentError, match="any is missing"):
        load_texts(broken)


# Nothing reaches anybody


@asynccontextmanager
async def platforms(url: str) -> AsyncIterator[tuple[LineStandIn, TelegramStandIn]]:
    """A bot that serves LINE and Telegram from this database."""
    async with LineStandIn() as line, TelegramStandIn() as bird:
        settings = {
            "database_url": url, "identity_key": KEY,
            "line_channel_secret": line.secret, "line_channel_access_token": line.token,
            "line_api_base": line.url, "line_data_api_base": line.url,
            "telegram_bot_token": bird.token, "telegram_webhook_secret": bird.secret,
            "telegram_api_base": bird.url,
        }  # fmt: skip
        async with running(Settings.model_validate(settings)):
            yield line, bird


async def all_settled(store: Store) -> None:
    """Until the delivery of the bot has nothing left to do."""
    async with asyncio.timeout(20):
        while (await store.counts()).waiting:
            await asyncio.sleep(0.02)


async def test_beside_a_running_bot_nothing_is_sent_even_when_the_staff_reply(
    sqlite_store: Store, sqlite_url: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)
    async with platforms(sqlite_url) as (line, bird):
        await demonstrating.make(PEOPLE, SEED, among_people=False)
        assert (line.calls, bird.calls) == ([], [])
    await staff_act(sqlite_store)
    replies = [row for row in (await rows_of(sqlite_url))["outbox"] if str(row[1]).startswith("reply:")]
    assert {row[3] for row in replies} & {"line", "telegram"}  # some asked to be told there
    assert (await sqlite_store.counts()).waiting
    async with platforms(sqlite_url) as (line, bird):  # which looks at once for what is to be sent
        await all_settled(sqlite_store)
        assert (line.calls, bird.calls) == ([], [])
        await demonstrating.erase()
    assert (await sqlite_store.counts()).participants == 0


async def test_without_the_mailbox_they_would_be_written_to(
    sqlite_store: Store, sqlite_url: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "_CHANNELS", ("web",))
    await talk(sqlite_store, library, 8)
    async with platforms(sqlite_url) as (line, _):
        await line.until(lambda: bool(line.calls), 20)


# Marked


async def test_exports_and_the_report_say_so(
    sqlite_store: Store,
    sqlite_url: str,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)

    async def exported() -> tuple[str, list[list[str]], list[dict[str, str]]]:
        out = tmp_path / "all.zip"
        await export(out, None, Filters())
        with zipfile.ZipFile(out) as made:
            text = {name: made.read(name).decode("utf-8-sig") for name in made.namelist()}
        return (
            text["README.txt"],
            list(csv.reader(io.StringIO(text["codebook.csv"]))),
            list(csv.DictReader(io.StringIO(text["answers.csv"]))),
        )

    async def reported() -> str:
        words = load_words(CONTENT / "reports" / "hearing.yaml")
        facts = await gather(sqlite_store, CONTENT, Trail(sqlite_store.audit, read_key(KEY), CLOCK))
        return repr(composed(Case(library, words, facts), CLOCK))

    await real_people(sqlite_store)
    await talk(sqlite_store, library, 20)
    await export(tmp_path / "pack.zip", "pack", Filters())  # every format, each read back
    readme, codebook, answers = await exported()
    assert "*** ข้อมูลตัวอย่าง" in readme
    assert "ข้อมูลตัวอย่าง" in "".join(codebook[1])
    ids = [row["participant"].endswith("-DEMO") for row in answers]
    assert ids.count(False) == 1  # the one real person
    report = await reported()
    assert report.count("คนสมมติ") >= 2
    assert "ไม่ใช่ผลการรับฟังจริง" in report
    with pytest.raises(SettingsError, match="demo --erase"):
        await _require_real(sqlite_store)
    await sqlite_store.demonstrations.remove()
    readme, codebook, answers = await exported()
    assert "ข้อมูลตัวอย่าง" not in readme + "".join(codebook[1])
    assert len(answers) == 1
    assert "คนสมมติ" not in await reported()
    await _require_real(sqlite_store)


async def test_they_are_no_crowd_to_hide_in(sqlite_store: Store, library: Library) -> None:
    await real_people(sqlite_store)
    await talk(sqlite_store, library, 20)
    known = await sqlite_store.unlinking.people(CLOCK.now())
    assert [one.id for one in known] == ["p1"]


# The verb


def test_the_verb_makes_them_once_says_so_and_erases_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--people", "8", "--seed", "5"]) == 0
    assert "8 demo people did" in capsys.readouterr().out
    assert run(["demo", "--people", "8"]) == UNUSABLE
    assert "demo people here already" in capsys.readouterr().err
    assert run(["demo", "--erase"]) == 0
    assert "erased, with everything of theirs" in capsys.readouterr().out
    assert run(["audit"]) == 0
    told = capsys.readouterr().out
    assert "demo made" in told
    assert "people=8  seed=5" in told
    assert "demo erased" in told


@pytest.mark.parametrize(
    "arguments", [[], ["--people", "3", "--erase"], ["--people", "0"], ["--people", "2001"]]
)
def test_what_makes_no_sense_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", *arguments]) == UNUSABLE
    assert "--people" in capsys.readouterr().err


async def test_among_real_people_only_on_purpose(
    sqlite_store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("IDENTITY_KEY", KEY)
    monkeypatch.setattr("bot.verbs.demonstrating.require_masters", _nothing)  # those of `values` are made up
    await real_people(sqlite_store)
    with pytest.raises(SettingsError, match="1 real people have taken part"):
        await demonstrating.make(3, SEED, among_people=False)
    assert not await sqlite_store.demonstrations.present()
    await demonstrating.make(3, SEED, among_people=True)
    assert await sqlite_store.demonstrations.present()


async def _nothing(*_: object) -> None:
    pass
