"""Who is who, without keeping who: pseudonyms, sealed addresses and signed links, all from one key.

One rule: nothing outside this module sees IDENTITY_KEY. Each use has a key of its own, derived with
HKDF-SHA256 (RFC 5869), so that what one of them gives away says nothing about another.
"""

import base64
import binascii
import hmac
import os
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SettingsError

#: The least that IDENTITY_KEY may hold, in bytes: the strength of the SHA-256 and AES-256 made from it.
KEY_BYTES: Final = 32
#: How long a link to a copy of one's data works.
LINK_LIFE: Final = timedelta(hours=1)

#: The nonce of AES-GCM, 96 bits (NIST SP 800-38D 8.2); drawn at random for every sealing.
_NONCE: Final = 12
#: 130 bits of a digest in base32: no two people of one campaign share a pseudonym.
_PSEUDONYM: Final = 26


class SealError(Exception):
    """The sealed bytes were changed, belong to another row, or were sealed with another key."""


def read_key(text: str) -> bytes:
    """The bytes of IDENTITY_KEY, written in hex or base64.

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
        f"IDENTITY_KEY must be at least {KEY_BYTES} random bytes in hex or base64. Make one with"
        " `openssl rand -hex 32`, and keep it: without it nobody can be answered or recognised again."
    )


def new_key() -> str:
    """A fresh IDENTITY_KEY, in hex."""
    return os.urandom(KEY_BYTES).hex()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)


class Identity:
    """The uses of IDENTITY_KEY for one campaign, named by the slug of its draft."""

    def __init__(self, key: bytes, campaign: str) -> None:
        self._campaign = campaign
        self._naming = _derive(key, b"pseudonym")
        self._sealing = AESGCM(_derive(key, b"sealing"))
        self._signing = _derive(key, b"copy link")

    def pseudonym(self, channel: str, sender: str) -> str:
        """The name under which everything about a person is kept: a letter and 26 of a-z2-7.

        The same person on the same channel always has the same one; in another campaign, another, so
        that two campaigns cannot be joined on it.
        """
        who = "\0".join((self._campaign, channel, sender)).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._naming, who, "sha256")
        return "p" + base64.b32encode(digest).decode("ascii").lower()[:_PSEUDONYM]

    def seal(self, row: str, content: bytes) -> bytes:
        """The content under AES-256-GCM, readable only with the key and only as this row."""
        nonce = os.urandom(_NONCE)
        return nonce + self._sealing.encrypt(nonce, content, row.encode())

    def unseal(self, row: str, sealed: bytes) -> bytes:
        """What was sealed for this row. Raises SealError."""
        try:
            return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.encode())
        except (InvalidTag, ValueError):
            raise SealError("sealed for another row, with another key, or changed since") from None

    def seal_text(self, row: str, text: str) -> str:
        """The same as text, for a column of text; "" stays ""."""
        sealed = self.seal(row, text.encode("utf-8", "surrogatepass")) if text else b""
        return base64.b64encode(sealed).decode("ascii")

    def unseal_text(self, row: str, sealed: str) -> str:
        """What `seal_text` sealed for this row. Raises SealError."""
        if not sealed:
            return ""
        return self.unseal(row, base64.b64decode(sealed)).decode("utf-8", "surrogatepass")

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


def _derive(key: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"ruamkhit 1 " + use).derive(key)
