"""What holds of the versions of a kept table, as SQL: their fold, once a set of views that see the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from birlik.kernel.kept import Kept
from birlik.kernel.store.database import literal, quoted
from birlik.kernel.store.system import LASTING
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


def folded(
    table: Table,
    versions: str,
    atoms: Sequence[int],
    where: str = "TRUE",
    *,
    some: bool = True,
    carried: Sequence[str] = (),
) -> str:
    """SQL: the rows that hold, with `stored` columns; `views` are those for whom each does. Where rows expire, all that
    hold at any time, with LASTING: `holding` tells which do at one.

    versions: a table (not a query) with all versions of some keys. atoms: sets of views of which all members see the
    same of these versions. where: a condition for versions that count. some: there are versions that say some fields
    only; where there are none, whole rows are found by their place, which is four times as fast. carried: columns of
    the versions that come along, behind all others; only where whole rows hold, for good.
    """
    rule = table.rule
    assert rule is not None
    assert not (carried and (some or rule.expires))
    more = "".join(f', "{name}"' for name in carried)
    if not atoms:
        never = "".join(f', NULL::TIMESTAMPTZ AS "{f.name}"' for f in LASTING) if rule.expires else ""
        return f"SELECT {_columns(table)}{never}{more} FROM {versions} WHERE FALSE"
    if rule.expires:
        return _lasting(table, rule, _by_statement(table, rule, versions, atoms, where))
    made = _by_field(table, rule, versions, atoms, where) if some else _by_row(table, rule, versions, atoms, where)
    if rule.rank:
        best = f"row_number() OVER (PARTITION BY {quoted(table.key)}, a ORDER BY {_rank(rule)}, o DESC)"
        made = f"FROM ({made}) QUALIFY {best} = 1"
    if len(atoms) == 1:  # nothing is there for two
        return f"SELECT {_columns(table, 'a')}{more} FROM ({made})"
    return f"SELECT {_columns(table, 'bit_or(a)')}{more} FROM ({made}) GROUP BY ALL"


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
    made = _said_of(table, rule, _seen(rule, versions, atoms, where), "a")
    return f"FROM ({made}) WHERE stands = {WHOLE}"


def _seen(rule: Kept, versions: str, atoms: Sequence[int], where: str) -> str:
    """Each version once for each set of views that sees it (`a`), with its order (`o`)."""
    every = ", ".join(f"({atom}::BIGINT)" for atom in atoms)
    return (
        f"SELECT v.*, {order_of(rule)} AS o, a FROM {versions} v JOIN (VALUES {every}) AS t(a) "
        f"ON (views & a) <> 0 WHERE {where}"
    )


def _said_of(table: Table, rule: Kept, seen: str, each: str) -> str:
    """Of each key, sayer and `each` the latest that is said of each field, and whether it stands."""
    grouped = {*table.key, *rule.sayers}
    says = f"coalesce(says, {WHOLE})"
    fields = ", ".join(
        f'(arg_max({{"v": "{f.name}"}}, o) FILTER (({says} & {1 << i}) <> 0)).v AS "{f.name}"'
        if f.name not in grouped
        else f'"{f.name}"'
        for i, f in enumerate(table.fields)
    )
    return (
        f"SELECT {fields}, arg_max(seq, o) AS seq, arg_max(message_no, o) AS message_no, "
        f"arg_max(coalesce(content, 0), o) AS content, any_value(k) AS k, "
        f"arg_max({says}, o) FILTER ({says} IN ({WHOLE}, {ENDED})) AS stands, max(o) AS o, {each} "
        f"FROM ({seen}) GROUP BY {_group(table, rule)}, {each}"
    )


_EVER, _NEVER = "TIMESTAMPTZ '-infinity'", "TIMESTAMPTZ 'infinity'"


def _by_statement(table: Table, rule: Kept, versions: str, atoms: Sequence[int], where: str) -> str:
    """Each statement that holds at any time, from `f` to `u`: a whole version and the parts that follow it.

    It holds until it ends, and from when all that was said after it has.
    """
    group, says = f"{_group(table, rule)}, a", f"coalesce(says, {WHOLE})"
    begun = f"count(*) FILTER ({says} IN ({WHOLE}, {ENDED})) OVER (PARTITION BY {group} ORDER BY o)"
    numbered = f"SELECT *, {begun} AS g FROM ({_seen(rule, versions, atoms, where)})"
    made = _said_of(table, rule, numbered, "a, g")
    ends = [f'coalesce("{rule.until}", {_NEVER})'] if rule.until else []
    if rule.lasts is not None:
        micros = rule.lasts // timedelta(microseconds=1)
        ends.append(f'coalesce("{rule.time}" + to_microseconds({micros}), {_NEVER})')
    ended = f"CASE WHEN stands = {WHOLE} THEN least({', '.join(ends)}) ELSE {_NEVER} END"
    later = "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
    return (
        f"FROM (SELECT *, coalesce(max(u) OVER (PARTITION BY {group} ORDER BY g {later}), {_EVER}) AS f "
        f"FROM (SELECT *, {ended} AS u FROM ({made}))) WHERE stands = {WHOLE} AND u > f"
    )


def _lasting(table: Table, rule: Kept, made: str) -> str:
    """With LASTING. Of several sayers with a rank, each as long as no better one holds."""
    if rule.rank:
        made = _best(table, rule, made)
    began, ended = (f"nullif({at}, {when})" for at, when in (("f", _EVER), ("u", _NEVER)))
    lasting = f'{began} AS "{LASTING[0].name}", {ended} AS "{LASTING[1].name}"'
    return f"SELECT {_columns(table, 'bit_or(a)')}, {lasting} FROM ({made}) GROUP BY ALL"


def _best(table: Table, rule: Kept, made: str) -> str:
    """Of what several sayers say at one time the best: time is parted where any of it begins or ends."""
    names = quoted(table.key)
    whole = f"PARTITION BY {names}, a ORDER BY s"
    same = " AND ".join(f'd."{name}" = e."{name}"' for name in (*table.key, "a"))
    each = ", ".join(f'd."{name}"' for name in (*table.key, "a"))
    best = f"PARTITION BY {each}, s ORDER BY {_rank(rule)}, o DESC"
    return (
        f"WITH said AS (SELECT *, row_number() OVER () AS n FROM ({made})), "
        f"edges AS (SELECT DISTINCT {names}, a, unnest([f, u]) AS s FROM said), "
        f"spans AS (SELECT *, lead(s) OVER ({whole}) AS t FROM edges), "
        f"held AS (SELECT d.* EXCLUDE (f, u), s, t FROM said d JOIN spans e ON {same} AND d.f <= s AND d.u >= t "
        f"QUALIFY row_number() OVER ({best}) = 1), "
        # What one sayer says through several of these parts holds once.
        f"anew AS (SELECT *, lag(n) OVER ({whole}) IS DISTINCT FROM n AS b FROM held), "
        f"runs AS (SELECT * EXCLUDE (b), count(*) FILTER (b) OVER ({whole}) AS run FROM anew) "
        "SELECT * EXCLUDE (s, t, run), min(s) AS f, max(t) AS u FROM runs GROUP BY ALL"
    )


def moment_of(at: datetime) -> str:
    """A moment as SQL has it, where no parameter can stand."""
    return f"TIMESTAMPTZ '{at.astimezone(UTC).isoformat()}'"


def lapses(table: Table) -> bool:
    """Is it a kept table whose rows expire?"""
    return table.rule is not None and table.rule.expires


def holding(table: Table, at: datetime) -> str:
    """SQL: does a row of what holds at any time hold at this one?"""
    if not lapses(table):
        return "TRUE"
    begin, end = (f'"{f.name}"' for f in LASTING)
    return f"(coalesce({begin} <= {moment_of(at)}, TRUE) AND coalesce({end} > {moment_of(at)}, TRUE))"


def _rank(rule: Kept) -> str:
    places = " ".join(f"WHEN {literal(value)} THEN {i}" for i, value in enumerate(rule.order))
    return f'CASE "{rule.rank}" {places} ELSE {len(rule.order)} END' if places else f'"{rule.rank}"'
