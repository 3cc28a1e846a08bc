"""Telegram.

limits.py   what Telegram accepts, each number with its source
wire.py     pure: an update's bytes → events
render.py   pure: messages → Bot API calls
channel.py  I/O: the webhook route, deliveries, files
polling.py  I/O: updates without a public address (`serve --poll`)
setup.py    I/O: `connect` and `doctor`
"""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import poll
from bot.channels.telegram.setup import connect, diagnose, disconnect

__all__ = ["TelegramChannel", "connect", "diagnose", "disconnect", "poll"]
