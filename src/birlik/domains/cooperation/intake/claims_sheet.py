"""A sheet of claims, taken: each line held against the vocabulary, what was sent before compared.

All lines of one id are one record, which stays as it came; a line that is sent again is the same claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, RECORD, SAID
from birlik.domains.cooperation.intake.again import with_changes
from birlik.domains.cooperation.intake.profiled import profile_of
from birlik.domains.cooperation.intake.taking import digest_of
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.consent import is_person
from birlik.domains.cooperation.vocabulary.words import INVENTED, Kind, Status
from birlik.domains.cooperation.wire.claims_sheet import Line, fault, first_days, lines, statement
from birlik.domains.cooperation.wire.form import named
from birlik.domains.cooperation.wire.pointers import escaped
from birlik.domains.cooperation.wire.profiles import CLAIMS, read_sheet
from birlik.errors import BadRequest, DeliveryError, Malformed
from birlik.kernel.changes import Change, Says
from birlik.kernel.intake import Asks, Decoded, Delivery, Lookup
from birlik.said import Said
from birlik.standards.sheets.text import TextTable

FORM = "sheet"
GONE = "the sheet says it no more"
NAMING = ("property", "value", "lang", "source", "coder")
"""What makes a statement of one subject the same statement."""
CODED = tuple(f for f in SAID if f.codes)
CHUNK = 5_000
"""So many claims lie in Python before they become Arrow."""


@dataclass(slots=True)
class _Record:
    """All that a sheet says under one id."""

    entity_id: str
    at: dict[str, int] = field(default_factory=dict)
    """By claim its place among those of the sheet."""
    pieces: list[bytes] = field(default_factory=list)

    def document(self) -> str:
        return (b"{" + b",".join(self.pieces) + b"}").decode()


@dataclass
class _Batch:
    """Fills line by line."""

    delivery: Delivery
    sent_under: str
    records: dict[str, _Record] = field(default_factory=dict)
    _n: int = 0
    _some: list[dict[str, Any]] = field(default_factory=list)
    _done: list[Any] = field(default_factory=list)

    def add(self, told: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        record_id = f"{FORM}:{self.delivery.source_id}:{told['kind']}:{told['id']}"
        record = self.records.setdefault(record_id, _Record(row["entity_id"]))
        name = named(record_id, *(str(told.get(each) or "") for each in NAMING))
        if name in record.at:
            return
        record.at[name] = self._n
        record.pieces.append(orjson.dumps(name) + b":" + orjson.dumps(told))
        self._some.append(claim_of(name, row) | {"changed_time": self.delivery.received_time})
        self._n += 1
        if len(self._some) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._done.append(pa.Table.from_pylist(self._some, schema=CLAIM.schema))
        self._some.clear()

    def claims(self) -> Any:
        self._flush()
        return pa.concat_tables(self._done)

    def rows_of_records(self) -> Any:
        usual = {
            "form": FORM,
            "sent_under": self.sent_under,
            "source": self.delivery.source_id,
            "changed_time": self.delivery.received_time,
        }
        made = [
            {"record_id": record_id, "entity_id": record.entity_id, "document": record.document(), **usual}
            for record_id, record in self.records.items()
        ]
        return pa.Table.from_pylist(made, schema=RECORD.schema)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a sheet brings."""

    claims: Any
    records: Any
    at: Mapping[str, Mapping[str, int]]
    """By record, of each of its claims the place among `claims`."""
    sent_under: str


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Raises Malformed where the whole is no sheet of claims."""
    profile = profile_of(CLAIMS, delivery)
    table = read_sheet(delivery.body, profile)
    refused: list[DeliveryError] = list(table.refused)
    batch = _Batch(delivery, digest_of(delivery.labels))
    people: list[tuple[Line, Mapping[str, Any], Mapping[str, Any]]] = []
    for line in lines(table, profile):
        try:
            told = statement(line, table, profile)
            row = _claim(line, told, table, delivery)
        except Malformed as error:
            refused.append(error)
            continue
        if is_person(row["entity_id"]):
            people.append((line, told, row))
        else:
            batch.add(told, row)
    in_office = {row["entity_id"] for *_, row in people if row["property"] == "office"}
    for line, cells, claim in people:
        if claim["entity_id"] in in_office:
            batch.add(cells, claim)
        else:
            refused.append(fault(line, table, _no_office(cells), "id"))
    sent = Sent(
        claims=batch.claims(),
        records=batch.rows_of_records(),
        at={record_id: record.at for record_id, record in batch.records.items()},
        sent_under=batch.sent_under,
    )
    notices = (*table.notices, *_firsts(table))
    again = partial(_against, sent, tuple(refused), notices)
    asks = Asks(table=RECORD.name, column="record_id", values=tuple(sent.at), again=again) if sent.at else None
    return Decoded(rows=_rows(sent, sent.claims, ()), refused=refused, notices=notices, asks=asks)


def _no_office(told: Mapping[str, Any]) -> str:
    return Said(
        "{name} is a person of whom this sheet names no public office: add a line with the property office and its "
        "source. Who holds none presents themself, by cooperation_present",
        name=repr(told["id"]),
    )


def _firsts(table: TextTable) -> tuple[str, ...]:
    found = list(first_days(table))
    if not found:
        return ()
    said = Said(
        "{n} dates are shown as the first of a month, the first of them in {cell}: where a month is meant, format the "
        "column as text and write 2026-05",
        n=len(found),
        cell=table.where(*found[0]).pointer,
    )
    return (said,)


def _claim(line: Line, told: Mapping[str, Any], table: TextTable, delivery: Delivery) -> dict[str, Any]:
    """Raises Malformed with the column that is wrong."""
    if told["kind"] not in tuple(Kind):
        raise _no_code(line, table, "kind", told["kind"], tuple(Kind))
    for each in CODED:
        if told.get(each.name) is not None and told[each.name] not in each.codes:
            raise _no_code(line, table, each.name, told[each.name], each.codes)
    entity_id = f"{told['kind']}:{escaped(delivery.source_id)}:{escaped(str(told['id']))}"
    try:
        return checked({**told, "entity_id": f"{INVENTED}{entity_id}" if delivery.is_simulated else entity_id})
    except BadRequest as error:
        raise fault(line, table, error.args[0], error.parameter or "") from None


def _no_code(line: Line, table: TextTable, column: str, value: Any, codes: Sequence[str]) -> Malformed:
    return fault(line, table, Said("{value} is none of {codes}", value=repr(value), codes=", ".join(codes)), column)


def _against(
    sent: Sent, refused: Sequence[DeliveryError], notices: Sequence[str], found: Sequence[Mapping[str, Any]]
) -> Decoded:
    """What is new of it. found: the rows of these records as they stand.

    What was said before and is said still stays as it is, with what people said of it.
    """
    keeps = np.ones(sent.claims.num_rows, np.bool_)
    changes: list[Change] = []
    moment = sent.records.column("changed_time")[0].as_py()
    for row in found:
        now = sent.at[row["record_id"]]
        for name in orjson.loads(row["document"]):
            if name not in now:
                changes.append(_ended(name, moment))
                continue
            keeps[now[name]] = False
            if row["sent_under"] != sent.sent_under:
                same = sent.claims.slice(now[name], 1).to_pylist()[0]
                changes.append(Change(CLAIM.name, {n: v for n, v in same.items() if n != "status"}, Says.PART))
    return Decoded(rows=_rows(sent, sent.claims.filter(pa.array(keeps)), changes), refused=refused, notices=notices)


def _ended(name: str, moment: Any) -> Change:
    row = {"claim_id": name, "status": Status.WITHDRAWN.value, "reason": GONE, "changed_time": moment}
    return Change(CLAIM.name, row, Says.PART)


def _rows(sent: Sent, claims: Any, changes: Sequence[Change]) -> dict[str, Any]:
    return {CLAIM.name: with_changes(claims, changes), RECORD.name: sent.records}
