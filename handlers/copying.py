"""A copy of what we keep about a person, readable and as JSON (PDPA ss. 30 and 31)."""

from collections.abc import Iterator

import msgspec

from bot.dialogue import Answer, Document, Participant, Suggestion
from bot.language.calendar import iso
from bot.library import Library
from handlers.rounds import in_words


def copy_of(person: Participant, library: Library) -> tuple[Document, ...]:
    """Two documents: one to read, one for a machine; both hold all that is kept about the person."""
    return (
        Document("ruamkhit-my-data.txt", "text/plain", "\n".join(_readable(person, library)) + "\n"),
        Document("ruamkhit-my-data.json", "application/json", _machine(person)),
    )


def _machine(person: Participant) -> str:
    kept = {
        "format": "ruamkhit/my-data/1",
        "pseudonym": person.id,
        "channel": person.channel,
        "group": person.group,
        "capacity": person.capacity,
        "adult": person.adult,
        "restricted": person.restricted,
        "notice": person.notice,
        "campaign_source": person.source,
        "draft": person.draft,
        "consents": person.consents,
        "answers": person.answers,
        "suggestions": person.suggestions,
    }
    return msgspec.json.format(msgspec.json.encode(kept), indent=2).decode()


def _readable(person: Participant, library: Library) -> Iterator[str]:
    def lines(phrase: str, **slots: object) -> Iterator[str]:
        yield from (line.format(**slots) for line in library.phrases[phrase].lines)

    def label(name: str) -> str:
        return library.labels[name]

    yield from lines("copy_heading", title=library.draft.title, channel=person.channel, pseudonym=person.id)
    for consent in person.consents:
        yield from lines(
            "consent_log",
            purpose=label(f"purpose_{consent.purpose.value}"),
            given=label("consent_yes" if consent.given else "consent_no"),
            at=iso(consent.at),
        )
    for n, answer in enumerate(person.answers, start=1):
        yield ""
        yield from lines(
            "my_answer", n=n, clause=_number(library, answer), stem=answer.stem, answer=in_words(answer)
        )
        yield iso(answer.at)
    for suggestion in person.suggestions:
        yield ""
        yield from lines(
            "suggestion_status",
            receipt=suggestion.receipt,
            status=label(f"status_{suggestion.status.value}"),
            topic=_title(library, suggestion),
        )
        yield suggestion.text
        yield from (f"{a.name} {a.media_type} {a.size:,} SHA-256 {a.sha256}" for a in suggestion.attachments)


def _number(library: Library, answer: Answer) -> str:
    clause = library.clauses.get(answer.clause)
    return clause.number if clause else answer.clause


def _title(library: Library, suggestion: Suggestion) -> str:
    clause = library.clauses.get(suggestion.clause)
    return clause.title if clause else library.labels["other_topic"]
