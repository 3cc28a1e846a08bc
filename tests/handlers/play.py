"""Play a golden dialogue and write it down again. `python -m tests.handlers.play` rewrites them all."""

from collections.abc import Iterator
from pathlib import Path

from bot.channels.terminal import Player, render, scripted
from bot.channels.terminal.transcript import Wait
from bot.library import Library, admit

DIALOGUES = Path(__file__).parent.parent / "dialogues"


def played(markdown: str, library: Library) -> str:
    """The transcript with everything but the person's own lines said anew."""
    return "\n".join(_lines(markdown, library)).rstrip() + "\n"


def _lines(markdown: str, library: Library) -> Iterator[str]:
    script = scripted(markdown)
    player = Player(library, script.channel, script.person)
    yield from _preamble(markdown)
    for line, step in script.steps:
        if isinstance(step, Wait):
            player.wait(step.delta)
            yield line
        else:
            yield line
            yield from render(player.play(step))
        yield ""


def _preamble(markdown: str) -> Iterator[str]:
    """Everything before the first thing that happens: title, channel and person, and why it is told."""
    for line in markdown.splitlines():
        if line.startswith(("👤", "⏱")):
            return
        yield line


def main() -> None:
    """Rewrite every dialogue as the bot speaks today; `git diff` then shows what changed."""
    library = admit()
    for path in sorted(DIALOGUES.glob("*.md")):
        path.write_text(played(path.read_text("utf-8"), library), "utf-8")


if __name__ == "__main__":
    main()
