"""What an act would do, as its form shows it: how many rows, and the first of each table before and after."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.web.panels.content import Grid
from birlik.apps.web.panels.table import cell, heading
from birlik.apps.web.sight import Sight
from birlik.kernel import saying
from birlik.kernel.domain import Field, Table
from birlik.kernel.previewing import Preview, Touched, Was
from birlik.kernel.tables import shown_fields

MOST_REFUSED = 5


def shown(sight: Sight, made: Preview) -> Mapping[str, Any]:
    """What the template needs."""
    words = sight.words
    said = words.n("It would touch {n} row.", "It would touch {n} rows.", made.n).format(n=words.count(made.n))
    brings, refused = "", []
    if (brought := made.brought) is not None:
        n = sum(len(rows) for rows in brought.rows.values())
        brings = words.t("It would bring {n} rows; {refused} would be refused.")
        brings = brings.format(n=words.count(n), refused=words.count(len(brought.refused)))
        first = list(brought.refused)[:MOST_REFUSED]
        refused = [saying.reason_in(sight.node, words.language, fault.reason) for fault in first]
    return {
        "said": words.t("It was done before, and would not be done again.") if made.repeated else said,
        "brings": brings,
        "refused": refused,
        "tables": [_table(sight, each) for each in made.touched],
    }


def _table(sight: Sight, each: Touched) -> Mapping[str, Any]:
    fields = _fields(each)
    more = each.n - len(each.rows)
    return {
        "title": sight.words.t(each.table.title),
        "more": sight.words.t("and {n} more").format(n=sight.words.count(more)) if more > 0 else "",
        "grid": Grid(
            headings=[heading(sight, f) for f in fields],
            numeric=[False for _ in fields],
            rows=[[_cell(sight, each.table, f, row) for f in fields] for row in each.rows],
        ),
    }


def _fields(each: Touched) -> list[Field]:
    """The key, and what differs in any of the rows; of rows that only begin or end, the first columns."""
    fields = shown_fields(each.table)
    differ = {n for n in fields for row in each.rows if row.before and row.after and row.before[n] != row.after[n]}
    chosen = [n for n in fields if n in differ or n in each.table.key]
    time = each.table.rule.time if each.table.rule is not None else ""
    return [fields[n] for n in (chosen if differ else list(fields)[:8]) if n != time]


def _cell(sight: Sight, table: Table, field: Field, row: Was) -> str:
    """`before → after` where the two differ; a row that begins says so beside its key."""
    before, after = (cell(sight, field, side) if side is not None else "" for side in (row.before, row.after))
    if row.before is None:
        begins = sight.words.t("begins") if field.name == table.key[0] else ""
        return f"{after} ({begins})" if begins else after
    if row.after is None:
        return before
    return before if before == after else f"{before or '–'} → {after or '–'}"
