"""The rich menu and its picture, `connect` and `doctor`."""

import io
from typing import Any

import pytest
from PIL import Image, features

from bot.channels.line.richmenu import HEIGHT, VERBS, WIDTH, rich_menu
from bot.channels.line.setup import connect, diagnose
from bot.dialogue import Action, Verb
from bot.errors import SettingsError
from tests.standins import line_rules as rules
from tests.standins.line import LineStandIn, answer, reset

LABELS = dict(zip(VERBS, ["เลือกเรื่อง", "ส่งข้อเสนอ", "ข้อมูลของฉัน", "ข้าม", "ย้อนกลับ", "หยุด"], strict=True))
WEBHOOK = "https://bot.example.org/line/webhook"


async def connected(line: LineStandIn, **changes: Any) -> list[str]:
    settings: dict[str, Any] = {
        "access_token": line.token,
        "api_base": line.url,
        "data_api_base": line.url,
        "webhook_url": WEBHOOK,
        "labels": LABELS,
        "bar": "เมนู",
    }
    return await connect(**settings | changes)


async def diagnosed(line: LineStandIn, **changes: str) -> list[str]:
    settings = {"access_token": line.token, "api_base": line.url, "webhook_url": WEBHOOK}
    return await diagnose(**settings | changes)


class TestMenu:
    def test_its_tiles_cover_the_picture_and_are_of_one_size(self) -> None:
        areas = rich_menu(LABELS, "เมนู").request.to_dict()["areas"]
        assert rules.menu_faults(rich_menu(LABELS, "เมนู").request.to_dict()) == []
        bounds = [area["bounds"] for area in areas]
        assert sum(b["width"] * b["height"] for b in bounds) == WIDTH * HEIGHT
        assert max(b["width"] for b in bounds) - min(b["width"] for b in bounds) <= 1
        assert len({b["height"] for b in bounds}) == 1

    def test_its_buttons_mean_what_they_read(self) -> None:
        areas = rich_menu(LABELS, "เมนู").request.to_dict()["areas"]
        assert {area["action"]["label"]: Action.parse(area["action"]["data"]) for area in areas} == {
            label: Action(verb) for verb, label in LABELS.items()
        }

    def test_its_picture_is_one_that_line_takes(self) -> None:
        image = rich_menu(LABELS, "เมนู").image
        assert len(image) <= 1_000_000
        with Image.open(io.BytesIO(image)) as picture:
            assert (picture.format, picture.size) == ("PNG", (2500, 1686))

    def test_no_tile_is_put_forward(self) -> None:
        same = dict.fromkeys(VERBS, "ปู่น้ำ")
        with Image.open(io.BytesIO(rich_menu(same, "เมนู").image)) as picture:
            tiles = [
                picture.convert("L").crop((x, y, x + 830, y + 843)) for y in (0, 843) for x in (0, 833, 1666)
            ]
            dark = [sum(tile.histogram()[:128]) for tile in tiles]
        assert dark[0] > 1000
        assert max(dark) - min(dark) < dark[0] * 0.02

    def test_thai_marks_are_placed_by_a_shaper(self) -> None:
        assert features.check("raqm"), "without Raqm, tone marks over vowels would collide"

    def test_the_longest_labels_stay_on_their_tiles(self) -> None:
        wide = dict.fromkeys(VERBS, "ฒฌ" * 10)
        with Image.open(io.BytesIO(rich_menu(wide, "เมนู").image)) as picture:
            gap = picture.convert("L").crop((833 - 30, 40, 833 + 30, 800))
        assert sum(gap.histogram()[:100]) == 0

    def test_its_name_follows_its_content(self) -> None:
        name = rich_menu(LABELS, "เมนู").name
        assert rich_menu(dict(LABELS), "เมนู").name == name
        assert rich_menu(LABELS, "รายการ").name != name
        assert rich_menu(LABELS | {Verb.STOP: "พอ"}, "เมนู").name != name

    @pytest.mark.parametrize(
        ("label", "bar"), [("ก" * 21, "เมนู"), (" ", "เมนู"), ("หยุด", "ก" * 15), ("หยุด", "")]
    )
    def test_what_line_would_refuse_is_refused_here(self, label: str, bar: str) -> None:
        with pytest.raises(ValueError, match="the menu's"):
            rich_menu(LABELS | {Verb.STOP: label}, bar)


class TestConnect:
    async def test_it_sets_up_everything(self, line: LineStandIn) -> None:
        done = await connected(line)
        assert line.webhook == WEBHOOK
        [menu] = line.menus
        assert line.default_menu == menu
        assert line.menu_images[menu] == rich_menu(LABELS, "เมนู").image
        assert len(done) == 2
        assert WEBHOOK in done[0]
        assert line.token not in "".join(done)

    async def test_a_second_run_changes_nothing(self, line: LineStandIn) -> None:
        await connected(line)
        before = (dict(line.menus), line.default_menu)
        del line.calls[:]
        done = await connected(line)
        assert (line.menus, line.default_menu) == before
        assert {call.method for call in line.calls} == {"GET"}
        assert "already" in done[0]
        assert "already" in done[1]

    async def test_a_new_menu_takes_the_place_of_ours_and_leaves_others(self, line: LineStandIn) -> None:
        await connected(line)
        line.menus["richmenu-theirs"] = {**next(iter(line.menus.values())), "name": "campaign"}
        done = await connected(line, bar="รายการ")
        assert sorted(menu["chatBarText"] for menu in line.menus.values()) == ["รายการ", "เมนู"]
        assert line.menus[line.default_menu]["chatBarText"] == "รายการ"
        assert "richmenu-theirs" in line.menus
        assert "deleted" in done[-1]

    @pytest.mark.parametrize("operation", ["menu", "menu_image", "default_menu", "menus", "webhook"])
    async def test_cut_off_anywhere_it_is_made_good_by_the_next_run(
        self, line: LineStandIn, operation: str
    ) -> None:
        line.script(operation, answer(500))
        with pytest.raises(SettingsError, match="HTTP 500"):
            await connected(line)
        await connected(line)
        [menu] = line.menus
        assert line.default_menu == menu
        assert menu in line.menu_images
        assert line.webhook == WEBHOOK

    async def test_an_unused_webhook_is_told(self, line: LineStandIn) -> None:
        line.webhook_active = False
        assert "Use webhook" in (await connected(line))[0]

    async def test_a_wrong_token_is_told_without_showing_it(self, line: LineStandIn) -> None:
        with pytest.raises(SettingsError, match="LINE_CHANNEL_ACCESS_TOKEN") as caught:
            await connected(line, access_token="a-wrong-token")
        assert "a-wrong-token" not in str(caught.value)

    async def test_a_server_nobody_reaches_is_told(self, line: LineStandIn) -> None:
        line.script("webhook", reset(), reset())
        with pytest.raises(SettingsError, match="LINE_API_BASE"):
            await connected(line)


class TestDiagnose:
    async def test_nothing_is_wrong(self, line: LineStandIn) -> None:
        line.webhook = WEBHOOK
        assert await diagnosed(line) == []

    async def test_the_webhook_was_never_set(self, line: LineStandIn) -> None:
        found = await diagnosed(line)
        assert "not set" in found[0]
        assert "python -m bot connect" in found[0]

    async def test_the_webhook_is_another_and_off(self, line: LineStandIn) -> None:
        line.webhook, line.webhook_active = "https://elsewhere.example.org", False
        elsewhere, off = await diagnosed(line)
        assert "elsewhere" in elsewhere
        assert "off" in off

    @pytest.mark.parametrize(("quota", "faults"), [(None, 0), (10, 0), (0, 1)])
    async def test_pushes_are_left_or_not(self, line: LineStandIn, quota: int | None, faults: int) -> None:
        line.webhook, line.quota = WEBHOOK, quota
        assert len(await diagnosed(line)) == faults

    async def test_pushes_are_nearly_used_up(self, line: LineStandIn) -> None:
        line.webhook, line.quota = WEBHOOK, 10
        line.pushes = [{}] * 9
        [found] = await diagnosed(line)
        assert "1 of this month's 10" in found

    async def test_the_token_is_wrong(self, line: LineStandIn) -> None:
        [found] = await diagnosed(line, access_token="a-wrong-token")
        assert "LINE_CHANNEL_ACCESS_TOKEN" in found
        assert "a-wrong-token" not in found

    async def test_line_is_not_reached(self, line: LineStandIn) -> None:
        line.script("info", reset(), reset())
        [found] = await diagnosed(line)
        assert "not reached" in found
