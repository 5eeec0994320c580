"""Whole files over HTTP: HEAD, entity tags, and parts of what was begun (RFC 9110, 13 and 14)."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from birlik.apps.api.forms import Form, matches
from birlik.apps.api.problems import problem
from birlik.apps.api.spool import Made, Spool, opened
from birlik.clock import isoformat
from birlik.errors import StoreUnavailable

CHUNK_BYTES = 1 << 20
STILL_S = 0.5
"""How often it is looked whether who reads still may."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
CHANGED = (
    "what this address gives has changed since, or is no longer kept: a part would not fit to yours. Say which file "
    "you have by If-Range or If-Match with its ETag, or take it anew"
)


@dataclass(frozen=True, kw_only=True)
class File:
    """What a reader asks for as a file."""

    question: str
    """Says it all: view, address, parameters, form."""
    name: str
    form: Form
    vary: str
    made: Callable[[], Awaitable[Made]]
    """The file as it stands now."""
    still: Callable[[], bool] = lambda: True
    """May who asks go on reading it? Else it ends where it is, and its length says that it isn't whole."""


async def answer(file: File, spool: Spool, headers: Headers) -> Response:
    """The file, a part of it, 304, 412 or 416."""
    try:
        return await _chosen(file, spool, headers)
    except FileNotFoundError:  # dropped between the look and the hand
        raise StoreUnavailable("the file was dropped to make room for others; ask again") from None


async def _chosen(file: File, spool: Spool, headers: Headers) -> Response:
    wanted = _part(headers.get("range"))
    if (given := headers.get("if-match")) is not None and given.strip() != "*":
        found = await asyncio.to_thread(spool.tagged, file.question, _strong(given))
        if found is None:
            return problem(412, CHANGED, kind="Changed")
        return _answered(file, found, wanted)
    if wanted is not None and (given := headers.get("if-range")) is not None:
        found = await asyncio.to_thread(spool.tagged, file.question, _strong(given))
        return _answered(file, found, wanted) if found else _answered(file, await file.made(), None)
    if wanted is not None and wanted[0]:
        # Who goes on without saying with what is given the same bytes, if they can only be those.
        only = await asyncio.to_thread(spool.only, file.question)
        return _answered(file, only, wanted) if only else problem(412, CHANGED, kind="Changed")
    made = await file.made()
    if matches(headers.get("if-none-match"), made.tag):
        return Response(status_code=304, headers=_head(file, made))
    return _answered(file, made, wanted)


def _head(file: File, made: Made) -> dict[str, str]:
    return {
        "etag": made.tag,
        "accept-ranges": "bytes",
        "vary": file.vary,
        "birlik-watermark": isoformat(made.watermark),
        "content-type": file.form.content_type(),
        "content-disposition": f'attachment; filename="{file.name}.{file.form.ending}"',
    }


def _strong(given: str) -> set[str]:
    """The strong tags of a header; a weak one says nothing of bytes."""
    return {tag.strip() for tag in given.split(",") if tag.strip().startswith('"')}


def _part(given: str | None) -> tuple[int | None, int | None] | None:
    """(from, to) of one range; (None, n) are the last n. Several, or what is no range, are the whole (14.2)."""
    found = _RANGE.match(given.replace(" ", "")) if given else None
    if found is None or found[0] == "bytes=-":
        return None
    first, last = (int(part[:19]) if part else None for part in found.groups())
    if first is not None and last is not None and last < first:
        return None
    return first, last


def _answered(file: File, made: Made, wanted: tuple[int | None, int | None] | None) -> Response:
    head = _head(file, made)
    if wanted is None:
        return _Bytes(made, 0, made.size, 200, head, file.still)
    first, last = wanted
    if first is None:
        begin, end = max(0, made.size - (last or 0)), made.size
    else:
        begin, end = first, made.size if last is None else min(last + 1, made.size)
    if begin >= end:
        said = f"the file has {made.size} bytes"
        return problem(416, said, headers={"content-range": f"bytes */{made.size}"}, kind="OutOfRange")
    head |= {"content-range": f"bytes {begin}-{end - 1}/{made.size}"}
    return _Bytes(made, begin, end, 206, head, file.still)


class _Bytes(Response):
    """A piece of a file, read in a thread while it is sent. Opened at once, it may be dropped meanwhile."""

    def __init__(
        self, made: Made, begin: int, end: int, status: int, head: dict[str, str], still: Callable[[], bool]
    ) -> None:
        super().__init__(None, status, head | {"content-length": str(end - begin)})
        self._descriptor: int | None = opened(made)
        self._begin, self._end, self._still = begin, end, still

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Where the right to read it is withdrawn it is broken off: the server closes the connection."""
        sending = asyncio.ensure_future(self._sent(scope, send))
        try:
            while not (await asyncio.wait({sending}, timeout=STILL_S))[0]:
                if not self._still():
                    return
            sending.result()
        finally:
            sending.cancel()

    async def _sent(self, scope: Scope, send: Send) -> None:
        assert self._descriptor is not None
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            at = self._begin if scope["method"] != "HEAD" else self._end
            while at < self._end:
                size = min(CHUNK_BYTES, self._end - at)
                chunk = await asyncio.to_thread(os.pread, self._descriptor, size, at)
                at += len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": at < self._end})
            if self._begin == self._end or scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self._close()
