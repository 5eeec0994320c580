"""What was computed elsewhere and stands beside a node's own rows: files of its folder, which no rebuild touches.

Inside its span attached rows stand, outside it live ones. What reaches over an edge is known whole only to who has the
rows of both sides: so live rows that reach out of the span, or into the days before its end, stand, and an attached row
of the same subject that overlaps one of them doesn't.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from birlik.clock import day_number
from birlik.errors import StoreUnavailable
from birlik.kernel.indicators import Indicator
from birlik.kernel.store import disk
from birlik.kernel.tables import Derived, Type

FILE, FOLDER = "attached.json", "attached"
NOTES = "archives.json"
"""By URI of an archive that this node wrote: the newest generation, and the last commit in it."""
PERIOD = r"\d{4}-\d{2}(-\d{2}(/P\d+D)?)?"
EDGE = timedelta(days=10)
"""So long before the end of a span what comes behind it may still tell otherwise of what happened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    """Of the derived table or indicator."""
    view: str
    bit: int
    digest: str
    """Of how it and all that it follows from were declared."""
    archive: str
    generation: int
    begin: datetime
    end: datetime
    attached_time: datetime
    rows_n: int
    folder: str
    """Within FOLDER; its Parquet files are all there is of it."""


class Attached:
    """The attachments of one node. Those whose digest isn't today's are set aside: listed, they stand nowhere."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreUnavailable for a list that can't be read."""
        self.folder = folder
        self.all: tuple[Attachment, ...] = _read(folder / FILE)
        self.standing: tuple[Attachment, ...] = ()
        self._digests: Mapping[str, str] = {}

    def let_stand(self, digests: Mapping[str, str]) -> None:
        """Of what is declared as when it was computed. digests: by name, as it is declared now."""
        self._digests = digests
        self.standing = tuple(a for a in self.all if digests.get(a.name) == a.digest)

    def add(self, new: Attachment) -> None:
        """In the place of what was attached for the same view before."""
        self._keep((*(a for a in self.all if (a.name, a.view) != (new.name, new.view)), new))

    def remove(self, name: str, view: str) -> bool:
        """False where there was nothing."""
        kept = tuple(a for a in self.all if (a.name, a.view) != (name, view))
        if len(kept) == len(self.all):
            return False
        self._keep(kept)
        return True

    def _keep(self, kept: tuple[Attachment, ...]) -> None:
        said = json.dumps([asdict(a) for a in kept], indent=1, default=datetime.isoformat)
        disk.written(self.folder / FILE, said.encode())
        self.all = kept
        self.let_stand(self._digests)
        there = {a.folder for a in kept}
        for path in (self.folder / FOLDER).glob("*"):
            if path.name not in there:
                shutil.rmtree(path, ignore_errors=True)

    def of(self, name: str) -> tuple[Attachment, ...]:
        """Those that stand, of a derived table or an indicator."""
        return tuple(a for a in self.standing if a.name == name)

    def mark(self, names: Sequence[str]) -> str:
        """Another text where other rows stand among these tables; empty where none is attached."""
        return " ".join(sorted(f"{a.name} {a.view} {a.folder}" for a in self.standing if a.name in names))

    def is_stale(self, one: Attachment) -> bool:
        """Whether this node has written a newer generation of its archive since."""
        return int(notes(self.folder).get(one.archive, {}).get("generation", 0)) > one.generation

    def relation(self, derived: Derived, live: str) -> str:
        """SQL that may stand after FROM: what stands of a derived table, with `views`."""
        chosen = self.of(derived.name)
        if not chosen:
            return live
        names = ", ".join(f'"{f.name}"' for f in derived.fields)
        hidden = " | ".join(f"CASE WHEN {_within(derived, a, 'l')} THEN {a.bit} ELSE 0 END" for a in chosen)
        parts = [f"SELECT * FROM (SELECT {names}, views & ~({hidden}) AS views FROM {live} l) WHERE views <> 0"]
        for one in chosen:
            over = f"(l.views & {one.bit}) <> 0 AND NOT {_within(derived, one, 'l')} AND {_meets(derived)}"
            parts.append(
                f"SELECT {names}, {one.bit}::BIGINT AS views FROM {self._files(one)} a "
                f"WHERE {_inside(derived, one)} AND NOT EXISTS (SELECT 1 FROM {live} l WHERE {over})"
            )
        return f"({' UNION ALL BY NAME '.join(parts)})"

    def beside(self, derived: Derived, changed: str) -> str:
        """SQL: changed live rows, and the attached ones that may stand or not by what they say."""
        parts = [f"FROM {changed}"]
        for one in self.of(derived.name):
            same = _same_subject(derived)
            parts.append(
                f"SELECT *, {one.bit}::BIGINT AS views, FALSE AS was FROM {self._files(one)} a "
                f"WHERE EXISTS (SELECT 1 FROM {changed} l WHERE {same})"
            )
        return changed if len(parts) == 1 else f"({' UNION ALL BY NAME '.join(parts)})"

    def figures(self, indicator: Indicator, as_of: datetime | None) -> str:
        """SQL that may stand after FROM: the versions of the figures, attached ones in the place of live ones."""
        live = f'"{indicator.table}"'
        chosen = [a for a in self.of(indicator.name) if as_of is None or as_of >= a.attached_time]
        if not chosen:
            return live
        hidden = " OR ".join(f"(f.view = {_view(a)} AND {_period_within(indicator, a, 'f', EDGE)})" for a in chosen)
        parts = [f"SELECT f.* FROM {live} f WHERE NOT coalesce({hidden}, FALSE)"]
        same = " AND ".join(f'f."{d}" IS NOT DISTINCT FROM a."{d}"' for d in indicator.dimension_names)
        for one in chosen:
            stands = f"f.valid_to IS NULL AND f.view = {_view(one)} AND {same}"
            hides = f"NOT coalesce({_period_within(indicator, one, 'f', EDGE)}, FALSE)"
            parts.append(
                f"SELECT a.*, 1::BIGINT AS version, TIMESTAMPTZ '{one.attached_time.isoformat()}' AS valid_from, "
                f"NULL::TIMESTAMPTZ AS valid_to, {indicator.method_version}::BIGINT AS method_version, "
                f"{_view(one)}::BIGINT AS view, FALSE AS pinned FROM {self._files(one)} a "
                f"WHERE {_period_within(indicator, one, 'a', timedelta())} "
                f"AND NOT EXISTS (SELECT 1 FROM {live} f WHERE {stands} AND {hides})"
            )
        return f"({' UNION ALL BY NAME '.join(parts)})"

    def _files(self, one: Attachment) -> str:
        path = str(self.folder / FOLDER / one.folder / "*.parquet").replace("'", "''")
        return f"read_parquet('{path}')"


def notes(folder: Path) -> Mapping[str, Mapping[str, int]]:
    """What a node knows of the archives that it wrote. Raises StoreUnavailable."""
    file = folder / NOTES
    try:
        told: Mapping[str, Mapping[str, int]] = json.loads(file.read_bytes()) if file.is_file() else {}
    except (OSError, ValueError) as error:
        raise StoreUnavailable(f"{file} can't be read: restore it from a backup") from error
    return told


def copy(folder: Path, target: Path) -> None:
    """All that is attached, and what is known of archives, into another folder of a node; on the disk at return."""
    for path in sorted((folder / FOLDER).rglob("*.parquet")):
        there = target / path.relative_to(folder)
        there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(path, there)
        except OSError:  # another disk, or a file system without links
            disk.copied(path, there)
    for name in (FILE, NOTES):
        if (folder / name).is_file():
            disk.copied(folder / name, target / name)


def _read(file: Path) -> tuple[Attachment, ...]:
    try:
        told = json.loads(file.read_bytes()) if file.is_file() else []
        times = ("begin", "end", "attached_time")
        return tuple(Attachment(**{**a, **{t: datetime.fromisoformat(a[t]) for t in times}}) for a in told)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreUnavailable(f"{file} can't be read: restore it from a backup, or remove it") from error


def _view(one: Attachment) -> int:
    return one.bit.bit_length() - 1


def _time(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"


def _begin(derived: Derived, alias: str) -> str:
    return f'{alias}."{derived.span[0]}"'


def _end(derived: Derived, alias: str) -> str:
    # The greatest of those that aren't null.
    columns = ", ".join(f'{alias}."{name}"' for name in derived.span)
    return f"greatest({columns})"


def _within(derived: Derived, one: Attachment, alias: str) -> str:
    begin, end = _begin(derived, alias), _end(derived, alias)
    return f"coalesce({begin} >= {_time(one.begin)} AND {end} < {_time(one.end - EDGE)}, FALSE)"


def _inside(derived: Derived, one: Attachment) -> str:
    begin = _begin(derived, "a")
    return f"{begin} >= {_time(one.begin)} AND {begin} < {_time(one.end)}"


def _meets(derived: Derived) -> str:
    ours = f"{_begin(derived, 'l')} <= {_end(derived, 'a')} AND {_begin(derived, 'a')} <= {_end(derived, 'l')}"
    return f"{_same_subject(derived)} AND {ours}"


def _same_subject(derived: Derived) -> str:
    """Of the same key, whenever it was."""
    names = [name for name in derived.key if derived.by_name[name].type not in (Type.TIME, Type.DAY)]
    return " AND ".join(f'l."{name}" IS NOT DISTINCT FROM a."{name}"' for name in names) or "TRUE"


def _period_within(indicator: Indicator, one: Attachment, alias: str, edge: timedelta) -> str:
    """`2026-03` and `2026-03-14` are within what ends with 2026-04."""
    column, end = f'{alias}."{indicator.period}"', one.end - edge
    kind = next(d.type for d in indicator.dimensions if d.name == indicator.period)
    if kind is Type.DAY:
        return f"({column} >= {day_number(one.begin.date())} AND {column} < {day_number(end.date())})"
    text = f"CAST({column} AS VARCHAR)"
    known = f"regexp_full_match({text}, '{PERIOD}')"
    return f"({known} AND {text} >= '{one.begin:%Y-%m}' AND {text} < '{end:%Y-%m}')"
