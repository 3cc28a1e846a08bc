"""A message → what is wrong with its wording, in the order it is written.

One rule: the checker never raises and never changes its mind; the same message and the same rules give
the same findings. A message beyond MAX_TEXT characters is not read but refused: no channel could show it.
"""

from bisect import bisect
from collections.abc import Callable, Iterator
from re import Pattern
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from bot.language.wording import choices, plain, ranges
from bot.language.wording.hits import TO_THE_END, Hit, whole
from bot.language.wording.model import Clue, Finding, Rule, Said, Severity
from bot.language.wording.view import SLOT, View, cover, view

#: Characters of all lines together; content holds 1,500 at most (PLATFORMS.md 3).
MAX_TEXT: Final = 4_000
#: Choices of a message; a LINE bubble is full long before.
MAX_CHOICES: Final = 30

Check = Callable[[Said, Rule], Iterator[Hit]]

#: The code behind a rule's `check`.
CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    "scale": (choices.scale, ranges.ranges),
    "agreement": (choices.agreement,),
    "opt_outs": (choices.opt_outs,),
    "exits": (choices.exits,),
    "presets": (choices.presets,),
    "buttons": (choices.buttons,),
    "terms": (plain.terms,),
    "abbreviations": (plain.abbreviations,),
    "english": (plain.english,),
    "length": (plain.length,),
    "modality": (plain.modality,),
    "disclosure": (plain.disclosure,),
}


class Rules(Struct, frozen=True):
    """All rules, and what is covered before they read.

    `names` are proper names, in which any word may occur. `reassuring` are phrases that take pressure
    away and would look like pressure. `attribution` is what makes a quotation a quotation. `edition`
    names this set of rules and is kept with what it let pass.
    """

    edition: str
    rules: tuple[Rule, ...]
    names: tuple[Pattern[str], ...]
    reassuring: tuple[Pattern[str], ...]
    attribution: Pattern[str]


class _Read(Struct, frozen=True):
    """A text as the rules see it, and where in the message it came from."""

    view: View
    starts: tuple[int, ...]


def check(said: Said, rules: Rules) -> tuple[Finding, ...]:
    """What the rules find in this message; () when nothing."""
    longest = next(rule for rule in rules.rules if rule.check == "length")
    if sum(map(len, said.lines)) > MAX_TEXT or len(said.choices) > MAX_CHOICES:
        too_long = whole(longest, 0, severity=Severity.BLOCK, rewrite=longest.rewrite)
        return (_finding(said, longest, too_long),)
    hits = _hits(said, rules)
    blocking = {(rule.id, hit.choice) for rule, hit in hits if hit.severity is Severity.BLOCK}
    found = [
        _finding(said, rule, replace(hit, rewrite=_safe(rule, hit, blocking, rules))) for rule, hit in hits
    ]
    return tuple(sorted(found, key=lambda f: (f.choice, f.part, f.start, f.rule)))


def _hits(said: Said, rules: Rules) -> list[tuple[Rule, Hit]]:
    """Where each rule found something, before a rewrite of it is trusted."""
    bare = replace(said, lines=tuple(SLOT.sub(cover, line) for line in said.lines))
    lines, labels = _read(bare, bare.lines, rules), [_read(bare, (c.label,), rules) for c in bare.choices]
    found: list[tuple[Rule, Hit]] = []
    for rule in rules.rules:
        if not rule.applies(said.type):
            continue
        hits = [hit for clue in rule.clues for hit in _clue(clue, bare, lines, labels)]
        hits += [hit for check in CHECKS.get(rule.check, ()) for hit in check(bare, rule)]
        found += [(rule, hit) for hit in _apart(hits)]
    return found


def _safe(rule: Rule, hit: Hit, blocking: set[tuple[str, bool]], rules: Rules) -> str:
    """The hit's own rewrite, or the rule's when it would repeat what another rule blocks."""
    if not hit.rewrite or hit.choice:
        repeated = any(id_ != rule.id and (hit.keeps or not choice) for id_, choice in blocking)
        return rule.rewrite if repeated else hit.rewrite or rule.rewrite
    again = _hits(Said(type=None, lines=(hit.rewrite,)), rules)
    return rule.rewrite if any(h.severity is Severity.BLOCK for _, h in again) else hit.rewrite


def _read(said: Said, lines: tuple[str, ...], rules: Rules) -> _Read:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    seen = view("\n".join(lines)).without_quotations(rules.attribution, said.source)
    return _Read(seen.covered((*rules.names, *rules.reassuring)), tuple(starts[:-1]))


def _clue(clue: Clue, said: Said, lines: _Read, labels: list[_Read]) -> Iterator[Hit]:
    """Where the clue's pattern stands, in the lines or in the labels."""
    if clue.types and said.type is not None and said.type not in clue.types:
        return
    for i, read in enumerate(labels if clue.choices else [lines]):
        text = read.view.text
        matches = list(clue.match.finditer(text))
        void = _void(clue, text) if matches else []
        for match in matches:
            if match.end() == match.start() or any(begin <= match.start() < end for begin, end in void):
                continue
            start, end = read.view.span(match.start(), match.end())
            part = max(n for n, begins in enumerate(read.starts) if begins <= start)
            offset = read.starts[part]
            yield Hit(
                part=i if clue.choices else part,
                choice=clue.choices,
                start=start - offset,
                end=end - offset,
                severity=clue.severity,
                rewrite=_rewritten(clue.rewrite, match.groups()),
            )


def _void(clue: Clue, text: str) -> list[tuple[int, int]]:
    """The lines of the text in which the clue says nothing."""
    void, begin = [], 0
    for line in text.split("\n") if clue.unless else ():
        if clue.unless and clue.unless.search(line):
            void.append((begin, begin + len(line) + 1))
        begin += len(line) + 1
    return void


def _rewritten(template: str, groups: tuple[str | None, ...]) -> str:
    return template.format(*(group or "" for group in groups)) if template else ""


def _apart(hits: list[Hit]) -> list[Hit]:
    """The hits of one rule without those that lie in another; the severest, then the longest, stays."""
    kept: list[Hit] = []
    taken: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    for hit in sorted(hits, key=lambda h: (h.severity is not Severity.BLOCK, -(h.end - h.start), h.start)):
        spans = taken.setdefault((hit.part, hit.choice), [])
        at = bisect(spans, (hit.start, hit.end))
        before, after = spans[max(at - 1, 0) : at], spans[at : at + 1]
        if (0, TO_THE_END) in spans[:1] or any(
            start < hit.end and hit.start < end for start, end in (*before, *after)
        ):
            continue
        spans.insert(at, (hit.start, hit.end))
        kept.append(hit)
    return kept


def _finding(said: Said, rule: Rule, hit: Hit) -> Finding:
    texts = tuple(choice.label for choice in said.choices) if hit.choice else said.lines
    text = texts[hit.part] if hit.part < len(texts) else ""
    end = len(text) if hit.end == TO_THE_END else min(hit.end, len(text))
    return Finding(
        rule=rule.id,
        family=rule.family,
        name=rule.name,
        severity=hit.severity,
        why=rule.why,
        part=hit.part,
        choice=hit.choice,
        start=hit.start,
        end=end,
        span=text[hit.start : end],
        rewrite=hit.rewrite,
    )
