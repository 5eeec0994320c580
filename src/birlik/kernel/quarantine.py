"""What could not be taken, as one reader sees it: an entry, its message, entries that are alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.errors import Unknown
from birlik.kernel.domain import Filter
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.settling import TABLE


def entry_of(node: Node, principal: Principal, identity: str) -> dict[str, Any]:
    """Raises Unknown."""
    where = [Filter(column="quarantine_id", operator="=", value=identity)]
    for entry in node.reader(principal).rows(TABLE, where=where, limit=1).to_pylist():
        found: dict[str, Any] = entry
        return found
    raise Unknown("no such entry in the quarantine")


def record_of(node: Node, principal: Principal, entry: Mapping[str, Any]) -> Any:
    """The message that an entry is a piece of, as it came."""
    return node.store.record(principal, entry["message_id"], entry["source_id"])


def groups(node: Node, principal: Principal, *, status: str = "open", limit: int = 500) -> Sequence[Mapping[str, Any]]:
    """The most first: source_id, kind, about, n, first_time, last_time, and newest (an entry)."""
    found: Sequence[Mapping[str, Any]] = node.reader(principal).alike(status, limit).to_pylist()
    return found
