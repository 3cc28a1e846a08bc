"""The web chat: the same conversation in a page, for a phone, a keyboard or a screen reader.

wire.py     pure: the page's JSON and our types
channel.py  the contract with the runtime
api.py      what the page calls: events, files, letters
page.py     the page and its files, made once
words.py    content/web.yaml, read and checked
session.py  the cookie that says who is there
limits.py   how often
"""

from bot.channels.web.channel import WebChannel
from bot.channels.web.wire import Preview
from bot.channels.web.words import load_words

__all__ = ["Preview", "WebChannel", "load_words"]
