"""docs/deploy.md and docs/scaling.md name what there is, and their configurations are ones."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from cryptography import x509

from bot.channels.web import api as web
from bot.pages import MAX_BODY
from bot.runtime import stopping, webhook
from bot.runtime.metrics import Metrics
from bot.settings import describe
from bot.verbs import app
from bot.verbs.receiving import HEAD_BYTES
from bot.verbs.serving import GRACE
from tests.certificates import self_signed

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = (ROOT / "docs" / "deploy.md").read_text("utf-8")
SCALING = (ROOT / "docs" / "scaling.md").read_text("utf-8")

#: Names in capitals that are not the bot's: uvicorn's, systemd's, SQL's and those of the documents themselves.
OTHERS = {"FORWARDED_ALLOW_IPS", "PYTHONDONTWRITEBYTECODE", "USER", "PASSWORD", "HOST", "NAME", "SCALE"}


def blocks(kind: str) -> Iterator[str]:
    """The fenced blocks of a kind in docs/deploy.md."""
    yield from re.findall(rf"^```{kind}\n(.*?)^```$", DEPLOY, re.M | re.S)


def files(kind: str) -> dict[str, str]:
    """Those that say in a comment which file they are, by its name."""
    named = (re.search(r"^# (\S*\.?\S+)$", block, re.M) for block in blocks(kind))
    return {Path(m[1]).name: m.string for m in named if m and ("/" in m[1] or "." in m[1])}


def commands(document: str) -> list[str]:
    """Every verb with its options, as it would be typed."""
    filled = re.sub(r"<[^<>\n]*>|\$\([^()\n]*\)", "x", document)
    found = re.findall(r"(?:python\"? -m bot|^ruamkhit|`ruamkhit) ([^`#>\n|]*[^`#>\n|\s])", filled, re.M)
    return [command for command in found if command != '"$@"']


@pytest.mark.parametrize("document", [DEPLOY, SCALING], ids=["deploy", "scaling"])
def test_every_verb_is_one_and_takes_its_options(document: str) -> None:
    typed = commands(document)
    for command in typed:
        app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    assert document is SCALING or len(typed) > 15
    with pytest.raises(Exception, match="frobnicate"):
        app.parse_args(["frobnicate"], exit_on_error=False, print_error=False)


def test_every_setting_is_one() -> None:
    known = {variable.name for variable in describe()} | OTHERS
    named = set(re.findall(r"`([A-Z][A-Z_]{4,})`(?! in `bot/)", DEPLOY + SCALING))
    named |= {name for block in blocks("env") for name in re.findall(r"^([A-Z_]+)=", block, re.M)}
    named |= {name for block in blocks("sh") for name in re.findall(r"\b([A-Z]+_[A-Z_]+)=", block)}
    assert {"IDENTITY_KEY", "METRICS_TOKEN", "FORWARDED_ALLOW_IPS"} <= named
    assert named <= known


def test_every_figure_watched_is_one() -> None:
    told = Metrics({"/line/webhook": "line"}).text({"schema_right": 1.0}).decode()
    named = set(re.findall(r"\bruamkhit_[a-z_]+(?=[\[){])", DEPLOY))
    assert len(named) >= 8
    assert [
        name for name in named if not re.search(rf"^# TYPE {name.removesuffix('_bucket')}\b", told, re.M)
    ] == []


def test_the_scripts_are_ones() -> None:
    for block in blocks("sh"):
        script = re.sub(r"<[^<>\n]*>", "x", block)
        checked = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """The units, in a folder of their own, with programs that this machine has."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here (apt-get install systemd)")
    paths = []
    for name, text in files("ini").items():
        if Path(name).suffix in (".service", ".timer"):
            path = tmp_path / name.replace("@.", "@8000.")
            own = text.replace("/opt/ruamkhit/.venv/bin/python", sys.executable)
            path.write_text(own.replace("/usr/local/sbin/ruamkhit-backup", "/bin/true"), "utf-8")
            paths.append(str(path))
    assert len(paths) == 3
    return paths


def test_systemd_takes_the_units(units: list[str]) -> None:
    checked = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, check=False, text=True
    )
    ours = [line for line in checked.stderr.splitlines() if "ruamkhit" in line]
    assert (checked.returncode, ours) == (0, [])


def test_the_service_is_shut_in(units: list[str], tmp_path: Path) -> None:
    service = next(unit for unit in units if "@8000" in unit)
    assert exposure(service).returncode == 0, exposure(service).stdout
    open_one = tmp_path / "open.service"
    open_one.write_text(
        re.sub(r"^(Protect|Restrict|SystemCall).*\n", "", Path(service).read_text(), flags=re.M)
    )
    assert exposure(str(open_one)).returncode != 0, "the measure sees what is left out"


def exposure(unit: str) -> subprocess.CompletedProcess[str]:
    """systemd's own measure, of which 2.0 is the most that RELIABILITY.md takes."""
    asked = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit]
    return subprocess.run(asked, capture_output=True, check=False, text=True)


def test_a_stop_has_the_time_it_takes() -> None:
    takes = GRACE + stopping.RETAINING + stopping.BRINGING + stopping.COMMITTING
    takes += stopping.CALLING + stopping.SAYING
    given = re.search(r"^TimeoutStopSec=(\d+)$", DEPLOY, re.M)
    assert given
    assert int(given[1]) > takes + 2.5


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not here (apt-get install nginx-light)")
    certificate(tmp_path)
    proxy = files("nginx")["ruamkhit.conf"].replace(
        "/etc/letsencrypt/live/chat.example.go.th/", f"{tmp_path}/"
    )
    assert checked(nginx, tmp_path, proxy) == ""
    assert "unknown directive" in checked(
        nginx, tmp_path, proxy.replace("client_header_timeout", "head_timeout")
    )


def checked(nginx: str, folder: Path, proxy: str) -> str:
    """What nginx finds wrong with it; "" for nothing."""
    temporary = "\n".join(
        f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {folder}/pid; error_log stderr; events {{}} http {{\n{temporary}\n{proxy}\n}}"
    (folder / "nginx.conf").write_text(whole.replace("/var/log/nginx/ruamkhit.log", f"{folder}/log"), "utf-8")
    told = subprocess.run(
        [nginx, "-t", "-p", folder, "-c", folder / "nginx.conf"], capture_output=True, check=False, text=True
    )
    return "" if told.returncode == 0 else told.stderr


def certificate(folder: Path) -> None:
    """One for a day, signed by itself."""
    made, key = self_signed(x509.DNSName("chat.example.go.th"))
    (folder / "fullchain.pem").write_bytes(made)
    (folder / "privkey.pem").write_bytes(key)


def test_the_proxy_is_not_narrower_than_the_bot() -> None:
    proxy = files("nginx")["ruamkhit.conf"]
    general, *locations = re.split(r"^    location ", proxy, flags=re.M)
    of = {location.split(" {")[0]: location for location in locations}
    assert size(general, "client_max_body_size") >= max(webhook.BODY_BYTES, web.MAX_EVENT)
    assert size(of["= /chat/files"], "client_max_body_size") >= MAX_BODY
    assert seconds(general, "proxy_read_timeout") > web.POLL_SECONDS
    assert seconds(of["= /chat/files"], "proxy_read_timeout") > web.FILE_SECONDS
    assert seconds(of["~ ^/(line|telegram)/webhook$"], "proxy_read_timeout") > webhook.BODY_SECONDS
    heads = re.search(r"large_client_header_buffers (\d+) (\d+)k;", general)
    assert heads
    assert (int(heads[1]) + 1) * int(heads[2]) * 1024 <= HEAD_BYTES, "what it passes on is taken"
    kept = seconds(proxy.partition("\n}")[0], "keepalive_timeout")
    assert kept < uvicorn.Config("bot").timeout_keep_alive, "an idle connection ends at the proxy first"


def seconds(text: str, directive: str) -> int:
    found = re.search(rf"{directive} (\d+)s;", text)
    assert found, directive
    return int(found[1])


def size(text: str, directive: str) -> int:
    found = re.search(rf"{directive} (\d+)m;", text)
    assert found, directive
    return int(found[1]) * 1024 * 1024


@pytest.mark.parametrize(
    ("allowed", "peer", "seen"),
    [
        ("", "192.0.2.10", "192.0.2.10"),
        ("192.0.2.10", "192.0.2.10", "203.0.113.9"),
        ("192.0.2.10", "192.0.2.66", "192.0.2.66"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.9"),
        ("*", "192.0.2.66", "6.6.6.6"),
    ],
    ids=["unset", "the proxy", "past the proxy", "a network", "a star believes anybody"],
)
async def test_whose_address(allowed: str, peer: str, seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What uvicorn makes of the header, with 6.6.6.6 written by the sender and 203.0.113.9 by the proxy."""
    if allowed:
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", allowed)
    else:
        monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    found: list[str] = []

    async def asgi(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        found.append(scope["client"][0])

    config = uvicorn.Config(asgi, interface="asgi3", lifespan="off", log_config=None)
    config.load()
    forwarded = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9")]
    await config.loaded_app({"type": "http", "client": (peer, 1), "headers": forwarded}, None, None)
    assert found == [seen]


def test_no_document_tells_anybody_to_trust_everybody() -> None:
    told = [DEPLOY, SCALING, (ROOT / "README.md").read_text("utf-8")]
    assert not any(re.search(r"FORWARDED_ALLOW_IPS=\W*\*", text) for text in told)


def test_every_module_named_for_a_figure_is_there() -> None:
    named = set(re.findall(r"python -m (tests\.[a-z_.]+)", DEPLOY + SCALING))
    assert named
    for module in named:
        path = ROOT / module.replace(".", os.sep)
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_the_rules_for_prometheus_can_be_read() -> None:
    scrape, rules = (msgspec.yaml.decode(block) for block in blocks("yaml"))
    alerts = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert len(alerts) == len(set(alerts)) >= 8
    assert scrape["scrape_configs"][0]["authorization"]["credentials_file"]
