"""The files of a page. They are the same for everybody, so they are read once, at start."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}

#: A year, the longest a cache is asked to keep anything (RFC 9111 sets no limit; this is the custom).
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Assets:
    """Styles, scripts and fonts of some folders, under a path that carries the hash of all of them.

    So they refer to one another by plain relative names, and a browser keeps them until they change.
    """

    def __init__(self, *folders: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.suffix in _MEDIA_TYPES
        }
        content = b"".join(name.encode() + b"\0" + sha256(raw).digest() for name, raw in self._files.items())
        self.version = sha256(content).hexdigest()[:16]

    async def serve(self, request: Request) -> Response:
        """One file. Under another version's path it is today's, not kept: two servers may differ a while."""
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404, "There is no such file.")
        current = request.path_params["version"] == self.version
        return Response(
            self._files[name],
            media_type=_MEDIA_TYPES[Path(name).suffix],
            headers={"Cache-Control": _FOR_EVER} if current else {},
        )
