"""Messages → LINE message objects. Pure.

One rule: nothing is cut silently. What a person wrote or must read is split over bubbles; what does not
fit at all is a fault of the content or of a handler, found by tests, and raises ValueError.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from bot.channels.line import limits
from bot.dialogue import Button, Document, Message, Place
from bot.language.words import graphemes, length

#: A LINE message object as JSON.
Bubble = dict[str, Any]


def render(messages: Sequence[Message], copy_link: str | None = None) -> list[Bubble]:
    """The messages of a turn as at most 5 LINE message objects; [] when there is nothing to show.

    A message is a text bubble and, for its options, a Flex bubble of uniform buttons. The exits of all
    messages are quick replies on the last bubble, the only one where LINE shows them; of two exits
    that look or act the same, the later message's stays. A `Place.MARK` message is dropped: LINE
    cannot edit what was sent. `copy_link` is where the person can fetch their documents; with it,
    JSON, and text where there is no room for it, is given as the link.

    Raises ValueError when a limit of LINE's cannot be kept.
    """
    said = [message for message in messages if message.place is not Place.MARK]
    bubbles = _fit(_bubbles(said, copy_link, link_all=False))
    if len(bubbles) > limits.MESSAGES and copy_link:
        bubbles = _fit(_bubbles(said, copy_link, link_all=True))
    if len(bubbles) > limits.MESSAGES:
        raise ValueError(f"a turn has {len(bubbles)} bubbles; LINE takes {limits.MESSAGES}")
    if exits := _exits(said):
        if not bubbles:
            raise ValueError("a turn has exits and nothing to hang them on")
        bubbles[-1]["quickReply"] = {"items": [_quick_reply(button) for button in exits]}
    return bubbles


def _bubbles(messages: Sequence[Message], copy_link: str | None, link_all: bool) -> list[Bubble]:
    return [
        bubble
        for message in messages
        for part in (
            _texts(_text(message)),
            _documents(message.documents, copy_link, link_all),
            _options(message),
        )
        for bubble in part
    ]


def _text(message: Message) -> str:
    """The lines and, when they are numbered, the options: on a desktop the number can be typed."""
    if not (message.numbered and message.options):
        return message.text
    return "\n".join((message.text, "", *_numbered(message)))


def _numbered(message: Message) -> list[str]:
    labels = [button.label for button in message.options]
    return [f"{n} {label}" for n, label in enumerate(labels, 1)] if message.numbered else labels


def _texts(text: str) -> list[Bubble]:
    return [{"type": "text", "text": piece} for piece in _pieces(text, limits.TEXT_UNITS)]


def _documents(documents: Sequence[Document], copy_link: str | None, link_all: bool) -> list[Bubble]:
    def linked(document: Document) -> bool:
        return copy_link is not None and (link_all or not document.media_type.startswith("text/"))

    bubbles = [b for document in documents if not linked(document) for b in _texts(document.text)]
    if names := [document.name for document in documents if linked(document)]:
        bubbles += _texts("\n".join((*names, copy_link or "")))
    return bubbles


def _options(message: Message) -> list[Bubble]:
    if not message.options:
        return []
    labels = [
        f"✓ {label}" if button.chosen else label
        for button, label in zip(message.options, _numbered(message), strict=True)
    ]
    contents = {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "spacing": "sm",
            "contents": [
                {
                    "type": "button",
                    "style": "secondary",
                    "height": "sm",
                    "adjustMode": "shrink-to-fit",
                    "action": _action(button, label, limits.FLEX_LABEL),
                }
                for button, label in zip(message.options, labels, strict=True)
            ],
        },
    }
    if (size := len(msgspec.json.encode(contents))) > limits.BUBBLE_BYTES:
        raise ValueError(f"the options of a message take {size} bytes; LINE takes {limits.BUBBLE_BYTES}")
    # Read out by a phone that shows no Flex, and in the list of chats; the question itself stands above.
    alt_text = _pieces(" / ".join(labels), limits.ALT_TEXT_UNITS)[0]
    return [{"type": "flex", "altText": alt_text, "contents": contents}]


@lru_cache(4096)  # the same few hundred again and again, and counting clusters is dear
def _action(button: Button, label: str, most: int) -> dict[str, str]:
    if not label.strip():
        raise ValueError("a label is blank; LINE takes none")
    if length(label) > most:
        raise ValueError(f"a label has {length(label)} characters; LINE takes {most}")
    if not 1 <= len(button.token) <= limits.POSTBACK_DATA:
        raise ValueError(
            f"a token has {len(button.token)} characters; LINE takes 1 to {limits.POSTBACK_DATA}"
        )
    return {"type": "postback", "label": label, "data": button.token, "displayText": button.label}


def _quick_reply(button: Button) -> dict[str, Any]:
    return {"type": "action", "action": _action(button, button.label, limits.LABEL)}


def _exits(messages: Sequence[Message]) -> list[Button]:
    exits: list[Button] = []
    for message in reversed(messages):
        for button in message.exits:
            if all(button.token != kept.token and button.label != kept.label for kept in exits):
                exits.append(button)
    if len(exits) > limits.QUICK_REPLIES:
        raise ValueError(f"a turn has {len(exits)} exits; LINE takes {limits.QUICK_REPLIES}")
    return exits


def _fit(bubbles: list[Bubble]) -> list[Bubble]:
    """Join neighbouring texts, first to last, until the bubbles fit or none can be joined."""
    fitted = list(bubbles)
    i = 0
    while len(fitted) > limits.MESSAGES and i + 1 < len(fitted):
        one, other = fitted[i], fitted[i + 1]
        joined = "\n\n".join((one.get("text", ""), other.get("text", "")))
        if one["type"] == other["type"] == "text" and _units(joined) <= limits.TEXT_UNITS:
            fitted[i : i + 2] = [{"type": "text", "text": joined}]
        else:
            i += 1
    return fitted


def _pieces(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` UTF-16 units, cut at a line end where one is near enough."""
    if _units(text) <= most:
        return [text] if text.strip() else []
    pieces = [""]
    used = 0
    for atom in _atoms(text, most):
        if used + _units(atom) > most:
            pieces.append("")
            used = 0
        pieces[-1] += atom
        used += _units(atom)
    return [piece.strip("\n") for piece in pieces if piece.strip()]


def _atoms(text: str, most: int) -> Iterator[str]:
    """The lines of the text; of a line that is too long the clusters; of such a cluster its code points."""
    for line in text.splitlines(keepends=True):
        if _units(line) <= most:
            yield line
            continue
        for cluster in graphemes(line):
            if _units(cluster) <= most:
                yield cluster
            else:
                yield from cluster


def _units(text: str) -> int:
    """How long LINE counts a text: in UTF-16 code units."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
