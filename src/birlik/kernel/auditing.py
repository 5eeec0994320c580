"""The audit's lines of acts: written when an act is decided, before anything of it is.

So no act goes without its line, and where the disk has no room for the line the act is refused. An act that then can't
be written after all has a second line that says so.
"""

import logging
from collections.abc import Sequence

from birlik.errors import BirlikError
from birlik.kernel.acts import Act, Done
from birlik.kernel.audit import DONE, Line
from birlik.kernel.changes import Change, Says, key_text
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal

MOST_CHARACTERS = 300
"""Of what an act was about."""
log = logging.getLogger("birlik")


def begin(node: Node) -> None:
    """Write what is to be said at a start: an epoch, other settings. What can't be written refuses acts, not reads."""
    try:
        node.audit.begin()
    except BirlikError as error:
        log.error("audit: %s; until then whatever has to be in it is refused", error)


def decided(node: Node, act: Act, by: Principal, done: Done) -> None:
    """It is about to be done. Raises StoreUnavailable: then it must not be."""
    if act.is_audited:
        node.audit.submit(*(_line(act, by, on) for on in _objects(node, act, done))).result()


def failed(node: Node, act: Act, by: Principal, error: Exception) -> None:
    """It was decided, and could not be done."""
    if not act.is_audited:
        return
    kind = type(error).__name__ if isinstance(error, BirlikError) else "a fault of birlik"
    try:
        node.audit.write(_line(act, by, act.table, f"failed: {kind}"))
    except BirlikError as audits:
        # Who acts is told of the failure in any case.
        log.warning("audit: that %s failed can't be written: %s", act.name, audits)


def _line(act: Act, by: Principal, on: str, outcome: str = DONE) -> Line:
    return Line(act=act.name, who=by.name, on=on[:MOST_CHARACTERS], address=by.address, outcome=outcome)


def _objects(node: Node, act: Act, done: Done) -> Sequence[str]:
    """What it is about: its row, and what that refers to; of an act that says so, each row that it changes."""
    if act.is_audited_by_row and done.changes:
        return [_row(node, change) for change in done.changes]
    if len(done.changes) == 1:
        return [_row(node, done.changes[0])]
    return [" ".join((act.table, *map(str, done.about.values()))).strip()]


def _row(node: Node, change: Change) -> str:
    """Its table and key, and beside them ids of other rows and words of closed lists: to whom, which role."""
    table, row = node.tables[change.table], change.row
    telling = [f.name for f in table.fields if (f.of is not None or f.codes) and f.name not in table.key]
    beside = [f"{name}={row[name]}" for name in telling if row.get(name)]
    ended = ["ended"] if change.says is Says.END else []
    return " ".join((table.name, key_text(table, row), *beside, *ended))
