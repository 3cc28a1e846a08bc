"""Sealing: bytes that only a key opens, and only in the place they were sealed for.

One rule: AES-256-GCM with a fresh random nonce, and the table and the row as additional data, so that
a sealed value moved to another row or another table does not open.
"""

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Bytes of every key: the strength of the SHA-256 and AES-256 they are used with.
KEY_BYTES: Final = 32

#: The nonce of AES-GCM, 96 bits (NIST SP 800-38D 8.2); drawn at random for every sealing.
_NONCE: Final = 12


class SealError(Exception):
    """The sealed bytes were changed, belong to another place, or were sealed with another key."""


def derive(key: bytes, use: bytes) -> bytes:
    """A key of its own for one use (HKDF-SHA256, RFC 5869): what it gives away says nothing of another."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"ruamkhit 1 " + use).derive(key)


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, table: str, row: str, content: bytes) -> bytes:
        """The content, readable only with the key and only as this row of this table."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, _place(table, row))

    def unseal(self, table: str, row: str, sealed: bytes) -> bytes:
        """What was sealed for this place. Raises SealError."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(table, row))
        except (InvalidTag, ValueError):
            raise SealError("sealed for another row, with another key, or changed since") from None

    def seal_text(self, table: str, row: str, text: str) -> str:
        """The same as text, for a column of text; "" stays ""."""
        sealed = self.seal(table, row, text.encode("utf-8", "surrogatepass")) if text else b""
        return base64.b64encode(sealed).decode("ascii")

    def unseal_text(self, table: str, row: str, sealed: str) -> str:
        """What `seal_text` sealed for this place. Raises SealError."""
        if not sealed:
            return ""
        return self.unseal(table, row, base64.b64decode(sealed)).decode("utf-8", "surrogatepass")


def _place(table: str, row: str) -> bytes:
    return f"{table}\0{row}".encode("utf-8", "surrogatepass")
