"""Which form a file has, told from its first bytes and its name, so that most files need no profile named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from birlik.domains.transport.wire.profiles import Profile, built_in_profiles
from birlik.domains.transport.wire.sheets import read_json
from birlik.domains.transport.wire.tables import columns_of, layout_of
from birlik.errors import DeliveryError
from birlik.said import Said
from birlik.standards.sheets.text import LINES_ABOVE, header_at_top, normal_lines
from birlik.standards.sheets.workbook import XLSX_MAGIC, Sheets, has_header, read_sheets, tops

GPX = "application/gpx+xml"
OSMAND = "application/x-osmand"
MEDIA_TYPE_OF_KIND: Mapping[str, str] = MappingProxyType(
    {
        "positions": "application/vnd.birlik.positions",
        "border_events": "application/vnd.birlik.border-events",
        "dislocation": "application/vnd.birlik.dislocation",
    }
)
HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Recognised:
    media_type: str
    profile: str | None = None
    """Name of a profile; None for a form that needs none."""


def sniff(raw: bytes, filename: str = "", profiles: Iterable[Profile] | None = None) -> Recognised | None:
    """What a file is, or None. Looks at headers, not at rows; a profile matches when all it needs is there.

    raw: the file, or its first 64 KiB (a spreadsheet is recognised from the whole file only).
    """
    candidates = tuple(profiles if profiles is not None else built_in_profiles().values())
    start = normal_lines(raw[:HEAD])[0].lstrip()
    if start[:1] == b"<":
        return Recognised(GPX) if b"<gpx" in start or b":gpx" in start else None
    if start[:1] == b"{" and b'"coords"' in start and b'"location"' in start:
        return Recognised(OSMAND)
    if start[:1] in (b"[", b"{"):
        return _first(p for p in candidates if p.form == "json" and start[:1] == b"[" and _has_json(start, p))
    tables = [p for p in candidates if p.form == "table"]
    if raw.startswith(XLSX_MAGIC):
        sheets = _sheets(raw)  # once, however many profiles look at them
        return _first(p for p in tables if has_header(sheets, layout_of(p)))
    return _first(p for p in tables if not columns_of(p, header_at_top(raw, layout_of(p))[0]).missing)


def _first(profiles: Iterable[Profile]) -> Recognised | None:
    found = next(iter(profiles), None)
    return None if found is None else Recognised(MEDIA_TYPE_OF_KIND[found.kind], found.name)


def _has_json(start: bytes, profile: Profile) -> bool:
    """The first element of an array has the fields; the array itself may be cut off."""
    end = start.find(b"}")
    try:
        return end > 0 and len(read_json(start[: end + 1] + b"]", profile)) > 0
    except DeliveryError:
        return False


def _sheets(raw: bytes) -> Sheets:
    try:
        return read_sheets(raw, LINES_ABOVE)
    except DeliveryError:
        return []


def why_unknown(raw: bytes, filename: str = "", profiles: Iterable[Profile] | None = None) -> str:
    """One sentence for a file that `sniff` doesn't know: what was seen, and which profile comes nearest.

    >>> why_unknown(b"esr4,esr5\\n7085,70857\\n")
    'no known profile: columns seen: esr4, esr5'
    """
    start = normal_lines(raw[:HEAD])[0].lstrip()
    if not start:
        return Said("the file is empty")
    candidates = tuple(profiles if profiles is not None else built_in_profiles().values())
    if start[:1] in (b"[", b"{"):
        try:
            read_json(raw, next(p for p in candidates if p.form == "json"))
        except DeliveryError as error:
            return Said("no known profile: {reason}", reason=error.reason)
        except StopIteration:
            return Said("no known profile for JSON")
        return Said("no known profile: a JSON array without rows")
    if start[:1] == b"<":
        return Said("no known profile: XML, but no GPX")
    tables = [p for p in candidates if p.form == "table"]
    if raw.startswith(XLSX_MAGIC):
        sheets = _sheets(raw)
        seen = [(p, header) for p in tables if any(header := tops(sheets, layout_of(p)))]
        if not seen:
            return Said("no known profile: neither text nor a spreadsheet with known columns")
    elif b"\0" in start:
        return Said("no known profile: neither text nor a spreadsheet with known columns")
    else:
        seen = [(p, header_at_top(raw, layout_of(p))[0]) for p in tables]
    if not seen:
        return Said("no known profile: there is none for tables")
    header = seen[0][1]
    near = min(seen, key=lambda s: len(columns_of(s[0], s[1]).missing))[0]
    missing = columns_of(near, header).missing
    found = len(near.required) + (2 if near.kind == "positions" else 0) - len(missing)
    names = ", ".join(c[:60] for c in header[:40])
    if found < 2:
        return Said("no known profile: columns seen: {names}", names=names)
    return Said(
        "no known profile: columns seen: {names}; nearest is {profile}: {missing}",
        names=names,
        profile=near.name,
        missing=missing,
    )
