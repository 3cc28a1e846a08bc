"""Files that come with a suggestion: offered by a platform, fetched at once, kept only when wanted."""

from msgspec.structs import replace

from bot.dialogue import (
    Attachment,
    Expects,
    Fetch,
    FileArrived,
    FileOffered,
    FileRefused,
    ForSuggestion,
    SuggestionDraft,
    Turn,
)
from bot.language.words import clip
from handlers.prompts import FILES_LIMIT, menu_message
from handlers.scene import Scene
from handlers.suggest import read_back


def offered(scene: Scene, body: FileOffered) -> Turn:
    """A file lies with the platform: fetch it now, for LINE deletes it; the answer comes when it is here."""
    if not _takes_files(scene):
        return scene.slip(menu_message(scene, "file_unexpected"))
    if len(_draft(scene).attachments) >= FILES_LIMIT:
        return scene.slip(scene.say("file_too_many", exits=(scene.stop,), files=FILES_LIMIT))
    turn = scene.slip()
    return replace(turn, fetches=(Fetch(body.ref, body.name, body.message),))


def arrived(scene: Scene, body: FileArrived) -> Turn:
    """The file is here: it joins the suggestion being written, or is let go when there is none any more."""
    draft = _draft(scene)
    phrase = "file_unexpected" if not _takes_files(scene) else ""
    if not phrase and len(draft.attachments) >= FILES_LIMIT:
        phrase = "file_too_many"
    if phrase:
        turn = scene.slip(scene.say(phrase, exits=(scene.to_menu, scene.stop), files=FILES_LIMIT))
        return replace(turn, discards=(body.file,))
    attachment = Attachment(
        body.file, body.sha256, body.media_type, body.size, clip(body.name, 100), body.message
    )
    draft = replace(draft, attachments=(*draft.attachments, attachment))
    expects = Expects(ForSuggestion(draft.clause, draft.receipt)) if not draft.text else Expects()
    return scene.turn(read_back(scene, draft), draft=draft, expects=expects)


def refused(scene: Scene, body: FileRefused) -> Turn:
    """The file was not taken; the rest of the suggestion stands."""
    return scene.slip(scene.say(f"file_{body.reason.value}", exits=(scene.to_menu, scene.stop)))


def _takes_files(scene: Scene) -> bool:
    writing = scene.person.draft is not None or isinstance(scene.expects.text, ForSuggestion)
    return writing and scene.may_type is True and not scene.closed


def _draft(scene: Scene) -> SuggestionDraft:
    wanted = scene.expects.text
    fresh = (
        SuggestionDraft(wanted.clause, receipt=wanted.receipt) if isinstance(wanted, ForSuggestion) else None
    )
    return scene.person.draft or fresh or SuggestionDraft("")
