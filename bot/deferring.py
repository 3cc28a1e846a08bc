"""Pages that are made when somebody first asks for one of them.

One rule: nobody else waits for it. What is made, with all that is imported for it, is made in a thread.
"""

import asyncio
import gc
from collections.abc import Callable, Sequence

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound, Router
from starlette.types import Receive, Scope, Send


class Deferred(BaseRoute):
    """Everything at a path and below it: the routes that `made` returns, which is called once.

    What `made` raises is what the request ends with; the next one calls it again.
    """

    def __init__(self, path: str, made: Callable[[], Sequence[BaseRoute]]) -> None:
        self._path = path
        self._made = made
        self._router: Router | None = None
        self._making = asyncio.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for these pages."""
        path = scope["path"]
        ours = scope["type"] == "http" and (path == self._path or path.startswith(f"{self._path}/"))
        return (Match.FULL if ours else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Nothing here is asked for by name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the routes would that stand behind this one."""
        async with self._making:
            if self._router is None:
                self._router = Router(await asyncio.to_thread(self._made))
                gc.freeze()  # it stays, as what a start leaves behind does (verbs/serving.py)
        await self._router(scope, receive, send)
