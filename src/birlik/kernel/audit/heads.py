"""Signed heads: how many lines there are and their root, said by the node's key at a moment.

A head is a checkpoint in a signed note, forms that transparency logs share (C2SP tlog-checkpoint and signed-note, with
Ed25519), so that others' tools verify it. Epoch, time and key stand in lines of their own behind the root.
"""

import base64
import hmac
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from birlik.errors import BadRequest, StoreUnavailable
from birlik.kernel.store import disk

ED25519 = b"\x01"
"""The kind of signature, as signed notes number them."""
SIGNED = re.compile(r"^— (\S+) (\S+)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What the log was at a moment."""

    name: str
    """Of the log: `birlik/KAZ`."""
    size: int
    root: bytes
    epoch: int
    time: str
    key: bytes
    """The public key that it says it is signed by: 32 bytes."""
    signature: bytes
    """64 bytes."""

    @property
    def text(self) -> str:
        """What is signed."""
        root, key = base64.b64encode(self.root).decode(), base64.b64encode(self.key).decode()
        return f"{self.name}\n{self.size}\n{root}\nepoch {self.epoch}\ntime {self.time}\nkey {key}\n"

    @property
    def note(self) -> str:
        """What is signed, and the signature."""
        signed = base64.b64encode(_key_hash(self.name, self.key) + self.signature).decode()
        return f"{self.text}\n— {self.name} {signed}\n"

    @property
    def is_signed(self) -> bool:
        """Whether the key that it names has signed it. Whose key that is, the log and its reader must know."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(self.signature, self.text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def verifier(self) -> str:
        """Its key, as signed notes write one."""
        return verifier_of(self.name, self.key)


def verifier_of(name: str, key: bytes) -> str:
    """A public key as signed notes write it: name, hash, key."""
    return f"{name}+{_key_hash(name, key).hex()}+{base64.b64encode(ED25519 + key).decode()}"


def _key_hash(name: str, key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + ED25519 + key).digest()[:4]


class Key:
    """The node's own key. Whoever reads its file can sign in the node's name."""

    def __init__(self, private: Any) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()
        self._secret = sha256(b"birlik audit digest\x00" + private.private_bytes_raw()).digest()

    def keyed(self, content: bytes) -> str:
        """A digest that tells nobody without the key what a short content was."""
        return hmac.new(self._secret, content, sha256).hexdigest()

    def sign(self, *, name: str, size: int, root: bytes, epoch: int, time: str) -> Head:
        """Say with the node's name that the log is this."""
        unsigned = Head(name=name, size=size, root=root, epoch=epoch, time=time, key=self.public, signature=b"")
        signature = self._private.sign(unsigned.text.encode())
        return Head(name=name, size=size, root=root, epoch=epoch, time=time, key=self.public, signature=signature)


def key_of(file: Path) -> tuple[Key, bool]:
    """The key in a file, and whether it had to be made. Raises StoreUnavailable."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        told = file.read_bytes()
    except FileNotFoundError:
        private = Ed25519PrivateKey.generate()
        disk.written(file, base64.b64encode(private.private_bytes_raw()) + b"\n")
        return Key(private), True
    except OSError as error:
        raise StoreUnavailable(f"{file}: {error.strerror}") from error
    try:
        return Key(Ed25519PrivateKey.from_private_bytes(base64.b64decode(told, validate=False))), False
    except ValueError as error:
        raise StoreUnavailable(
            f"{file} holds no key: put it back, or remove it: a new epoch begins with a new one"
        ) from error


def parsed(text: str) -> Iterator[Head | str]:
    """The heads of a file of notes, one after the other; in the place of what is none, that piece of text."""
    held: list[str] = []
    for line in text.splitlines():
        if line.strip() or held:
            held.append(line)
        if (found := SIGNED.match(line)) is not None:
            yield _head(held, found) or "\n".join(held)
            held = []
    if held:
        yield "\n".join(held)


def _head(held: list[str], signed: "re.Match[str]") -> Head | None:
    try:
        name, size, root, epoch, time, key, blank, _ = held
        made = Head(
            name=name,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            epoch=int(epoch.removeprefix("epoch ")),
            time=time.removeprefix("time "),
            key=base64.b64decode(key.removeprefix("key "), validate=True),
            signature=base64.b64decode(signed[2], validate=True)[4:],
        )
    except ValueError:
        return None
    if made.size < 0:
        return None
    # Only what comes out as it went in: nothing stands between the lines that isn't signed.
    return made if made.note == "\n".join(held) + "\n" and blank == "" else None


def read(file: Path) -> list[Head]:
    """The heads in a file that somebody kept. Raises BadRequest where there is none, or it holds anything else."""
    try:
        found = list(parsed(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{file} can't be read: {getattr(error, 'strerror', None) or 'it is no text'}") from error
    for each in found:
        if isinstance(each, str):
            raise BadRequest(f"{file} holds what is no head of an audit log: {each[:60]!r}")
    if not found:
        raise BadRequest(f"{file} holds no head of an audit log")
    return [each for each in found if isinstance(each, Head)]


TAIL = 8_192
"""Bytes at the end of a file among which the last note ends."""


def appended(file: Path, heads: list[Head]) -> None:
    """Write heads behind those that a file has. They are on the disk when this returns; where that fails, none is.

    Raises OSError.
    """
    fresh = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = _end(descriptor)
        os.ftruncate(descriptor, end)
        text, at = "".join(f"{head.note}\n" for head in heads).encode(), end
        try:
            while text:
                written = os.pwrite(descriptor, text, at)
                text, at = text[written:], at + written
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, end)
            raise
    finally:
        os.close(descriptor)
    if fresh:
        disk.sync(file.parent)


def last(file: Path) -> Head | None:
    """The last whole head of a file. Raises OSError."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        end = _end(descriptor)
        text = os.pread(descriptor, min(end, TAIL), max(0, end - TAIL)).decode(errors="replace")
    finally:
        os.close(descriptor)
    # The first piece may begin in the midst of a note.
    return next((found for found in reversed(list(parsed(text))) if isinstance(found, Head)), None)


def _end(descriptor: int) -> int:
    """Where the last whole note ends: a crash may have torn the one behind it."""
    size = os.fstat(descriptor).st_size
    begin = max(0, size - TAIL)
    tail = os.pread(descriptor, TAIL, begin)
    at = len(tail)
    signed = tail.rfind("\n— ".encode(), 0, at)
    while signed >= 0:
        ends = tail.find(b"\n", signed + 1)
        if ends >= 0:
            return begin + ends + 1 + (tail[ends + 1 : ends + 2] == b"\n")
        signed = tail.rfind("\n— ".encode(), 0, signed)
    return 0 if size <= TAIL else size
