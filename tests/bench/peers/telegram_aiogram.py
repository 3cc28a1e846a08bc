"""aiogram 3: its FSM over a durable storage, on its own aiohttp webhook, answered after the handler has ended."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from peers import survey


class Survey(StatesGroup):
    """The one state of the survey."""

    asking = State()


class SqliteStorage(BaseStorage):
    """The FSM's storage over aiosqlite; aiogram ships none that is durable without a server."""

    database: Any

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        word = state.state if isinstance(state, State) else state
        await self.database.execute(
            "INSERT INTO states VALUES (?, ?, '{}') ON CONFLICT DO UPDATE SET state = excluded.state",
            (f"{key.chat_id}:{key.user_id}", word),
        )

    async def _get(self, key: StorageKey) -> Any:
        query = "SELECT state, data FROM states WHERE key = ?"
        async with self.database.execute(query, (f"{key.chat_id}:{key.user_id}",)) as cursor:
            return await cursor.fetchone() or (None, "{}")

    async def get_state(self, key: StorageKey) -> str | None:
        return (await self._get(key))[0]

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self.database.execute(
            "INSERT INTO states VALUES (?, NULL, ?) ON CONFLICT DO UPDATE SET data = excluded.data",
            (f"{key.chat_id}:{key.user_id}", json.dumps(dict(data))),
        )

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return json.loads((await self._get(key))[1])

    async def close(self) -> None:
        await self.database.close()


router = Router()
storage = SqliteStorage()


@router.message()
async def answered(message: Message, state: FSMContext, event_update: Update) -> None:
    """Store the answer and the state in one commit, then ask the next question."""
    question, option = survey.read(message.text or "")
    data = await state.get_data()
    await state.set_state(Survey.asking)
    await state.set_data({"count": data.get("count", 0) + 1})
    values = (str(event_update.update_id), str(message.from_user.id), question, option, str(message.date))
    await storage.database.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", values)
    await storage.database.commit()
    buttons = [
        [InlineKeyboardButton(text=label, callback_data=str(n))] for n, label in enumerate(survey.OPTIONS)
    ]
    await message.answer(
        survey.said(question, option), reply_markup=InlineKeyboardMarkup(inline_keyboard=buttons)
    )


async def main() -> None:
    """Serve the webhook."""
    storage.database = await survey.connect()
    bot = Bot("1:TOKEN", session=AiohttpSession(api=TelegramAPIServer.from_base(survey.STANDIN)))
    dispatcher = Dispatcher(storage=storage)
    dispatcher.include_router(router)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=survey.SECRET, handle_in_background=False).register(
        app, path="/webhook"
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", survey.PORT).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as running:
        running.run(main())
