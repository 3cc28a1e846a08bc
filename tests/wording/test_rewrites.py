"""Whatever is found, a safe wording is shown beside it; it would pass the checker itself."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.verbs import run
from tests.wording.conftest import Checker
from tests.wording.test_rules import FILES


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_what_is_suggested_passes(checker: Checker, file: Path) -> None:
    rule = YAML(typ="safe").load(file.read_text("utf-8"))
    for example in rule["examples"]:
        found = [f for f in checker(example["bad"]) if f.family == rule["family"]]
        assert all(finding.rewrite for finding in found), example["bad"]
        for finding in checker(example["bad"]):
            assert checker.blocks(finding.rewrite) == set(), finding.rewrite
            assert finding.family not in checker.families(finding.rewrite), finding.rewrite


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_text_that_could_be_suggested_passes(checker: Checker, file: Path) -> None:
    rule = YAML(typ="safe").load(file.read_text("utf-8"))
    clues = [clue.get("rewrite", "") for clue in rule.get("clues", ())]
    for text in [rule["rewrite"], *rule.get("rewrites", {}).values(), *clues]:
        line = text.replace("{0}", "เรื่องนี้").replace("{1}", "ทำ").replace("{2}", "แก้")
        assert checker.blocks(line) == set(), line


def test_what_is_cut_out_is_asked_about_or_not_at_all(checker: Checker) -> None:
    [leading] = checker("ท่านเห็นด้วยหรือไม่ว่ารัฐควรโอนงานบริการให้เอกชน")
    assert leading.rewrite == "คุณคิดอย่างไรกับการให้รัฐโอนงานบริการให้เอกชน"
    [leading, loaded] = checker("ท่านเห็นด้วยหรือไม่ว่ารัฐควรยุบหน่วยงานที่ล้าหลัง")
    assert "ล้าหลัง" not in leading.rewrite + loaded.rewrite


def test_a_line_comes_back_whole(checker: Checker) -> None:
    [finding] = checker("ควรเริ่มที่ใด | กรุงเทพฯ | ต่างจังหวัด | ข้าม")
    assert finding.rewrite == "ควรเริ่มที่ใด | กรุงเทพฯ | ต่างจังหวัด | ข้าม | ไม่แน่ใจ"
    [finding] = checker("รัฐควรทำหรือไม่ | ⭐ ควร | ไม่ควร (ไม่แนะนำ) | ไม่แน่ใจ | ข้าม")
    assert finding.rewrite == "รัฐควรทำหรือไม่ | ควร | ไม่ควร | ไม่แน่ใจ | ข้าม"


def test_check_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pasted = tmp_path / "questions.txt"
    pasted.write_text("รัฐควรแก้กฎหมายและเพิ่มงบหรือไม่\n", "utf-8")
    run(["check", "--lines", str(pasted)])
    assert "    → ถามข้อหนึ่งว่า รัฐควรแก้กฎหมายหรือไม่ แล้วถามอีกข้อว่า รัฐควรเพิ่มงบหรือไม่" in capsys.readouterr().out
    run(["check", "--lines", str(pasted), "--format", "json"])
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(finding["rewrite"] for finding in row["findings"])
