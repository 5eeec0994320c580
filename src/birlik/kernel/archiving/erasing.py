"""What was erased leaves the archives that a node wrote: its files are written anew, in all generations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from birlik.errors import BirlikError
from birlik.kernel.archiving import listing, manifest
from birlik.kernel.archiving.listing import File, Listing
from birlik.kernel.archiving.location import Location
from birlik.kernel.archiving.manifest import Manifest
from birlik.kernel.erasing import Order
from birlik.kernel.erasure import tables_of
from birlik.kernel.node import Node
from birlik.kernel.store.attached import notes
from birlik.kernel.tables import Table


def cleared(node: Node, order: Order) -> Sequence[str]:
    """Returns, in words, the archives that can't be reached: what lies there is there still."""
    left = []
    with node.store.archiving:
        for uri in notes(node.store.folder):
            try:
                _clear(node, Location(uri), order)
            except BirlikError as error:
                left.append(f"the archive at {uri}: {error}")
    return left


def _clear(node: Node, place: Location, order: Order) -> None:
    newest = manifest.read(place)
    if newest is None:
        return
    tables = {table.name: table for table in tables_of(node.tables, order.people)}
    made: dict[str, File | None] = {}
    for number in range(1, newest.generation + 1):
        body = place.read(manifest.path_of(number))
        if body is None:
            continue
        old = manifest.parsed(place, body)
        new = _without(node, place, old, tables, order, made)
        if new is not None:
            manifest.write(place, new) if number == newest.generation else manifest.write_again(place, new)
    # Last: until then whoever reads by an older manifest finds what it lists.
    for path in made:
        place.remove(path)


def _without(
    node: Node, place: Location, old: Manifest, tables: Mapping[str, Table], order: Order, made: dict[str, File | None]
) -> Manifest | None:
    """The manifest of a generation without what goes; None where it has nothing of it."""
    changed: dict[str, Listing] = {}
    for name, there in old.tables.items():
        if name not in tables:
            continue
        files = [_file(node, there, file, tables[name], order, made, private=old.view is None) for file in there.files]
        if any(new is not before for new, before in zip(files, there.files, strict=True)):
            changed[name] = replace(there, files=tuple(file for file in files if file is not None))
    return replace(old, tables={**old.tables, **changed}) if changed else None


def _file(
    node: Node,
    there: Listing,
    file: File,
    table: Table,
    order: Order,
    made: dict[str, File | None],
    *,
    private: bool,
) -> File | None:
    """The same where nothing goes; None where all of it does."""
    if file.path in made:
        return made[file.path]
    rows = listing.read(there, file, [name for name, _ in there.columns])
    gone = _theirs(node, rows, table, order)
    if not pc.any(gone).as_py():
        return file
    kept, left = rows.filter(pc.invert(gone)), None
    if kept.num_rows:
        path = f"{file.path.removesuffix('.parquet')}-{uuid4().hex[:8]}.parquet"
        more: dict[str, Any] = {"month": file.month, "generation": file.generation}
        left = listing.write(there.place, path, kept.to_batches(), kept.schema, private=private, **more)
    made[file.path] = left
    return left


def _theirs(node: Node, rows: Any, table: Table, order: Order) -> Any:
    keys = pa.array(order.keys, pa.string())
    columns = [rows.column(name).cast(pa.string()) for name in (table.whose.columns if table.whose is not None else ())]
    theirs = reduce(pc.or_, [pc.fill_null(pc.is_in(each, value_set=keys), fill_value=False) for each in columns])
    if order.before is None:
        return theirs
    known = [
        bool(is_theirs) and node.erasures.knows_row(node.erasures.row(table, rows.slice(i, 1).to_pylist()[0]))
        for i, is_theirs in enumerate(theirs.to_pylist())
    ]
    return pa.array(known, pa.bool_())
