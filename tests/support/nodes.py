"""A whole node in a folder, put together by the real assembly; only the clock is set."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.orchard import MEDIA_TYPE, ORCHARD

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Delivery, Domain
from birlik.kernel.intake import Receipt
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import EVERY_RIGHT, Labels, Marking, Principal

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
FOR_MEMBERS = Labels(marking=Marking.GREEN, audience=("members",))
HIDDEN = Labels()
SMALL = {"memory_limit": "400MB", "threads": 1}
"""What a test node may take of a machine that it shares: two workers have a core each."""


@contextmanager
def opened(
    folder: Path, *, declared: Sequence[Domain] | None = (ORCHARD,), clock: SetClock | None = None, **overrides: Any
) -> Iterator[Node]:
    """The node in `folder`, made if there is none; closed at the end."""
    if not (folder / settings.FILE).exists():
        settings.write_new(folder, "KAZ")
    node = assembly.open_node(folder, declared=declared, clock=clock or SetClock(NOON), **{**SMALL, **overrides})
    try:
        yield node
    finally:
        node.close()


def principal(node: Node, view: str) -> Principal:
    """A reader of one view; `own` is the operator."""
    if view == "own":
        return Principal(name=view, role=Role.OPERATOR, rights=EVERY_RIGHT)
    return Principal(name=view, role=Role.READER, view=node.views.index(view))


def delivery(
    lines: Sequence[str] | str | bytes,
    node: Node,
    *,
    source_id: str = "orchardist",
    labels: Labels = HIDDEN,
    media_type: str = MEDIA_TYPE,
    **more: Any,
) -> Delivery:
    body = lines if isinstance(lines, bytes) else (lines if isinstance(lines, str) else "\n".join(lines)).encode()
    return Delivery(
        body=body, media_type=media_type, source_id=source_id, received_time=node.clock.now(), labels=labels, **more
    )


def take(node: Node, lines: Sequence[str] | str | bytes, **more: Any) -> Receipt:
    return pipeline.take(node, [delivery(lines, node, **more)])[0]


def follow(node: Node, minutes: int = 1) -> datetime:
    """Let time pass, then bring everything up to date."""
    assert isinstance(node.clock, SetClock)
    node.clock.advance(timedelta(minutes=minutes))
    return pipeline.follow(node)


def rows(node: Node, table: str, view: str = "own") -> list[dict[str, Any]]:
    """Every row that a view sees, in one order whatever the store's."""
    made: list[dict[str, Any]] = node.reader(principal(node, view)).rows(table).to_pylist()
    return in_order(made)


def figures(node: Node, indicator: str, view: str = "own", **more: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = node.reader(principal(node, view)).figures(indicator, **more).to_pylist()
    return in_order(made)


def in_order(made: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) for row in sorted(made, key=lambda row: [(v is None, str(v)) for v in row.values()])]


def everything(node: Node, view: str = "own", *, without: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """All tables, derived tables and figures as one view sees them, of those that its role may read; when they were
    made is left aside."""
    catalogue, who = node.store.catalogue, principal(node, view)
    names = [name for name in (*catalogue.tables, *catalogue.derived) if name not in without]
    made = {name: rows(node, name, view) for name in names if catalogue.may_read(who, name)}
    for name in (each for each in catalogue.indicators if catalogue.may_read(who, each)):
        made[f"figures of {name}"] = [
            {k: v for k, v in row.items() if k not in ("version", "valid_from", "valid_to")}
            for row in figures(node, name, view)
        ]
    return made
