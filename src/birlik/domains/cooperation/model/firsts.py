"""Of entities of one kind, what stands first of some properties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.model.fold import Codes, Fold, codes_of, distinct, fold
from birlik.domains.cooperation.vocabulary.words import Status
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


@dataclass(frozen=True, slots=True, eq=False)
class Firsts:
    """Claims that stand, folded: by entity and property, what stands first and all that is said."""

    rows: Rows
    """The claims."""
    ids: Any
    """Of the entities, in order of their codes."""
    entity: Codes
    source: Codes
    order: Codes
    folded: Fold
    code: Mapping[str, int]
    """Of each property."""

    @classmethod
    def of(cls, live: Rows) -> "Firsts":
        """Of rows of `CLAIM` that stand."""
        entity, ids = codes_of(live.column("entity_id"))
        prop, properties = codes_of(live.column("property"))
        source, _ = codes_of(live.column("source"))
        order = live.column("order_n").to_numpy().astype(np.int64)
        code = {name: i for i, name in enumerate(properties.to_pylist())}
        values = live.column("value")
        folded = fold(entity, prop, order, lambda rows: codes_of(values.take(pa.array(rows)))[0])
        return cls(live, ids, entity, source, order, folded, code)

    @property
    def n(self) -> int:
        """How many entities there are."""
        return len(self.ids)

    def take(self, column: str, at: Any) -> Any:
        """A column of rows by their places; null where a place is masked."""
        return self.rows.column(column).take(pa.array(at, pa.int64(), from_pandas=False)).combine_chunks()

    def pairs(self, name: str) -> Codes:
        """Where the entities stand in `folded` of which a property is said."""
        return np.flatnonzero(self.folded.property == self.code.get(name, -1)).astype(np.int64)

    def first(self, name: str, column: str = "value") -> Any:
        """Of each entity, of the claim that stands first of a property, its value or another column; null where
        nothing is said."""
        pairs, at = self.pairs(name), np.full(self.n, -1, np.int64)
        at[self.folded.entity[pairs]] = self.folded.first[pairs]
        return self.take(column, np.ma.masked_less(at, 0))

    def latest(self) -> Any:
        """When something was said of each last."""
        moments = self.rows.column("changed_time").combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)
        latest = np.zeros(self.n, np.int64)
        np.maximum.at(latest, self.entity, moments)
        return pa.array(latest, pa.int64()).cast(pa.timestamp("us", tz="UTC"))

    def sources_n(self) -> Codes:
        """Out of how many sources each is known."""
        return distinct(self.entity, self.source, self.n)

    def is_invented(self) -> Any:
        """Is any of it simulated?"""
        invented = self.rows.column("is_invented").to_numpy(zero_copy_only=False).astype(np.int64)
        return np.bincount(self.entity, weights=invented, minlength=self.n) > 0


def published(claims: Rows) -> Any:
    """Which claims stand."""
    return pc.equal(claims.column("status"), Status.PUBLISHED.value)


def firsts(claims: Rows, kind: str, single: Sequence[str], several: Sequence[str]) -> tuple[Any, Mapping[str, Any]]:
    """(ids of the entities, by column an Arrow array as long): of `single` properties the value that stands first, of
    `several` all that its source says, in that source's order; with `source` of the name, `sources_n`, `changed_time`
    and `is_invented`."""
    of = Firsts.of(claims.filter(pc.and_(published(claims), pc.equal(claims.column("kind"), kind))))
    made = {name: of.first(name) for name in single}
    made |= {name: _lists(of, name) for name in several}
    made |= {
        "source": of.first("name", "source"),
        "sources_n": pa.array(of.sources_n()),
        "changed_time": of.latest(),
        "is_invented": pa.array(of.is_invented()),
    }
    return of.ids, made


def _lists(of: Firsts, name: str) -> Any:
    """Of each entity, all that the source that stands first says of one property."""
    folded = of.folded
    ends = np.append(folded.start[1:], len(folded.rows))
    lists: list[str | None] = [None] * of.n
    for pair in of.pairs(name).tolist():
        at = folded.rows[folded.start[pair] : ends[pair]]
        lists[int(folded.entity[pair])] = _listed(of, at[of.source[at] == of.source[at[0]]])
    return pa.array(lists, pa.string())


def _listed(of: Firsts, at: Codes) -> str:
    """Values of a list in the order in which their source has them."""
    pairs = zip(of.take("source_place", at).to_pylist(), of.take("value", at).to_pylist(), strict=True)
    return LIST.join(dict.fromkeys(value for _, value in sorted(pairs, key=lambda pair: _place(pair[0]))))


def _place(pointer: str | None) -> tuple[tuple[int, str], ...]:
    """Pointers in the order of their indices: /author/2 before /author/10."""
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in (pointer or "").split("/"))
