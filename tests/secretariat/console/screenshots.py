"""The pictures of the README: `python -m tests.secretariat.console.screenshots [FOLDER]` (docs/images).

A bot that serves for itself, demo people who talk to it, and a browser that walks through; all of it in a
folder that is gone afterwards.
"""

import asyncio
import io
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page

from tests.secretariat.console.browsing import DESK, PHONE, chromium

ROOT: Final = Path(__file__).resolve().parents[3]
#: How many demo people there are, and of which seed.
PEOPLE: Final = ("demo", "--people", "200", "--seed", "7")
#: Bytes of a picture, at most.
MOST: Final = 150_000
PRESSING: Final = "ข้อเสนอของคุณจะถูกนำไปใช้แน่นอน"
LEADING: Final = "คุณพอใจกับการใช้งบของรัฐใช่ไหม"


async def take(page: Page, folder: Path, name: str) -> None:
    """Keep what is seen now, in the fewest colours that keep it under MOST."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    whole = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    for colours in (256, 64, 16):
        file = io.BytesIO()
        whole.quantize(colours).save(file, "PNG", optimize=True)
        if file.tell() <= MOST:
            break
    (folder / f"{name}.png").write_bytes(file.getvalue())
    sys.stdout.write(f"{folder / name}.png  {file.tell():,} bytes\n")


async def console(browser: Browser, link: str, folder: Path) -> None:
    """From the door through every part."""
    context = await browser.new_context(viewport={"width": DESK, "height": 1000}, reduced_motion="reduce")
    page = await context.new_page()
    root = f"{link.partition('/secretariat')[0]}/secretariat"
    await page.goto(f"{root}/sign-in")
    await take(page, folder, "sign-in")
    await page.goto(link)
    await page.get_by_role("button", name="เข้าใช้").click()
    await page.goto(root)
    await take(page, folder, "overview")
    await page.goto(f"{root}/answers?clause=3.5")
    await page.get_by_role("heading", level=2).first.scroll_into_view_if_needed()
    await take(page, folder, "answers")
    await page.goto(f"{root}/suggestions")
    await take(page, folder, "suggestions")
    await page.locator(".inbox h2 a").first.click()
    await page.get_by_label("เขียนคำตอบ").press_sequentially(PRESSING)
    await page.locator(".findings li").first.wait_for()
    await page.get_by_role("heading", name="คำตอบของหน่วยงาน").scroll_into_view_if_needed()
    await take(page, folder, "reply")
    await page.goto(f"{root}/wording/live/drafts/opdc-2566-2570/3.5.yaml")
    await page.get_by_role("button", name="แก้ คำถาม 3.5-c1").click()
    await page.get_by_label("คำถาม", exact=True).fill(LEADING)
    await page.locator("#verdict mark").first.wait_for()
    await take(page, folder, "wording")
    for name in ("exports", "report", "operations", "audit"):
        await page.goto(f"{root}/{name}")
        await take(page, folder, name)
    await context.close()


async def chat(browser: Browser, address: str, folder: Path) -> None:
    """The first question on a phone."""
    context = await browser.new_context(viewport={"width": PHONE, "height": 760}, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{address}/chat")
    for name in ("เลือกเรื่อง", "วัดผลการใช้งบ"):
        button = page.get_by_role("button", name=re.compile(rf"(^|\d ){name}$")).last
        await button.press("Enter")
    await page.get_by_role("button", name="ค่อนข้างไม่พอใจ").wait_for()
    await take(page, folder, "chat")
    await context.close()


async def main(folder: Path) -> None:
    """Serve, fill, and walk through."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PORT": "0"}

        async def bot(*verb: str) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *verb),
                cwd=empty, env=environment, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip

        serving = await bot("serve")
        try:
            assert serving.stdout
            told = "".join([(await serving.stdout.readline()).decode() for _ in range(2)])
            link = re.search(r"http://\S+/secretariat/link/\S+", told)
            if link is None:
                raise SystemExit(f"The bot did not say where its console is: {told}")
            if await (await bot(*PEOPLE)).wait():
                raise SystemExit("The demo people did not come; what it said is above.")
            async with chromium() as browser:
                await console(browser, link[0], folder)
                await chat(browser, link[0].partition("/secretariat")[0], folder)
        finally:
            serving.terminate()
            await serving.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images"))
