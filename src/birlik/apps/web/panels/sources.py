"""What arrived from whom, how late, and what is missing: made of the figures of an indicator by source and day."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from birlik.apps.web.panels.content import (
    Content,
    Facts,
    day_of,
    facts_of,
    grid_of,
    measure_value,
    measure_words,
    withheld_of,
)
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Indicator, Panel, Type
from birlik.settings import Source

DAYS = 30
NEWEST = 1_000
QUIET = 3.0
"""A source is late when it has been silent for so many times its usual pause."""


def content(panel: Panel, sight: Sight) -> Content:
    if not panel.indicator:
        return _of_messages(sight)
    indicator = sight.indicator(panel.indicator)
    rows = sight.figures(indicator.name, panel.fixed)
    source = panel.split or indicator.dimension_names[0]
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row[source], []).append(row)
    for name in expected(sight):
        by_source.setdefault(name, [])
    measures = panel.measures or tuple(m.name for m in indicator.further)
    values = {
        "sources": [_source(sight, indicator, name, found, measures) for name, found in sorted(by_source.items())],
        "headings": [measure_words(sight, indicator, m) for m in measures],
    }
    return Content(
        values=values,
        facts=facts_of(sight, indicator, rows),
        empty=not by_source,
        withheld=withheld_of(sight, rows),
        grid=grid_of(sight, indicator, list(reversed(rows)), (), 200),
    )


def _of_messages(sight: Sight) -> Content:
    """Without an indicator: what the newest messages say."""
    rows = sight.rows("birlik_message", order=("-received_time",), limit=NEWEST, slow=True)
    words, by_source = sight.words, dict[str, list[Row]]()
    for row in rows:
        by_source.setdefault(row["source_id"], []).append(row)
    counted = ("accepted_n", "duplicate_n", "refused_n")
    sources = [
        {
            "name": name,
            "cells": [words.count(sum(r[c] for r in found)) for c in counted],
            "last": words.ago(found[0]["received_time"], sight.watermark),
            "last_moment": words.moment(found[0]["received_time"], sight.zone),
            "late": _late(sight, name, found[0]["received_time"]),
            "days": [],
        }
        for name, found in sorted(by_source.items())
    ]
    values = {"sources": sources, "headings": [words.code("column", c) for c in counted]}
    return Content(values=values, facts=Facts(n=words.count(len(rows))), empty=not rows)


def _source(
    sight: Sight, indicator: Indicator, name: str, rows: Sequence[Row], measures: Sequence[str]
) -> Mapping[str, Any]:
    kinds = {m.name: m.type for m in indicator.measures}
    period = indicator.period
    newest: Row = max(rows, key=lambda r: str(r.get(period or "")), default={})
    last = _last(sight, name)
    return {
        "name": name,
        "cells": [measure_value(sight, m, newest, kinds[m]) for m in measures if m in kinds],
        "withheld": sight.words.t(newest.get("withheld") or ""),
        "last": sight.words.ago(last, sight.watermark) if last else sight.words.t("nothing yet"),
        "last_moment": sight.words.moment(last, sight.zone) if last else "",
        "late": _late(sight, name, last),
        "days": _days(sight, indicator, rows),
    }


def _last(sight: Sight, source: str) -> datetime | None:
    """When its newest record came: a bounded look at the newest of its days, never at all of them."""
    found = sight.rows("birlik_message", {"source_id": source}, order=("-received_time",), limit=1, slow=True)
    moment: datetime | None = found[0]["received_time"] if found else None
    return moment


def expected(sight: Sight) -> Mapping[str, Source]:
    """Suppliers that the settings name: the operator is told of them before they have sent anything."""
    return sight.node.settings.sources if sight.principal.is_operator else {}


def _late(sight: Sight, source: str, last: datetime | None) -> str:
    """By the rhythm that the settings state, else by the one that the alert for a quiet feed has learnt."""
    if last is None:
        return ""
    known = expected(sight).get(source)
    if known is not None and known.every_s:
        usual_s = known.every_s if (sight.watermark - last).total_seconds() > QUIET * known.every_s else None
    else:
        usual_s = _learnt(sight).get(source)
    if usual_s is None:
        return ""
    words = sight.words
    return words.t("last record {ago}, usually every {every}").format(
        ago=words.ago(last, sight.watermark), every=words.span(usual_s)
    )


def _learnt(sight: Sight) -> Mapping[str, float]:
    """The usual pause of each source that has fallen silent."""
    rows = sight.rows("birlik_alert", {"rule": "feed_quiet", "status": "open"}, slow=True)
    return {str(row["key"]): float(json.loads(row["values"])["usual"]) for row in rows}


def _days(sight: Sight, indicator: Indicator, rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """The last thirty days, one mark each: how much came, and where nothing did."""
    period = indicator.period
    if not period:
        return []
    by_day = {day_of(indicator, r[period]): r for r in rows}
    volume = next((m.name for m in indicator.further if m.type is Type.INT), "n")
    most = max((r[volume] or 0 for r in rows), default=0) or 1
    today = sight.watermark.astimezone(UTC).date()
    made: list[Mapping[str, Any]] = []
    for back in reversed(range(DAYS)):
        day = today.fromordinal(today.toordinal() - back)
        row = by_day.get(day)
        n = (row[volume] or 0) if row else 0
        made.append(
            {
                "step": 0 if not n else 1 + min(3, int(4 * n / (most + 1))),
                "title": f"{sight.words.day(day)}: {sight.words.count(n)}" if n else sight.words.day(day) + ": –",
            }
        )
    return made
