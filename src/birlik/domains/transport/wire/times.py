"""Stamps as suppliers write them, to UTC: a column at once.

A stamp says its offset, or its profile states the zone. A local time that came twice when clocks went back is taken
as the earlier one, and said; one that never came is refused.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.transport.wire.cells import Ints, Mask, mask_of, numbers
from birlik.said import Said

NO_OFFSET = np.iinfo(np.int64).min
"""Stands for "no offset was given" in a column of offsets."""
_NAIVE = NO_OFFSET + 1

_US = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the origin of local clocks
_EXCEL_EPOCH_US = int((datetime(1899, 12, 30) - _EPOCH).total_seconds()) * _US  # noqa: DTZ001
_EXCEL_DAYS = (36_526, 73_051)  # 2000-01-01 to 2100-01-01; any other number is no date
_QUARTER_US = 900 * _US
_FIXED_ZONE = re.compile(r"(?:UTC)?([+-])(\d{2}):?([0-5]\d)")

_TAILS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r".*[zZ]$"), 1),
    (re.compile(r"[+-]\d\d:\d\d$"), 6),
    (re.compile(r".?[+-]\d{4}$"), 5),
    # Two digits alone are an offset only after a clock time: `2014-09-10` ends like one.
    (re.compile(r"[:.\d]\d\d[+-]\d\d$"), 3),
)
_ISO_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How a source writes time: names of `READERS` or strptime patterns, tried in order; the zone of bare stamps."""

    patterns: tuple[str, ...] = ("iso",)
    zone: str | None = None
    """IANA name or fixed offset `+05:00`. None: a stamp without an offset is refused."""


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times. Where `problem` has a row's number, its other values mean nothing."""

    utc_us: Ints
    offset_min: Ints
    """Minutes east of UTC; NO_OFFSET where the source gave none."""
    problem: dict[int, tuple[str, bool]]
    """Row -> (why, whether it is well-formed but can't have been)."""
    notices: tuple[str, ...]

    def offsets(self) -> Any:
        """As an Arrow array, null where there is none."""
        return pa.array(self.offset_min, mask=self.offset_min == NO_OFFSET)


def zone_named(name: str) -> tzinfo:
    """An IANA zone or a fixed offset. Raises ValueError for what is neither."""
    fixed = _FIXED_ZONE.fullmatch(name)
    if fixed:
        minutes = int(fixed[2]) * 60 + int(fixed[3])
        if minutes >= 24 * 60:
            raise ValueError(f"{name}: an offset is less than a day")
        return timezone(timedelta(minutes=-minutes if fixed[1] == "-" else minutes))
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError(f"{name!r} is neither an IANA time zone nor an offset such as +05:00") from error


def parse_times(cells: Any, form: TimeFormat) -> Times:
    """Read a column of trimmed text.

    cells: pyarrow StringArray without nulls. An empty cell is a problem like any other.
    """
    count = len(cells)
    local, offset = np.zeros(count, np.int64), np.full(count, NO_OFFSET)
    todo = np.ones(count, np.bool_)
    for pattern in form.patterns:
        rows = np.flatnonzero(todo)
        if not rows.size:
            break
        read = READERS.get(pattern) or _strptime_reader(pattern)
        value, given, ok = read(cells if rows.size == count else cells.take(pa.array(rows)))
        taken = rows[ok]
        local[taken], offset[taken] = value[ok], given[ok]
        todo[taken] = False
    problem = {int(row): (_unread(cells[row].as_py(), form), False) for row in np.flatnonzero(todo)}
    return _to_utc(local, offset, form, problem)


def _unread(cell: str, form: TimeFormat) -> str:
    return (
        Said("{cell!r} is no time of the form {patterns}", cell=cell[:60], patterns=" or ".join(form.patterns))
        if cell
        else Said("the time is empty")
    )


def _to_utc(local: Ints, offset: Ints, form: TimeFormat, problem: dict[int, tuple[str, bool]]) -> Times:
    bare = np.flatnonzero(offset == _NAIVE)
    notices: list[str] = []
    given = (offset != NO_OFFSET) & (offset != _NAIVE)
    utc = np.where(given, local - offset * 60 * _US, local)
    if bare.size and form.zone is None:
        for row in bare:
            problem[int(row)] = (Said("the time has no offset, and the profile states no zone"), False)
    elif bare.size and form.zone:
        found, twice, never = offsets_of(local[bare], zone_named(form.zone))
        offset[bare] = found
        utc[bare] = local[bare] - found * 60 * _US
        for row in bare[never]:
            clock = _EPOCH + timedelta(microseconds=int(local[row]))
            problem[int(row)] = (
                Said("{clock} never came in {zone}: clocks went forward", clock=clock, zone=form.zone),
                True,
            )
        if twice.any():
            notices.append(
                Said(
                    "{n} times came twice in {zone} when clocks went back: taken as the earlier",
                    n=int(twice.sum()),
                    zone=form.zone,
                )
            )
    offset[offset == _NAIVE] = NO_OFFSET
    return Times(utc, offset, problem, tuple(notices))


def offsets_of(local_us: Ints, zone: tzinfo) -> tuple[Ints, Mask, Mask]:
    """(minutes east of UTC, came twice, never came) of local clock times in microseconds since 1970.

    Each quarter of an hour is asked once: no zone has changed within one since 2000.
    """
    quarters, inverse = np.unique(local_us // _QUARTER_US, return_inverse=True)
    found = np.zeros(quarters.size, np.int64)
    twice, never = np.zeros(quarters.size, np.bool_), np.zeros(quarters.size, np.bool_)
    for i, quarter in enumerate(quarters.tolist()):
        found[i], twice[i], never[i] = _offset_at(quarter, zone)
    return found[inverse], twice[inverse], never[inverse]


def _offset_at(quarter: int, zone: tzinfo) -> tuple[int, bool, bool]:
    try:
        clock = (_EPOCH + timedelta(seconds=quarter * 900)).replace(tzinfo=zone)
        early, late = clock.utcoffset(), clock.replace(fold=1).utcoffset()
    except OverflowError:
        return 0, False, False  # far outside any bounds; refused for that
    if early is None or late is None:
        return 0, False, False
    # fold=0 asks with the rules before a change of clocks, fold=1 with those after (PEP 495).
    return int(early.total_seconds()) // 60, early > late, early < late


Read = tuple[Ints, Ints, Mask]
"""(local or UTC microseconds, offset or _NAIVE or NO_OFFSET, read)"""


def _iso(cells: Any) -> Read:
    if not pc.any(pc.equal(pc.utf8_slice_codeunits(cells, 4, 5), "-")).as_py():
        return np.zeros(len(cells), np.int64), np.full(len(cells), NO_OFFSET), np.zeros(len(cells), np.bool_)
    strip, offset = _tails(cells)
    clock = _without_tails(cells, strip)
    lengths = pc.min_max(pc.utf8_length(clock)).as_py()
    stamps = None
    # Arrow also takes a day alone, and no more than microseconds; both need the slow way.
    if (lengths["min"] or 0) >= 16 and (lengths["max"] or 0) <= 26:
        with suppress(pa.ArrowInvalid):
            stamps = clock.cast(pa.timestamp("us"))
    if stamps is None:
        stamps = pa.array([_iso_cell(c) for c in clock.to_pylist()], pa.timestamp("us"))
    ok = mask_of(pc.is_valid(stamps))
    return _as_us(stamps), offset, ok


def _iso_cell(cell: str) -> datetime | None:
    # A day alone is no time: midnight would be invented.
    if not _ISO_CLOCK.fullmatch(cell):
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def _tails(cells: Any) -> tuple[Ints, Ints]:
    """(characters of the offset at the end, minutes) of each cell, looking at each distinct ending once."""
    endings = pc.dictionary_encode(pc.utf8_slice_codeunits(cells, -6, None))
    known = [_tail(ending) for ending in endings.dictionary.to_pylist()]
    index = np.asarray(endings.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    table = np.array(known, dtype=np.int64).reshape(-1, 2)
    return (table[index, 0], table[index, 1]) if len(known) else (index, index)


def _tail(ending: str) -> tuple[int, int]:
    for pattern, length in _TAILS:
        if pattern.match(ending):
            digits = ending[-length + 1 :].replace(":", "")
            if length == 1:
                return 1, 0
            hours, minutes = int(digits[:2]), int(digits[2:] or 0)
            if hours > 23 or minutes > 59:
                return 0, _NAIVE
            east = hours * 60 + minutes
            return length, -east if ending[-length] == "-" else east
    return 0, _NAIVE


def _without_tails(cells: Any, strip: Ints) -> Any:
    lengths = np.unique(strip)
    if lengths.size == 1:
        return pc.utf8_slice_codeunits(cells, 0, -int(lengths[0])) if lengths[0] else cells
    out = cells
    for length in lengths[lengths > 0]:
        cut = pc.utf8_slice_codeunits(cells, 0, -int(length))
        out = pc.if_else(pa.array(strip == length), cut, out)
    return out


def _as_us(stamps: Any) -> Ints:
    return np.asarray(stamps.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _epoch(unit_us: float) -> Callable[[Any], Read]:
    def read(cells: Any) -> Read:
        value, bad = numbers(cells)
        us = value * unit_us
        ok = ~bad & np.isfinite(us) & (np.abs(us) < 9e15)
        return np.where(ok, np.rint(us), 0).astype(np.int64), np.full(len(cells), NO_OFFSET), ok

    return read


def _excel(cells: Any) -> Read:
    """Days since 1899-12-30, as spreadsheets count them; to the second, which is what a day's fraction can hold."""
    days, bad = numbers(pc.replace_substring(cells, ",", "."))
    ok = ~bad & (days >= _EXCEL_DAYS[0]) & (days < _EXCEL_DAYS[1])
    seconds = np.rint(np.where(ok, days, 0) * 86_400).astype(np.int64)
    return seconds * _US + _EXCEL_EPOCH_US, np.full(len(cells), _NAIVE), ok


def _offset_reader(pattern: str) -> Callable[[Any], Read]:
    """Of a pattern with `%z`: each stamp says its own offset, whatever the zone of the profile."""

    def read(cells: Any) -> Read:
        count = len(cells)
        us, offset, ok = np.zeros(count, np.int64), np.full(count, NO_OFFSET), np.zeros(count, np.bool_)
        for row, cell in enumerate(cells.to_pylist()):
            try:
                stamp = datetime.strptime(cell, pattern)  # noqa: DTZ007 - the pattern has %z
                east = stamp.utcoffset()
                us[row] = (stamp.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)
            except (ValueError, OverflowError):
                continue
            offset[row], ok[row] = _NAIVE if east is None else int(east.total_seconds()) // 60, True
        return us, offset, ok

    return read


def _strptime_reader(pattern: str) -> Callable[[Any], Read]:
    if "%z" in pattern:
        return _offset_reader(pattern)

    def read(cells: Any) -> Read:
        try:
            stamps = pc.strptime(cells, format=pattern, unit="s", error_is_null=True)
            # The C library rolls 31 February over into March; writing it back shows that. What is not written with
            # leading zeros is read once more, the slow way.
            same = mask_of(pc.fill_null(pc.equal(pc.strftime(stamps, format=pattern), cells), False))
        except pa.ArrowInvalid:
            same = np.zeros(len(cells), np.bool_)
            stamps = pa.nulls(len(cells), pa.timestamp("s"))
        us, ok = _as_us(stamps) * _US, same.copy()
        for row in np.flatnonzero(~same):
            stamp = _strptime_cell(cells[int(row)].as_py(), pattern)
            if stamp is not None:
                us[row], ok[row] = (stamp - _EPOCH) // timedelta(microseconds=1), True
        return us, np.full(len(cells), _NAIVE), ok

    return read


def _strptime_cell(cell: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(cell, pattern).replace(tzinfo=None)  # noqa: DTZ007 - the profile has the zone
    except (ValueError, OverflowError):
        return None


READERS: dict[str, Callable[[Any], Read]] = {
    "iso": _iso,
    "epoch_s": _epoch(1e6),
    "epoch_ms": _epoch(1e3),
    "excel": _excel,
}


def known_pattern(pattern: str) -> bool:
    """Whether a profile may say so: a reader's name, or a strptime pattern with a date and a time of day in it.

    Of a day alone midnight would be invented; names of zones (`%Z`) mean different things to different people.
    """
    has_date = "%d" in pattern and "%m" in pattern and ("%Y" in pattern or "%y" in pattern)
    return pattern in READERS or (has_date and ("%H" in pattern or "%I" in pattern) and "%Z" not in pattern)


def utc_column(utc_us: Ints) -> Any:
    return pa.array(utc_us).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))


def when(utc_us: int) -> str:
    """For messages, also far outside what a datetime can hold."""
    try:
        return (_EPOCH + timedelta(microseconds=utc_us)).isoformat() + "Z"
    except OverflowError:
        return f"{utc_us} µs"


def to_us(time: datetime) -> int:
    return (time.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


__all__: Sequence[str] = (
    "NO_OFFSET", "READERS", "TimeFormat", "Times", "known_pattern", "offsets_of", "parse_times", "to_us",
    "utc_column", "when", "zone_named",
)  # fmt: skip
