"""What the peers' bots ask, and where they keep it: one aiosqlite connection, as its own documentation shows.

Settings come from the environment: PORT, STANDIN, DATABASE, SECRET.
"""

import os

import aiosqlite

PORT = int(os.environ["PORT"])
STANDIN = os.environ["STANDIN"]
DATABASE = os.environ["DATABASE"]
SECRET = os.environ["SECRET"]

OPTIONS = ("พอใจมาก", "ค่อนข้างพอใจ", "กลาง ๆ", "ค่อนข้างไม่พอใจ", "ไม่พอใจมาก")
QUESTION = "คุณพอใจหรือไม่พอใจกับการใช้งบของรัฐ"

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, state TEXT, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
  id TEXT PRIMARY KEY, person TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL, at TEXT NOT NULL
);
"""


def read(token: str) -> tuple[str, str]:
    """The question and the option of a button."""
    _, _, question, _, option = token.split(":")
    return question, option


def said(question: str, option: str) -> str:
    """What the person is told: that it is stored, and the next question."""
    return f"บันทึกคำตอบแล้ว {question} {option}\n\n{QUESTION}"


async def connect() -> aiosqlite.Connection:
    """The one connection, with the tables made."""
    connection = await aiosqlite.connect(DATABASE)
    await connection.executescript(SCHEMA)
    return connection
