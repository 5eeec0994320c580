"""From a node to its archive: the months that have ended, complete by the watermark."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from uuid import uuid4

from birlik.clock import isoformat
from birlik.errors import BadRequest
from birlik.kernel.archiving import listing, manifest
from birlik.kernel.archiving.listing import File, Listing, columns_of
from birlik.kernel.archiving.location import Location
from birlik.kernel.archiving.manifest import Manifest
from birlik.kernel.node import Node
from birlik.kernel.store import months, written
from birlik.kernel.store.attached import NOTES, notes
from birlik.kernel.store.months import Cut
from birlik.kernel.store.system import SYSTEM_TABLES
from birlik.kernel.tables import Table

ROWS_A_FILE = 1_000_000

Progress = Callable[[int], None]
"""Told of rows as they are written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archived:
    manifest: Manifest
    added: Mapping[str, int]
    """By table, rows that this generation brought; empty where there was nothing to bring."""


def archive(node: Node, uri: str, view: str | None = None, progress: Progress = lambda rows: None) -> Archived:
    """Bring the archive at a URI up to the months that are sealed by now. It removes nothing, neither here nor there.

    view: write that view's rows only. Raises BadRequest, Unknown, StoreUnavailable.
    """
    with node.store.archiving:
        return _archived(node, Location(uri), view, progress)


def _archived(node: Node, place: Location, view: str | None, progress: Progress) -> Archived:
    before = manifest.read(place)
    if before is not None:
        _must_be_ours(node, place, before, view)
    watermark, to_seq = months.followed(node.store)
    end = watermark.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    chosen = Cut(
        bit=None if view is None else 1 << node.views.index(view),
        to_seq=to_seq,
        after_seq=_had(node, place, before, to_seq),
        sealed=None if before is None else before.end,
        end=end,
    )
    writing = _Writing(node, place, before, chosen, progress)
    tables = {table.name: writing.table(table) for table in archived_tables(node)}
    if before is not None and not writing.changed and before.end == end:
        return Archived(manifest=before, added={})
    begins = [month.begin for month in writing.begun] + ([before.begin] if before is not None else [])
    made = Manifest(
        generation=writing.generation,
        member=node.settings.member,
        made_time=watermark,
        begin=min(begins, default=end),
        end=end,
        views=_bits(node, view),
        view=view,
        to_seq=to_seq if view is None else None,
        tables=tables,
    )
    manifest.write(place, made)
    _note(node, place, made.generation, to_seq)
    return Archived(manifest=made, added=writing.added)


def archived_tables(node: Node) -> list[Table]:
    """All that is declared and doesn't forget, and of the kernel's own what something follows from."""
    catalogue = node.store.catalogue
    read = {source.table for derived in catalogue.derived.values() for source in derived.sources}
    read |= {indicator.source for indicator in catalogue.indicators.values()}
    own = {table.name for table in SYSTEM_TABLES}
    lasting = {name: table for name, table in catalogue.tables.items() if table.rule is None or not table.rule.forgets}
    return [table for name, table in lasting.items() if name not in own or name in read]


def _bits(node: Node, view: str | None) -> Mapping[str, int]:
    names = node.views.names if view is None else (view,)
    return {name: 1 << node.views.index(name) for name in names}


def _must_be_ours(node: Node, place: Location, before: Manifest, view: str | None) -> None:
    if before.member != node.settings.member:
        raise BadRequest(f"the archive at {place.uri} is of {before.member}; name another place")
    if before.view != view:
        had = "all rows" if before.view is None else f"the rows of the view {before.view} only"
        raise BadRequest(f"the archive at {place.uri} has {had}; name another place")
    if before.views != _bits(node, view):
        raise BadRequest(
            f"the archive at {place.uri} knows the views {', '.join(before.views)}, and this node other ones: what is "
            "written there doesn't say who of the new ones may see it; archive into a new place"
        )
    for table in archived_tables(node):
        had_columns = before.tables[table.name].columns if table.name in before.tables else None
        if had_columns not in (None, _columns(table)):
            raise BadRequest(
                f"{table.name} has other columns by now than in the archive at {place.uri}; archive into a new place"
            )


def _columns(table: Table) -> listing.Columns:
    return (*columns_of(table.schema), ("views", "int64"))


def _had(node: Node, place: Location, before: Manifest | None, to_seq: int) -> int:
    """The last commit whose rows are there."""
    if before is None:
        return 0
    noted = notes(node.store.folder).get(place.absolute)
    had = noted["to_seq"] if noted is not None and noted["generation"] == before.generation else before.to_seq
    if had is not None and had > to_seq:
        raise BadRequest(
            f"the archive at {place.uri} is ahead of this node (a restored backup?); archive into a new place"
        )
    if had is None:
        raise BadRequest(
            f"this node doesn't know how far the archive at {place.uri} reaches, and what is written for one view "
            "doesn't say it; archive into a new place"
        )
    return had


def _note(node: Node, place: Location, generation: int, to_seq: int) -> None:
    told = {**notes(node.store.folder), place.absolute: {"generation": generation, "to_seq": to_seq}}
    written(node.store.folder / NOTES, json.dumps(told, indent=1).encode())


class _Writing:
    """One generation, as it is being written."""

    def __init__(self, node: Node, place: Location, before: Manifest | None, chosen: Cut, progress: Progress) -> None:
        self.node, self.place, self.before, self.chosen, self.progress = node, place, before, chosen, progress
        self.generation = 1 if before is None else before.generation + 1
        # What a run that was broken off left behind has another name, and is in no manifest.
        self.run = f"{self.generation:06d}-{uuid4().hex[:12]}"
        self.private = chosen.bit is None
        self.added: dict[str, int] = {}
        self.begun: list[months.Month] = []
        self.changed = False

    def table(self, table: Table) -> Listing:
        """What there is of a table when this generation is written."""
        had = (
            () if self.before is None or table.name not in self.before.tables else self.before.tables[table.name].files
        )
        files = self._whole(table, had) if months.is_whole(table) else self._months(table, had)
        return Listing(place=self.place, name=table.name, columns=_columns(table), files=files)

    def _months(self, table: Table, had: tuple[File, ...]) -> tuple[File, ...]:
        chosen = self.chosen if self._was_there(table) else replace(self.chosen, sealed=None)
        files = list(had)
        for month in months.found(self.node.store.database, table, chosen):
            if chosen.is_sealed(month):
                files = self._given_way(table, chosen, month, files)
            made = self._month(table, chosen, month)
            if made:
                self.begun.append(month)
                self.changed = True
                self.added[table.name] = self.added.get(table.name, 0) + sum(file.rows_n for file in made)
            files += made
        return tuple(files)

    def _month(self, table: Table, chosen: Cut, month: months.Month) -> list[File]:
        made: list[File] = []
        batches = months.rows(self.node.store.database, table, chosen, month)
        schema = next(batches)
        for number, piece in enumerate(listing.pieces(batches, ROWS_A_FILE)):
            path = f"rows/{table.name}/month={month.name}/{self.run}-{number:04d}.parquet"
            made.append(self._written(path, piece, schema, month.name))
            self.progress(made[-1].rows_n)
        return made

    def _given_way(self, table: Table, chosen: Cut, month: months.Month, files: list[File]) -> list[File]:
        """The files, those of a month less the rows that changed; what stood stays for its generation."""
        database, left = self.node.store.database, []
        keys = months.changed(database, table, chosen, month)
        there = Listing(place=self.place, name=table.name, columns=_columns(table), files=tuple(files))
        for number, file in enumerate(files):
            if file.month != month.name:
                left.append(file)
                continue
            rows = listing.read(there, file, [name for name, _ in there.columns])
            kept = months.without(database, table, rows, keys)
            if kept.num_rows == rows.num_rows:
                left.append(file)
                continue
            self.changed = True
            path = f"rows/{table.name}/month={month.name}/{self.run}-kept-{number:04d}.parquet"
            left += [self._written(path, kept.to_batches(), kept.schema, month.name)] if kept.num_rows else []
        return left

    def _was_there(self, table: Table) -> bool:
        return self.before is not None and table.name in self.before.tables

    def _whole(self, table: Table, had: tuple[File, ...]) -> tuple[File, ...]:
        rows = months.whole(self.node.store, table, self.chosen.bit)
        path = f"whole/{table.name}/{self.run}.parquet"
        last = had[0] if had else None
        if last is not None and last.rows_n == rows.num_rows and self._same(table, last, rows):
            return had
        self.changed = True
        return (self._written(path, rows.to_batches(), rows.schema, ""),)

    def _same(self, table: Table, last: File, rows: Any) -> bool:
        there = Listing(place=self.place, name=table.name, columns=_columns(table), files=(last,))
        stood = listing.read(there, last, rows.column_names)
        same: bool = stood.cast(rows.schema).equals(rows)
        return same

    def _written(self, path: str, batches: Any, schema: Any, month: str) -> File:
        return listing.write(
            self.place,
            path,
            batches,
            schema,
            private=self.private,
            month=month,
            generation=self.generation,
        )


def described(made: Archived) -> dict[str, Any]:
    """For whoever asked."""
    return {
        "generation": made.manifest.generation,
        "begin": isoformat(made.manifest.begin),
        "end": isoformat(made.manifest.end),
        "view": made.manifest.view,
        "added": dict(made.added),
        "rows_n": sum(listing.rows_n for listing in made.manifest.tables.values()),
    }
