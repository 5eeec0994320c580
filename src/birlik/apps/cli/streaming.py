"""What is large goes from the node to where it is wanted as it comes: no more of it is held than a piece."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from birlik.apps.cli.reach import checked, get

if TYPE_CHECKING:
    import httpx

Query = Sequence[tuple[str, str]]


@contextmanager
def whole(out: Path) -> Iterator[BinaryIO]:
    """A file that stands under its name only once all of it is on the disk."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def form(client: "httpx.Client", path: str, query: Query, name: str, file: BinaryIO) -> str | None:
    """Write a form as the node gives it; returns the address of what follows, where a limit cut it."""
    if name == "json" and not any(key == "limit" for key, _ in query):
        document(client, path, query, file)
        return None
    with client.stream("GET", path, params=[*query, ("format", name)]) as answer:
        if not answer.is_success:
            answer.read()
        checked(answer)
        for chunk in answer.iter_bytes():
            file.write(chunk)
        following: str | None = answer.links.get("next", {}).get("url")
        return following


def document(client: "httpx.Client", path: str, query: Query, file: BinaryIO) -> None:
    """The JSON document of all rows, however many: as one page would have them, row by row."""
    import orjson

    head: dict[str, Any] = get(client, path, [*query, ("limit", "1")])
    for name in ("data", "next", "watermark"):
        head.pop(name, None)
    with client.stream("GET", path, params=[*query, ("format", "ndjson")]) as answer:
        if not answer.is_success:
            answer.read()
        checked(answer)
        said = {**head, "next": None, "watermark": answer.headers["birlik-watermark"]}
        file.write(orjson.dumps(said)[:-1] + b',"data":[\n')
        comma = b""
        for line in _lines(answer.iter_bytes()):
            file.write(comma + line)
            comma = b",\n"
        file.write(b"\n]}\n")
        file.flush()


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole_ones, rest = (rest + chunk).split(b"\n")
        yield from whole_ones
    if rest:
        yield rest
