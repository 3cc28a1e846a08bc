"""Who is who, without keeping who: pseudonyms, marks in the ledger of erasures and signed links.

One rule: all of it is from IDENTITY_KEY, and each use has a key of its own derived from it, so that
what one of them gives away says nothing about another.
"""

import base64
import binascii
import hmac
import os
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import SettingsError
from bot.runtime.keys import MasterKeys
from bot.runtime.sealing import KEY_BYTES, Sealer, derive

#: How long a link to a copy of one's data works.
LINK_LIFE: Final = timedelta(hours=1)

#: 130 bits of a digest in base32: no two people of one campaign share a pseudonym.
_PSEUDONYM: Final = 26


def read_key(text: str, name: str = "IDENTITY_KEY") -> bytes:
    """The bytes of the setting `name`, written in hex or base64.

    Raises SettingsError, without the value, when it is neither or shorter than KEY_BYTES.
    """
    for decode in (bytes.fromhex, _from_base64):
        try:
            key = decode(text.strip())
        except (ValueError, binascii.Error):
            continue
        if len(key) >= KEY_BYTES:
            return key
    raise SettingsError(
        f"{name} must be at least {KEY_BYTES} random bytes in hex or base64. Make one with"
        " `openssl rand -hex 32`, and keep it: without it nobody can be answered or recognised again."
    )


def new_key() -> str:
    """A fresh key, in hex."""
    return os.urandom(KEY_BYTES).hex()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)


class Identity:
    """The uses of IDENTITY_KEY for one campaign, named by the slug of its draft.

    `masters` wraps people's data keys; without any, IDENTITY_KEY is the master key as well. `unclaimed`
    seals what cannot be told whose it is.
    """

    def __init__(self, key: bytes, campaign: str, masters: MasterKeys | None = None) -> None:
        self._campaign = campaign
        self._naming = derive(key, b"pseudonym")
        self._marking = derive(key, b"erasure ledger")
        self._signing = derive(key, b"copy link")
        self.unclaimed = Sealer(derive(key, b"sealing"))
        self.masters = masters or MasterKeys(key)

    def pseudonym(self, channel: str, sender: str) -> str:
        """The name under which everything about a person is kept: a letter and 26 of a-z2-7.

        The same person on the same channel always has the same one; in another campaign, another, so
        that two campaigns cannot be joined on it.
        """
        who = "\0".join((self._campaign, channel, sender)).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._naming, who, "sha256")
        return "p" + base64.b32encode(digest).decode("ascii").lower()[:_PSEUDONYM]

    def mark(self, participant: str) -> str:
        """The line of a person in the ledger of erasures, in hexadecimal; no way leads back."""
        return hmac.digest(self._marking, participant.encode(), "sha256").hex()

    def link_token(self, participant: str, now: datetime) -> str:
        """A token for a link by which whoever holds it reads a person's data for LINK_LIFE."""
        until = int((now + LINK_LIFE).timestamp())
        claim = f"{participant}.{until}"
        return f"{claim}.{self._signature(claim)}"

    def link_owner(self, token: str, now: datetime) -> str | None:
        """Whose data the token opens; None when it is forged, changed or too old."""
        claim, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            return None
        participant, _, until = claim.rpartition(".")
        return participant if now < datetime.fromtimestamp(int(until), UTC) else None

    def _signature(self, claim: str) -> str:
        digest = hmac.digest(self._signing, claim.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
