"""On what each entity rests, all its records together: who says the same, and where sources differ."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.events import ENTITY_ID, KIND, WORLD, WORLDS
from birlik.domains.cooperation.model.firsts import LIST
from birlik.domains.cooperation.model.fold import Codes, Fold, codes_of, distinct, fold
from birlik.domains.cooperation.model.said import FIRST_ID, ORIGIN, ORIGIN_ID, SAID
from birlik.domains.cooperation.model.tabling import count, table_of
from birlik.domains.cooperation.vocabulary.words import SourceKind
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type

TWO = 2


BACKING = Derived(
    name="cooperation_backing",
    title="On what each entity rests",
    description="Of each entity, all its records together: of how many properties something stands, how many of these "
    "two independent sources say alike, and in how many sources differ.",
    fields=(
        FIRST_ID,
        KIND,
        count("claims_n", "How many claims stand."),
        count("properties_n", "Of how many properties something stands."),
        count("backed_n", "Of how many two publishers say what stands first."),
        count("second_n", "Of how many two publishers say anything, alike or not."),
        count("unread_n", "Of how many nobody has read a source: general knowledge alone."),
        count("compared_n", "Of how many that can have one value only two claims or more stand."),
        count("open_n", "Of how many of these they differ, and nobody has judged between them."),
        count("judged_n", "Of how many they differ, and somebody has."),
        WORLD,
    ),
    key=("first_id",),
    by="first_id",
    sources=(
        Source(
            table=SAID.name,
            columns=(
                "first_id",
                "kind",
                "property",
                "value",
                "order_n",
                "is_many",
                "source_kind",
                "publisher",
                "world",
            ),
            by="first_id",
            in_order=False,
        ),
    ),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: backing(tables[SAID.name]),
)
DISPUTE = Derived(
    name="cooperation_dispute",
    title="Where sources differ",
    description="Each claim that stands of a property in which sources differ though it can have one value only, with "
    "what the others say.",
    fields=(
        SAID.by_name["claim_id"],
        ENTITY_ID,
        KIND,
        SAID.by_name["property"],
        SAID.by_name["value"],
        ORIGIN_ID,
        ORIGIN,
        Field(name="otherwise", type=Type.TEXT, description="What the others say, the one that stands first first."),
        Field(
            name="standing",
            type=Type.TEXT,
            nullable=False,
            codes=("first", "behind", "judged"),
            description="Does it stand first, or behind another; or has somebody judged between them?",
        ),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When this node was told."),
        WORLD,
    ),
    key=("claim_id",),
    by="entity_id",
    sources=(
        Source(
            table=SAID.name,
            columns=(
                "claim_id", "first_id", "kind", "property", "value", "order_n", "is_many", "source_kind", "origin_id",
                "origin", "changed_time", "world",
            ),
            by="first_id",
            in_order=False,
        ),
    ),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: disputes(tables[SAID.name]),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Rows of `SAID` by entity and property."""

    rows: Rows
    ids: Any
    """Of the entities, in order of their codes."""
    folded: Fold
    value: Codes
    of: Codes
    """Of each row, its place among the pairs."""
    can_differ: Any
    """Of each pair, whether it can have one value only."""
    is_judged: Any
    """Of each pair, whether somebody has judged between its values."""

    @classmethod
    def made(cls, rows: Rows) -> "Pairs":
        """Of whole entities."""
        entity, ids = codes_of(rows.column("first_id"))
        prop, _ = codes_of(rows.column("property"))
        value, _ = codes_of(rows.column("value"))
        folded = fold(entity, prop, rows.column("order_n").to_numpy().astype(np.int64), value.take)
        counts = np.diff(np.append(folded.start, len(folded.rows)))
        of = np.empty(len(entity), np.int64)
        of[folded.rows] = np.repeat(np.arange(len(folded.first)), counts)
        many = rows.column("is_many").to_numpy().astype(np.int64)[folded.first]
        judged = np.zeros(len(folded.first), np.bool_)
        kinds, names = codes_of(rows.column("source_kind"))
        code = {name: i for i, name in enumerate(names.to_pylist())}.get(SourceKind.ADJUDICATION.value, -1)
        judged[of[kinds == code]] = True
        return cls(rows, ids, folded, value, of, many == 0, judged)

    @property
    def differs(self) -> Any:
        """Of each pair, whether its values do."""
        return self.can_differ & (self.folded.values_n > 1)

    def by_entity(self, which: Any) -> Codes:
        """How many pairs of each entity are such."""
        return np.bincount(self.folded.entity[which], minlength=len(self.ids)).astype(np.int64)


def backing(rows: Rows) -> Rows:
    """`BACKING` out of rows of `SAID`."""
    if not rows.num_rows:
        return BACKING.schema.empty_table()
    of = Pairs.made(rows)
    n = len(of.folded.first)
    publisher, names = codes_of(rows.column("publisher"))
    is_read = np.array([name is not None for name in names.to_pylist()], np.bool_)[publisher]
    first = of.value == of.value[of.folded.first][of.of]
    claims = np.bincount(of.of, minlength=n)
    entity = of.folded.entity[of.of]
    alike, spoken = (distinct(of.of[which], publisher[which], n) for which in (is_read & first, is_read))
    invented = np.asarray(rows.column("world").to_pylist()) == WORLDS[0]
    made = {
        "first_id": of.ids,
        "kind": rows.column("kind").take(pa.array(_a_row(entity, len(of.ids)))),
        "claims_n": np.bincount(entity, minlength=len(of.ids)),
        "properties_n": of.by_entity(np.ones(n, np.bool_)),
        "backed_n": of.by_entity(alike >= TWO),
        "second_n": of.by_entity(spoken >= TWO),
        "unread_n": of.by_entity(spoken == 0),
        "compared_n": of.by_entity(of.can_differ & (claims >= TWO)),
        "open_n": of.by_entity(of.differs & ~of.is_judged),
        "judged_n": of.by_entity(of.differs & of.is_judged),
        "world": np.where(np.bincount(entity, weights=invented, minlength=len(of.ids)) > 0, *WORLDS),
    }
    return table_of(BACKING, made)


def _a_row(entity: Codes, n: int) -> Codes:
    """Of each entity a row of it."""
    at = np.empty(n, np.int64)
    at[entity] = np.arange(len(entity))
    return at


def disputes(rows: Rows) -> Rows:
    """`DISPUTE` out of rows of `SAID`."""
    if not rows.num_rows:
        return DISPUTE.schema.empty_table()
    of = Pairs.made(rows)
    chosen = of.folded.rows[of.differs[of.of[of.folded.rows]]]
    judged = of.is_judged[of.of[chosen]].tolist()
    by_pair: dict[int, list[tuple[Mapping[str, Any], bool]]] = defaultdict(list)
    for pair, row, is_judged in zip(
        of.of[chosen].tolist(), rows.take(pa.array(chosen)).to_pylist(), judged, strict=True
    ):
        by_pair[pair].append((row, is_judged))
    return pa.Table.from_pylist([made for of_pair in by_pair.values() for made in _told(of_pair)], DISPUTE.schema)


def _told(pair: Sequence[tuple[Mapping[str, Any], bool]]) -> Iterator[Mapping[str, Any]]:
    """The rows of one property of one entity, in the order in which they stand."""
    values = list(dict.fromkeys(row["value"] for row, _ in pair))
    for row, is_judged in pair:
        yield {
            **{name: row[name] for name in DISPUTE.by_name if name in row},
            "entity_id": row["first_id"],
            "otherwise": LIST.join(value for value in values if value != row["value"]),
            "standing": "judged" if is_judged else "first" if row["value"] == values[0] else "behind",
        }
