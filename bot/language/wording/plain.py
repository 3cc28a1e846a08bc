"""What a reader must not be made to work out: abbreviations, English, jargon, length, and how sure a text is.

One rule: whatever is explained beside its use is fine; in the stem of a question nothing is left unexplained.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from bot.language.tokens import words
from bot.language.wording.hits import Hit, whole
from bot.language.wording.model import Rule, Said, Severity

#: WORDING.md P1 and P3: words of a sentence from which a second reader looks, and which are never sent.
WARN_WORDS: Final = 18
MAX_WORDS: Final = 25

#: Characters before a space that can say whether a sentence ends there.
ENDING: Final = 40

_ABBREVIATION: Final = re.compile(
    r"(?:[\u0e01-\u0e2e]{1,5}\.){2,6}|(?<![\u0e01-\u0e2e])[\u0e01-\u0e2e]{2,5}\.|(?<![A-Za-z0-9])[A-Z][A-Z&]{1,7}(?![A-Za-z0-9])"
)
#: English words in a row; the parts of an address are no words.
_ENGLISH: Final = re.compile(
    r"(?<![A-Za-z.@:_/])[A-Za-z][A-Za-z'-]*(?: [A-Za-z][A-Za-z'-]*)*(?![.@:_]?[A-Za-z@]|://)"
)
_OPENING: Final = '([\u201c"'
_SPACE: Final = re.compile(r"\s+")


def _severity(said: Said, rule: Rule, part: int) -> Severity:
    """As the rule says; a stem, which everyone must understand before answering, is stricter."""
    return Severity.BLOCK if said.asks and part == len(said.lines) - 1 else rule.severity


def abbreviations(said: Said, rule: Rule) -> Iterator[Hit]:
    """W28: an abbreviation stands beside its full form."""
    for part, line in enumerate(said.lines if said.thai else ()):
        for found in _ABBREVIATION.finditer(line):
            if not _is_known(found[0], said, rule) and not _explained(line, found, rule):
                yield _found(said, rule, part, found)


def english(said: Said, rule: Rule) -> Iterator[Hit]:
    """W29: an English word stands beside its Thai one."""
    lines = [(part, line, False) for part, line in enumerate(said.lines)]
    labels = [(part, choice.label, True) for part, choice in enumerate(said.choices)]
    for part, text, label in (*lines, *labels) if said.thai else ():
        for found in _ENGLISH.finditer(text):
            foreign = [word for word in found[0].split() if not _is_known(word, said, rule)]
            if foreign and not found[0].isupper() and not _explained(text, found, rule):
                hit = _found(said, rule, part, found)
                yield replace(hit, choice=True, severity=rule.severity) if label else hit


def _found(said: Said, rule: Rule, part: int, found: re.Match[str]) -> Hit:
    """The word that was found, and what stands for it if that is known."""
    rewrite = rule.rewrites.get(found[0]) or rule.rewrites.get(found[0].lower(), "")
    severity = _severity(said, rule, part)
    return Hit(part=part, start=found.start(), end=found.end(), severity=severity, rewrite=rewrite)


def _is_known(word: str, said: Said, rule: Rule) -> bool:
    """Whether everybody knows it, or a button beside the message explains it."""
    return bool(rule.words["known"].fullmatch(word)) or any(word in term for term in said.glossed)


def _explained(line: str, found: re.Match[str], rule: Rule) -> bool:
    """Whether brackets or a word of explaining beside it say what it is."""
    before, after = line[: found.start()].rstrip(), line[found.end() :].lstrip()
    in_brackets = before[-1:] in set(_OPENING) and len(before) > 1 and ")" in after
    in_words = rule.words["explaining"].match(line, line.find(found[0]) + len(found[0]))
    return bool(in_words) or in_brackets or ("(" in before and ")" in after) or after.startswith("(")


def terms(said: Said, rule: Rule) -> Iterator[Hit]:
    """W27: a term of the trade is explained in the same message or behind a button beside it."""
    text = "\n".join(said.lines)
    if rule.words["explaining"].search(text):
        return
    for part, line in enumerate(said.lines):
        for found in rule.words["term"].finditer(line):
            if any(found[0] in term for term in said.glossed) or line[found.end() :].lstrip().startswith("("):
                continue
            yield _found(said, rule, part, found)


def length(said: Said, rule: Rule) -> Iterator[Hit]:
    """W30: a sentence is at most 25 words, better 18.

    One sentence a line is the author's promise. A pasted line may hold several: there a space ends a
    sentence unless what follows goes on with it.
    """
    for part, line in enumerate(said.lines):
        for start, sentence in _sentences(line, rule) if said.type is None else [(0, line)]:
            count = len(words(sentence))
            if count > WARN_WORDS:
                severity = Severity.BLOCK if count > MAX_WORDS else Severity.WARN
                yield Hit(part=part, start=start, end=start + len(sentence), severity=severity)


def _sentences(line: str, rule: Rule) -> Iterator[tuple[int, str]]:
    """The line cut at the spaces between sentences, each piece with its offset."""
    start = 0
    for space in _SPACE.finditer(line):
        ending = line[max(start, space.start() - ENDING) : space.start()]
        if rule.words["goes_on"].match(line, space.end()) or rule.words["unfinished"].search(ending):
            continue
        yield start, line[start : space.start()]
        start = space.end()
    yield start, line[start:]


def modality(said: Said, rule: Rule) -> Iterator[Hit]:
    """W12: an explanation puts nothing more strongly than the text it explains."""
    if not said.source:
        return
    for name in ("must", "will"):
        if rule.words[f"{name}_in_source"].search(said.source):
            continue
        for part, line in enumerate(said.lines):
            if found := rule.words[name].search(line):
                yield Hit(part=part, start=found.start(), end=found.end(), severity=rule.severity)


def disclosure(said: Said, rule: Rule) -> Iterator[Hit]:
    """W23: the first message says who asks, that a machine does, what for, and that nobody has to."""
    if not said.opening:
        return
    text = "\n".join(said.lines)
    if not all(rule.words[name].search(text) for name in ("owner", "machine", "purpose", "voluntary")):
        yield whole(rule, 0)
