"""What holds of the versions of a kept table, as SQL: their fold, once a set of views that see the same."""

from collections.abc import Sequence

from birlik.kernel.kept import Kept
from birlik.kernel.store.database import literal, quoted
from birlik.kernel.tables import ENDED, WHOLE, Table

_LOW = 2**63
"""Above every content: an order is one number, the time times this and the content."""
_NO_TIME = -(2**62)


def order_of(rule: Kept, of: str = "") -> str:
    """SQL: a number that is greater for the version that holds. of: what stands before names of columns."""
    at = f'coalesce(epoch_us({of}"{rule.time}"), {_NO_TIME})' if rule.time else f"{of}message_no"
    return f"(({at})::HUGEINT * {_LOW} + coalesce({of}content, 0))"


def content_of(table: Table) -> str:
    """SQL: 63 bits that tell versions of other content apart, on any day and whatever came before."""
    said = ", ".join(f'"{f.name}" := "{f.name}"' for f in table.fields)
    return f"(md5_number_lower(CAST(struct_pack({said}, says := says) AS VARCHAR)) >> 1)::BIGINT"


def key_of(names: Sequence[str], values: Sequence[str] = ()) -> str:
    """SQL: 63 bits of a key. By them a row is found among millions: text would be unpacked to be compared.

    values: SQL of each part; the columns themselves where none are given.
    """
    parts = ", ".join(f"CAST({value} AS VARCHAR)" for value in values or [f'"{name}"' for name in names])
    return f"(md5_number_lower(concat_ws(chr(31), {parts})) >> 1)::BIGINT"


def folded(table: Table, versions: str, atoms: Sequence[int], where: str = "TRUE", *, some: bool = True) -> str:
    """SQL: the rows that hold, with `stored` columns; `views` are those for whom each does.

    versions: a table (not a query) with all versions of some keys. atoms: sets of views of which all members see the
    same of these versions. where: a condition for versions that count. some: there are versions that say some fields
    only; where there are none, whole rows are found by their place, which is four times as fast.
    """
    rule = table.rule
    assert rule is not None
    if not atoms:
        return f"SELECT {_columns(table)} FROM {versions} WHERE FALSE"
    made = _by_field(table, rule, versions, atoms, where) if some else _by_row(table, rule, versions, atoms, where)
    if not rule.rank:
        return f"SELECT {_columns(table, 'bit_or(a)')} FROM ({made}) GROUP BY ALL"
    best = f"row_number() OVER (PARTITION BY {quoted(table.key)}, a ORDER BY {_rank(rule)}, o DESC)"
    return f"SELECT {_columns(table, 'bit_or(a)')} FROM (FROM ({made}) QUALIFY {best} = 1) GROUP BY ALL"


def _columns(table: Table, views: str = "views") -> str:
    names = quoted([f.name for f in table.fields])
    return f"{names}, seq, message_no, {views} AS views, {WHOLE}::BIGINT AS says, content, k"


def _group(table: Table, rule: Kept) -> str:
    return quoted([*table.key, *(name for name in rule.sayers if name not in table.key)])


def _by_row(table: Table, rule: Kept, versions: str, atoms: Sequence[int], where: str) -> str:
    group, order = _group(table, rule), order_of(rule)
    found = " UNION ALL ".join(
        f"SELECT arg_max(rowid, {order}) AS r, {atom}::BIGINT AS a FROM {versions} "
        f"WHERE (views & {atom}) <> 0 AND {where} GROUP BY {group}"
        for atom in atoms
    )
    return (
        f"SELECT v.*, {order} AS o, w.a FROM {versions} v JOIN ({found}) w ON v.rowid = w.r "
        f"WHERE coalesce(says, {WHOLE}) <> {ENDED}"
    )


def _by_field(table: Table, rule: Kept, versions: str, atoms: Sequence[int], where: str) -> str:
    """Of each field the latest version that says it; an end that no later whole version follows ends them all."""
    grouped = {*table.key, *rule.sayers}
    says = f"coalesce(says, {WHOLE})"
    fields = ", ".join(
        f'(arg_max({{"v": "{f.name}"}}, o) FILTER (({says} & {1 << i}) <> 0)).v AS "{f.name}"'
        if f.name not in grouped
        else f'"{f.name}"'
        for i, f in enumerate(table.fields)
    )
    every = ", ".join(f"({atom}::BIGINT)" for atom in atoms)
    seen = (
        f"SELECT v.*, {order_of(rule)} AS o, a FROM {versions} v JOIN (VALUES {every}) AS t(a) "
        f"ON (views & a) <> 0 WHERE {where}"
    )
    made = (
        f"SELECT {fields}, arg_max(seq, o) AS seq, arg_max(message_no, o) AS message_no, "
        f"arg_max(coalesce(content, 0), o) AS content, any_value(k) AS k, "
        f"arg_max({says}, o) FILTER ({says} IN ({WHOLE}, {ENDED})) AS stands, max(o) AS o, a "
        f"FROM ({seen}) GROUP BY {_group(table, rule)}, a"
    )
    return f"FROM ({made}) WHERE stands = {WHOLE}"


def _rank(rule: Kept) -> str:
    places = " ".join(f"WHEN {literal(value)} THEN {i}" for i, value in enumerate(rule.order))
    return f'CASE "{rule.rank}" {places} ELSE {len(rule.order)} END' if places else f'"{rule.rank}"'
