"""`retention`: what was kept long enough goes now, or is only named."""

from typing import Final

from bot import settings
from bot.language.calendar import BANGKOK
from bot.library import Draft, admit
from bot.runtime.clock import SystemClock
from bot.runtime.retention import UNLINKED, RetentionJob, Rules, link_due
from bot.runtime.trail import Trail
from bot.store import Kept, Store

_WHAT: Final = {
    Kept.QUARANTINED: "events in quarantine",
    Kept.HELD: "texts that waited for their person's word",
    Kept.DRAFTS: "suggestions that were never sent",
    Kept.WORDS: "letters, of their words",
    Kept.EVENTS: "ids of events",
    Kept.FETCHES: "files that never came",
    Kept.FILES: "files that nothing holds",
}


async def retain(*, dry_run: bool) -> None:
    """Do what is due, or with `dry_run` only count it; print one line a rule.

    Safe to interrupt and to run again, while the bot serves. Raises SettingsError, ContentError or
    StoreError when the settings, the content or the database cannot be used.
    """
    chosen = settings.load()
    draft = admit(chosen.content_dir).draft
    store = await Store.open(chosen.database_url)
    try:
        await store.check()
        clock = SystemClock()
        trail = Trail(store.audit, chosen.key(), clock)
        job = RetentionJob(store=store, draft=draft, trail=trail, clock=clock)
        counted = await (job.due() if dry_run else job.do())
    finally:
        await store.close()
    rules, verb = Rules(), "would go" if dry_run else "went"
    for kept, what in _WHAT.items():
        days = rules.age(kept).days
        print(f"{counted[kept.value]} {verb}: {what}, after {days} {'day' if days == 1 else 'days'}.")
    print(_link(draft, counted.get(UNLINKED), verb))


def _link(draft: Draft, people: int | None, verb: str) -> str:
    due = link_due(draft)
    if due is None:
        return (
            "The link between accounts and answers has no day yet: write the last day of answers as `closes`"
            f" in the draft.yaml of {draft.slug}."
        )
    when = f"{due.astimezone(BANGKOK):%Y-%m-%d %H:%M} in Thailand"
    if people is None:
        return f"The link between accounts and answers is destroyed from {when}; export attachments before."
    return (
        f"{people} {verb}: people whose link to their answers was due on {when}. Attachments go with it."
        " Older backups still hold the link: delete them."
    )
