"""line-bot-sdk with FastAPI, after its own fastapi-echo example, and five aiosqlite statements a turn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PostbackAction,
    QuickReply,
    QuickReplyItem,
    ReplyMessageRequest,
    TextMessage,
)
from linebot.v3.webhooks import PostbackEvent
from peers import survey


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the API client and the database."""
    client = AsyncApiClient(Configuration(host=survey.STANDIN, access_token="token"))
    app.state.api = AsyncMessagingApi(client)
    app.state.database = await survey.connect()
    yield
    await app.state.database.close()
    await client.close()


app = FastAPI(lifespan=lifespan)
parser = WebhookParser(survey.SECRET)


@app.post("/webhook")
async def webhook(request: Request) -> str:
    """Store each press, answer it, then 200."""
    signature = request.headers["X-Line-Signature"]
    body = (await request.body()).decode()
    try:
        events = parser.parse(body, signature)
    except InvalidSignatureError:
        raise HTTPException(status_code=400, detail="Invalid signature") from None
    for event in events:
        if isinstance(event, PostbackEvent):
            await store(event)
            await reply(event)
    return "OK"


async def store(event: PostbackEvent) -> None:
    """The event, the state and the answer, in one transaction."""
    database = app.state.database
    person, at = event.source.user_id, str(event.timestamp)
    question, option = survey.read(event.postback.data)
    async with database.execute("SELECT data FROM states WHERE key = ?", (person,)) as cursor:
        row = await cursor.fetchone()
    count = int(row[0]) + 1 if row else 1
    await database.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event.webhook_event_id, at))
    await database.execute("INSERT OR REPLACE INTO states VALUES (?, 'asking', ?)", (person, str(count)))
    await database.execute(
        "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)",
        (event.webhook_event_id, person, question, option, at),
    )
    await database.commit()


async def reply(event: PostbackEvent) -> None:
    """Say that it is stored and ask the next question."""
    question, option = survey.read(event.postback.data)
    choices = [
        QuickReplyItem(action=PostbackAction(label=label, data=f"1:choose:{question}:v:{n}"))
        for n, label in enumerate(survey.OPTIONS)
    ]
    await app.state.api.reply_message(
        ReplyMessageRequest(
            reply_token=event.reply_token,
            messages=[TextMessage(text=survey.said(question, option), quick_reply=QuickReply(items=choices))],
        )
    )


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=survey.PORT, access_log=False, log_level="warning")
