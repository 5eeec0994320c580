"""What acts on calls share: the call that is meant, and what becomes of a part that is asked of a reviewer no more."""

from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.forums import CALL, PART, REVIEW
from birlik.domains.cooperation.vocabulary.calls import Part, Standing
from birlik.errors import Conflict, Refused, Unknown
from birlik.kernel.acts import Unsaid
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Doing, Done, Filter
from birlik.said import Said

GIVE = "cooperation_review_give"
"""The act by which one reviews."""
Row = Mapping[str, Any]


def is_it(column: str, value: Any) -> Filter:
    """Rows that have it."""
    return Filter(column=column, operator="=", value=value)


def call_of(doing: Doing, call_id: str | None = None) -> Row:
    """The call that an act names, as who acts sees it. Raises Unknown."""
    wanted = doing.values["call_id"] if call_id is None else call_id
    found = doing.reader.rows(CALL.name, where=[is_it("call_id", wanted)], limit=1).to_pylist()
    if not found:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=CALL.name))
    row: Row = found[0]
    return row


def mine(doing: Doing, table: str, **only: Any) -> list[dict[str, Any]]:
    """Rows that who acts sees by a duty, or that name them, with these values."""
    rows: list[dict[str, Any]] = doing.reader.mine(table, where=[is_it(n, v) for n, v in only.items()]).to_pylist()
    return rows


def must_be_open(call: Row) -> Row:
    """Raises Conflict."""
    if call["state"] != Standing.OPEN:
        raise Conflict(Said("the call is closed: {reason}", reason=call["closed_because"] or "–"))
    return call


def is_over(call: Row, doing: Doing) -> bool:
    """Can nobody apply, nor change what they have sent?"""
    return call["state"] != Standing.OPEN or bool(doing.keeper.now > call["deadline_time"])


def closed_row(part: Row) -> Done:
    """Asked no more: its row, the organisers', and what was said of it and told to nobody.

    part: `part_id`, `reviewer`.
    """
    told = {"part_id": part["part_id"], "state": Part.WITHDRAWN.value}
    return Done(
        changes=[Change(name, told, Says.PART, OWN_STATE) for name in (PART.name, REVIEW.name)],
        unsaid=[Unsaid(act=GIVE, subject=part["part_id"], by=part["reviewer"])],
    )


def must_be_anothers(doing: Doing, application: Mapping[str, Any]) -> None:
    """Raises Refused where who organises has sent it."""
    if application["sender"] == doing.by.name:
        raise Refused(Said("nobody decides on their own application: another organiser does"))
