"""GPX 1.0, 1.1 and files without a namespace: the timed points of tracks.

Routes are plans and waypoints are marks, neither says that an object was there; both are left aside and said.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from lxml import etree

from birlik.domains.transport.wire.cells import Ints
from birlik.domains.transport.wire.decoded import POSITIONS_SCHEMA, Bounds, Decoded
from birlik.domains.transport.wire.objects import clean_id
from birlik.domains.transport.wire.positions import positions_of
from birlik.domains.transport.wire.profiles import Profile
from birlik.domains.transport.wire.times import TimeFormat
from birlik.errors import DeliveryError, Implausible, Malformed, Where
from birlik.said import Said
from birlik.standards.sheets.text import TextTable

_SHOWN = 256
_COLUMNS = ("object_id", "time", "latitude", "longitude", "speed", "course")
# The GPX standard has all times in UTC, so a bare stamp is no riddle here; speed is m/s in GPX 1.0 and in the usual
# extension.
_PROFILE = Profile(
    name="gpx",
    kind="positions",
    time=TimeFormat(("iso",), "UTC"),
    object_agency="gpx",
    object_kind="vehicle",
    speed_m_s=1.0,
)


def decode_gpx(raw: bytes, bounds: Bounds, *, filename: str = "", source: str = "") -> Decoded:
    """Decode the tracks of a GPX file; the object is `gpx:<source>/<track name>`, or the file's stem where it has none.

    source: who sent it: two fleets' `Track 1` are two objects.

    Returns: rows of POSITIONS_SCHEMA; a file without tracks gives none and a notice.
    Raises: Malformed for what is no GPX or declares a DTD.
    Source: GPX 1.1 schema, `trkType`, `wptType`.
    """
    root = _parsed(raw)
    points = _Points(stem_of(filename) or "unnamed", f"{source}/" if source else "")
    for track in _children(root, "trk"):
        points.add(track)
    notices = _notices(root, points)
    if points.untimed and not points.cells["time"]:
        count = len(points.untimed)
        reason = Said("none of the {n} track points has a time: a shape, not positions", n=count)
        return Decoded(
            POSITIONS_SCHEMA.empty_table(),
            [Implausible(reason, raw=_shown(points.untimed[0]), where=_where(points.untimed[0], "time"))],
            notices,
        )
    decoded = positions_of(points.table(), _PROFILE, bounds)
    untimed: list[DeliveryError] = [
        Implausible(Said("a track point without a time"), raw=_shown(p), where=_where(p, "time"))
        for p in points.untimed
    ]
    return Decoded(decoded.rows, [*decoded.refused, *untimed], (*decoded.notices, *notices))


def _parsed(raw: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # Blanks around are no fault; but of UTF-16 the last one is half of a character.
        root: Any = etree.fromstring(raw if b"\0" in raw[:4] else raw.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise Malformed(
            Said("not XML: {error}", error=error), raw=raw[:_SHOWN], where=Where(line=line or None)
        ) from error
    if root.getroottree().docinfo.doctype:
        raise Malformed(Said("the file declares a DOCTYPE, which we don't take"), raw=raw[:_SHOWN])
    if _name(root) != "gpx":
        raise Malformed(
            Said("the root is {root!r}, not gpx", root=_name(root)), raw=raw[:_SHOWN], where=Where(line=root.sourceline)
        )
    return root


@dataclass(slots=True)
class _Points:
    """The points of all tracks, as columns of text that the tables' checks then read."""

    stem: str
    owner: str
    cells: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    elements: list[Any] = field(default_factory=list)
    untimed: list[Any] = field(default_factory=list)

    def add(self, track: Any) -> None:
        name = self.owner + (clean_id(_text(track, "name")).value or self.stem)
        for segment in _children(track, "trkseg"):
            for point in _children(segment, "trkpt"):
                self._add_point(name, point)

    def _add_point(self, name: str, point: Any) -> None:
        time = _text(point, "time")
        if not time:
            self.untimed.append(point)
            return
        values = (name, time, point.get("lat", ""), point.get("lon", ""), _deep(point, "speed"), _deep(point, "course"))
        for column, value in zip(_COLUMNS, values, strict=True):
            self.cells[column].append(value.strip())
        self.elements.append(point)

    def table(self) -> TextTable:
        elements = self.elements
        lines: Ints = np.array([p.sourceline or 0 for p in elements], dtype=np.int64)
        return TextTable(
            columns={name: pa.array(cells, pa.string()) for name, cells in self.cells.items()},
            line=lines,
            header={"time": (None, "time"), "latitude": (None, "lat"), "longitude": (None, "lon"),
                    "speed": (None, "speed"), "course": (None, "course")},
            raw_of=lambda row: _shown(elements[row]),
        )  # fmt: skip


def _notices(root: Any, points: _Points) -> tuple[str, ...]:
    routes, marks = len(list(_children(root, "rte"))), len(list(_children(root, "wpt")))
    said = []
    if routes:
        said.append(f"routes left aside, since they are plans: {routes}")
    if marks:
        said.append(f"waypoints left aside, since they are marks on a map: {marks}")
    if not points.elements and not points.untimed:
        said.append("the file has no track points")
    return tuple(said)


def _name(element: Any) -> str:
    # Comments and processing instructions have a function for a tag.
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: Any, name: str) -> Any:
    return (child for child in element if _name(child) == name)


def _text(element: Any, name: str) -> str:
    return next((child.text or "" for child in _children(element, name)), "").strip()


def _deep(point: Any, name: str) -> str:
    """A value of the point itself (GPX 1.0) or of its extensions (1.1)."""
    return _text(point, name) or next((e.text or "" for e in point.iter() if _name(e) == name), "").strip()


def _shown(element: Any) -> bytes:
    return bytes(etree.tostring(element, encoding="utf-8", with_tail=False))[: 4 * _SHOWN]


def _where(element: Any, name: str) -> Where:
    return Where(line=element.sourceline, field=name)


def stem_of(filename: str) -> str:
    """A file's name without its folders and ending; empty where there is none.

    >>> stem_of("out/KZ 17.csv")
    'KZ 17'
    """
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return clean_id(name.rsplit(".", 1)[0]).value or ""
