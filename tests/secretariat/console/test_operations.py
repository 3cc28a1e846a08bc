"""What an operator sees at night: what to do first, nothing that anybody said, and the forms do as they say."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.dialogue import Event, Participant, Purpose, Typed
from bot.errors import SchemaError
from bot.runtime.channel import Broken, Incoming
from bot.secretariat.console.pages import operations
from bot.secretariat.console.policy import Role
from bot.secretariat.console.words import load_console_words
from bot.store import LetterState, Settlement
from bot.store.columns import storable
from tests.secretariat.console.conftest import Desk, turns_over
from tests.store.rows import lease, settle
from tests.store.values import NOW, commit, consent, person, take_in

HOSTILE = "<script>window.__xss=1</script>\"'\u202e\x00"
SECRET = "ความลับที่พิมพ์ไว้"


def part_of(page: str, part: str) -> str:
    """The section with this id."""
    return page.split(f'<h2 id="{part}">')[1].split("<h2", maxsplit=1)[0]


async def fail(desk: Desk, *ids: str, channel: str = "line", text: str = SECRET) -> None:
    """Events whose turns fail."""

    def broken(who: Participant, event: Event, library: object) -> object:
        raise ZeroDivisionError(text)

    turns = turns_over(desk.office.store, desk.office.library, desk.clock, take=broken)  # type: ignore[arg-type]
    for n, id_ in enumerate(ids):
        event = Event(id_, desk.clock.now(), channel, Typed(text, f"m{n}"))
        await turns.commit([Incoming(event, f"U{n:032x}", "")])


async def park(desk: Desk, detail: str, via: str = "push", state: LetterState = LetterState.PARKED) -> None:
    for leased in await lease(desk.office.store, desk.clock.now(), 50, 60):
        settled = Settlement(
            id=leased.id, attempt=leased.attempt, state=state, sent=0, detail=detail, via=via
        )
        await settle(desk.office.store, [settled], desk.clock.now())


async def test_an_empty_one_asks_for_a_backup_and_nothing_else(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/operations")).text
    todo = page.split('<ol class="todo">')[1].split("</ol>")[0]
    assert todo.count("<li>") == 1 and "backup" in todo
    await desk.office.trail.note("operator", "backup", "monday")
    page = (await somebody.get("/operations")).text
    assert "ไม่มีอะไรต้องทำตอนนี้" in page
    assert desk.office.library.version[:12] in page and desk.office.library.seal.edition in page
    schema = await desk.office.store.operations.schema()
    assert schema.revision and f"{schema.kind} {schema.version}" in part_of(page, "health")
    assert "ตรงกับโปรแกรม" in part_of(page, "health")


async def test_it_says_what_waits_and_never_what_was_said(desk: Desk, sign_in) -> None:
    await fail(desk, "line:1", "line:2")
    await desk.office.operating.submit([Broken("line:x", "line", storable(HOSTILE), SECRET.encode())])
    await park(desk, storable(HOSTILE))
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/operations")).text
    assert "มี 3 เหตุการณ์" in page and "มี 2 จดหมายที่ส่งไม่ได้" in page
    assert "ZeroDivisionError" in part_of(page, "quarantine")
    assert "อ่านไม่ได้ รับเข้าใหม่ไม่ได้" in part_of(page, "quarantine")
    assert SECRET not in page and "U0000" not in page
    assert "<script>window" not in page and "⟦RLO⟧" in page and "\u202e" not in page


async def test_what_is_chosen_is_taken_in_and_the_rest_stays(desk: Desk, sign_in) -> None:
    await fail(desk, "line:1", "line:2", "line:3")
    somebody = await sign_in(Role.ADMINISTRATOR)
    done = await somebody.post("/operations/quarantine", act="take_in", one=["line:1", "line:1"])
    assert done.headers["location"] == "/secretariat/operations?taken=1#quarantine"
    page = (await somebody.get("/operations?taken=1")).text
    assert "รับเข้าใหม่แล้ว 1 เหตุการณ์" in page
    count, left = await desk.office.store.operations.set_aside(50)
    assert (count, [event.id for event in left]) == (2, ["line:2", "line:3"])
    gone = await somebody.post(
        "/operations/quarantine", act="discard", why="test", all="yes", shown=["line:2", "line:3"]
    )
    assert gone.headers["location"].endswith("?discarded=2#quarantine")
    assert (await desk.office.store.operations.set_aside(50))[0] == 0


async def test_nothing_goes_without_a_reason_or_a_choice(desk: Desk, sign_in) -> None:
    await fail(desk, "line:1")
    await park(desk, "HTTP 400")
    somebody = await sign_in(Role.ADMINISTRATOR)
    for part in ("quarantine", "letters"):
        without = await somebody.post(f"/operations/{part}", act="discard", one="line:1", why="because")
        assert without.status_code == 422
        nothing = await somebody.post(f"/operations/{part}", act="discard", why="test")
        assert "none=1" in nothing.headers["location"]
    assert (await desk.office.store.operations.set_aside(50))[0] == 1
    assert await desk.office.store.outbox.parked() == 1


async def test_letters_go_once_more_or_go(desk: Desk, sign_in) -> None:
    await fail(desk, "line:1", "line:2")
    await park(desk, "HTTP 400")
    somebody = await sign_in(Role.ADMINISTRATOR)
    sent = await somebody.post("/operations/letters", act="send", one=["line:1", "line:none"])
    assert sent.headers["location"].endswith("?sent=1&unsent=1#letters")
    dropped = await somebody.post("/operations/letters", act="discard", why="mended", one="line:2")
    assert dropped.headers["location"].endswith("?dropped=1#letters")
    assert await desk.office.store.outbox.parked() == 0
    desk.clock.move(minutes=20)
    page = (await somebody.get("/operations")).text
    assert "มี 1 จดหมายรอส่ง" in page and "20 นาที" in page


async def test_a_page_shows_the_oldest_and_says_how_many_there_are(desk: Desk, sign_in) -> None:
    events = [Broken(f"line:{n:03}", "line", "not JSON", b"{") for n in range(operations.SHOWN + 7)]
    await desk.office.operating.submit(events)
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/operations")).text
    assert f"แสดง {operations.SHOWN} จาก {operations.SHOWN + 7}" in page
    assert page.count('name="one"') == operations.SHOWN
    everything = [event.id for event in events]
    gone = await somebody.post(
        "/operations/quarantine", act="discard", why="test", all="yes", shown=everything
    )
    assert f"discarded={operations.SHOWN}" in gone.headers["location"], "no more than a page at once"


async def test_a_session_does_not_show_by_its_events(desk: Desk, sign_in) -> None:
    """The part of a web event's id that all events of one session have is not shown, as in the log."""
    await fail(desk, f"web:{'a' * 32}/1", channel="web")
    somebody = await sign_in(Role.ADMINISTRATOR)
    shown = part_of((await somebody.get("/operations")).text, "quarantine").split('class="code"><bdi>')[1]
    assert "a" * 32 not in shown.split("</th>")[0] and "[redacted]" in shown


async def test_pushes_of_the_month_are_counted_and_what_news_would_cost(desk: Desk, sign_in) -> None:
    await fail(desk, "line:1", "line:2", "line:3")
    desk.clock.moment = desk.clock.moment.replace(day=24)
    await park(desk, "", state=LetterState.SENT)
    store, notice = desk.office.store, desk.office.library.notice
    news = {"purpose": Purpose.NEWS, "notice": notice}
    await take_in(
        store,
        commit("e1", consent("e1/r0", **news), who=person("p1")),
        commit("e2", consent("e2/r0", **news), who=person("p2")),
        commit("e3", consent("e3/r0", given=False, **(news | {"at": NOW + timedelta(1)})), who=person("p2")),
        commit("e4", consent("e4/r0", purpose=Purpose.NEWS, notice="older"), who=person("p4")),
        commit("e5", consent("e5/r0", **news), who=person("p5", restricted=True)),
        commit("e6", consent("e6/r0", **news), who=replace(person("p6"), channel="telegram")),
        commit("e7", consent("e7/r0"), who=person("p7")),
    )
    assert await store.operations.readers(notice) == {"line": 1, "telegram": 1}
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = part_of((await somebody.get("/operations")).text, "pushes")
    assert "เดือนนี้ใช้ 3 ครั้ง" in page and "ไม่รู้เพดาน" in page and "push ของ LINE 1 ครั้ง" in page
    desk.clock.move(days=8)
    assert await store.operations.pushes(desk.clock.now() - timedelta(days=1)) == 0


async def test_a_limit_that_is_near_is_told(desk: Desk) -> None:
    def told(used: int, limit: int | None) -> list[str]:
        return [one.word for one in operations._costly(operations.Pushes(used, limit, {}))]

    assert [told(0, None), told(79, 100), told(80, 100), told(200, 100)] == [
        [], [], ["pushes_high"], ["pushes_high"],
    ]  # fmt: skip
    assert operations.Pushes(200, 100, {}).left == 0


async def test_another_schema_is_told_in_words(desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    async def older() -> None:
        raise SchemaError("The database's schema is v0001, this program needs v0099.")

    monkeypatch.setattr(desk.office.store, "check", older)
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/operations")).text
    assert "ไม่ตรงกับโปรแกรม" in page and "needs v0099" in page


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(-5, ("age_minutes", 0)), (59, ("age_minutes", 59)), (60, ("age_hours", 1)), (2880, ("age_days", 2))],
)
def test_ages_are_in_the_largest_unit(minutes: int, told: tuple[str, int]) -> None:
    assert operations.age(timedelta(minutes=minutes)) == told


async def test_an_address_tells_only_our_own_words(desk: Desk, sign_in) -> None:
    somebody = await sign_in(Role.ADMINISTRATOR)
    page = (await somebody.get("/operations?taken=<b>&failed=99999&none=-1&shut=²&evil=3")).text
    assert 'role="status"' not in page and "evil" not in page


def test_every_word_of_a_state_is_there(content) -> None:
    words = load_console_words(content / "console.yaml")
    assert {f"operations_done_{name}" for name in operations._DONE} <= set(words)
    assert {f"operations_why_{why.value}" for why in operations.Why} <= set(words)
