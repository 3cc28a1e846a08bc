"""`python -m bot chat`: talk to the bot in a terminal; `--record` keeps the talk as a golden dialogue."""

from pathlib import Path
from typing import TextIO

from bot.channels.terminal.player import Player
from bot.channels.terminal.transcript import CLOCK, PERSON, Press, passed, read, render
from bot.dialogue import Body, Opened
from bot.library import Library


def chat(library: Library, source: TextIO, out: TextIO, record: Path | None = None) -> None:
    """Read a person's lines until the end of `source`, write what follows to `out`.

    Lines are those of a transcript (`transcript.py`), without the leading figure. Nothing is stored.
    Raises OSError when `record` cannot be written.
    """
    player = Player(library)
    lines = [f"# {record.stem}" if record else "#", "", "channel: terminal · person: p-1", ""]

    def follow(said: str, step: Body | Press) -> None:
        rendered = list(render(player.play(step)))
        lines.extend([said, *rendered, ""])
        print(*rendered, "", sep="\n", file=out)

    follow(f"{PERSON} *opened*", Opened())
    for line in source:
        said = line.rstrip("\n")
        if not said.strip():
            continue
        try:
            if said.startswith(CLOCK):
                player.wait(passed(said))
                lines.append(said)
            else:
                follow(f"{PERSON} {said}", read(said, len(player.shown) + 1))
        except (ValueError, IndexError) as error:
            print(error, file=out)
    if record:
        record.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
