"""What stands of whom, and on what it rests: each claim that stands, with its source by one address and the entity that
its record is of."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM, ENTITY_ID, KIND, RECORD, WORLD, WORLDS
from birlik.domains.cooperation.model.firsts import published
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.model.tabling import table_of
from birlik.domains.cooperation.vocabulary.origins import MESSAGE, origin_id, origin_of, publisher_of
from birlik.domains.cooperation.vocabulary.words import NOT_READ, SourceKind
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type

TAKEN = ("property", "value", "source_kind", "check", "said", "order_n", "is_many")
"""Columns of `CLAIM` that stand here as they are."""
FIRST_ID = Field(name="first_id", type=Type.TEXT, nullable=False, description="The entity that its record is of.")
ORIGIN_ID = Field(name="origin_id", type=Type.TEXT, nullable=False, description="The source.")
ORIGIN = Field(
    name="origin", type=Type.TEXT, nullable=False, description="Where it is said: one address, however it was written."
)
SAID = Derived(
    name="cooperation_said",
    title="What stands, and where it is said",
    description="Each claim that stands, with its source by one address, who publishes there, and the entity that its "
    "record is of.",
    fields=(
        CLAIM.by_name["claim_id"],
        ENTITY_ID,
        FIRST_ID,
        KIND,
        *(CLAIM.by_name[name] for name in TAKEN),
        ORIGIN_ID,
        ORIGIN,
        Field(
            name="publisher",
            type=Type.TEXT,
            description="Who stands behind the source: the domain of its address, of a file its sender; empty for "
            "general knowledge, what nobody read in its source, and who judges between sources.",
        ),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When this node was told."),
        WORLD,
    ),
    key=("claim_id",),
    by="entity_id",
    sources=(
        Source(
            table=CLAIM.name,
            columns=("claim_id", "entity_id", "kind", *TAKEN, "source", "status", "is_invented", "changed_time"),
            by="entity_id",
            in_order=False,
        ),
        Source(table=IDENTITY.name, columns=("entity_id", "first_id"), by="entity_id"),
        Source(table=RECORD.name, columns=("entity_id", "source"), by="entity_id", in_order=False),
    ),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: said(tables[CLAIM.name], tables[IDENTITY.name], tables[RECORD.name]),
)


def said(claims: Rows, identities: Rows, records: Rows) -> Rows:
    """`SAID` out of rows of `CLAIM`, `IDENTITY` and `RECORD`."""
    live = claims.filter(published(claims))
    ids = live.column("entity_id").combine_chunks()
    first = identities.column("first_id").combine_chunks().take(_at(ids, identities))
    sender = records.column("source").combine_chunks().take(_at(ids, records))
    names, codes = _distinct(live.column("source"))
    origins = [origin_of(name) for name in names]
    read = pc.and_(
        pc.invert(pc.is_in(live.column("check"), pa.array([check.value for check in NOT_READ]))),
        pc.not_equal(live.column("source_kind"), SourceKind.ADJUDICATION.value),
    ).combine_chunks()
    publisher = pa.array([publisher_of(o) for o in origins], pa.string())
    is_file = pa.array([o.startswith(MESSAGE) for o in origins], pa.bool_()).take(codes)
    told = pc.if_else(is_file, pc.fill_null(sender, MESSAGE), publisher.take(codes))
    made = {
        **{name: live.column(name) for name in ("claim_id", "kind", *TAKEN, "changed_time")},
        "entity_id": ids,
        "first_id": pc.coalesce(first, ids),
        "origin": pa.array(origins, pa.string()).take(codes),
        "origin_id": pa.array([origin_id(o) for o in origins], pa.string()).take(codes),
        "publisher": pc.if_else(read, told, pa.scalar(None, pa.string())),
        "world": pc.if_else(live.column("is_invented"), *WORLDS),
    }
    return table_of(SAID, made)


def _at(ids: Any, rows: Rows) -> Any:
    """Of each id the place of its row, null where it has none."""
    return pc.index_in(ids, value_set=rows.column("entity_id").combine_chunks())


def _distinct(column: Any) -> tuple[Sequence[str], Any]:
    """(the values, each once; of each row the place of its own)."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices
