"""The rules of the house, over everything there is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.library import load
from bot.settings import describe
from bot.verbs import app

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("handlers/*.py")])
THAI = re.compile("[\u0e00-\u0e7f]")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_keeps_the_rules(path: Path) -> None:
    source = path.read_text("utf-8")
    assert not THAI.search(source), "Thai belongs in content/"
    assert len(source.splitlines()) <= 300
    tree = ast.parse(source)
    for function in functions(tree):
        size = (function.end_lineno or 0) - function.lineno + 1
        spoken = len((ast.get_docstring(function, clean=False) or "").splitlines())
        assert size - spoken <= 40 or "migrations" in path.parts, f"{function.name} has {size - spoken} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            names = {n.id.lower() for n in ast.walk(node) if isinstance(n, ast.Name)}
            assert not names & {"secret", "signature", "expected_signature"}, (
                "compare secrets in constant time"
            )
    if "store" not in path.parts:
        assert not re.search(r"^from sqlalchemy|^import sqlalchemy", source, re.M), "SQL lives in bot/store"


def test_every_public_thing_says_what_it_is() -> None:
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            members = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else []
            for thing in [node, *members]:
                if not isinstance(thing, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                if not thing.name.startswith("_") and not ast.get_docstring(thing):
                    silent.append(f"{path.relative_to(ROOT)}: {thing.name}")
    assert silent == []


def test_every_phrase_and_label_a_handler_names_is_there() -> None:
    library = load()
    source = "\n".join(path.read_text("utf-8") for path in MODULES)
    said = set(re.findall(r'scene\.(?:say|lines)\(\s*"([a-z_]+)"', source))
    labels = set(re.findall(r'scene\.(?:label|button)\(\s*"([a-z_]+)"', source))
    assert said <= set(library.phrases)
    assert labels <= set(library.labels)
    assert len(said) > 40


def test_every_phrase_and_label_is_used() -> None:
    """A sentence nobody can be sent would still have to be checked and approved."""
    library = load()
    source = "\n".join(path.read_text("utf-8") for path in MODULES)
    named = set(re.findall(r'"([a-z_]+)"', source))
    formed = (
        "group_",
        "capacity_",
        "status_",
        "purpose_",
        "withdraw_",
        "file_",
        "age_",
        "why_",
        "kind_",
        "request_",
        "tell_",
    )
    assert [p for p in library.phrases if p not in named and not p.startswith(formed)] == []
    assert [b for b in library.labels if b not in named and not b.startswith(formed)] == []


def test_readme_names_every_setting_and_every_verb() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [v.name for v in describe() if f"`{v.name}`" not in readme] == []
    verbs = [name for name in app if not name.startswith("-")]
    assert len(verbs) >= 8
    assert [verb for verb in verbs if f"`{verb}" not in readme] == []


def test_no_lock_file_names_a_registry() -> None:
    for lock in ROOT.glob("*.lock"):
        assert "://" not in lock.read_text("utf-8")
