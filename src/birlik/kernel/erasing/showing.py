"""What a node keeps of a person, what for, and until when: all rows whose table says that they are theirs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from birlik.errors import BadRequest
from birlik.kernel.audit.reading import Where
from birlik.kernel.erasing.finding import of_persons
from birlik.kernel.erasure import tables_of
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal
from birlik.kernel.query import Filter
from birlik.kernel.store.database import literal
from birlik.kernel.store.folding import holding
from birlik.kernel.store.system import MESSAGE, state_of
from birlik.kernel.tables import Field, Names, Party, Table

CAME = "received_time"
MOST_LINES = 10_000
"""So many of the newest lines of the audit log are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Of one table."""

    table: Table
    purposes: Sequence[Field]
    """The fields that tell of the person, each with what for and how long."""
    rows: Sequence[Mapping[str, Any]]
    """Every version of each, with `received_time` and `kept_until`."""
    forgotten_n: int = 0
    """Versions of rows that have ended, which nobody is shown, and whose bytes go within days."""
    others_n: int = 0
    """Rows that tell of another person too, and so aren't shown to who asks for their own."""


def kept_of(node: Node, principal: Principal, key: str, people: str = "") -> Sequence[Kept]:
    """For who was asked by them. people: the table whose key they are; empty asks of all kinds of persons.

    Raises BadRequest for a table of no persons.
    """
    kinds = sorted({table.people for table in node.tables.values() if table.people})
    if people and people not in kinds:
        raise BadRequest(f"{people!r} has no persons; there are: {', '.join(kinds) or 'none'}", parameter="people")
    tables = [table for kind in ([people] if people else kinds) for table in tables_of(node.tables, kind)]
    catalogue = node.store.catalogue
    tables = [table for table in tables if table.whose is not None and key.startswith(table.whose.begins)]
    read = [_of(node, principal, table, key) for table in tables if catalogue.may_read(principal, table.name)]
    return [each for each in read if each.rows or each.forgotten_n]


def persons_of(node: Node, principal: Principal) -> Sequence[tuple[str, str]]:
    """(table, key) of the persons who a principal is: of tables of persons whose rows name who signs in as them."""
    found = []
    for kind in sorted({table.people for table in node.tables.values() if table.people}):
        table = node.tables[kind]
        party = table.party
        if party is not None and party.column and party.names is Names.PRINCIPAL and len(table.key) == 1:
            rows = node.reader(principal).mine(kind, where=_of_principal(party, principal)).to_pylist()
            found += [(kind, str(row[table.person or table.key[0]])) for row in rows]
    return list(dict.fromkeys(found))


def _of_principal(party: Party, principal: Principal) -> list[Filter]:
    """Rows that name them, and not such as they see for a duty of theirs."""
    return [Filter(column=party.column, operator="=", value=principal.name)]


def kept_of_own(node: Node, principal: Principal) -> Sequence[tuple[str, Sequence[Kept]]]:
    """(key, all that is kept of it) of each person who a principal is, whatever their view.

    A row that names another person too is counted and not shown; who said something of them isn't named.
    """
    made = []
    for kind, key in persons_of(node, principal):
        found = [_for_themself(each, key, principal) for each in kept_of(node, node.operator, key, kind)]
        made.append((key, found))
    return made


def sent_by(node: Node, principal: Principal) -> Sequence[tuple[Table, Sequence[Mapping[str, Any]]]]:
    """By table, the rows that name a principal as theirs: what they sent, what was given to them."""
    reader, made = node.reader(principal), []
    for table in node.tables.values():
        party = table.party
        if party is not None and party.column and party.names is Names.PRINCIPAL and table.people == "":
            shown = table.public_fields or tuple(n for n, f in table.by_name.items() if not f.is_secret)
            mine = reader.mine(table.name, where=_of_principal(party, principal)).to_pylist()
            rows = [{name: row[name] for name in shown} for row in mine]
            if rows:
                made.append((table, rows))
    return made


def audited(node: Node, *, who: str = "", on: Sequence[str] = ()) -> Sequence[Mapping[str, Any]]:
    """What the newest lines of the audit log have of somebody, counted by act: what they did, and what was done on
    them."""
    n: Counter[tuple[str, str]] = Counter()
    with node.audit.reading() as log:
        asked = [("by them", Where(who=who))] if who else []
        asked += [("on them", Where(on=each)) for each in on]
        for how, where in asked:
            n.update((how, line.leaf.act) for line in log.newest(where, MOST_LINES)[0])
    return [{"how": how, "act": act, "n": count} for (how, act), count in sorted(n.items())]


def _of(node: Node, principal: Principal, table: Table, key: str) -> Kept:
    names = ", ".join(f't."{name}"' for name in table.by_name if name != CAME)
    theirs = f'FROM (SELECT * FROM "{table.name}" WHERE {of_persons(table, literal(key))}) t'
    seen = f"(t.views & {principal.bit}) <> 0"
    shown = _shown(node, table)
    asked = (
        f'SELECT {names}, m."{CAME}" {theirs} JOIN {MESSAGE.name} m USING (message_no) '
        f"WHERE {seen} AND {shown} ORDER BY ALL"
    )
    rows = node.store.database.arrow(asked, []).to_pylist()
    ended = node.store.database.all(f"SELECT count(*) {theirs} WHERE {seen} AND NOT {shown}")[0][0]
    days = table.life_days
    for row in rows:
        came = row[CAME]
        row["kept_until"] = came + timedelta(days=days) if days is not None and came is not None else None
    return Kept(table=table, purposes=table.personal, rows=rows, forgotten_n=int(ended))


def _shown(node: Node, table: Table) -> str:
    """SQL: of a table that forgets, does a version's key hold now?"""
    if table.rule is None or not table.rule.forgets:
        return "TRUE"
    now = holding(table, node.store.watermark)
    return f'coalesce(t.k IN (SELECT k FROM "{state_of(table.name)}" WHERE {now}), FALSE)'


def _for_themself(kept: Kept, key: str, principal: Principal) -> Kept:
    table = kept.table
    mine = [row for row in kept.rows if table.whose is None or not table.whose.named(row) - {key}]
    rows = [_without_sender(table, row, principal) for row in mine]
    return Kept(table=table, purposes=kept.purposes, rows=rows, forgotten_n=kept.forgotten_n,
                others_n=len(kept.rows) - len(mine))  # fmt: skip


def _without_sender(table: Table, row: Mapping[str, Any], principal: Principal) -> Mapping[str, Any]:
    party = table.party
    if party is None or not party.column or row[party.column] in (None, principal.name):
        return row
    return {**row, party.column: None}
