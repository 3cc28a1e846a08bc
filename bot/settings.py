"""Every variable of the environment, named and explained once.

Values come from the environment, then from a file `.env` in the working directory; an empty value is
the same as none. One switch decides how careful the start is: with PUBLIC_URL the bot serves the
public and wants a key of its own; without, it is a local run, which makes what it lacks in `.data/`.
"""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Struct
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError
from bot.runtime.identity import new_key, read_key
from bot.runtime.keys import MasterKeys

#: Where a local run keeps its database and its key, in the working directory.
DATA_DIR: Final = Path(".data")
_KEY_FILE: Final = DATA_DIR / "identity.key"

#: The settings that are keys.
_KEYS: Final = ("identity_key", "master_key", "master_key_old")

#: Characters of METRICS_TOKEN: it is guessed at from outside.
_TOKEN: Final = 32

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def _address(value: str) -> str:
    """An https address without a trailing slash; http only to this machine."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://chat.example.go.th")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https:// (http:// only to this very machine)")
    return value.rstrip("/")


def _issuer(value: str) -> str:
    """The same with a trailing slash where there is one: a provider's name is compared to the letter."""
    _address(value)
    return value


Address = Annotated[str, AfterValidator(_address)]
Issuer = Annotated[str, AfterValidator(_issuer)]


class Variable(Struct, frozen=True):
    """A setting as README lists it: its name, its default ("" for none) and what it is for."""

    name: str
    default: str
    meaning: str


class Settings(BaseSettings):
    """The settings of one process. Secrets do not show when printed."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    public_url: Address | None = Field(
        default=None,
        description="Where the public reaches this bot, such as https://chat.example.go.th."
        " Without it the run is a local one.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port to listen on; 0 lets the system choose."
    )
    host: str | None = Field(
        default=None,
        description="The network address to listen on. Default: 127.0.0.1 on a local run, else 0.0.0.0.",
    )
    database_url: str = Field(
        default=f"sqlite:///{DATA_DIR}/ruamkhit.db",
        description="Where everything is stored: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME"
        " for several processes.",
    )
    identity_key: SecretStr | None = Field(
        default=None,
        description="At least 32 random bytes in hex or base64 (openssl rand -hex 32); pseudonyms depend on"
        " it, so keep it apart from the database and never change it."
        f" A local run makes one in {_KEY_FILE}.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="Another such key, which locks each person's own key; keep it apart from the database"
        " and its backups. To change it, put the new one here and the old one in MASTER_KEY_OLD, restart"
        " and run `rotate-keys`. Default: IDENTITY_KEY serves as this one too.",
    )
    master_key_old: SecretStr | None = Field(
        default=None,
        description="The master key before this one, while `rotate-keys` has not finished. Where several"
        " processes serve, first give all of them the new key here, then exchange the two.",
    )
    content_dir: Path | None = Field(
        default=None, description="Where the words are. Default: the folder content/ of this program."
    )
    line_channel_secret: SecretStr | None = Field(
        default=None, description="LINE: the channel secret; with the access token it opens /line/webhook."
    )
    line_channel_access_token: SecretStr | None = Field(
        default=None, description="LINE: the channel access token."
    )
    line_api_base: Address = Field(
        default="https://api.line.me", description="LINE: where its API is; point it at a stand-in to test."
    )
    line_data_api_base: Address = Field(
        default="https://api-data.line.me",
        description="LINE: where files are; point it at a stand-in to test.",
    )
    line_monthly_pushes: int | None = Field(
        default=None,
        ge=0,
        description="LINE: how many pushes a month the account's plan allows; the console says how many are"
        " left. Without it the console says that the limit is unknown.",
    )
    telegram_bot_token: SecretStr | None = Field(
        default=None, description="Telegram: the token BotFather gave; it opens /telegram/webhook."
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Telegram: any 1 to 256 letters, digits, _ and -; proves that a webhook call is"
        " Telegram's. Needed for the webhook, not for `serve --poll`.",
    )
    telegram_api_base: Address = Field(
        default="https://api.telegram.org",
        description="Telegram: where its API is; point it at a stand-in to test.",
    )

    metrics_token: SecretStr | None = Field(
        default=None,
        description="Opens /metrics, Prometheus' figures of this process, to whoever sends it as a Bearer"
        " token: at least 32 characters (openssl rand -hex 32). Without it there is no such page.",
    )

    oidc_issuer: Issuer | None = Field(
        default=None,
        description="Sign-in of the staff at the office's own provider (OpenID Connect): the provider's name,"
        " an https address to the letter. It lets in whoever has an account here whose name is their verified"
        " e-mail or their `sub`. The provider's addresses must be on this origin.",
    )
    oidc_client_id: str | None = Field(
        default=None,
        description="Under which name this console is registered there, with the address"
        " PUBLIC_URL/secretariat/oidc/back.",
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret the provider gave this console."
    )

    @property
    def local(self) -> bool:
        """Whether this is a run for oneself, on this machine."""
        return self.public_url is None

    @property
    def secure(self) -> bool:
        """Whether people reach us by https."""
        return (self.public_url or "").startswith("https:")

    @property
    def listens_on(self) -> str:
        """The network address to listen on."""
        return self.host or ("127.0.0.1" if self.local else "0.0.0.0")  # noqa: S104 - a public run is meant to be reached

    @property
    def line(self) -> bool:
        """Whether LINE is configured; `faults` tells when only half of it is."""
        return self.line_channel_secret is not None and self.line_channel_access_token is not None

    @property
    def telegram(self) -> bool:
        """Whether Telegram is configured."""
        return self.telegram_bot_token is not None

    @property
    def oidc(self) -> bool:
        """Whether the staff may sign in at a provider; `faults` tells when only a part is configured."""
        return None not in (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)

    def require(self) -> None:
        """Raises SettingsError, listing every fault, when the bot cannot serve with these settings."""
        if faults := self.faults():
            raise _refusal(faults)

    def faults(self) -> list[str]:
        """What contradicts itself or is missing for serving, in words, without a value."""
        found = []
        if (self.line_channel_secret is None) != (self.line_channel_access_token is None):
            found.append(
                "LINE needs both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN; only one is set."
            )
        if self.identity_key is None and not self.local:
            found.append(
                "IDENTITY_KEY is not set. A public run needs one: `openssl rand -hex 32` makes it."
                " Keep it apart from the database; without it nobody can be recognised or answered again."
            )
        found += self._oidc_faults()
        if self.metrics_token is not None and len(self.metrics_token.get_secret_value()) < _TOKEN:
            found.append(
                f"METRICS_TOKEN has fewer than {_TOKEN} characters: `openssl rand -hex 32` makes one."
            )
        for name in _KEYS:
            try:
                self._read(name)
            except SettingsError as error:
                found.append(str(error))
        return found

    def _oidc_faults(self) -> list[str]:
        parts = {
            "OIDC_ISSUER": self.oidc_issuer,
            "OIDC_CLIENT_ID": self.oidc_client_id,
            "OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        missing = [name for name, value in parts.items() if value is None]
        if len(missing) == len(parts):
            return []
        if missing:
            return [f"OIDC needs {', '.join(parts)} together; {' and '.join(missing)} is not set."]
        if self.public_url is None:
            return ["OIDC needs PUBLIC_URL: the provider sends people back to an address below it."]
        return []

    def key(self) -> bytes:
        """The bytes of IDENTITY_KEY; a local run without one makes it once and keeps it.

        Raises SettingsError when there is none or it is no key.
        """
        if key := self._read("identity_key"):
            return key
        if not self.local:
            self.require()
        return read_key(_kept_key())

    def master_keys(self) -> MasterKeys:
        """The master key that wraps data keys, and those that still unwrap: the old one and IDENTITY_KEY's.

        Raises SettingsError as `key` does, and when one of them is no key.
        """
        identity, old = self.key(), self._read("master_key_old")
        return MasterKeys(self._read("master_key") or identity, *([old] if old else []), identity)

    def _read(self, name: str) -> bytes | None:
        """The bytes of a key; None when it is not set. Raises SettingsError."""
        secret: SecretStr | None = getattr(self, name)
        return read_key(secret.get_secret_value(), name.upper()) if secret is not None else None


def load() -> Settings:
    """Read the environment and `.env`.

    Raises SettingsError, naming every variable that is wrong and never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        told = ((fault["loc"][0], fault["msg"].removeprefix("Value error, ")) for fault in error.errors())
        raise _refusal([f"{str(name).upper()}: {message}" for name, message in told]) from None


def describe() -> list[Variable]:
    """Every variable in the order of this file."""
    return [
        Variable(name.upper(), "" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _refusal(faults: list[str]) -> SettingsError:
    listed = "\n".join(f"  {fault}" for fault in faults)
    return SettingsError(f"The settings have {len(faults)} fault(s); nothing was started:\n{listed}")


def _kept_key() -> str:
    """The key of a local run, readable by its owner alone, made the first time it is asked for.

    Whole or not there at all: it is written aside and then linked, which fails if another was first.
    """
    if not _KEY_FILE.exists():
        DATA_DIR.mkdir(mode=0o700, exist_ok=True)
        with NamedTemporaryFile("w", dir=DATA_DIR, prefix="identity.") as file:  # mode 0600
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(file.name, _KEY_FILE)
    return _KEY_FILE.read_text()
