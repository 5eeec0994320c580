"""A line of the audit log: what is said, what of it the tree covers, and what can be taken away again.

Person, address and object stand in a line as commitments: SHA-256 of a salt and the text. Salt and text lie in a file
beside, which erasure may blank; the line, its hash and every proof stay what they were, and the commitment says
nothing any more: 128 random bits can't be guessed, where a bare hash of a short name could.
"""

import os
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

SALT = 16
"""Bytes of a salt."""
DONE = "done"
HERE = "socket"
"""From where who owns the machine acts: by the node's own socket, or by a command on its folder."""
COMMITTED = ("who", "on", "address")
"""The fields of a line that stand as commitments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What is to be written. No content, and no secret: whoever reads the log sees it, and a collector gets it."""

    act: str
    """Which act, by its declared name; of a request that was refused, method and pattern of its address."""
    who: str = ""
    """The principal's id; empty where nobody knows."""
    on: str = ""
    """What it was about: a table and a key."""
    address: str = ""
    """From where."""
    outcome: str = DONE
    """`done`, or `refused: …` with the rule; never what was sent."""
    said: str = ""
    """More about it, in plain words that stand in the tree for ever: the node's own, of nobody."""
    key: bytes = b""
    mark: str = ""
    """Of the node's own lines: as in `Leaf`."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"address": "from"}):
    """What the tree covers: the bytes of its JSON are the leaf."""

    n: int
    """From 1."""
    time: str
    epoch: int
    act: str
    outcome: str
    who: bytes | None = None
    on: bytes | None = None
    address: bytes | None = None
    said: str = ""
    key: bytes = b""
    """Where an epoch begins: the public key by which its heads are signed."""
    mark: str = ""
    """Of what is watched, such as the settings: its name and a keyed digest."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a commitment was made of."""

    salt: bytes
    text: str


class Clear(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"address": "from"}):
    """What lies beside a line, as long as nobody has had it erased."""

    n: int
    who: Kept | None = None
    on: Kept | None = None
    address: Kept | None = None


_encode = msgspec.json.Encoder().encode
_leaf = msgspec.json.Decoder(Leaf).decode
_clear = msgspec.json.Decoder(Clear).decode
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What reading raises for bytes that are nobody's JSON."""
CRC = 9
"""Bytes before a leaf: eight digits and a space."""


def commitment(field: str, kept: Kept) -> bytes:
    """32 bytes. The field's name is in it, so that a person's commitment is none of an address."""
    return sha256(kept.salt + field.encode() + b"\x00" + kept.text.encode()).digest()


def made(line: Line, *, n: int, time: str, epoch: int) -> tuple[bytes, bytes]:
    """(the leaf's bytes, what lies beside it)."""
    kept = {name: Kept(os.urandom(SALT), text) for name in COMMITTED if (text := getattr(line, name))}
    covered: dict[str, Any] = {name: commitment(name, each) for name, each in kept.items()}
    own: dict[str, Any] = {
        "act": line.act,
        "outcome": line.outcome,
        "said": line.said,
        "key": line.key,
        "mark": line.mark,
    }
    return _encode(Leaf(n=n, time=time, epoch=epoch, **own, **covered)), _encode(Clear(n=n, **kept))


def framed(leaf: bytes) -> bytes:
    """As it stands in the file: a CRC-32, the leaf, an end of line."""
    return b"%08x %b\n" % (zlib.crc32(leaf), leaf)


def whole(text: bytes) -> bytes | None:
    """The leaf of a framed line, with its end; None where it is not whole."""
    leaf = text[CRC:-1]
    if text[-1:] != b"\n" or text[: CRC - 1] != b"%08x" % zlib.crc32(leaf) or text[CRC - 1 : CRC] != b" ":
        return None
    return leaf


def read(leaf: bytes) -> Leaf | None:
    """None for what no birlik writes."""
    try:
        return _leaf(leaf)
    except UNREADABLE:
        return None


def beside(text: bytes) -> Clear | None:
    """What lies beside a line; None for what can't be read."""
    try:
        return _clear(text)
    except UNREADABLE:
        return None


def without(text: bytes, clear: Clear) -> bytes:
    """The same place with less in it: as long as it was, so that nothing behind it moves."""
    return _encode(clear).ljust(len(text) - 1) + b"\n"
