"""Of entities of one kind, what stands first of some properties."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.model.fold import codes_of, distinct, fold
from birlik.kernel.domain import Rows, Source

READ = Source(
    table=CLAIM.name,
    columns=(
        "entity_id",
        "kind",
        "property",
        "value",
        "lang",
        "source",
        "source_place",
        "order_n",
        "status",
        "is_invented",
        "changed_time",
    ),
    by="entity_id",
    in_order=False,
)
LIST = " · "
"""Between values of which several hold."""


def firsts(claims: Rows, kind: str, single: Sequence[str], several: Sequence[str]) -> tuple[Any, Mapping[str, Any]]:
    """(ids of the entities, by column an Arrow array as long): of `single` properties the value that stands first, of
    `several` all that its source says, in that source's order; with `source` of the name, `sources_n`, `changed_time`
    and `is_invented`."""
    live = claims.filter(pc.and_(pc.equal(claims.column("status"), "published"), pc.equal(claims.column("kind"), kind)))
    entity, ids = codes_of(live.column("entity_id"))
    prop, properties = codes_of(live.column("property"))
    value, _ = codes_of(live.column("value"))
    source, _ = codes_of(live.column("source"))
    order = live.column("order_n").to_numpy().astype(np.int64)
    folded = fold(entity, prop, order, value)
    code = {name: i for i, name in enumerate(properties.to_pylist())}
    n = len(ids)

    def rows_of(name: str) -> Any:
        at = np.full(n, -1, np.int64)
        chosen = folded.property == code.get(name, -1)
        at[folded.entity[chosen]] = folded.first[chosen]
        return pa.array(np.ma.masked_less(at, 0), pa.int64())

    made = {name: _taken(live, "value", rows_of(name)) for name in single}
    made["source"] = _taken(live, "source", rows_of("name"))
    ends = np.append(folded.start[1:], len(folded.rows))
    for name in several:
        lists: list[str | None] = [None] * n
        for pair in np.flatnonzero(folded.property == code.get(name, -1)).tolist():
            at = folded.rows[folded.start[pair] : ends[pair]]
            lists[int(folded.entity[pair])] = _listed(live, at[source[at] == source[at[0]]])
        made[name] = pa.array(lists, pa.string())
    moments = live.column("changed_time").combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)
    latest = np.zeros(n, np.int64)
    np.maximum.at(latest, entity, moments)
    invented = live.column("is_invented").to_numpy(zero_copy_only=False).astype(np.int64)
    made |= {
        "sources_n": pa.array(distinct(entity, source, n)),
        "changed_time": pa.array(latest, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        "is_invented": pa.array(np.bincount(entity, weights=invented, minlength=n) > 0),
    }
    return ids, made


def _taken(rows: Rows, column: str, at: Any) -> Any:
    return rows.column(column).take(at).combine_chunks()


def _listed(rows: Rows, at: Any) -> str:
    """Values of a list in the order in which their source has them."""
    taken = pa.array(at, pa.int64())
    pairs = zip(_taken(rows, "source_place", taken).to_pylist(), _taken(rows, "value", taken).to_pylist(), strict=True)
    return LIST.join(dict.fromkeys(value for _, value in sorted(pairs, key=lambda pair: _place(pair[0]))))


def _place(pointer: str | None) -> tuple[tuple[int, str], ...]:
    """Pointers in the order of their indices: /author/2 before /author/10."""
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in (pointer or "").split("/"))
