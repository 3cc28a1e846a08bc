"""While demo people are here, every page of the console says so, in both languages."""

import pytest

from bot.demo import DemoIdentity, Simulation, invented, load_texts, simulation
from bot.secretariat.console.policy import Role
from tests.secretariat.console.conftest import KEY, Desk
from tests.secretariat.console.test_policy import filled

BANNER = {"th": "คนสมมติสำหรับทดลองใช้", "en": "Made-up people are in this database"}
#: What answers with a file, not with a page.
FILES = {"audit-copy"}


async def talk(desk: Desk, people: int) -> None:
    office = desk.office
    await Simulation(
        store=office.store,
        library=office.library,
        identity=DemoIdentity(KEY, office.library.draft.slug),
        clock=desk.clock,
        texts=load_texts(office.content / "demo.yaml"),
    ).run(invented(2, people, office.library, desk.clock.now()), 2, lambda: None)


async def test_every_page_says_that_demo_people_are_here(
    desk: Desk, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "_PAUSE", 0)
    somebody = await sign_in(*Role, name="all")

    async def told(language: str) -> dict[str, bool]:
        found = {}
        for page in desk.console.pages:
            if page.method == "GET" and page.name not in FILES:
                answer = await somebody.get(f"{filled(page.path)}?lang={language}")
                if answer.headers["content-type"].startswith("text/html"):
                    found[page.name] = BANNER[language] in answer.text
        return found

    without = await told("th")
    assert len(without) > 8
    assert not any(without.values())
    await talk(desk, 4)
    for language in BANNER:
        assert all((await told(language)).values()), language
    nobody = await sign_in(Role.REVIEWER)
    assert BANNER["th"] in (await nobody.get("/people")).text  # a page that is refused says so too
    await desk.office.store.demonstrations.remove()
    assert not any((await told("th")).values())
