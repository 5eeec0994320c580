"""The access tables as they stand, in memory: read once, then row by row as they change."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from birlik.kernel.access.tables import ACTIVE, GRANT, KEY, PRINCIPAL
from birlik.kernel.policy import Principal
from birlik.kernel.tables import Table

Row: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[str, Sequence[str] | None], Sequence[Row]]
"""(an access table, keys or None for all) -> its rows as they stand."""
Sealed: TypeAlias = Callable[[str], str | None]
"""What stands in the vault for a field of kind secret."""
Changed: TypeAlias = Mapping[str, Sequence[str]]
"""By access table, the keys of rows that changed."""


@dataclass(frozen=True, slots=True)
class Known:
    """A principal as it is until a moment at which a grant or a tier begins or ends."""

    principal: Principal
    until: datetime


@dataclass(frozen=True, slots=True)
class Key:
    key_id: str
    principal_id: str
    hash: str
    row: Row
    networks: tuple[Any, ...]


@dataclass
class Held:
    """Changed by one thread at a time; whoever reads meanwhile has the old or the new row."""

    read: Read
    sealed: Sealed
    held_before: datetime | None
    """After a restore, grants and keys that were said before don't hold until somebody says them again."""
    principals: dict[str, Row] = field(default_factory=dict)
    grants: dict[str, dict[str, Row]] = field(default_factory=dict)
    """By principal, by id."""
    keys: dict[str, Key] = field(default_factory=dict)
    by_subject: dict[tuple[str, str], str] = field(default_factory=dict)
    known: dict[tuple[str, int | None], Known] = field(default_factory=dict)
    _granted_to: dict[str, str] = field(default_factory=dict)

    def whole(self) -> "Held":
        """All of it, read now."""
        for row in self.read(PRINCIPAL.name, None):
            self._principal(row["principal_id"], row)
        self._grants({row["grant_id"]: row for row in self.read(GRANT.name, None)})
        for row in self.read(KEY.name, None):
            self._key(row["key_id"], row)
        return self

    def say(self, changed: Changed) -> None:
        """What changed, read now."""
        for key, row in self._changed(PRINCIPAL, changed).items():
            self._principal(key, row)
        self._grants(self._changed(GRANT, changed))
        for key, row in self._changed(KEY, changed).items():
            self._key(key, row)
        self.known = {}

    def _changed(self, table: Table, changed: Changed) -> Mapping[str, Row | None]:
        keys = list(dict.fromkeys(changed.get(table.name, ())))
        found = {row[table.key[0]]: row for row in self.read(table.name, keys)} if keys else {}
        return {key: found.get(key) for key in keys}

    def _principal(self, key: str, row: Row | None) -> None:
        before = self.principals.pop(key, None)
        if before is not None and before["issuer"]:
            self.by_subject.pop((before["issuer"], before["subject"]), None)
        if row is not None and row["status"] == ACTIVE:
            self.principals[key] = row
            if row["issuer"]:
                self.by_subject[row["issuer"], row["subject"]] = key

    def _grants(self, told: Mapping[str, Row | None]) -> None:
        """Each principal's are copied once, however many of them are told: somebody may be reading the old ones."""
        made: dict[str, dict[str, Row]] = {}

        def of(principal_id: str) -> dict[str, Row]:
            if principal_id not in made:
                made[principal_id] = dict(self.grants.get(principal_id, {}))
            return made[principal_id]

        for key, row in told.items():
            if (before := self._granted_to.pop(key, None)) is not None:
                of(before).pop(key, None)
            if row is not None and holds(row, self.held_before):
                to = self._granted_to[key] = row["principal_id"]
                of(to)[key] = row
        self.grants.update(made)

    def _key(self, key: str, row: Row | None) -> None:
        self.keys.pop(key, None)
        hashed = self.sealed(row["hash"]) if row is not None and row["hash"] else None
        if row is not None and hashed is not None and holds(row, self.held_before):
            networks = tuple(ipaddress.ip_network(text) for text in listed(row["networks"]))
            self.keys[key] = Key(key, row["principal_id"], hashed, row, networks)


def holds(row: Row, held_before: datetime | None) -> bool:
    """Does a grant or key that stands count? held_before: when the node was restored, if nobody has confirmed all."""
    said: datetime = row["said_time"]
    return row["status"] == ACTIVE and (held_before is None or said > held_before)


def listed(text: str | None) -> list[str]:
    """Out of a list with commas."""
    return [name for part in (text or "").split(",") if (name := part.strip())]
