"""The list of what was erased: beside the key file, outside the node's folder and its backups.

By it a node knows what was erased when somebody sends it again, or restores a backup that was made before. It holds no
text: only keyed hashes, whose key lies in it and nowhere else; who has a backup can't try out whom it names.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from birlik.errors import StoreUnavailable
from birlik.kernel.store.disk import written
from birlik.kernel.tables import Table

SUFFIX = ".erasures"
KEY, HASH = 32, 16
"""Bytes of the key and of a keyed hash."""


def beside(key_file: Path) -> Path:
    """Where the list lies that belongs to a key file."""
    return key_file.with_name(f"{key_file.name.removesuffix('.key')}{SUFFIX}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """One erasure, as it is known afterwards."""

    erasure_id: str
    time: datetime
    """What came later is not meant."""
    people: str
    """The table whose key the person is."""
    who: bytes
    rows: frozenset[bytes] = frozenset()
    """Of each row, what it said."""
    messages: frozenset[bytes] = frozenset()


@dataclass
class Erasures:
    """The list of one node. It is read when it is first asked for."""

    path: Path
    _key: bytes = b""
    _all: dict[str, Forgotten] = field(default_factory=dict)
    _read: bool = False
    _people: dict[str, set[bytes]] = field(default_factory=dict)
    _rows: set[bytes] = field(default_factory=set)
    _messages: set[bytes] = field(default_factory=set)

    @property
    def all(self) -> Mapping[str, Forgotten]:
        """By id. Raises StoreUnavailable where the list can't be read."""
        if not self._read:
            self._load()
        return self._all

    @property
    def is_empty(self) -> bool:
        """Nothing was ever erased here."""
        return not self.all

    def ensure(self) -> None:
        """Have a list, if an empty one, so that whoever misses it knows. Raises StoreUnavailable."""
        if not self.path.exists():
            self._keep()

    def add(self, one: Forgotten) -> None:
        """On the disk before this returns. Raises StoreUnavailable."""
        self._all = {**self.all, one.erasure_id: one}
        self._keep()

    def who(self, people: str, key: Any) -> bytes:
        """The keyed hash of a person."""
        return self._keyed(b"who", people, str(key))

    def row(self, table: Table, values: Mapping[str, Any]) -> bytes:
        """The keyed hash of what a row says, whenever it came."""
        said = [values.get(f.name) for f in table.fields if f.name not in table.received]
        return self._keyed(b"row", table.name, orjson.dumps(said, option=orjson.OPT_UTC_Z).decode())

    def message(self, digest: bytes) -> bytes:
        """The keyed hash of a message, by its digest."""
        return self._keyed(b"message", digest.hex())

    def salted(self, erasure_id: str, digest: bytes) -> bytes:
        """What stands in the place of a message's digest: it tells nothing to whoever hasn't the list."""
        return hashlib.sha256(self._keyed(b"salt", erasure_id) + digest).digest()

    def knows_person(self, people: str, who: bytes) -> bool:
        """Was anything of them erased?"""
        return bool(self.all) and who in self._people.get(people, ())

    def has_people(self, people: str) -> bool:
        """Was anything erased of anybody in this table?"""
        return bool(self.all) and people in self._people

    def knows_row(self, row: bytes) -> bool:
        """Was this very row erased?"""
        return row in self._rows

    def knows_message(self, digest: bytes) -> bool:
        """Was anything of this very message erased?"""
        return bool(self.all) and bool(self._messages) and self.message(digest) in self._messages

    def _keyed(self, purpose: bytes, *parts: str) -> bytes:
        if not self._read:
            self._load()
        if not self._key:
            self._key = secrets.token_bytes(KEY)
        said = b"\x00".join((purpose, *(p.encode("utf-8", "surrogatepass") for p in parts)))
        return hmac.digest(self._key, said, "sha256")[:HASH]

    def _load(self) -> None:
        try:
            lines = self.path.read_bytes().splitlines() if self.path.exists() else []
            if lines:
                self._key = bytes.fromhex(orjson.loads(lines[0])["key"])
            self._all = {one.erasure_id: one for one in map(_from_json, lines[1:])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreUnavailable(
                f"{self.path} can't be read: it says what was erased; bring it back from where you copied it to"
            ) from error
        self._read = True
        self._index()

    def _index(self) -> None:
        self._people, self._rows, self._messages = {}, set(), set()
        for one in self._all.values():
            self._people.setdefault(one.people, set()).add(one.who)
            self._rows |= one.rows
            self._messages |= one.messages

    def _keep(self) -> None:
        self._keyed(b"", "")  # so that there is a key
        head = orjson.dumps({"birlik": "what was erased", "key": self._key.hex()})
        written(self.path, b"\n".join((head, *map(_as_json, self._all.values()))) + b"\n")
        self._index()


def _as_json(one: Forgotten) -> bytes:
    told = {"id": one.erasure_id, "time": one.time, "people": one.people, "who": one.who.hex()}
    return orjson.dumps({**told, "rows": _hex(one.rows), "messages": _hex(one.messages)})


def _from_json(line: bytes) -> Forgotten:
    told = orjson.loads(line)
    return Forgotten(
        erasure_id=told["id"],
        time=datetime.fromisoformat(told["time"]),
        people=told["people"],
        who=bytes.fromhex(told["who"]),
        rows=_parted(told["rows"]),
        messages=_parted(told["messages"]),
    )


def _hex(hashes: Iterable[bytes]) -> str:
    return b"".join(sorted(hashes)).hex()


def _parted(text: str) -> frozenset[bytes]:
    whole = bytes.fromhex(text)
    return frozenset(whole[at : at + HASH] for at in range(0, len(whole), HASH))


NOTE = "erasures.json"
"""In a backup: where the list lay when it was made. Who restores it has to bring the list that there is by now."""


def noted(backup: Path) -> Path | None:
    """Where the list lay; None for a backup that doesn't say."""
    try:
        told: str = orjson.loads((backup / NOTE).read_bytes())["list"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(told)


def note(backup: Path, path: Path) -> None:
    """Say in a backup where the list lies. On the disk before this returns."""
    written(backup / NOTE, orjson.dumps({"list": str(path.resolve())}))


DONE = "erased.json"
"""Beside the journal's files: which of the list were done in this very journal. An older backup has an older one."""


def done(journal: Path) -> Sequence[str]:
    """The ids of what was erased in a journal. Raises StoreUnavailable."""
    file = journal / DONE
    try:
        told: list[str] = orjson.loads(file.read_bytes()) if file.is_file() else []
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"{file} can't be read: remove it, and what was erased is erased once more") from error
    return told


def note_done(journal: Path, ids: Iterable[str]) -> None:
    """On the disk before this returns."""
    written(journal / DONE, orjson.dumps(sorted(set(ids))))


def copy_list(source: Path, target: Path) -> None:
    """The list to where another folder of the node looks for it; one that lies there already stays.

    Raises OSError.
    """
    if target.exists() or source.resolve() == target.resolve():
        return
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
