"""What Telegram accepts. The names are python-telegram-bot's, which mirror the Bot API."""

from typing import Final

from telegram.constants import MessageLimit

#: UTF-16 code units in one message (sendMessage, editMessageText).
TEXT: Final = int(MessageLimit.MAX_TEXT_LENGTH)
#: Characters of a deep link's `?start=`, all of A-Z a-z 0-9 _ -.
DEEP_LINK: Final = int(MessageLimit.DEEP_LINK_LENGTH)
#: Seconds a getUpdates call may stay open; the documentation asks for a positive number and gives no maximum.
LONG_POLL: Final = 30
#: Seconds after that in which the answer must be here. Ours.
PATIENCE: Final = 10
#: Updates one getUpdates call may bring (1 to 100).
BATCH: Final = 100
#: Chats Telegram may call the webhook for at once (setWebhook, 1 to 100). One chat is always one at a time.
CONNECTIONS: Final = 40
