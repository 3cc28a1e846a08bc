"""The conversation in a terminal, and its transcript: for authors and for the golden dialogues.

    transcript   a turn as Markdown, and a Markdown line as an event; pure
    player       one person talking to `take_turn`; pure
    chat         the terminal itself

Nothing is stored: what would be is shown.
"""

from bot.channels.terminal.chat import chat
from bot.channels.terminal.player import Player
from bot.channels.terminal.transcript import Script, render, scripted

__all__ = ["Player", "Script", "chat", "render", "scripted"]
