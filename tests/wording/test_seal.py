"""What is shown is what a second reader approved, to the letter: anything else does not start."""

import re
import shutil
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.errors import ContentError
from bot.library import admit
from bot.library.seal import QUESTIONS, Approval, Reviewer
from bot.verbs import FOUND, UNUSABLE, run
from tests.wording.conftest import CONTENT

CLAUSE = "drafts/opdc-2566-2570/3.5.yaml"


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped content, in use."""
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("CONTENT_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        admit(folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_the_shipped_content_is_sealed_as_an_example(content: Path) -> None:
    library = admit(content)
    assert library.seal.example
    assert {library.seal.readers[question.version] for question in library.questions.values()} == {1}
    assert library.seal.edition


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ", "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ?"),  # one character
        ("label: ค่อนข้างพอใจ, value: 1", "label: พอใจ, value: 1"),  # a label
        ("label: เท่ากัน, anchored: true", "label: เท่ากัน"),  # the rule of order
    ],
)
def test_a_changed_question_stops_the_start_and_says_why(content: Path, old: str, new: str) -> None:
    change(content / CLAUSE, old, new)
    [fault] = faults(content)
    assert re.match(rf"{CLAUSE}:\d+:\d+: question 3\.5-\w+: was changed after ตัวอย่าง approved it", fault)
    assert "python -m bot approve" in fault


def test_serve_refuses_it_too(
    content: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "0")
    change(content / CLAUSE, "คุณพอใจ", "ท่านพอใจ")
    assert run(["serve"]) == UNUSABLE
    assert "was changed after" in capsys.readouterr().err


def test_what_a_rule_blocks_never_starts_even_when_approved(content: Path) -> None:
    change(content / CLAUSE, "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ", "คุณพอใจกับการใช้งบของรัฐใช่ไหม")
    assert run(["approve", "--example", "--author", "ก", "--reviewer", "ตัวอย่าง"]) == UNUSABLE
    assert any("W01 LEADING “ใช่ไหม”" in fault for fault in faults(content))


def test_a_phrase_nobody_approved_never_starts(content: Path) -> None:
    with (content / "phrases" / "pages.yaml").open("a", encoding="utf-8") as file:
        file.write("\nnew_one:\n  type: system\n  lines:\n    - ลองอีกครั้งได้\n")
    assert [fault.split(": ", 1)[1] for fault in faults(content)] == [
        "phrase new_one: nobody has approved it; "
        "a reviewer who did not write it approves it with: python -m bot approve"
    ]


def test_nobody_approves_their_own_words(content: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["approve", "--author", "สมใจ", "--reviewer", "สมใจ", "--key", "own.pem"]) == UNUSABLE
    assert "cannot approve" in capsys.readouterr().err
    change(content / "approvals" / "example.yaml", "author: ทีมร่วมคิด", "author: ตัวอย่าง")
    assert any("cannot approve what" in fault for fault in faults(content))


def test_a_record_that_was_changed_does_not_hold(content: Path) -> None:
    change(content / "approvals" / "example.yaml", "harmless_to_refuse: example", "harmless_to_refuse: yes")
    assert any("is not what ตัวอย่าง signed" in fault for fault in faults(content))


def test_a_record_signed_with_another_key_does_not_hold() -> None:
    own, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    raw = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    reviewer = Reviewer(key=b64encode(raw).decode())
    record = Approval(
        author="ก",
        reviewer="ข",
        at=datetime(2026, 11, 24, tzinfo=UTC),
        edition="1.0",
        answers=dict.fromkeys(QUESTIONS, "yes"),
        sealed={"question x": "0" * 64},
    )
    assert record.sign(own).is_signed_by(reviewer)
    assert not record.sign(other).is_signed_by(reviewer)
    assert not record.is_signed_by(reviewer)
    assert not record.sign(own).model_copy(update={"sealed": {}}).is_signed_by(reviewer)


def test_an_office_approves_and_it_is_no_example_any_more(
    content: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["approve", "--author", "สมใจ", "--reviewer", "วิชัย", "--key", str(tmp_path / "wichai.pem")]
    answers = tmp_path / "answers"
    answers.write_text("yes\nno\n")
    with answers.open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert run(arguments) == FOUND
    assert "Nothing was sealed" in capsys.readouterr().out
    answers.write_text("yes\nyes\nyes\n")
    with answers.open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ" in shown
    assert "[ ค่อนข้างพอใจ ]" in shown
    assert (tmp_path / "wichai.pem").stat().st_mode & 0o077 == 0
    library = admit(content)
    assert not library.seal.example
    assert library.seal.readers[library.questions["3.5-c1"].version] == 2
    assert run(arguments) == 0
    assert "Nothing is waiting" in capsys.readouterr().out


def test_a_waiver_lets_one_finding_stand_and_no_more(
    content: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check"]) == 0
    assert "waived W15 VAGUE “เหมาะสม”" in capsys.readouterr().out
    change(content / "waivers.yaml", "span: เหมาะสม", "span: ไม่มีคำนี้")
    assert any("finds no 'ไม่มีคำนี้' there; take it out" in fault for fault in faults(content))
