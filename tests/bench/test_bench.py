"""The benchmark in its short form: it counts right, and whoever breaks their word is found out."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.bench.contestants import AIOGRAM, INSERT, LINE_FASTAPI, OURS, PEERS, PTB, RAW, Contestant
from tests.bench.curve import ANSWERS, filled
from tests.bench.load import Phase
from tests.bench.report import BEGIN, DOCUMENT, END
from tests.bench.trial import tokens, trial

ROOT = Path(__file__).resolve().parents[2]
SHORT = [Phase(16, 0.2, 0.6)]
NEEDS = {LINE_FASTAPI.name: "fastapi", AIOGRAM.name: "aiogram", PTB.name: "telegram"}


def here(contestant: Contestant) -> Contestant:
    """The contestant, in this environment where that has what it needs."""
    if contestant.peer and not PEERS.exists() and find_spec(NEEDS[contestant.name]) is None:
        pytest.skip(f"{NEEDS[contestant.name]} is not installed: `make bench` brings it")
    return contestant


@pytest.mark.parametrize("contestant", [OURS, PTB, LINE_FASTAPI, AIOGRAM, RAW, INSERT], ids=lambda c: c.name)
def test_a_contestant_does_its_work_and_it_is_counted(contestant: Contestant) -> None:
    done = trial(here(contestant), SHORT)
    assert done.faults == ()
    seen = done.seen
    assert seen.phases[0].turns >= 50
    assert seen.acknowledged >= seen.phases[0].turns
    if contestant.replies:
        assert seen.acknowledged <= seen.sent
        assert seen.replies >= seen.phases[0].turns
    assert seen.phases[0].reply.p99 >= seen.phases[0].reply.p50 > 0


def test_who_answers_before_the_commit_is_found_out() -> None:
    early = replace(OURS, command=("-m", "tests.bench.faulty", "early", "serve"))
    done = trial(early, [Phase(64, 0.2, 1)])
    assert any("are not stored" in fault for fault in done.faults), done


def test_who_sends_no_replies_is_found_out() -> None:
    mute = replace(OURS, command=("-m", "tests.bench.faulty", "mute", "serve"))
    done = trial(mute, [Phase(16, 0.2, 2.5)], patience=1.0)
    assert any("without their reply" in fault for fault in done.faults), done


def test_a_filled_store_knows_its_people() -> None:
    """Those who act are among those who were there: no new row of a person, and their answers are loaded."""
    from contextlib import closing

    from bot.store.sqlite import library

    with filled(64) as store:
        done = trial(replace(OURS, name="ours, with them"), SHORT, store=store, people=64)
        with closing(library.connect(store)) as connection:
            ((people,),) = connection.execute("SELECT count(*) FROM participants")
            ((answers,),) = connection.execute("SELECT count(*) FROM answers WHERE id < 'line:01'")
    assert done.faults == ()
    assert (people, answers) == (64, 64 * ANSWERS)


def test_everybody_presses_buttons_that_are_there() -> None:
    assert len(tokens()) == 8
    assert len(set(tokens())) == 8


def test_the_document_has_its_place_for_the_tables() -> None:
    assert [(ROOT / DOCUMENT).read_text().count(mark) for mark in (BEGIN, END)] == [1, 1]
