"""What every export format must do."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import BinaryIO

from bot.dialogue import Answer

#: Whose each answer is (a pseudonym) and the answer, one after another.
Answers = AsyncIterable[tuple[str, Answer]]

#: Writes answers into a file as they come, in memory that does not grow with them; returns how many.
#: What people typed arrives as text in whatever opens the file: never as a formula, a link or markup.
Format = Callable[[Answers, BinaryIO], Awaitable[int]]
