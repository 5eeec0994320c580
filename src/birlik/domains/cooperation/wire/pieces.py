"""A file of JSON, cut into its records without making anything of them: each as the very bytes that came."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from birlik.errors import Malformed, Where
from birlik.said import Said

BOM = b"\xef\xbb\xbf"
_BYTE = re.compile(r"\(byte (\d+)\)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One record of a file, and where it stands."""

    raw: bytes
    where: Where

    def inside(self, pointer: str) -> Where:
        """A place within it, said from the file's beginning."""
        return Where(pointer=f"{self.where.pointer or ''}{pointer}", line=self.where.line)


MOST_ID = 500
"""Letters of an id: more is no id."""


def text_of(raw: bytes, encoding: str = "utf-8") -> str:
    """What is written. Raises Malformed for what is no text."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Malformed(Said("it is no UTF-8 text (byte {n})", n=error.start)) from None


def slices(body: bytes, shape: Any) -> Any:
    """`body` decoded as far as `shape` says, the rest as `msgspec.Raw`. Raises Malformed with line and column."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise Malformed(Said("the file is JSON, but not of this form: {what}", what=str(error))) from None
    except msgspec.DecodeError as error:
        raise _broken(body, str(error)) from None
    except UnicodeDecodeError as error:
        raise _broken(body, f"it is no UTF-8 text (byte {error.start})") from None
    except RecursionError:
        raise Malformed(Said("the file is nested too deep")) from None


def _broken(body: bytes, told: str) -> Malformed:
    """With the place, where the parser told which byte it stopped at."""
    if (at := _BYTE.search(told)) is None:
        whole = Where(line=body.count(b"\n") + 1)
        return Malformed(Said("the JSON ends before it is complete"), where=whole)
    byte = int(at[1])
    line = body.count(b"\n", 0, byte) + 1
    column = byte - (body.rfind(b"\n", 0, byte) + 1) + 1
    what = _BYTE.sub("", told).removeprefix("JSON is malformed: ").strip()
    return Malformed(
        Said("the JSON is broken: {what}", what=what),
        raw=body[max(0, byte - 40) : byte + 40],
        where=Where(line=line, column=column),
    )


def array(body: bytes) -> Iterator[Piece]:
    """The elements of an array. Raises Malformed before the first of them where the whole is no array of objects."""
    whole = slices(body.removeprefix(BOM), list[msgspec.Raw])
    return (Piece(bytes(raw), Where(pointer=f"/{i}")) for i, raw in enumerate(whole))


def lines(body: bytes) -> Iterator[Piece]:
    """JSON lines: each line a record of its own, so that a broken one spoils no other."""
    at = len(BOM) if body.startswith(BOM) else 0
    number = 0
    while at < len(body):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        number += 1
        if line := body[at:end].strip():
            yield Piece(line, Where(line=number))
        at = end + 1


def document(piece: Piece) -> dict[str, Any]:
    """A record as Python has it. Raises Malformed with its place."""
    try:
        made = orjson.loads(piece.raw)
    except orjson.JSONDecodeError as error:
        what = str(error).partition(":")[0]
        raise Malformed(Said("the JSON is broken: {what}", what=what), raw=piece.raw, where=piece.where) from None
    if not isinstance(made, dict):
        raise Malformed(Said("a record is an object"), raw=piece.raw, where=piece.where)
    return made


def exact(text: str) -> Any:
    """What a stored document says, whole numbers of any length as they are."""
    return json.loads(text)


def array_of(body: bytes, name: str = "") -> Iterator[Piece] | None:
    """The elements of an array that is the whole, or stands under a name; None where the file is neither.

    Raises Malformed where it begins as one and breaks off.
    """
    start = body.removeprefix(BOM).lstrip()
    if start.startswith(b"["):
        return array(body)
    if name and re.match(rb'\{\s*"(meta|' + name.encode() + rb')"\s*:', start):
        whole = slices(start, dict[str, msgspec.Raw])
        if name in whole:
            found = slices(bytes(whole[name]), list[msgspec.Raw])
            return (Piece(bytes(raw), Where(pointer=f"/{name}/{i}")) for i, raw in enumerate(found))
    return None
