"""What proves who somebody is: passwords, one-time codes, recovery codes, links and cookies.

One rule: what is kept of each can prove nothing by itself. Comparisons take constant time.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from bot.runtime.sealing import Sealer, derive

#: ASVS 5.0.0 6.2.1 asks for 8 at least and recommends 15; a second factor stands beside it here.
SHORTEST: Final = 12
#: Argon2 would otherwise be fed megabytes.
LONGEST: Final = 128
#: zxcvbn's score from 0 to 4: 3 withstands an offline attack on a slow hash (its documentation).
STRONG: Final = 3

#: Seconds a one-time code is good for (RFC 6238 5.2), and its digits.
STEP: Final = 30
RECOVERY_CODES: Final = 10
#: How long a one-time link works.
LINK_LIFE: Final = timedelta(hours=24)

#: RFC 9106 4, the second recommended choice: 64 MiB, three passes, four lanes.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
#: What a wrong name is compared with, so that it takes as long as a wrong password.
_NOBODY: Final = _HASHER.hash(secrets.token_hex(16))

_ISSUER: Final = "Ruamkhit"


def weakness(password: str, name: str) -> str:
    """Why a new password is refused: "short", "long", "weak"; "" for a good one."""
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    return "" if zxcvbn(password, [name, _ISSUER])["score"] >= STRONG else "weak"


def hashed(password: str) -> str:
    """What is kept of a password. Takes a tenth of a second: not on the event loop."""
    return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password; of nobody it never is, and takes as long. Not on the event loop."""
    try:
        _HASHER.verify(kept or _NOBODY, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def mark(token: str) -> str:
    """What is kept of a link or a cookie."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """256 random bits for a link or a cookie."""
    return secrets.token_urlsafe(32)


class Codes:
    """One-time codes and recovery codes, with keys derived from IDENTITY_KEY's bytes."""

    def __init__(self, key: bytes) -> None:
        self._sealer = Sealer(derive(key, b"staff secrets"))
        self._recovery = derive(key, b"staff recovery codes")
        self._csrf = derive(key, b"staff forms")
        self._attempts = derive(key, b"staff attempts")

    # One-time codes

    def new_secret(self) -> str:
        """A secret for an authenticator."""
        return pyotp.random_base32()

    def uri(self, secret: str, name: str) -> str:
        """What an authenticator reads from the square."""
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)

    def seal(self, account: str, secret: str) -> bytes:
        """The secret as it is kept."""
        return self._sealer.seal("staff", account, secret.encode())

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The time step this code is for, if it is the present one (ASVS 5.0.0 6.5.5); else None."""
        step = int(now.timestamp()) // STEP
        right = pyotp.TOTP(secret).at(step * STEP)
        return step if hmac.compare_digest(right.encode(), _digits(code).encode()) else None

    def secret_of(self, account: str, sealed: bytes) -> str:
        """The secret inside. Raises SealError."""
        return self._sealer.unseal("staff", account, sealed).decode()

    # Signing keys

    def seal_key(self, account: str, key: bytes) -> bytes:
        """A reviewer's signing key as it is kept."""
        return self._sealer.seal("staff signing", account, key)

    def open_key(self, account: str, sealed: bytes) -> bytes:
        """The signing key inside. Raises SealError."""
        return self._sealer.unseal("staff signing", account, sealed)

    # Sign-ins at a provider

    def seal_begun(self, content: bytes) -> bytes:
        """A sign-in that was begun, as the browser keeps it meanwhile."""
        return self._sealer.seal("staff sign-ins", "", content)

    def open_begun(self, sealed: bytes) -> bytes:
        """What the browser kept. Raises SealError."""
        return self._sealer.unseal("staff sign-ins", "", sealed)

    # Recovery codes

    def recovery_codes(self) -> tuple[str, ...]:
        """New codes: 50 bits each, in two groups that can be copied by hand."""
        return tuple(f"{secrets.token_hex(3)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES))

    def recovery_mark(self, code: str) -> str:
        """What is kept of a recovery code."""
        return hmac.new(self._recovery, code.strip().lower().encode(), sha256).hexdigest()

    # Forms and attempts

    def csrf(self, session: str) -> str:
        """What the forms of this session carry."""
        return hmac.new(self._csrf, session.encode(), sha256).hexdigest()

    def attempt_mark(self, *of: str) -> str:
        """Under what failures are counted; it names neither an account nor an address."""
        return hmac.new(self._attempts, "\0".join(of).encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _digits(code: str) -> str:
    return "".join(char for char in code if char.isascii() and char.isdigit())
