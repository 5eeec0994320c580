"""What was computed of an archive: files of rows, and beside them, written last, of what and how."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from birlik.errors import BadRequest, StoreUnavailable
from birlik.kernel.archiving.listing import Listing, known
from birlik.kernel.archiving.location import Location
from birlik.kernel.archiving.manifest import listed, listing_from

FILE = "result.json"
FORMAT = 1
WAY_OUT = "compute it again into a new place: birlik compute"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    name: str
    """Of a derived table or an indicator."""
    digest: str
    """Of how it and all that it follows from were declared."""
    archive: str
    """The archive's URI."""
    generation: int
    view: str
    begin: datetime
    end: datetime
    """Of what happened from `begin` until before `end` it was made."""
    member: str
    engine: str
    rows: Listing

    @property
    def identity(self) -> tuple[str, str, str, int, str]:
        """Two that agree in this say the same."""
        return self.name, self.digest, self.archive, self.generation, self.view


def write(place: Location, result: Result, *, private: bool) -> None:
    """Say that all files are there. Raises StoreUnavailable."""
    said = {
        "format": FORMAT,
        "name": result.name,
        "digest": result.digest,
        "archive": result.archive,
        "generation": result.generation,
        "view": result.view,
        "begin": result.begin.isoformat(),
        "end": result.end.isoformat(),
        "member": result.member,
        "engine": result.engine,
        "rows": listed(result.rows),
    }
    place.write(FILE, json.dumps(said, indent=1).encode(), private=private)


def read(place: Location) -> Result | None:
    """None where there is none. Raises StoreUnavailable for one that can't be understood."""
    body = place.read(FILE)
    if body is None:
        return None
    try:
        return _from_json(place, json.loads(body))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreUnavailable(f"{place.uri}: {FILE} doesn't say what a result says ({error}); {WAY_OUT}") from error


def must_be_there(place: Location) -> Result:
    """Raises BadRequest where there is no result."""
    if (made := read(place)) is None:
        raise BadRequest(f"there is no result at {place.uri}; {WAY_OUT} NAME --archive URI --view VIEW --out URI")
    return made


def _from_json(place: Location, told: Any) -> Result:
    if told["format"] > FORMAT:
        raise StoreUnavailable(f"{place.uri} was written by a newer birlik; use that one")
    rows = listing_from(place, str(told["name"]), told["rows"])
    if not known(rows.columns):
        raise ValueError("a type that no row has")
    return Result(
        name=str(told["name"]),
        digest=str(told["digest"]),
        archive=str(told["archive"]),
        generation=int(told["generation"]),
        view=str(told["view"]),
        begin=datetime.fromisoformat(told["begin"]),
        end=datetime.fromisoformat(told["end"]),
        member=str(told["member"]),
        engine=str(told["engine"]),
        rows=rows,
    )
