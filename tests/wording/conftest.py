from pathlib import Path

import pytest

from bot.language.wording import Finding, Labels, Rules, check, read_line
from bot.library.rulebook import load_rulebook

CONTENT = Path(__file__).resolve().parents[2] / "content"


class Checker:
    """The shipped rules over pasted lines."""

    def __init__(self, rules: Rules, labels: Labels) -> None:
        self.rules = rules
        self.labels = labels

    def __call__(self, line: str) -> tuple[Finding, ...]:
        return check(read_line(line, self.labels), self.rules)

    def families(self, line: str) -> set[str]:
        return {finding.family for finding in self(line)}

    def blocks(self, line: str) -> set[str]:
        return {finding.family for finding in self(line) if finding.severity == "block"}


@pytest.fixture(scope="session")
def checker() -> Checker:
    return Checker(*load_rulebook(CONTENT / "wording"))
