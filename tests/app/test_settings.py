"""Variables from the environment and `.env`, what is wrong with them in words, and the key of a local run."""

import stat
from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import DATA_DIR, Settings, describe, load

ROOT = Path(__file__).resolve().parents[2]


def test_without_a_variable_the_run_is_local() -> None:
    chosen = load()
    assert chosen.local
    assert chosen.listens_on == "127.0.0.1"
    assert chosen.faults() == []
    assert (chosen.line, chosen.telegram) == (False, False)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LINE_CHANNEL_SECRET", "TELEGRAM_BOT_TOKEN", "PUBLIC_URL", "PORT"):
        monkeypatch.setenv(name, "")
    chosen = load()
    assert (chosen.line_channel_secret, chosen.telegram, chosen.local, chosen.port) == (
        None,
        False,
        True,
        8000,
    )


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=9001\nHOST=192.0.2.1\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "9002")
    assert (load().port, load().host) == (9002, "192.0.2.1")


def test_every_wrong_variable_is_named_and_none_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"PORT": "canary1", "PUBLIC_URL": "http://canary2.example", "LINE_API_BASE": "canary3"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load()
    assert all(name in str(raised.value) for name in wrong)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("public_url", "kept"),
    [
        ("https://chat.example.go.th/", "https://chat.example.go.th"),
        ("https://example.go.th/ruamkhit", "https://example.go.th/ruamkhit"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://chat.example.go.th", None),
        ("chat.example.go.th", None),
        ("https://", None),
        ("https://x.example?a=1", None),
    ],
)
def test_a_public_address_is_https(
    monkeypatch: pytest.MonkeyPatch, public_url: str, kept: str | None
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public_url)
    if kept is None:
        with pytest.raises(SettingsError, match="PUBLIC_URL"):
            load()
    else:
        assert load().public_url == kept


def test_secrets_do_not_show() -> None:
    chosen = Settings.model_validate({"identity_key": "canary", "telegram_bot_token": "canary"})
    assert "canary" not in repr(chosen)
    assert "canary" not in str(chosen.faults())


def test_a_local_run_makes_its_key_once() -> None:
    key = Settings().key()
    assert Settings().key() == key
    file = DATA_DIR / "identity.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(DATA_DIR.stat().st_mode) == 0o700
    assert [path.name for path in DATA_DIR.iterdir()] == ["identity.key"]


def test_the_identity_key_is_the_master_key_until_there_is_another() -> None:
    first, second, third = "ab" * 32, "cd" * 32, "ef" * 32
    alone = Settings.model_validate({"identity_key": first}).master_keys()
    assert alone.ids == {alone.current}
    chosen = Settings.model_validate({"identity_key": first, "master_key": second})
    assert chosen.master_keys().ids == {alone.current, chosen.master_keys().current}
    rotated = Settings.model_validate(
        {"identity_key": first, "master_key": third, "master_key_old": second}
    ).master_keys()
    assert len(rotated.ids) == 3
    assert chosen.master_keys().ids < rotated.ids


@pytest.mark.parametrize("name", ["identity_key", "master_key", "master_key_old"])
def test_a_key_that_is_none_is_named_and_not_quoted(name: str) -> None:
    (fault,) = Settings.model_validate({name: "canary"}).faults()
    assert fault.startswith(name.upper())
    assert "canary" not in fault


def test_a_public_run_makes_none() -> None:
    chosen = Settings.model_validate({"public_url": "https://chat.example.go.th"})
    with pytest.raises(SettingsError, match="IDENTITY_KEY is not set"):
        chosen.key()
    assert not DATA_DIR.exists()


@pytest.mark.parametrize("key", ["", "abc", "ab" * 31, "é" * 64, "=" * 64])
def test_a_short_key_is_none(key: str) -> None:
    with pytest.raises(SettingsError, match="at least 32 random bytes"):
        settings.read_key(key)


@pytest.mark.parametrize("key", ["ab" * 32, "A" * 43 + "=", "_-" * 22, " " + "ab" * 32 + "\n"])
def test_hex_and_base64_are_read(key: str) -> None:
    assert len(settings.read_key(key)) >= 32


def test_the_example_lists_every_variable_as_it_is() -> None:
    """`.env.example` can be copied as it stands, so it is written from the same words."""
    written = "\n\n".join(f"# {v.meaning}\n#{v.name}={v.default}" for v in describe())
    assert (ROOT / ".env.example").read_text("utf-8").partition("\n\n")[2] == written + "\n"
