"""What an archive says of itself, in one file that is written last: what it doesn't list isn't there.

```
manifest.json                                the newest generation
generations/000001.json                      each as it was when it was written
rows/TABLE/month=2026-03/000001-….parquet    rows of a sealed month; later ones come as an addendum, 000002-…
whole/TABLE/000001-….parquet                 registers, as they stood
```
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from birlik.errors import BadRequest, StoreUnavailable, Unknown
from birlik.kernel.archiving.listing import File, Listing, known
from birlik.kernel.archiving.location import Location

FILE = "manifest.json"
FORMAT = 1
WAY_OUT = "restore it, or archive into a new place"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    generation: int
    member: str
    made_time: datetime
    """Watermark of the node when it was written: all that was received up to then is in it, as far as it is sealed."""
    begin: datetime
    end: datetime
    """Rows that happened from `begin` until before `end` are in it: whole months."""
    views: Mapping[str, int]
    """By name, the view's bit in the column `views`."""
    view: str | None
    """The one view whose rows these are; None where they are all rows."""
    to_seq: int | None
    """The last commit whose rows are in it; None in what was written for one view, which it would tell too much."""
    tables: Mapping[str, Listing]

    def bit(self, view: str) -> int:
        """The bit of a view. Raises Unknown, with those that there are."""
        if view not in self.views:
            there = ", ".join(self.views)
            raise Unknown(f"this archive has no rows for the view {view!r}; it has {there}")
        return self.views[view]


def path_of(generation: int) -> str:
    """Where a generation's manifest stands for good."""
    return f"generations/{generation:06d}.json"


def write(place: Location, manifest: Manifest) -> None:
    """Both files; the one that readers begin with is the last of all. Raises StoreUnavailable."""
    body = json.dumps(_as_json(manifest), indent=1).encode()
    private = manifest.view is None
    place.write(path_of(manifest.generation), body, private=private)
    place.write(FILE, body, private=private)


def write_again(place: Location, manifest: Manifest) -> None:
    """An older generation that has lost rows since. Raises StoreUnavailable."""
    body = json.dumps(_as_json(manifest), indent=1).encode()
    place.write(path_of(manifest.generation), body, private=manifest.view is None)


def read(place: Location) -> Manifest | None:
    """None where no archive was written. Raises StoreUnavailable for one that can't be understood."""
    body = place.read(FILE)
    return None if body is None else parsed(place, body)


def parsed(place: Location, body: bytes) -> Manifest:
    """Raises StoreUnavailable for what no manifest says."""
    try:
        told = json.loads(body)
    except ValueError as error:
        raise StoreUnavailable(f"{place.uri}: {FILE} is no JSON; {WAY_OUT}") from error
    if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > FORMAT:
        raise StoreUnavailable(f"{place.uri} was written by a newer birlik; use that one")
    try:
        made = _from_json(place, told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreUnavailable(f"{place.uri}: {FILE} doesn't say what a manifest says ({error}); {WAY_OUT}") from error
    for listing in made.tables.values():
        if not known(listing.columns):
            raise StoreUnavailable(f"{place.uri}: {FILE} names a type for {listing.name} that no row has; {WAY_OUT}")
    return made


def must_be_there(place: Location) -> Manifest:
    """Raises BadRequest where there is no archive."""
    if (made := read(place)) is None:
        raise BadRequest(f"there is no archive at {place.uri}; write one: birlik archive {place.uri} --data DIR")
    return made


def _as_json(manifest: Manifest) -> dict[str, Any]:
    said = {
        "format": FORMAT,
        "generation": manifest.generation,
        "member": manifest.member,
        "made_time": manifest.made_time.isoformat(),
        "begin": manifest.begin.isoformat(),
        "end": manifest.end.isoformat(),
        "views": dict(manifest.views),
        "view": manifest.view,
        "to_seq": manifest.to_seq,
    }
    return said | {"tables": {name: listed(listing) for name, listing in manifest.tables.items()}}


def listed(listing: Listing) -> dict[str, Any]:
    """A listing as JSON."""
    return {
        "columns": [list(column) for column in listing.columns],
        "rows_n": listing.rows_n,
        "files": [asdict(file) for file in listing.files],
    }


def listing_from(place: Location, name: str, told: Mapping[str, Any]) -> Listing:
    """Raises KeyError, TypeError or ValueError for what is no listing."""
    made = Listing(
        place=place,
        name=name,
        columns=tuple((str(column), str(kind)) for column, kind in told["columns"]),
        files=tuple(File(**file) for file in told["files"]),
    )
    if made.rows_n != told["rows_n"]:
        raise ValueError(f"{name} has {told['rows_n']} rows, and its files {made.rows_n}")
    return made


def _from_json(place: Location, told: Mapping[str, Any]) -> Manifest:
    return Manifest(
        generation=int(told["generation"]),
        member=str(told["member"]),
        made_time=datetime.fromisoformat(told["made_time"]),
        begin=datetime.fromisoformat(told["begin"]),
        end=datetime.fromisoformat(told["end"]),
        views={str(name): int(bit) for name, bit in told["views"].items()},
        view=told["view"],
        to_seq=told["to_seq"],
        tables={name: listing_from(place, name, table) for name, table in told["tables"].items()},
    )
