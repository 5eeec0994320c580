"""Records of one delivery as Arrow rows, a few thousand at a time: never all of them as Python objects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.vocabulary.words import Check, SourceKind, Status, is_many, order_of, tie_of
from birlik.domains.cooperation.wire.form import Form, Statement, claim_id
from birlik.kernel.domain import Rows

CHUNK = 20_000
"""So many claims lie in Python before they become Arrow."""
VARYING = ("claim_id", "entity_id", "property", "value", "lang", "source", "source_place", "said", "order_n", "is_many")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """One record that is right."""

    record_id: str
    entity_id: str
    version: str
    document: str
    """JSON as it came."""
    source: str
    """Where it can be read, or the message that it came in."""
    said: str
    """When it was written."""
    statements: Sequence[Statement]


@dataclass
class Batch:
    """Fills while a file is read."""

    form: Form
    received: datetime
    sender: str
    head: str | None
    """JSON of what the file says of itself."""
    sent_under: str
    is_invented: bool = False
    """It is of a simulated world."""
    at: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By record: where its claims begin and end."""
    _claims: list[Any] = field(default_factory=list)
    _records: list[Any] = field(default_factory=list)
    _lines: list[tuple[Any, ...]] = field(default_factory=list)
    _taken: list[tuple[Any, ...]] = field(default_factory=list)
    _n: int = 0

    def add(self, taken: Taken) -> None:
        """One record more."""
        # All claims of a record are of one day and one kind of source: what differs is the tie.
        alike = order_of(SourceKind.PRIMARY, Check.ATTESTED, taken.said, "") - tie_of("")
        for said in taken.statements:
            name = claim_id(taken.record_id, said)
            self._lines.append(
                (
                    name,
                    taken.entity_id,
                    said.property,
                    said.value,
                    said.lang or None,
                    taken.source,
                    said.pointer or None,
                    taken.said or None,
                    alike + tie_of(name),
                    is_many(said.property),
                )
            )
        self.at[taken.record_id] = (self._n, self._n + len(taken.statements))
        self._n += len(taken.statements)
        self._taken.append((taken.record_id, taken.entity_id, taken.version or None, taken.document))
        if len(self._lines) >= CHUNK or len(self._taken) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self._lines:
            columns = dict(zip(VARYING, zip(*self._lines, strict=True), strict=True))
            usual: dict[str, Any] = {
                "kind": self.form.kind.value,
                "source_kind": SourceKind.PRIMARY.value,
                "check": Check.ATTESTED.value,
                "basis": "reported",
                "is_invented": self.is_invented,
                "status": Status.PUBLISHED.value,
                "changed_time": self.received,
            }
            self._claims.append(_chunk(CLAIM.schema, columns, usual, len(self._lines)))
        if self._taken:
            names = ("record_id", "entity_id", "version", "document")
            columns = dict(zip(names, zip(*self._taken, strict=True), strict=True))
            usual = {
                "form": self.form.name,
                "head": self.head,
                "source": self.sender,
                "sent_under": self.sent_under,
                "changed_time": self.received,
            }
            self._records.append(_chunk(RECORD.schema, columns, usual, len(self._taken)))
        self._lines.clear()
        self._taken.clear()

    def tables(self) -> tuple[Rows, Rows]:
        """(claims, records)."""
        self._flush()
        return (
            pa.Table.from_batches(self._claims, schema=CLAIM.schema),
            pa.Table.from_batches(self._records, schema=RECORD.schema),
        )


def _chunk(schema: Any, columns: dict[str, Any], usual: dict[str, Any], n: int) -> Any:
    """Rows of which some columns vary, some are the same in all, and the others are empty."""
    made = []
    for each in schema:
        if each.name in columns:
            made.append(pa.array(columns[each.name], each.type))
        elif usual.get(each.name) is not None:
            made.append(pa.repeat(pa.scalar(usual[each.name], each.type), n))
        else:
            made.append(pa.nulls(n, each.type))
    return pa.RecordBatch.from_arrays(made, schema=schema)
