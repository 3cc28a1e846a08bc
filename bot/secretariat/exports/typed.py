"""What was typed, one after another, for tools that read comments."""

from collections.abc import Iterator

from msgspec import Struct

from bot.secretariat.exports.extract import Extract


class Comment(Struct, frozen=True):
    """A text, current and not empty: of an answer, with the question it answers, or a suggestion ("")."""

    id: str
    participant: str
    at: str
    channel: str
    group: str
    capacity: str
    clause: str
    stem: str
    text: str


def comments(extract: Extract) -> Iterator[Comment]:
    """The texts of the answers, then those of the suggestions."""
    for asked, answer in extract.answers:
        if answer.text and not answer.replaced_at:
            yield Comment(
                *(answer.id, answer.participant, answer.at, answer.channel, answer.group, answer.capacity),
                *(asked.clause, asked.stem, answer.text),
            )
    for suggestion in extract.suggestions:
        if suggestion.text and not suggestion.replaced_at:
            yield Comment(
                *(suggestion.id, suggestion.participant, suggestion.at, suggestion.channel),
                *(suggestion.group, suggestion.capacity, suggestion.clause, "", suggestion.text),
            )


def title_of(extract: Extract, clause: str) -> str:
    """What a clause is called; "" for none and for one the draft no longer has."""
    found = extract.library.clauses.get(clause)
    return found.title if found else ""
