"""What the web chat answers to the page, and to those who are not the page."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from bot.channels.web.api import FILES_AT_ONCE, MAX_EVENT, POLL_SECONDS
from bot.channels.web.limits import CALLS, FILES, NEW_SESSIONS, Limits
from bot.channels.web.wire import tag_of
from bot.dialogue import Event, FileArrived, FileRefused, Opened, Pressed, RefusalReason, Typed
from bot.runtime.channel import Fate, FileGoneError, Parcel
from bot.runtime.guard import HEADERS, read_body
from tests.channels.web.conversation import NOW, WORDS, Conversation, as_line, as_telegram

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def client_of(
    conversation: Conversation, *, limits: Limits | None = None, secure: bool = False, previews: bool = False
) -> httpx2.AsyncClient:
    """A browser without a page, on the chat of a conversation."""
    channel = conversation.channel(
        secure=secure, previews={"line": as_line, "telegram": as_telegram} if previews else {}
    )
    if limits:
        channel.limits = limits
    app = Starlette(routes=list(channel.routes(conversation.submit)))
    scheme = "https" if secure else "http"
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url=f"{scheme}://chat.test", headers=SAME_ORIGIN
    )


@pytest.fixture
def conversation() -> Conversation:
    return Conversation(patience=0)


@pytest.fixture
async def client(conversation: Conversation) -> AsyncIterator[httpx2.AsyncClient]:
    """Someone who has opened the page."""
    async with client_of(conversation) as client:
        await client.get("/")
        yield client


def typed(text: str = "สวัสดี") -> dict[str, str]:
    return {"id": str(uuid4()), "kind": "typed", "text": text}


EVERY_ROUTE = [
    ("GET", "/", 200),
    ("GET", "/chat", 200),
    ("GET", "/chat/latest", 200),
    ("GET", "/chat/letters?after=0", 200),
    ("POST", "/chat/events", 415),
    ("POST", "/chat/files", 415),
    ("POST", "/chat/preview", 415),
    ("GET", "/chat/static/0/js/main.js", 200),
    ("GET", "/chat/static/0/js/none.js", 404),
    ("GET", "/chat/static/0/../page.py", 404),
    ("GET", "/chat/static/0/%2e%2e/page.py", 404),
    ("GET", "/chat/none", 404),
    ("DELETE", "/chat/events", 405),
    ("POST", "/chat/latest", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERY_ROUTE)
async def test_every_answer_carries_the_security_headers(
    conversation: Conversation, method: str, path: str, status: int
) -> None:
    async with client_of(conversation, previews=True) as client:
        await client.get("/")
        answer = await client.request(method, path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_the_list_of_routes_is_whole(conversation: Conversation) -> None:
    routes = conversation.channel(previews={"line": as_line}).routes(conversation.submit)
    below = [f"/chat{route.path}" for route in routes[-1].routes or []]  # type: ignore[attr-defined]  # a Mount
    asked = {path.partition("?")[0] for _, path, _ in EVERY_ROUTE}
    assert {"/", "/chat"} == {route.path for route in routes[:-1]}  # type: ignore[attr-defined]  # Routes
    assert {path for path in below if "{" not in path} <= asked
    assert [path for path in below if "{" in path] == ["/chat/static/{version}/{name:path}"]


async def test_the_page_says_nothing_of_its_own_and_loads_only_ours(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert '<html lang="th">' in page
    assert WORDS["noscript"] in page
    assert "<style" not in page
    assert "style=" not in page
    assert page.count("<script") == 3  # two of them are data
    assert "://" not in page
    assert "preview" not in page.replace("preview_", "").replace('"previews": []', "")


async def test_the_page_s_files_are_kept_for_ever_under_their_hash_only(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/")).text
    start = page.index("chat/static/")
    style = page[start : page.index('"', start)]
    answer = await client.get("/" + style)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert (await client.get("/chat/static/other/css/page.css")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["thai-400", "thai-600", "latin-400", "latin-600"])
async def test_the_fonts_are_served_by_us(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.get(f"/chat/static/0/fonts/sarabun-{name}-normal.woff2")
    assert answer.headers["Content-Type"] == "font/woff2"
    assert answer.content.startswith(b"wOF2")


# Sessions


async def test_a_session_over_https_is_a_host_cookie(conversation: Conversation) -> None:
    async with client_of(conversation, secure=True) as client:
        cookie = (await client.get("/")).headers["Set-Cookie"]
    name, _, rest = cookie.partition("=")
    value, *flags = rest.split("; ")
    assert name == "__Host-ruamkhit"
    assert len(value) == 43
    assert {flag.lower() for flag in flags} == {
        "httponly",
        "secure",
        "samesite=strict",
        "path=/",
        "max-age=2592000",
    }


async def test_a_session_over_plain_http_is_kept_too(client: httpx2.AsyncClient) -> None:
    assert list(client.cookies) == ["ruamkhit"]
    before = client.cookies["ruamkhit"]
    for path in ("/", "/chat", "/chat/latest"):
        cookie = (await client.get(path)).headers["Set-Cookie"]
        assert cookie.startswith(f"ruamkhit={before};")
        assert "Secure" not in cookie


async def test_a_link_from_another_site_does_not_overwrite_a_session(conversation: Conversation) -> None:
    async with client_of(conversation) as client:
        page = await client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
        assert "Set-Cookie" not in page.headers
        latest = await client.get("/chat/latest")
        assert latest.json() == {"session": tag_of(client.cookies["ruamkhit"]), "letter": None}


@pytest.mark.parametrize("value", ["", "short", "x" * 44, "ก" * 43, "a" * 42 + "="])
async def test_a_session_we_did_not_make_is_none(conversation: Conversation, value: str) -> None:
    async with client_of(conversation) as client:
        cookie = {b"Cookie": f"ruamkhit={value}".encode()}
        assert (await client.get("/chat/letters?after=0", headers=cookie)).status_code == 401
        assert (await client.post("/chat/events", json=typed(), headers=cookie)).status_code == 401
    assert conversation.events == []


# Events


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ({"kind": "opened"}, Opened()),
        ({"kind": "typed", "text": "ข้อ 3.5\nคืออะไร"}, Typed("ข้อ 3.5\nคืออะไร")),
        ({"kind": "pressed", "token": "1:topics"}, Pressed("1:topics")),
        ({"kind": "pressed", "token": "made up by a stranger"}, Pressed("made up by a stranger")),
    ],
)
async def test_an_event_is_submitted_as_the_person_s(
    client: httpx2.AsyncClient,
    conversation: Conversation,
    said: dict[str, str],
    body: Opened | Typed | Pressed,
) -> None:
    id_ = str(uuid4())
    answer = await client.post("/chat/events", json={"id": id_, **said})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    session = client.cookies["ruamkhit"]
    assert conversation.events == [Event(f"web:{tag_of(session)}/{id_}", NOW, "web", body)]
    assert session not in conversation.events[0].id


async def test_an_event_sent_again_is_the_same_event(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    event = typed()
    again = {**event, "id": event["id"].upper()}
    assert [(await client.post("/chat/events", json=each)).status_code for each in (event, event, again)] == [
        200
    ] * 3
    assert len(conversation.events) == 1


async def test_two_people_never_share_an_event_id(conversation: Conversation) -> None:
    event = typed()
    for _ in range(2):
        async with client_of(conversation) as client:
            await client.get("/")
            await client.post("/chat/events", json=event)
    assert len({each.id for each in conversation.events}) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"typed"',
        b"{}",
        b'{"id":"1","kind":"typed","text":"x"}',
        b'{"id":"../../../../etc/passwd","kind":"typed","text":"x"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a1","kind":"typed","text":"x"}',
        b'{"kind":"typed","text":"x"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"typed"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"typed","text":""}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"typed","text":7}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"blocked"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"opened","at":"2020-01-01"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"typed","text":"\\ud800"}',
        b'{"id":"7b4e0d7e-9b0e-4c36-8e54-8c2e1d9f4a10","kind":"typed","text":"\xff"}',
        b'{"a":' * 5000,
        b"[" * 30000,
    ],
)
async def test_what_is_no_event_is_refused(
    client: httpx2.AsyncClient, conversation: Conversation, raw: bytes
) -> None:
    answer = await client.post("/chat/events", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert conversation.events == []


async def test_ten_thousand_thai_letters_are_taken_and_a_longer_body_is_not(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    assert (await client.post("/chat/events", json=typed("ก" * 10_000))).status_code == 200
    assert (await client.post("/chat/events", json=typed("ก" * 11_000))).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1024

    unannounced = await client.post(
        "/chat/events", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert unannounced.status_code == 413
    assert len(conversation.events) == 1


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "headers": []}, never)
    with pytest.raises(Exception, match="408"):
        await read_body(request, MAX_EVENT, 0.01)


async def test_a_body_that_breaks_off_is_refused() -> None:
    async def gone() -> dict[str, object]:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "POST", "headers": []}, gone)
    with pytest.raises(Exception, match="400"):
        await read_body(request, MAX_EVENT, 1)


@pytest.mark.parametrize("path", ["/chat/events", "/chat/files", "/chat/preview"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://chat.test"},
        {"Origin": "https://evil.test"},
        {"Origin": "http://chat.test.evil.test"},
        {"Origin": "http://chat.test:8080"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_site_s_page_can_change_nothing(
    conversation: Conversation, path: str, headers: dict[str, str]
) -> None:
    async with client_of(conversation, previews=True) as client:
        await client.get("/")
        del client.headers["Sec-Fetch-Site"]
        assert (await client.post(path, json=typed(), headers=headers)).status_code == 403
    assert conversation.events == []


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    del client.headers["Sec-Fetch-Site"]
    answer = await client.post("/chat/events", json=typed(), headers={"Origin": "http://chat.test"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "type_", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_a_form_of_another_site_can_send_is_refused(
    client: httpx2.AsyncClient, type_: str
) -> None:
    for path in ("/chat/events", "/chat/files"):
        answer = await client.post(path, content=b"{}", headers={"Content-Type": type_})
        assert answer.status_code == 415


async def test_an_event_that_is_not_stored_is_not_acknowledged(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    conversation.down = True
    for answer in (
        await client.post("/chat/events", json=typed()),
        await client.get("/chat/letters?after=0"),
        await client.get("/chat/latest"),
    ):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "Content-Security-Policy" in answer.headers
    assert conversation.events == []


# Letters


async def test_letters_come_once_and_in_order(client: httpx2.AsyncClient, conversation: Conversation) -> None:
    for token in ("1:topics", "1:clause:3.5"):
        await client.post("/chat/events", json={"id": str(uuid4()), "kind": "pressed", "token": token})
    letters = (await client.get("/chat/letters?after=0")).json()["letters"]
    assert [letter["seq"] for letter in letters] == [1, 2]
    assert [letter["id"] for letter in letters] == [event.id for event in conversation.events]
    assert letters[0]["messages"][0]["options"][0] == {
        "label": "วัดผลการใช้งบ",
        "token": "1:clause:3.5",
        "chosen": False,
    }
    assert len((await client.get("/chat/letters?after=1")).json()["letters"]) == 1
    assert (await client.get("/chat/letters?after=2")).json() == {"letters": []}
    assert conversation.asked_to_wait == [POLL_SECONDS] * 3
    assert (await client.get("/chat/latest")).json()["letter"]["seq"] == 2


@pytest.mark.parametrize("after", ["", "-1", "x", "1.5", "٣", "9" * 19])
async def test_letters_after_what_is_no_number(client: httpx2.AsyncClient, after: str) -> None:
    assert (await client.get("/chat/letters", params={"after": after})).status_code == 400


async def test_nobody_reads_another_s_letters(client: httpx2.AsyncClient, conversation: Conversation) -> None:
    await client.post("/chat/events", json=typed())
    async with client_of(conversation) as stranger:
        assert (await stranger.get("/chat/latest")).json()["letter"] is None
        assert (await stranger.get("/chat/letters?after=0")).json() == {"letters": []}


# Files


def file_headers(name: str = "report.pdf") -> dict[str, str]:
    return {"Content-Type": "application/octet-stream", "X-File-Name": name}


async def test_a_file_is_kept_before_its_event_is_submitted(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    name = "%E0%B8%82%E0%B9%89%E0%B8%AD%E0%B9%80%E0%B8%AA%E0%B8%99%E0%B8%AD.pdf"
    answer = await client.post(
        f"/chat/files?id={uuid4()}", content=b"%PDF-1.7 text", headers=file_headers(name)
    )
    assert answer.status_code == 200
    assert conversation.files == [("ข้อเสนอ.pdf", b"%PDF-1.7 text")]
    body = conversation.events[0].body
    assert isinstance(body, FileArrived)
    assert body.size == 13


async def test_a_file_of_another_kind_is_a_slip_and_no_error(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    answer = await client.post(f"/chat/files?id={uuid4()}", content=b"MZ", headers=file_headers())
    assert answer.status_code == 200
    assert conversation.events[0].body == FileRefused(RefusalReason.TYPE)


async def test_a_file_over_the_limit_or_without_an_id_is_refused(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    too_much = await client.post(
        f"/chat/files?id={uuid4()}", content=b"%PDF-" + bytes(1024 * 1024), headers=file_headers()
    )
    assert too_much.status_code == 413
    for id_ in ("", "?id=", "?id=1", "?id=../x"):
        answer = await client.post(f"/chat/files{id_}", content=b"%PDF-", headers=file_headers())
        assert answer.status_code == 400
    assert conversation.files == []


async def test_only_so_many_files_are_read_at_once(
    client: httpx2.AsyncClient, conversation: Conversation
) -> None:
    release = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"%PDF-"
        await release.wait()

    def send(content: AsyncIterator[bytes] | bytes) -> asyncio.Task[httpx2.Response]:
        path = f"/chat/files?id={uuid4()}"
        return asyncio.create_task(client.post(path, content=content, headers=file_headers()))

    slots = [send(slow()) for _ in range(FILES_AT_ONCE)]
    refused = await send(b"%PDF-")
    assert refused.status_code == 503
    release.set()
    assert [(await slot).status_code for slot in slots] == [200] * FILES_AT_ONCE


# Limits


async def test_one_person_s_flood_is_told_in_thai_and_costs_nobody_else(conversation: Conversation) -> None:
    async with client_of(conversation, limits=Limits(clock=lambda: 0.0)) as client:
        await client.get("/chat/latest")
        answers = [await client.get("/chat/latest") for _ in range(int(CALLS.burst))]
        assert [answer.status_code for answer in answers].count(429) == 1
        assert answers[-1].json() == {"error": WORDS["too_fast"]}
        assert answers[-1].headers["Retry-After"] == "1"
        client.cookies.clear()
        assert (await client.get("/chat/latest")).status_code == 200


async def test_an_address_cannot_make_sessions_without_end(conversation: Conversation) -> None:
    async with client_of(conversation, limits=Limits(clock=lambda: 0.0)) as client:
        statuses = []
        for number in range(int(NEW_SESSIONS.burst) + 5):
            made_up = {"Cookie": f"ruamkhit={number:043d}"}
            statuses.append((await client.post("/chat/events", json=typed(), headers=made_up)).status_code)
        assert statuses.count(200) == NEW_SESSIONS.burst
        assert statuses[-5:] == [429] * 5


async def test_files_are_counted_more_strictly(conversation: Conversation) -> None:
    async with client_of(conversation, limits=Limits(clock=lambda: 0.0)) as client:
        await client.get("/")
        statuses = []
        for _ in range(int(FILES.burst) + 1):
            path = f"/chat/files?id={uuid4()}"
            statuses.append((await client.post(path, content=b"%PDF-", headers=file_headers())).status_code)
    assert statuses == [200] * int(FILES.burst) + [429]


def test_a_bucket_fills_again() -> None:
    now = 0.0
    limits = Limits(clock=lambda: now)
    for _ in range(int(CALLS.burst)):
        assert limits.call("a", "address") == 0
    assert limits.call("a", "address") == pytest.approx(1 / CALLS.per_second)
    now = 1.0
    assert [limits.call("a", "address") == 0 for _ in range(5)] == [True] * 4 + [False]


# The preview of a local run


async def test_a_preview_shows_what_the_platforms_would_be_sent(conversation: Conversation) -> None:
    async with client_of(conversation, previews=True) as client:
        await client.post("/chat/events", json=typed())
        await client.get("/")
        await client.post("/chat/events", json={"id": str(uuid4()), "kind": "opened"})
        messages = (await client.get("/chat/latest")).json()["letter"]["messages"]
        shown = (await client.post("/chat/preview", json={"messages": messages})).json()
    assert shown["line"][0]["type"] == "text"
    assert len(shown["line"][0]["quickReply"]["items"]) == 3
    assert shown["telegram"][0]["method"] == "sendMessage"


async def test_what_are_no_messages_is_refused(conversation: Conversation) -> None:
    async with client_of(conversation, previews=True) as client:
        await client.get("/")
        assert (await client.post("/chat/preview", json={"messages": [{"lines": 1}]})).status_code == 400


async def test_there_is_no_preview_unless_it_is_given(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/chat/preview", json={"messages": []})).status_code == 404


# The rest of the contract


async def test_nothing_is_sent_to_a_channel_that_pulls(conversation: Conversation) -> None:
    channel = conversation.channel()
    assert (channel.name, channel.pulls) == ("web", True)
    parcel = Parcel("web:1/1", "web", "someone", (), "", NOW)
    assert (await channel.deliver(parcel)).fate is Fate.REFUSED
    with pytest.raises(FileGoneError):
        await channel.fetch("ref", 1)
