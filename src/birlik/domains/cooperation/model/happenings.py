"""Events as a visitor looks for them: when, where, on whose clock, and what came of them."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, ENTITY_ID, LAST_SAID, SOURCES_N, WORLD
from birlik.domains.cooperation.model import partial_dates
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.tabling import count
from birlik.domains.cooperation.vocabulary import zones
from birlik.domains.cooperation.vocabulary.moments import moment
from birlik.domains.cooperation.vocabulary.words import Kind, Progress, Status
from birlik.errors import Malformed
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type

CANCELLED = "cancel"
"""How that begins, however it is spelt: cancelled, canceled."""
DAY_LENGTH = len("2026-05-17")
COLUMNS = ("type", "place", "theme", "activity", "start", "end")
Row = Mapping[str, Any]


def _events(tables: Mapping[str, Rows]) -> Rows:
    said: dict[str, list[Row]] = defaultdict(list)
    for claim in tables[CLAIM.name].to_pylist():
        if claim["kind"] == Kind.EVENT and claim["status"] == Status.PUBLISHED:
            said[claim["entity_id"]].append(claim)
    promised: dict[str, list[Row]] = defaultdict(list)
    for row in tables[COMMITMENT.name].to_pylist():
        promised[row["made_at"]].append(row)
    made = [event(entity_id, of, promised[entity_id]) for entity_id, of in sorted(said.items())]
    return pa.Table.from_pylist(made, schema=EVENT.schema)


def event(entity_id: str, claims: Sequence[Row], promised: Sequence[Row]) -> dict[str, Any]:
    """A row out of the claims that stand of one event, and the promises that were made there."""
    first = first_of(claims)
    begins, ends, zone = when(first)
    return {
        "entity_id": entity_id,
        "title": first.get("name") or entity_id,
        **{name: first.get(name) for name in COLUMNS},
        "is_cancelled": is_cancelled(first),
        "start": first.get("start") or first.get("begins", "")[:DAY_LENGTH] or None,
        "begins_time": begins,
        "finish_time": ends,
        "zone": zone,
        "promises_n": len(promised),
        "promises_done_n": sum(row["progress"] == Progress.DONE for row in promised),
        "sources_n": len({claim["source"] for claim in claims}),
        "changed_time": max(claim["changed_time"] for claim in claims),
        "world": "invented" if any(claim["is_invented"] for claim in claims) else "real",
    }


def first_of(claims: Iterable[Row]) -> Mapping[str, str]:
    """By property, what stands first of the claims that stand: of names an English one, or whatever there is."""
    first: dict[str, str] = {}
    for claim in sorted(claims, key=lambda c: (c["property"] == "name" and c["lang"] not in ("en", None),
                                               c["order_n"], c["value"])):  # fmt: skip
        first.setdefault(claim["property"], claim["value"])
    return first


def is_cancelled(first: Mapping[str, str]) -> bool:
    """As its announcer says it, in whatever case. first: by property, what stands first."""
    return first.get("activity", "").strip().lower().startswith(CANCELLED)


def when(first: Mapping[str, str]) -> tuple[datetime | None, datetime | None, str | None]:
    """(begins, ends, zone), UTC, of what is as exact as a day."""
    found = span(first)
    if found is None:
        return None, None, None
    begins, ends = found
    if isinstance(begins, datetime) and isinstance(ends, datetime):
        return begins.astimezone(UTC), ends.astimezone(UTC), str(begins.tzinfo)
    state = first.get("state") or first.get("country") or ""
    (zone, *_) = (*zones.zones_of([state.removeprefix("state:")]), ZoneInfo("UTC"))
    return _at_midnight(begins, zone), _at_midnight(ends + timedelta(days=1), zone), zone.key


def _at_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def span(first: Mapping[str, str]) -> tuple[date, date] | None:
    """(begins, ends): moments where they are said, else the first and the last of whole days; None of less exact dates,
    since the first day of a month is not when something begins."""
    with contextlib.suppress(Malformed):
        if "begins" in first:
            begins = moment(first["begins"])
            return begins, moment(first["ends"]) if "ends" in first else begins + timedelta(hours=1)
    try:
        start = partial_dates.read(first.get("start") or first.get("begins", "")[:DAY_LENGTH])
        end = partial_dates.read(first.get("end", ""))
    except Malformed:
        return None
    if start is None or start.first != start.last or (end is not None and end.first != end.last):
        return None
    return start.first, max(end.last, start.first) if end is not None else start.first


def _text(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TEXT, description=description)


EVENT = Derived(
    name="cooperation_event",
    title="Events",
    description="What was held and what is announced: when, where, and what came of it.",
    fields=(
        ENTITY_ID,
        _text("title", "What it is called."),
        _text("type", "Of what type."),
        _text("place", "Where it is held."),
        _text("theme", "What it is about."),
        _text("activity", "Is it announced, held or cancelled?"),
        Field(name="is_cancelled", type=Type.BOOL, nullable=False, description="It was called off."),
        _text("start", "When it begins, as exact as the source has it."),
        _text("end", "When it ends, as exact as the source has it."),
        Field(name="begins_time", type=Type.TIME, description="When it begins, where the day is known."),
        Field(name="finish_time", type=Type.TIME, description="When it ends, where the day is known."),
        _text("zone", "On whose clock: an IANA zone."),
        count("promises_n", "How many promises were made there."),
        count("promises_done_n", "How many of them are said to be done."),
        SOURCES_N,
        LAST_SAID,
        WORLD,
    ),
    key=("entity_id",),
    by="entity_id",
    sources=(
        Source(
            table=CLAIM.name,
            columns=("entity_id", "kind", "property", "value", "lang", "source", "order_n", "status", "is_invented",
                     "changed_time"),
            by="entity_id",
            in_order=False,
        ),
        Source(table=COMMITMENT.name, columns=("entity_id", "made_at", "progress"), by="made_at"),
    ),
    look_back_days=None,
    named=Named(name="title", zone="zone"),
    invented=Invented(column="world", value="invented"),
    function=_events,
)  # fmt: skip
