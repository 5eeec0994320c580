"""Files that pages are drawn with, each under an address that changes with their content.

A browser keeps such a file for good and asks for it once. The fingerprint stands before the name, not in it, so that
what one module or style sheet says of another (`./chart.js`, `images/…`) stays true.
"""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from birlik.apps.web import tokens
from birlik.apps.web.security import HEADERS
from birlik.settings import Settings

STATIC = Path(__file__).parent / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""Under an address without a fingerprint, or with one of another release: kept, but only while its tag stands."""
BORDERS = STATIC / "vendor" / "countries-50m.json"


@cache
def fingerprint() -> str:
    """Of all that is shipped: one file that changes moves them all, which an upgrade does anyway."""
    digest = hashlib.blake2b(tokens.style_sheet().encode(), digest_size=8)
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(f"\x00{file.relative_to(STATIC)}\x00".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def address(name: str) -> str:
    return f"/static/{fingerprint()}/{name}"


def borders_file(settings: Settings) -> Path:
    """The built-in borders, or the file of the settings: borders are political."""
    return Path(settings.country_borders) if settings.country_borders else BORDERS


def borders_address(settings: Settings) -> str:
    file = borders_file(settings)
    return f"/static/{_of_file(file, file.stat().st_mtime_ns)}/borders.json"


@lru_cache(maxsize=4)
def _of_file(file: Path, changed: int) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()


class Static(StaticFiles):
    """The shipped files, with and without the fingerprint before them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        first, _, rest = path.partition("/")
        known = first == fingerprint()
        response = await super().get_response(rest if _is_fingerprint(first) and rest else path, scope)
        return dressed(response, for_good=known)


def style(request: Request) -> Response:
    """The colours, for both themes."""
    response = Response(tokens.style_sheet(), media_type="text/css")
    response.headers["etag"] = f'"{fingerprint()}"'
    if request.headers.get("if-none-match") == response.headers["etag"]:
        response = Response(status_code=304, headers={"etag": response.headers["etag"]})
    return dressed(response, for_good=request.path_params.get("fingerprint") == fingerprint())


def borders(request: Request, settings: Settings) -> Response:
    file = borders_file(settings)
    wanted = borders_address(settings) == request.url.path
    return dressed(FileResponse(file, media_type="application/json"), for_good=wanted)


def dressed(response: Response, *, for_good: bool) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["cache-control"] = FOR_GOOD if for_good else ASK_AGAIN
    return response


def _is_fingerprint(part: str) -> bool:
    return len(part) == 16 and all(c in "0123456789abcdef" for c in part)
