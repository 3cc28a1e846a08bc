"""Which tests of the store, the runtime and the console run on one kind of database alone, and why.

Everything else there runs on SQLite and on PostgreSQL: `store`, `database_url` and what is made of them
come once a kind (tests/conftest.py).
"""

import ast
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/store", "tests/runtime", "tests/secretariat/console")

#: Modules with tests on SQLite alone, and why; docs/scaling.md has the same table.
SQLITE_ALONE = {
    "tests/store/test_answering.py": "a plan of SQLite's for a million rows is read",
    "tests/store/test_database.py": "SQLite's own ways: a locked file, a full disk, its settings",
    "tests/store/test_driver.py": "SQLite's own driver",
    "tests/store/test_processes.py": "beside a file there is no other process",
    "tests/store/test_serving.py": "the lock on the file beside the database",
    "tests/runtime/test_at_rest.py": "the bytes of the file, of its log and of its copies are read",
    "tests/runtime/test_backup.py": "the content of PostgreSQL is dumped by its own tools",
    "tests/runtime/test_bells.py": "beside a file there is nobody to call",
    "tests/runtime/test_clock.py": "beside a file there is one clock",
    "tests/runtime/test_relinking.py": "protections taken away; with them the attacks run on both",
    "tests/runtime/test_log_canaries.py": "what is logged comes from above the store",
    "tests/secretariat/console/test_canaries_browser.py": "a browser: the pages are tried on both without one",
    "tests/secretariat/console/test_days_browser.py": "a browser: the pages are tried on both without one",
    "tests/secretariat/console/test_look_browser.py": "a browser: the pages are tried on both without one",
    "tests/secretariat/console/test_suggestions_browser.py": "a browser: the pages are tried on both without one",
    "tests/secretariat/console/test_wording.py": "a folder is judged; from a draft to its approval both are tried",
    "tests/secretariat/console/test_wording_review.py": "a folder is judged; from a draft to its approval both are tried",
    "tests/secretariat/console/test_wording_browser.py": "a browser: the pages are tried on both without one",
}

#: What must never be on one kind alone: the way of an event in, and of a letter out.
ON_BOTH = {
    "tests/store/test_intake.py",
    "tests/store/test_outbox.py",
    "tests/store/test_erasure.py",
    "tests/runtime/test_turns.py",
    "tests/runtime/test_delivery.py",
    "tests/runtime/test_fetching.py",
    "tests/runtime/test_retention.py",
    "tests/secretariat/console/test_answers.py",
    "tests/secretariat/console/test_overview.py",
    "tests/secretariat/console/test_suggestions.py",
    "tests/secretariat/console/test_door.py",
    "tests/secretariat/console/test_wording_approved.py",
}

#: Fixtures and tests by name, with the names of what they ask for.
Asking = Mapping[str, frozenset[str]]


def asking(path: Path, outer: Asking) -> Asking:
    """Those of a module, over those around it; a fixture that asks for its own name asks what the outer does."""
    body = ast.parse(path.read_text("utf-8")).body if path.is_file() else []
    found = dict(outer)
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            names = frozenset(argument.arg for argument in one.args.args)
            around = outer.get(one.name, frozenset()) if one.name in names else frozenset()
            found[one.name] = (names - {one.name}) | around
    return found


def known_to(path: Path) -> Asking:
    """What a test may ask for: the fixtures of its module, of its folder and of those above."""
    known: Asking = {}
    for folder in reversed(path.relative_to(ROOT).parents):
        known = asking(ROOT / folder / "conftest.py", known)
    # The fixture of both kinds asks for either by name, when it runs.
    return asking(path, {**known, "database_url": frozenset({"sqlite_url", "postgresql_url"})})


def rests_on(name: str, known: Asking) -> set[str]:
    """Every fixture that this one, or this test, rests on."""
    found, waiting = {name}, [name]
    while waiting:
        new = known.get(waiting.pop(), frozenset()) - found
        found |= new
        waiting += new
    return found


def kinds_of(path: Path) -> dict[str, set[str]]:
    """Each test of a module with the kinds of databases it rests on; none for one that needs no database."""
    known = known_to(path)
    return {
        name: {k for k in ("sqlite", "postgresql") if any(k in one for one in rests_on(name, known) - {name})}
        for name in asking(path, {})
        if name.startswith("test_")
    }


MODULES = {
    str(path.relative_to(ROOT)): kinds_of(path)
    for folder in FOLDERS
    for path in sorted((ROOT / folder).glob("test_*.py"))
}


def test_whatever_runs_on_sqlite_alone_says_why() -> None:
    alone = {module for module, tests in MODULES.items() if {"sqlite"} in tests.values()}
    assert alone == set(SQLITE_ALONE)


def test_the_way_in_and_the_way_out_run_on_both() -> None:
    for module in ON_BOTH:
        kinds = MODULES[module].values()
        assert {"sqlite", "postgresql"} in kinds, module
        assert {"sqlite"} not in kinds, module
    both = [kinds for tests in MODULES.values() for kinds in tests.values() if len(kinds) == 2]
    assert len(both) > 200


def test_the_document_has_the_same_table() -> None:
    told = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    assert [
        m for m, why in SQLITE_ALONE.items() if f"| `{m.removeprefix('tests/')}` | {why} |" not in told
    ] == []


def test_one_kind_alone_would_be_seen() -> None:
    module = ROOT / "tests" / "store" / "test_intake.py"
    known = known_to(module)
    name = next(name for name in asking(module, {}) if name.startswith("test_") and "store" in known[name])
    assert {"sqlite_url", "postgresql_url"} <= rests_on(name, known)
    own = {**known, "store": frozenset({"sqlite_store"})}
    assert "postgresql_url" not in rests_on(name, own)
