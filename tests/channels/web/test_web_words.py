"""content/web.yaml: every word the page asks for, none that it does not, and every fault named."""

import re
from pathlib import Path

import pytest

from bot.channels.web import load_words
from bot.channels.web.words import WORDS
from bot.errors import ContentError

ROOT = Path(__file__).parents[3]
WEB = ROOT / "bot" / "channels" / "web"
GOOD = ROOT / "content" / "web.yaml"


def faults_of(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "web.yaml"
    file.write_bytes(text.encode())
    with pytest.raises(ContentError) as caught:
        load_words(file)
    return [str(fault).removeprefix(f"{file}:") for fault in caught.value.faults]


def test_the_words_the_page_asks_for_are_the_words_there_are() -> None:
    sources = [*WEB.glob("templates/*.html"), *WEB.glob("static/js/*.js"), *WEB.glob("*.py")]
    text = "\n".join(file.read_text() for file in sources if file.name != "words.py")
    asked = set(re.findall(r"words\.(?!py)([a-z_]+)", text)) | set(
        re.findall(r'"((?:limit|speaker)_[a-z]+)"', text)
    )
    asked |= set(re.findall(r'words\["([a-z_]+)"\]', text)) | {"options_label", "exits_label"}
    assert asked == set(WORDS)
    assert set(load_words(GOOD)) == asked


def test_there_is_no_thai_but_in_the_content() -> None:
    thai = re.compile("[\u0e00-\u0e7f]")
    sources = (file for file in WEB.rglob("*") if file.suffix in {".py", ".js", ".html", ".css", ".svg"})
    assert [file.name for file in sources if thai.search(file.read_text())] == []


def test_text_is_never_set_as_markup() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|\|\s*safe")
    sources = (*WEB.glob("static/js/*.js"), *WEB.glob("templates/*.html"))
    assert [file.name for file in sources if forbidden.search(file.read_text())] == []


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = GOOD.read_text().replace("send: ส่ง", "sned: ส่ง").replace("{name}", "{nam}", 1)
    text = text.replace("reload: โหลดหน้าใหม่", "reload: ' '").replace("unsent: ยังไม่ได้ส่ง", "unsent: ''")
    faults = faults_of(tmp_path, text)
    assert len(faults) == 5
    assert faults[0] == "1:1: the word 'send' is missing"
    lines = text.splitlines()
    assert f"{lines.index('sned: ส่ง') + 1}:1: the page has no word 'sned'" in faults
    reload = lines.index("reload: ' '") + 1
    assert f"{reload}:1: 'reload' must be a text that is not empty" in faults
    assert any("must have the slots ['name'], it has ['nam']" in fault for fault in faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1:1: the file: must be a mapping"),
        ("- a", "1:1: the file: must be a mapping"),
        ("a: [", "2:1: the YAML cannot be read"),
        ("send: a\nsend: b", "2:1: send: is written twice"),
        ("send: \x00", "1:7: YAML cannot hold the character U+0000"),
    ],
)
def test_what_cannot_be_read_is_said_so(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults_of(tmp_path, text)
    assert said.startswith(fault)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="the file is missing"):
        load_words(tmp_path / "none.yaml")
