"""Careful wording: is this message fair, clear and honest? Rules are data; what they find are values.

model.py     what is checked (Said), what a rule is, what it finds
view.py      the text as the rules read it
checker.py   a message → findings
choices.py   the structure of choices: scales, opt-outs, exits, buttons
ranges.py    ranges of numbers among the choices
plain.py     abbreviations, English, jargon, length, how sure a text is
pasted.py    a pasted line → a message
steps.py     the labels of pasted answers → their places on a scale
detector.py  pressure that no pattern foresaw, learned from examples
"""

from bot.language.wording.checker import CHECKS, Rules, check
from bot.language.wording.model import Choice, Clue, Finding, Rule, Said, Severity
from bot.language.wording.pasted import Labels, offsets, read_line
from bot.language.wording.steps import Degrees, Scales

__all__ = [
    "CHECKS",
    "Choice",
    "Clue",
    "Degrees",
    "Finding",
    "Labels",
    "Rule",
    "Rules",
    "Said",
    "Scales",
    "Severity",
    "check",
    "offsets",
    "read_line",
]
