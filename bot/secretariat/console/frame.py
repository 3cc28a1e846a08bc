"""What stands around every page of the console: the words, the menu, the language and the errors.

One rule: what came from outside is text. Templates escape everything; none marks anything as safe.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.language.calendar import buddhist, buddhist_date, buddhist_day
from bot.language.words import visible
from bot.runtime.assets import Assets
from bot.secretariat.console import ROOT
from bot.secretariat.console.policy import Page, Visitor
from bot.secretariat.console.words import Language, Speech, WordPart

HERE: Final = Path(__file__).parent
_LANGUAGE_COOKIE: Final = "ruamkhit-language"
_YEAR: Final = 365 * 24 * 60 * 60


class Frame:
    """Renders pages. `menu` are the pages that the menu names, each with the word for it.

    `demo` says whether demo people are in the store: every page behind the door says so too.
    """

    def __init__(
        self,
        words: Mapping[str, WordPart],
        assets: Assets,
        *,
        secure: bool,
        example: bool,
        demo: Callable[[], Awaitable[bool]],
    ) -> None:
        self._words = words
        self._assets = f"{ROOT}/static/{assets.version}"
        self._secure = secure
        self._example = example
        self._demo = demo
        self._menu: Sequence[Page] = ()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"moment": buddhist, "day": buddhist_date, "visible": visible}
        self._templates.filters["buddhist_day"] = buddhist_day

    def with_menu(self, menu: Sequence[Page]) -> None:
        """The pages of the menu, in order; each is named by the word that is its name."""
        self._menu = menu

    async def look(self, request: Request) -> None:
        """See whether demo people are here, for the page that answers this request."""
        request.state.demo = await self._demo()

    def speech(self, request: Request) -> Speech:
        """The words in the language of the request: `?lang=`, else the cookie, else Thai."""
        wanted = request.query_params.get("lang") or request.cookies.get(_LANGUAGE_COOKIE)
        return Speech(self._words, "en" if wanted == "en" else "th")

    def page(
        self, request: Request, template: str, visitor: Visitor | None = None, status: int = 200, **told: Any
    ) -> Response:
        """A page from a template and what it is told."""
        say = self.speech(request)
        html = self._templates.get_template(template).render(
            say=say,
            visitor=visitor,
            root=ROOT,
            assets=self._assets,
            path=request.url.path,
            menu=[page for page in self._menu if visitor and visitor.may(page.roles)],
            other=f"{request.url.path}?lang={'th' if say.language == 'en' else 'en'}",
            example=self._example,
            demo=getattr(request.state, "demo", False),
            csrf=self._csrf_field(visitor),
            **told,
        )
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in get_args(Language):
            response.set_cookie(
                _LANGUAGE_COOKIE,
                say.language,
                max_age=_YEAR,
                path=ROOT,
                secure=self._secure,
                samesite="strict",
            )
        return response

    def trouble(
        self, request: Request, title: str, text: str, status: int, visitor: Visitor | None = None
    ) -> Response:
        """A page that says what went wrong, in the words of these ids."""
        return self.page(request, "trouble.html", visitor, status, title=title, text=text)

    def _csrf_field(self, visitor: Visitor | None) -> Markup:
        """What every form of this visitor carries, so that no other page can send one."""
        value = visitor.csrf if visitor else ""
        return Markup('<input type="hidden" name="csrf" value="{}">').format(value)
