"""On what the registry rests: its sources with their age, where they differ, how much two of them say alike."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import CLAIM, WORLD
from birlik.domains.cooperation.indicators.making import Row, by, count, exact, figures
from birlik.domains.cooperation.model.backing import BACKING
from birlik.domains.cooperation.model.partial_dates import read
from birlik.domains.cooperation.model.sources import SOURCE
from birlik.errors import Malformed
from birlik.kernel.domain import Field, Indicator, Rows, Type
from birlik.quantity import Quantity

EXACT = "none: a count of the register is exact"
OURS = "This registry's own definition"
YEAR_D = 365


# --- sources and ages -------------------------------------------------------------------------------------------------


def _known(rows: Rows, now: datetime) -> Rows:
    made = [{"world": world, **_sources_of(of, now)} for (world,), of in by(rows, "world").items()]
    return figures(SOURCES_KNOWN, made)


def _sources_of(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    return {
        **exact(float(len(rows)), len(rows)),
        "publishers_n": len({row["publisher"] for row in rows if row["publisher"]}),
        "claims_n": sum(row["claims_n"] for row in rows),
        "disputed_n": sum(row["disputed_n"] > 0 for row in rows),
        **_ages(rows, now),
    }


def _by_kind(rows: Rows, now: datetime) -> Rows:
    made = [
        {"source_kind": kind, "world": world, **_claims_of(of, now)}
        for (kind, world), of in by(rows, "source_kind", "world").items()
    ]
    return figures(CLAIMS_BY_SOURCE, made)


def _claims_of(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    n = sum(row["claims_n"] for row in rows)
    return {**exact(float(n), n), "sources_n": len(rows), **_ages(rows, now)}


def _ages(rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """How long ago the claims were said; a month or a year counts from its middle, which errs to neither side."""
    said: Counter[int] = Counter()
    undated = 0
    for row in rows:
        for day, n in orjson.loads(row["days"]).items():
            days = _days_since(day, now.date())
            if days is None:
                undated += n
            else:
                said[days] += n
    return {
        "age_p50_d": _middle(said),
        "year_n": sum(n for days, n in said.items() if days <= YEAR_D),
        "older_n": sum(n for days, n in said.items() if days > YEAR_D),
        "undated_n": undated,
        "unread_n": sum(row["unread_n"] for row in rows),
        "newest": max((row["newest"] for row in rows if row["newest"]), default=None),
    }


def _days_since(said: str, today: date) -> int | None:
    """None where it isn't known when it was said."""
    try:
        period = read(said)
    except Malformed:
        return None
    if period is None:
        return None
    return max((today - (period.first + timedelta(days=(period.last - period.first).days // 2))).days, 0)


def _middle(said: Mapping[int, int]) -> float | None:
    """The median of days, each as often as it is counted; None of nothing."""
    n = sum(said.values())
    ends = ((n - 1) // 2, n // 2)
    found, so_far = [], 0
    for days in sorted(said):
        found += [days for end in ends if so_far <= end < so_far + said[days]]
        so_far += said[days]
    return sum(found) / 2 if found else None


AGES = (
    Field(name="age_p50_d", type=Type.FLOAT, unit="d", description="Half of those with a date were said since."),
    count("year_n", "How many were said within the last 365 days."),
    count("older_n", "How many were said earlier."),
    count("undated_n", "Of how many it isn't known when they were said."),
    count("unread_n", "How many nobody has read in a source: general knowledge."),
    Field(name="newest", type=Type.TEXT, description="The newest date on which anything was said."),
)
_READ = ("publisher", "claims_n", "disputed_n", "unread_n", "newest", "days")
_AGES_METHOD = (
    "The age of a claim is told from the date on which its source said it; of a month or a year from the middle. What "
    "has no date counts as not known, and for no age."
)
SOURCES_KNOWN = Indicator(
    name="sources_known",
    code="SOURCES",
    title="Sources that are known",
    unit="1",
    quantity=Quantity.COUNT,
    source=SOURCE.name,
    columns=_READ,
    dimensions=(WORLD,),
    function=_known,
    further=(
        count("publishers_n", "How many publishers stand behind them."),
        count("claims_n", "How many claims that stand rest on them."),
        count("disputed_n", "How many of them another source differs from in something."),
        *AGES,
    ),
    method="Sources on which a claim rests that stands and that the reader may see, counted; one address is one source "
    f"however it is written. {_AGES_METHOD} A publisher is the domain that somebody has registered, as far as its "
    "labels tell, and of a file its sender.",
    reference=f"{OURS}; one address after RFC 3986, 6.2, less `www.`, what stands behind `#`, and marks of links.",
    interval=EXACT,
    minimum_n=1,
    live=True,
)
CLAIMS_BY_SOURCE = Indicator(
    name="claims_by_source",
    code="CLAIMS",
    title="Claims by kind of source and age",
    unit="1",
    quantity=Quantity.COUNT,
    source=SOURCE.name,
    columns=_READ,
    dimensions=(CLAIM.by_name["source_kind"], WORLD),
    function=_by_kind,
    further=(count("sources_n", "On how many sources they rest."), *AGES),
    method="Claims that stand and that the reader may see, by the best kind of what their source says of itself: a "
    f"primary document, the press, general knowledge, or who judged between sources. {_AGES_METHOD}",
    reference=f"{OURS}; dates after ISO 8601-1:2019, 5.2.2.",
    interval=EXACT,
    minimum_n=1,
    live=True,
)


# --- disagreement and backing -----------------------------------------------------------------------------------------

SUMMED = (
    "claims_n", "properties_n", "backed_n", "second_n", "unread_n", "compared_n", "open_n", "judged_n"
)  # fmt: skip


def _open(rows: Rows, now: datetime) -> Rows:
    return figures(DISAGREEMENTS_OPEN, [{"world": row["world"], **_open_of(row)} for row in _summed(rows)])


def _backed(rows: Rows, now: datetime) -> Rows:
    return figures(CLAIMS_BACKED, [{"world": row["world"], **_backed_of(row)} for row in _summed(rows)])


def _summed(rows: Rows) -> Sequence[Row]:
    """A row for each world. Arrow all through: a large register has a million entities."""
    told = rows.append_column("with_open_n", pc.cast(pc.greater(rows.column("open_n"), 0), pa.int64()))
    asked = [*((name, "sum") for name in (*SUMMED, "with_open_n")), ("open_n", "count")]
    made: Sequence[Row] = told.group_by("world").aggregate(asked).sort_by("world").to_pylist()
    return made


def _open_of(row: Row) -> dict[str, Any]:
    return {
        **exact(float(row["open_n_sum"]), row["compared_n_sum"]),
        "judged_n": row["judged_n_sum"],
        "alike_n": row["compared_n_sum"] - row["open_n_sum"] - row["judged_n_sum"],
        "entities_n": row["with_open_n_sum"],
    }


def _backed_of(row: Row) -> dict[str, Any]:
    n = row["properties_n_sum"]
    return {
        **exact(row["backed_n_sum"] / n, n),
        "backed_n": row["backed_n_sum"],
        "second_n": row["second_n_sum"],
        "unread_n": row["unread_n_sum"],
        "claims_n": row["claims_n_sum"],
        "entities_n": row["open_n_count"],
    }


DISAGREEMENTS_OPEN = Indicator(
    name="disagreements_open",
    code="OPEN",
    title="Disagreements that are open",
    unit="1",
    quantity=Quantity.COUNT,
    source=BACKING.name,
    columns=SUMMED,
    dimensions=(WORLD,),
    function=_open,
    further=(
        count("judged_n", "Of how many more somebody has judged between the sources."),
        count("alike_n", "In how many all say the same."),
        count("entities_n", "Of how many entities something is open."),
    ),
    method="A property of an entity, all its records together, that can have one value only and of which claims stand "
    "that differ. It is open until somebody judges between them. n is of how many such properties two claims or more "
    "stand: where one source alone speaks, nobody can differ. Values are compared as they are written.",
    reference=f"{OURS}.",
    interval=EXACT,
    minimum_n=0,
    live=True,
)
CLAIMS_BACKED = Indicator(
    name="claims_backed",
    code="BACKED",
    title="Share that two independent sources say",
    unit="1",
    quantity=Quantity.SHARE,
    source=BACKING.name,
    columns=SUMMED,
    dimensions=(WORLD,),
    function=_backed,
    further=(
        count("backed_n", "Of how many properties two publishers say what stands first."),
        count("second_n", "Of how many two publishers say anything, alike or not."),
        count("unread_n", "Of how many nobody has read a source."),
        count("claims_n", "How many claims stand."),
        count("entities_n", "Of how many entities."),
    ),
    method="Of all properties of entities of which something stands, all records of an entity together, the share of "
    "which two sources of different publishers say what stands first. General knowledge, what nobody has read in its "
    "source, and who judges between sources count for none; files of one sender count for one. Whether two publishers "
    "took it from each other isn't known: the share is the most that can be independent.",
    reference=f"{OURS}.",
    interval="none: a share of the whole register is exact; that publishers copy isn't in it",
    minimum_n=1,
    better="higher",
    live=True,
)
