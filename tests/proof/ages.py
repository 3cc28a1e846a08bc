"""What has an age: sessions at the console, one-time codes, and rows that are let go of when they are old."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx2
import pyotp

from bot.secretariat.console.credentials import Codes, hashed, mark, new_token
from bot.store import Quarantined, Store
from bot.store.staff import Account
from bot.store.transaction import NewEvent
from tests.proof.stage import Stage
from tests.store.look import column

DAY: Final = timedelta(days=1)
_PASSWORD: Final = "correct horse battery staple"
_NAME: Final = "mali"


@dataclass
class Office:
    """Somebody of the staff, and what they and others try at the console."""

    stage: Stage
    store: Store
    web: httpx2.AsyncClient
    secret: str = field(default_factory=pyotp.random_base32)
    turned_away: int = 0
    resurrected: int = 0

    async def open(self) -> None:
        """Make the account."""
        codes = Codes(bytes.fromhex(self.stage.env["IDENTITY_KEY"]))
        account = Account(
            id=_NAME,
            name=_NAME,
            roles=("analyst",),
            created_at=datetime.now(UTC),
            password=hashed(_PASSWORD),
            totp=codes.seal(_NAME, self.secret),
        )
        await self.store.staff.keep(account)

    async def begin(self, idle: timedelta) -> str:
        """A session that nobody has used for so long; its cookie."""
        cookie = new_token()
        await self.store.staff.begin(_NAME, mark(cookie), datetime.now(UTC) - idle)
        return cookie

    async def look(self, living: str, over: str) -> None:
        """See which of two sessions the bot takes."""
        self.turned_away += not await self.inside(living)
        self.resurrected += await self.inside(over)

    async def sign_in(self, when: datetime) -> bool:
        """Try the code of a moment."""
        code = pyotp.TOTP(self.secret).at(when)
        form = {"name": _NAME, "password": _PASSWORD, "code": code}
        headers = {"sec-fetch-site": "same-origin"}
        answer = await self.web.post(f"{self._root}/sign-in", data=form, headers=headers)
        self.web.cookies.clear()
        return answer.status_code == 303

    async def inside(self, cookie: str) -> bool:
        """Whether the bot takes this session."""
        # A page that takes nothing to make: an analyst may not see it, and is told so.
        answer = await self.web.get(f"{self._root}/people", headers={"cookie": f"secretariat={cookie}"})
        return answer.status_code == 403

    @property
    def _root(self) -> str:
        return f"http://127.0.0.1:{self.stage.crowd.port}/secretariat"


@dataclass
class Kept:
    """Rows of two ages: by real time the young ones are to stay, and the old ones to go."""

    url: str
    store: Store
    lost: int = 0

    async def put(self) -> None:
        """Put them there."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            for age in (80, 100):
                event = NewEvent(f"kept:{age}", None, now - age * DAY)
                await transaction.claim([event], now - age * DAY)
            await transaction.quarantine([_set_aside(age, now - age * DAY) for age in (4, 9)])

    async def look(self) -> None:
        """Count the young ones that are gone."""
        events, aside = await self._left()
        self.lost += ("kept:80" not in events) + ("kept:4" not in aside)

    async def old(self) -> int:
        """How many old ones are still here."""
        events, aside = await self._left()
        return ("kept:100" in events) + ("kept:9" in aside)

    async def _left(self) -> tuple[set[str], set[str]]:
        return set(await column(self.url, "events", "id")), set(await column(self.url, "quarantine", "id"))


def _set_aside(age: int, at: datetime) -> Quarantined:
    return Quarantined(
        id=f"kept:{age}", channel="line", participant=None, at=at, error="KeyError", sealed=b""
    )
