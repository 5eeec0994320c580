"""A sheet of claims, taken: each line held against the vocabulary, what was sent before compared.

All lines of one id are one record, which stays as it came; a line that is sent again is the same claim.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, RECORD, SAID
from birlik.domains.cooperation.intake.again import with_changes
from birlik.domains.cooperation.intake.taking import digest_of
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.consent import is_person
from birlik.domains.cooperation.vocabulary.words import INVENTED, Kind, Status
from birlik.domains.cooperation.wire.claims_sheet import Line, lines, statement
from birlik.domains.cooperation.wire.form import named
from birlik.domains.cooperation.wire.pointers import escaped
from birlik.errors import BadRequest, DeliveryError, Malformed
from birlik.kernel.changes import Change, Says
from birlik.kernel.intake import Asks, Decoded, Delivery, Lookup
from birlik.said import Said

FORM = "sheet"
GONE = "the sheet says it no more"
NAMING = ("property", "value", "lang", "source", "coder")
"""What makes a statement of one subject the same statement."""
CODED = tuple(f for f in SAID if f.codes)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a sheet brings: claims and records by their ids."""

    claims: Mapping[str, Mapping[str, Any]]
    records: Mapping[str, Mapping[str, Any]]
    sent_under: str


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Raises Malformed where the whole is no sheet of claims."""
    refused: list[DeliveryError] = []
    claims: dict[str, Mapping[str, Any]] = {}
    said: dict[str, dict[str, Any]] = {}
    entities: dict[str, str] = {}
    for told, row in _right(delivery, refused):
        record_id = f"{FORM}:{delivery.source_id}:{told['kind']}:{told['id']}"
        name = named(record_id, *(str(told.get(each) or "") for each in NAMING))
        claims.setdefault(name, claim_of(name, row) | {"changed_time": delivery.received_time})
        said.setdefault(record_id, {}).setdefault(name, told)
        entities[record_id] = row["entity_id"]
    under = digest_of(delivery.labels)
    records = {
        record_id: {
            "record_id": record_id,
            "entity_id": entities[record_id],
            "form": FORM,
            "document": orjson.dumps(document).decode(),
            "sent_under": under,
            "source": delivery.source_id,
            "changed_time": delivery.received_time,
        }
        for record_id, document in said.items()
    }
    sent = Sent(claims=claims, records=records, sent_under=under)
    again = partial(_against, sent, tuple(refused))
    asks = Asks(table=RECORD.name, column="record_id", values=tuple(records), again=again) if records else None
    return Decoded(rows=_rows(sent, claims, ()), refused=refused, asks=asks)


def _right(delivery: Delivery, refused: list[DeliveryError]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(cells, claim) of each line that may be taken; the others are refused alone, whole persons of whom
    the sheet names no office with them. Raises Malformed where the whole is no sheet of claims."""
    told: list[tuple[Line, Mapping[str, Any], Mapping[str, Any]]] = []
    for line in lines(delivery.body):
        try:
            cells = statement(line)
            told.append((line, cells, _claim(line, cells, delivery)))
        except Malformed as error:
            error.raw = error.raw or orjson.dumps(line.text)
            refused.append(error)
    in_office = {row["entity_id"] for *_, row in told if row["property"] == "office"}
    for line, each, row in told:
        if not is_person(row["entity_id"]) or row["entity_id"] in in_office:
            yield each, row
            continue
        said = Said(
            "{name} is a person of whom this sheet names no public office: add a line with the property office and its "
            "source. Who holds none presents themself, by cooperation_present",
            name=repr(each["id"]),
        )
        refused.append(Malformed(said, raw=orjson.dumps(line.text), where=line.at("id")))


def _claim(line: Line, told: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
    """Raises Malformed with the column that is wrong."""
    if told["kind"] not in tuple(Kind):
        raise _no_code(line, "kind", told["kind"], tuple(Kind))
    for field in CODED:
        if told.get(field.name) is not None and told[field.name] not in field.codes:
            raise _no_code(line, field.name, told[field.name], field.codes)
    entity_id = f"{told['kind']}:{escaped(delivery.source_id)}:{escaped(str(told['id']))}"
    try:
        return checked({**told, "entity_id": f"{INVENTED}{entity_id}" if delivery.is_simulated else entity_id})
    except BadRequest as error:
        raise Malformed(error.args[0], where=line.at(error.parameter or "")) from None


def _no_code(line: Line, column: str, value: Any, codes: Sequence[str]) -> Malformed:
    said = Said("{value} is none of {codes}", value=repr(value), codes=", ".join(codes))
    return Malformed(said, where=line.at(column))


def _against(sent: Sent, refused: Sequence[DeliveryError], found: Sequence[Mapping[str, Any]]) -> Decoded:
    """What is new of it. found: the rows of these records as they stand.

    What was said before and is said still stays as it is, with what people said of it.
    """
    claims, changes = dict(sent.claims), list[Change]()
    for row in found:
        now = orjson.loads(sent.records[row["record_id"]]["document"])
        for name in orjson.loads(row["document"]):
            if name not in now:
                changes.append(_ended(name, sent.records[row["record_id"]]["changed_time"]))
                continue
            same = claims.pop(name)
            if row["sent_under"] != sent.sent_under:
                changes.append(Change(CLAIM.name, {n: v for n, v in same.items() if n != "status"}, Says.PART))
    return Decoded(rows=_rows(sent, claims, changes), refused=refused)


def _ended(name: str, moment: Any) -> Change:
    row = {"claim_id": name, "status": Status.WITHDRAWN.value, "reason": GONE, "changed_time": moment}
    return Change(CLAIM.name, row, Says.PART)


def _rows(sent: Sent, claims: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    made = pa.Table.from_pylist(list(claims.values()), schema=CLAIM.schema)
    records = pa.Table.from_pylist(list(sent.records.values()), schema=RECORD.schema)
    return {CLAIM.name: with_changes(made, changes), RECORD.name: records}
