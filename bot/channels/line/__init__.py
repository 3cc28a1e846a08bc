"""LINE.

limits.py    what LINE accepts, each number with its source
wire.py      pure: a webhook's bytes → events
render.py    pure: messages → LINE message objects
channel.py   I/O: the webhook route, deliveries, files
client.py    I/O: messages        sdk.py  the rest, by line-bot-sdk
richmenu.py  pure: the menu below the chat and its picture
setup.py     I/O: `connect` and `doctor`
"""

from bot.channels.line.channel import LineChannel

__all__ = ["LineChannel"]
