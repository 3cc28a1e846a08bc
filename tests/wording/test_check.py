"""`check` as an author and an officer use it: planted faults are found where they are, in every format."""

import json
import shutil
from pathlib import Path

import pytest

from bot.dialogue import MessageType
from bot.language.wording import Said
from bot.library.gate import passes
from bot.verbs import FOUND, UNUSABLE, run
from tests.wording.conftest import CONTENT, Checker

DRAFT = "drafts/opdc-2566-2570"

#: File, what stands there, what is planted instead, the rule that finds it.
PLANTED = [
    (f"{DRAFT}/3.5.yaml", "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ", "คุณพอใจการใช้งบของรัฐใช่ไหม", "W01"),
    (f"{DRAFT}/3.3.yaml", "explain:\n", "explain:\n  - ระบบราชการที่อุ้ยอ้ายต้องเปลี่ยน\n", "W02"),
    ("phrases/answering.yaml", "    - ข้ามแล้ว", "    - คนส่วนใหญ่ตอบข้อนี้แล้ว", "W03"),
    ("phrases/answering.yaml", "    - บันทึกแล้ว แก้ได้จนถึงวันปิดรับ", "    - ถ้าคุณไม่ตอบ อาจถูกตัดสิทธิ์", "W04"),
    ("phrases/reading.yaml", "type: nav\n  lines:\n    - ", "type: nav\n  lines:\n    - ด่วนที่สุด ", "W06"),
    ("phrases/answering.yaml", "    - ข้ามแล้ว", "    - เราเสียใจที่คุณข้าม", "W07"),
    ("phrases/answering.yaml", "    - ข้ามแล้ว", "    - คำตอบของคุณดีมาก", "W08"),
    (f"{DRAFT}/1.1.yaml", "explain:\n", "explain:\n  - ที่ประชุมอนุมัติแล้ว\n", "W12"),
    ("phrases/suggesting.yaml", "    - คุณดูสถานะได้ด้วยเลขรับ", "    - ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน", "W24"),
    ("phrases/notices.yaml", "    - ไม่ตอบก็ไม่มีผลต่อคุณ", "    - การใช้แชตนี้ถือว่าคุณยินยอม", "W25"),
    ("labels.yaml", "skip: ข้าม", "skip: ฉันไม่รักชาติ เพื่อส่วนรวม", "W07"),
    ("web.yaml", "send: ส่ง\n", "send: ตอบทันที\n", "W06"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"), PLANTED, ids=[f"{n}-{p[3]}" for n, p in enumerate(PLANTED)]
)
def test_a_planted_fault_is_found_where_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, rule: str
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    assert run(["check", str(folder), "--format", "json"]) == FOUND
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [found, *_] = [row for row in rows if row["rule"] == rule and row["severity"] == "block"]
    assert found["file"].endswith(file)
    line = (folder / file).read_text("utf-8").splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith(found["span"])


def test_the_shipped_library_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    assert "Blocked 0, to be looked at 0, waived 1." in capsys.readouterr().out


def test_a_message_made_later_passes_the_same_gate(checker: Checker) -> None:
    fair = Said(type=MessageType.REPORT, lines=("เราอ่านข้อเสนอของคุณแล้ว ยังไม่มีข้อสรุป",))
    assert passes(fair, checker.rules) == ()
    pressing = Said(type=MessageType.REPORT, lines=("ถ้าคุณไม่ตอบ อาจถูกตัดสิทธิ์",))
    assert {finding.family for finding in passes(pressing, checker.rules)} == {"THREAT"}


def test_one_file_is_checked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(CONTENT / "labels.yaml")]) == 0
    assert "waived 0" in capsys.readouterr().out


def test_a_pasted_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pasted = tmp_path / "questions.txt"
    pasted.write_text(
        "คุณพอใจบริการใช่ไหม | พอใจ | ไม่พอใจ | ไม่แน่ใจ | ข้าม\n"
        "\n"
        "คุณใช้บริการออนไลน์ของรัฐเป็นประจำไหม\n"
        "คุณคิดอย่างไรกับข้อ 3.3\n",
        "utf-8",
    )
    assert run(["check", "--lines", str(pasted), "--format", "json"]) == FOUND
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["line"], row["severity"]) for row in rows] == [
        (1, "block"),
        (2, "ok"),
        (3, "warn"),
        (4, "ok"),
    ]
    assert {"rule": "W01", "family": "LEADING", "severity": "block", "span": "ใช่ไหม"}.items() <= rows[0][
        "findings"
    ][0].items()
    assert run(["check", "--lines", str(pasted)]) == FOUND
    assert "questions.txt:1:14: block W01 LEADING “ใช่ไหม”" in capsys.readouterr().out


def test_sarif_names_rules_and_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pasted = tmp_path / "questions.txt"
    pasted.write_text("ก\nคุณพอใจใช่ไหม\n", "utf-8")
    assert run(["check", "--lines", str(pasted), "--format", "sarif"]) == FOUND
    [log] = json.loads(capsys.readouterr().out)["runs"]
    assert len(log["tool"]["driver"]["rules"]) == 31
    [result] = [result for result in log["results"] if result["level"] == "error"]
    assert result["ruleId"] == "W01"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (2, 8, 14)


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--lines", str(tmp_path / "none.txt")]) == UNUSABLE
    (tmp_path / "thai.txt").write_bytes("ก".encode("cp874"))
    assert run(["check", "--lines", str(tmp_path / "thai.txt")]) == UNUSABLE
    assert "save it as UTF-8" in capsys.readouterr().err
