"""Letters through each channel while its platform misbehaves."""

import random
from typing import Final

from aiohttp import ClientTimeout

from bot.channels.line import LineChannel
from bot.channels.telegram import TelegramChannel
from bot.dialogue import Message, MessageType
from bot.runtime.mailbox import StoredMailbox
from tests.proof.misdeeds import Platform, Seen, misdeeds, seen_by, to_be_shown
from tests.proof.outcome import Size
from tests.proof.parts import Bench, act, bench
from tests.standins import line as at_line
from tests.standins import telegram as at_telegram
from tests.standins.line import LineStandIn
from tests.standins.telegram import TelegramStandIn

#: How many letters a channel, and how many a person.
LETTERS: Final = {Size.SHORT: 100, Size.LONG: 10_000}
_PEOPLE: Final = 5
#: Seconds after which the bot gives a call up.
PATIENCE: Final = 2.0


async def line_channel(line: LineStandIn, told: Bench) -> LineChannel:
    """LINE as the bot has it, with the clock of the bench and less patience."""
    channel = LineChannel(
        secret=line.secret,
        access_token=line.token,
        api_base=line.url,
        data_api_base=line.url,
        greeting=Message(MessageType.NAV, ("-",)),
        copy_link=lambda _: None,
    )
    channel.timeout = ClientTimeout(total=PATIENCE, connect=PATIENCE)
    channel.clock = told.clock
    await channel.start()
    return channel


async def by_line(size: Size, seed: int, *, push: bool) -> tuple[Platform, Seen]:
    """LINE, each letter by reply (one in fifty with a token that has expired or was used) or each by push."""
    async with LineStandIn() as line, bench() as told:
        chance = random.Random(seed)
        platform = Platform(told, chance, misdeeds(at_line))
        line.clock = lambda: told.clock.now().timestamp()
        line.misbehave = lambda call: (
            platform.meet(line.chat_of(call), refused=line.refuses(call))
            if call.operation in ("reply", "push")
            else None
        )
        told.channels["line"] = channel = await line_channel(line, told)
        acts = []
        for turn in range(_PEOPLE):  # a person acts, is answered, and acts again
            now = []
            for n in range(turn, LETTERS[size], _PEOPLE):
                person = f"U{n // _PEOPLE:032x}"
                token = "" if push else line.new_reply_token(person)
                if token and chance.random() < 0.02:
                    line.expire_reply_tokens(token)
                now.append(act(f"line:{n}", person, told.clock, "line", token))
            await told.commit(*now)
            await told.deliver()
            acts += now
        await channel.stop()
        shown = {who: [m["text"] for m in messages] for who, messages in line.shown.items()}
        return platform, await seen_by(told, to_be_shown(acts), shown)


async def by_telegram(size: Size, seed: int) -> tuple[Platform, Seen]:
    """Telegram, each letter sent."""
    async with TelegramStandIn() as telegram, bench() as told:
        platform = Platform(told, random.Random(seed), misdeeds(at_telegram))
        telegram.misbehave = lambda call: (
            platform.meet(call.params["chat_id"]) if call.method == "sendmessage" else None
        )
        channel = TelegramChannel(
            token=telegram.token,
            webhook_secret=telegram.secret,
            api_base=telegram.url,
            greeting=Message(MessageType.NAV, ("-",)),
            seconds=PATIENCE,
        )
        told.channels["telegram"] = channel
        acts = []
        for n in range(LETTERS[size]):
            person = 1000 + n // _PEOPLE
            telegram.screens.setdefault(person, [])
            acts.append(act(f"telegram:{n}", str(person), told.clock, "telegram"))
        await told.commit(*acts)
        await told.deliver()
        await channel.stop()
        shown = {str(person): telegram.texts(person) for person in telegram.screens}
        return platform, await seen_by(told, to_be_shown(acts), shown)


async def by_web(size: Size, seed: int) -> Seen:
    """The page loses one answer in twenty, to what it sends and to what it asks for, and asks again."""
    async with bench(pulling=("web",)) as told:
        chance = random.Random(seed)
        mailbox = StoredMailbox(told.store.outbox, told.identity, "web")
        acts, shown = [], {}
        for n in range(LETTERS[size] // _PEOPLE):
            person, after, texts = f"session{n}", 0, []
            for m in range(_PEOPLE):
                one = act(f"web:{n * _PEOPLE + m}", person, told.clock, "web")
                acts.append(one)
                await told.commit(one)
                while chance.random() < 0.05:
                    await told.commit(one)
                letters = await mailbox.since(person, after)
                while chance.random() < 0.05:
                    letters = await mailbox.since(person, after)
                for letter in letters:
                    if letter.seq > after:
                        texts += [message.text for message in letter.messages]
                        after = letter.seq
            shown[person] = texts
        return await seen_by(told, to_be_shown(acts), shown)
