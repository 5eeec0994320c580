"""Trade and code lists, as stewards load them: held against the code lists that are loaded, if they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pyarrow as pa

from birlik.domains.cooperation.intake.loading import Load, decoded
from birlik.domains.cooperation.intake.profiled import profile_of
from birlik.domains.cooperation.intake.taking import digest_of
from birlik.domains.cooperation.model.loaded import CODE, TRADE
from birlik.domains.cooperation.vocabulary.trade import HS, nearest_code
from birlik.domains.cooperation.wire.profiles import CODES, read_sheet
from birlik.domains.cooperation.wire.profiles import TRADE as TRADED
from birlik.domains.cooperation.wire.trade_sheet import Row, refused, rows
from birlik.errors import DeliveryError, Malformed, Where
from birlik.kernel.domain import Table
from birlik.kernel.intake import Asks, Decoded, Delivery, Lookup
from birlik.said import Said
from birlik.standards.sheets.text import TextTable, cell_at

CHUNK = 20_000
"""So many rows lie in Python before they become Arrow."""


@dataclass(kw_only=True)
class _Batch:
    """Fills line by line."""

    kind: str
    table: Table
    sheet: TextTable
    delivery: Delivery
    faults: list[DeliveryError]
    at: dict[str, dict[str, int]] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    says: list[Any] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    _some: list[dict[str, Any]] = field(default_factory=list)
    _done: list[Any] = field(default_factory=list)

    def add(self, row: Row) -> None:
        part_id, key, says = _PARTS[self.kind](row.values)
        known = self.at.setdefault(part_id, {})
        if key in known:
            line = int(self.sheet.line[self.lines[known[key]]])
            said = Said("the same stands in line {line}: the first of them is taken", line=line)
            self.faults.append(refused(self.sheet, row.at, "", said))
            return
        part = self.parts.setdefault(part_id, self._part(part_id, row.values))
        for name in ("dataset", "vintage"):
            if part[name] != row.values[name]:
                said = Said(
                    "{value}, and above it {other}: one file is of one", value=row.values[name], other=part[name]
                )
                self.faults.append(refused(self.sheet, row.at, name, said))
                return
        known[key] = len(self.says)
        self.says.append(says)
        self.lines.append(row.at)
        part["rows_n"] += 1
        if part["value_usd"] is not None:
            part["value_usd"] += row.values["value_usd"]
        self._some.append({**row.values, "part_id": part_id, "changed_time": self.delivery.received_time})
        if len(self._some) >= CHUNK:
            self._flush()

    def _part(self, part_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        is_trade = self.kind == TRADED
        title = "{exporter_iso3} {year}" if is_trade else "{scheme} {edition}"
        return {
            "part_id": part_id,
            "what": self.kind,
            "title": title.format(**values),
            "hs_edition": values.get("hs_edition"),
            "dataset": values["dataset"],
            "vintage": values["vintage"],
            "rows_n": 0,
            "value_usd": 0.0 if is_trade else None,
            "held": None,
            "sent_under": digest_of(self.delivery.labels),
            "loaded_by": self.delivery.source_id,
            "changed_time": self.delivery.received_time,
        }

    def _flush(self) -> None:
        self._done.append(pa.Table.from_pylist(self._some, schema=self.table.schema))
        self._some.clear()

    def load(self) -> Load:
        self._flush()
        return Load(
            table=self.table,
            rows=pa.concat_tables(self._done),
            parts={p: part for p, part in self.parts.items() if self.at[p]},
            at={p: keys for p, keys in self.at.items() if keys},
            says=self.says,
            key=_KEYS[self.kind],
        )


def _trade_part(values: Mapping[str, Any]) -> tuple[str, str, Any]:
    part_id = "trade:{dataset}:{hs_edition}:{year}:{exporter_iso3}".format(**values)
    return part_id, f"{values['importer_iso3']}:{values['hs_code']}", values["value_usd"]


def _code_part(values: Mapping[str, Any]) -> tuple[str, str, Any]:
    return f"codes:{values['scheme']}:{values['edition']}", f"{values['lang']}:{values['code']}", values["title"]


def _trade_key(part_id: str, key: str) -> dict[str, Any]:
    importer, _, code = key.partition(":")
    return {"part_id": part_id, "importer_iso3": importer, "hs_code": code}


def _code_key(part_id: str, key: str) -> dict[str, Any]:
    lang, _, code = key.partition(":")
    return {"part_id": part_id, "lang": lang, "code": code}


_PARTS = {TRADED: _trade_part, CODES: _code_part}
_KEYS = {TRADED: _trade_key, CODES: _code_key}
_TABLES = {TRADED: TRADE, CODES: CODE}


def _batch(kind: str, delivery: Delivery) -> tuple[_Batch, TextTable]:
    profile = profile_of(kind, delivery)
    sheet = read_sheet(delivery.body, profile)
    batch = _Batch(kind=kind, table=_TABLES[kind], sheet=sheet, delivery=delivery, faults=list(sheet.refused))
    for row in rows(sheet, profile, delivery.received_time.year):
        if isinstance(row, Malformed):
            batch.faults.append(row)
        else:
            batch.add(row)
    return batch, sheet


def codes(delivery: Delivery, lookup: Lookup) -> Decoded:
    """A code list. Raises Malformed where the whole is none."""
    batch, sheet = _batch(CODES, delivery)
    return decoded(batch.load(), batch.faults, sheet.notices)


def trade(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Trade. Raises Malformed where the whole is none."""
    batch, sheet = _batch(TRADED, delivery)
    load = batch.load()
    editions = sorted({part["hs_edition"] for part in load.parts.values()})
    lists = tuple(f"codes:{HS}:{edition}" for edition in editions)
    again = partial(_held, load, _places(sheet, batch), tuple(batch.faults), tuple(sheet.notices))
    first = decoded(load, batch.faults, sheet.notices)
    asks = Asks(table=CODE.name, column="part_id", values=lists, again=again, none_too=True) if lists else None
    return replace(first, asks=asks)


@dataclass(frozen=True)
class _Places:
    """Where each row of a load stood, without the sheet itself: it is kept until the commit."""

    lines: Any
    """Of each row its line."""
    first: Where
    """Where the code of the first row stands."""

    def refused(self, row: int, code: str, reason: str) -> Malformed:
        line, column = int(self.lines[row]), self.first.column
        pointer = cell_at(column, line) if self.first.pointer and column else None
        return Malformed(reason, raw=code.encode(), where=replace(self.first, line=line, pointer=pointer))


def _places(sheet: TextTable, batch: _Batch) -> _Places:
    first = sheet.where(batch.lines[0], "hs") if batch.lines else Where()
    return _Places(sheet.line[batch.lines], first)


def _held(
    load: Load,
    places: _Places,
    faults: Sequence[DeliveryError],
    notices: Sequence[str],
    found: Sequence[Mapping[str, Any]],
) -> Decoded:
    """found: the codes of the editions that the trade is in, as far as they are loaded."""
    lists: dict[str, set[str]] = {}
    for each in found:
        lists.setdefault(each["edition"], set()).add(each["code"])
    wrong: list[DeliveryError] = []
    at: dict[str, dict[str, int]] = {}
    parts = {}
    for part_id, keys in load.at.items():
        edition = load.parts[part_id]["hs_edition"]
        known = frozenset(lists.get(edition, ()))
        right = dict(keys)
        for key, row in keys.items():
            code = key.partition(":")[2]
            if known and code not in known:
                del right[key]
                wrong.append(places.refused(row, code, _unknown(code, edition, known)))
        if right:
            at[part_id] = right
            sold = sum(load.says[row] for row in right.values())
            parts[part_id] = {**load.parts[part_id], "held": bool(known), "rows_n": len(right), "value_usd": sold}
    absent = sorted({part["hs_edition"] for part in load.parts.values()} - lists.keys())
    told = [
        Said("HS {edition} isn't loaded here: its codes were held against their form alone", edition=edition)
        for edition in absent
    ]
    kept = sorted(row for keys in at.values() for row in keys.values())
    place = {row: n for n, row in enumerate(kept)}
    return decoded(
        replace(
            load,
            rows=load.rows.take(pa.array(kept, pa.int64())),
            says=[load.says[row] for row in kept],
            parts=parts,
            at={part_id: {key: place[row] for key, row in keys.items()} for part_id, keys in at.items()},
        ),
        (*faults, *wrong),
        (*notices, *told),
    )


def _unknown(code: str, edition: str, known: frozenset[str]) -> str:
    near = nearest_code(code, known)
    if near is None:
        return Said("{code} is no code of HS {edition}", code=code, edition=edition)
    return Said("{code} is no code of HS {edition}; the nearest is {near}", code=code, edition=edition, near=near)
