"""Duties that acts give and take: grants, as an administrator's are."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from birlik.errors import BadRequest, Misdeclared, Refused
from birlik.kernel.access.tables import ACTIVE, GRANT
from birlik.kernel.acts import Act, Done
from birlik.kernel.changes import Change, Says
from birlik.kernel.duties import Duty, Given
from birlik.kernel.members import Role
from birlik.kernel.policy import Kind, Principal
from birlik.kernel.tables import Table
from birlik.said import Said

Row = Mapping[str, Any]
Standing = Callable[[Given], Sequence[Row]]
"""The grants that stand of a duty, to somebody, within a row."""
Who = Callable[[str], Row | None]
"""What is said of a principal by name; None where there is none."""


def changes(
    act: Act, done: Done, *, by: Principal, act_id: str, duties: Mapping[str, Duty], tables: Mapping[str, Table],
    who: Who, standing: Standing,
) -> Iterator[Change]:  # fmt: skip
    """Of what an act gives and takes. Raises Misdeclared for an act that gives what isn't its domain's, or could be
    undone; BadRequest, Refused."""
    if (done.gives or done.takes) and not act.is_lasting:
        raise Misdeclared(f"{act.name} gives or takes a duty, which isn't undone: it has to be lasting")
    for given in (*done.gives, *done.takes):
        if given.duty not in duties or given.duty.partition("_")[0] != act.name.partition("_")[0]:
            raise Misdeclared(f"{act.name}: {given.duty!r} is no duty of its domain")
    for given in done.takes:
        yield from (Change(GRANT.name, {"grant_id": row["grant_id"]}, Says.END) for row in standing(given))
    for given in done.gives:
        is_own, begins = given.to == by.name, _begins(done, given, tables[duties[given.duty].table])
        if is_own and begins and by.holds(given.duty, given.within):
            continue  # as whoever owns the machine, who has no account to be given one
        _must_be_a_person(given, who(given.to))
        if is_own and not begins:
            raise Refused(Said("nobody grants anything to themselves: somebody else does"))
        if not standing(given):
            yield Change(GRANT.name, _row(given, by.name, act_id))


def _must_be_a_person(given: Given, row: Row | None) -> None:
    if row is None or row["kind"] != Kind.PERSON:
        raise BadRequest(Said("nobody is called {name} here", name=repr(given.to)))


def _begins(done: Done, given: Given, table: Table) -> bool:
    """Is it within a row that the same act begins? Who begins something tends it."""
    return any(
        change.table == table.name and change.says is Says.WHOLE and change.row[table.key[0]] == given.within
        for change in done.changes
    )


def _row(given: Given, by: str, act_id: str) -> Row:
    ground = f"{act_id}\0{given.duty}\0{given.to}\0{given.within}"
    told: dict[str, Any] = {"grant_id": hashlib.sha256(ground.encode()).hexdigest()[:16], "principal_id": given.to}
    told |= {"role": Role.READER.value, "duty": given.duty, "within": given.within or None}
    return {**dict.fromkeys(GRANT.by_name), **told, "granted_by": by, "status": ACTIVE}
