"""`plain`: the minutes as written beside the plain version, measured; as a Markdown table."""

from typing import Final

from bot import settings
from bot.app import content_folder
from bot.language.plainness import Plainness, excesses, measure
from bot.library import load
from bot.library.rulebook import load_vocabulary

_COLUMNS: Final = (
    ("words", "words"),
    ("sentences", "lines"),
    ("longest", "longest"),
    ("% uncommon", "uncommon"),
    ("official/100", "light"),
    ("nominal/100", "nominal"),
    ("connectors", "connectors"),
    ("verbs", "verbs"),
    ("English", "english"),
    ("abbreviations", "abbreviations"),
)


def plain() -> None:
    """Print the measures of each clause as written and as we explain it, and what is beyond a limit."""
    folder = content_folder(settings.load())
    library, (vocabulary, ends) = load(folder), load_vocabulary(folder / "wording")
    print("| clause | text |", " | ".join(name for name, _ in _COLUMNS), "|")
    print("| --- " * (len(_COLUMNS) + 2) + "|")
    beyond: list[str] = []
    minutes: list[str] = []
    explained: list[str] = []
    every_term: list[str] = []
    for clause in library.clauses.values():
        terms = [term.name for term in clause.terms]
        original = ends.split(clause.original)
        ours = measure(clause.explain, vocabulary, terms)
        print(_row(clause.number, "minutes", measure(original, vocabulary)))
        print(_row("", "plain", ours))
        beyond += [f"{clause.number}: {e.measure} is {e.value:g}, above {e.limit:g}" for e in excesses(ours)]
        minutes += original
        explained += clause.explain
        every_term += terms
    print(_row("all", "minutes", measure(minutes, vocabulary)))
    print(_row("", "plain", measure(explained, vocabulary, every_term)))
    print("", *(beyond or ["No explanation is beyond a limit."]), sep="\n")


def _row(clause: str, text: str, measured: Plainness) -> str:
    cells = (f"{getattr(measured, field):g}" for _, field in _COLUMNS)
    return f"| {clause} | {text} | {' | '.join(cells)} |"
