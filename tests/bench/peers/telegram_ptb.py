"""python-telegram-bot: an Application with a ConversationHandler, and persistence written before each 200.

The webhook is that of its own customwebhookbot example (Starlette and uvicorn), but it awaits the update
instead of putting it into a queue in memory, because only so 200 can mean stored.
"""

import json
from typing import Any

import uvicorn
from peers import survey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    BasePersistence,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PersistenceInput,
    filters,
)

ASKING = 1


class SqlitePersistence(BasePersistence[Any, Any, Any]):
    """User data and conversations as rows; one commit stores them together with the answer."""

    def __init__(self) -> None:
        super().__init__(
            PersistenceInput(bot_data=False, chat_data=False, callback_data=False, user_data=True),
            update_interval=3600,
        )
        self.database: Any = None

    async def _put(self, key: str, state: Any, data: Any) -> None:
        await self.database.execute(
            "INSERT OR REPLACE INTO states VALUES (?, ?, ?)", (key, json.dumps(state), json.dumps(data))
        )

    async def _all(self, prefix: str) -> list[tuple[str, Any, Any]]:
        self.database = self.database or await survey.connect()
        query = "SELECT key, state, data FROM states WHERE key LIKE ?"
        async with self.database.execute(query, (prefix + "%",)) as cursor:
            return [
                (key[len(prefix) :], json.loads(state), json.loads(data)) async for key, state, data in cursor
            ]

    async def get_user_data(self) -> dict[int, Any]:
        return {int(key): data for key, _, data in await self._all("user:")}

    async def update_user_data(self, user_id: int, data: Any) -> None:
        await self._put(f"user:{user_id}", None, data)

    async def get_conversations(self, name: str) -> dict[tuple[int, ...], Any]:
        return {tuple(json.loads(key)): state for key, state, _ in await self._all(f"{name}:")}

    async def update_conversation(self, name: str, key: Any, new_state: Any) -> None:
        await self._put(f"{name}:{json.dumps(key)}", new_state, None)

    async def flush(self) -> None:
        await self.database.commit()

    async def get_chat_data(self) -> dict[int, Any]:
        return {}

    async def get_bot_data(self) -> dict[Any, Any]:
        return {}

    async def get_callback_data(self) -> None:
        return None

    async def update_chat_data(self, chat_id: int, data: Any) -> None: ...
    async def update_bot_data(self, data: Any) -> None: ...
    async def update_callback_data(self, data: Any) -> None: ...
    async def drop_chat_data(self, chat_id: int) -> None: ...
    async def drop_user_data(self, user_id: int) -> None: ...
    async def refresh_user_data(self, user_id: int, user_data: Any) -> None: ...
    async def refresh_chat_data(self, chat_id: int, chat_data: Any) -> None: ...
    async def refresh_bot_data(self, bot_data: Any) -> None: ...


persistence = SqlitePersistence()


async def answered(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Store the answer and ask the next question."""
    message, user = update.effective_message, update.effective_user
    assert message
    assert user
    assert context.user_data is not None
    question, option = survey.read(message.text or "")
    context.user_data["count"] = context.user_data.get("count", 0) + 1
    values = (str(update.update_id), str(user.id), question, option, str(message.date))
    await persistence.database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", values)
    buttons = [[InlineKeyboardButton(label, callback_data=str(n))] for n, label in enumerate(survey.OPTIONS)]
    await message.reply_text(survey.said(question, option), reply_markup=InlineKeyboardMarkup(buttons))
    return ASKING


application = (
    Application.builder()
    .token("1:TOKEN")
    .base_url(f"{survey.STANDIN}/bot")
    .updater(None)
    .persistence(persistence)
    .concurrent_updates(False)
    .connection_pool_size(64)
    .pool_timeout(30)
    .build()
)
text = MessageHandler(filters.TEXT, answered)
application.add_handler(
    ConversationHandler(
        entry_points=[text], states={ASKING: [text]}, fallbacks=[], name="survey", persistent=True
    )
)


async def webhook(request: Request) -> Response:
    """Process the update, write what changed, then 200."""
    if request.headers.get("x-telegram-bot-api-secret-token") != survey.SECRET:
        return Response(status_code=403)
    await application.process_update(Update.de_json(await request.json(), application.bot))
    await application.update_persistence()
    await persistence.flush()
    return Response()


async def main() -> None:
    """Serve the application."""
    app = Starlette(routes=[Route("/webhook", webhook, methods=["POST"])])
    config = uvicorn.Config(app, host="127.0.0.1", port=survey.PORT, access_log=False, log_level="warning")
    async with application:
        await application.start()
        await uvicorn.Server(config).serve()
        await application.stop()


if __name__ == "__main__":
    import asyncio

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
