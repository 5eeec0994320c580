"""Who sends: how each supplier is, what it sent and when that happened, and what of it is missing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from birlik.apps.web.panels.content import Content, Facts, facts_of, grid_of, measure_value, measure_words, withheld_of
from birlik.apps.web.sight import SILENT_AFTER, Read, Row, Sight
from birlik.kernel.alerting.feed_quiet import MINIMUM_GAPS
from birlik.kernel.domain import Indicator, Sources
from birlik.settings import Source

DAYS = 30
LATE_AFTER = 2.0
"""Usual gaps without a word, after which a supplier is late; its alert closes below."""
STATES = ("silent", "late", "never", "irregular", "well")
"""The worst first: so they stand in the list."""


def content(panel: Sources, sight: Sight) -> Content:
    rhythms = {str(r["source_id"]): r for r in sight.answer(Read("rhythms", "birlik_message", slow=True))}
    sent = {str(r["source_id"]): r for r in _counted(sight, "birlik_message", ("source_id",))}
    refused = {str(r["source_id"]): r["n"] for r in _counted(sight, "birlik_quarantine", ("source_id",), "open")}
    days = _days(sight, panel)
    left_out = {str(r["source_id"]): r["n"] for r in _left_out(sight, panel)}
    names = sorted({*sent, *days, *expected(sight)})
    indicator = sight.indicator(panel.indicator) if panel.indicator else None
    figures = sight.figures(indicator.name) if indicator else []
    measures = panel.measures or tuple(m.name for m in indicator.further) if indicator else ()
    made = []
    for name in names:
        newest = _newest(indicator, figures, name)
        state = _state(sight, name, rhythms.get(name), sent.get(name))
        made.append(
            {
                "name": name,
                **state,
                "records": sight.words.count(sum(days.get(name, {}).values())),
                "cells": [_cell(sight, indicator, m, newest) for m in measures] if indicator else [],
                "refused": sight.words.count(refused[name]) if name in refused else "",
                "refused_href": f"{sight.ask.address(source_id=name)}#quarantine" if name in refused else "",
                "left_out": sight.words.count(left_out[name]) if name in left_out else "",
                "left_out_href": sight.link(panel.link, name),
                "days": _marks(sight, days.get(name, {})) if panel.beside else [],
            }
        )
    made.sort(key=lambda s: (STATES.index(s["state"]), s["name"]))
    return Content(
        values={
            "sources": made,
            "headings": [_heading(sight, indicator, m) for m in measures] if indicator else [],
            "summary": _summary(sight, made),
            "has_left_out": bool(panel.link) and sight.page(panel.link) is not None,
        },
        facts=facts_of(sight, indicator, figures) if indicator else Facts(),
        empty=not made,
        withheld=withheld_of(sight, figures),
        grid=grid_of(sight, indicator, list(reversed(figures)), (), 200) if indicator else None,
    )


def _cell(sight: Sight, indicator: Indicator, name: str, row: Row) -> str:
    """Seconds as people say them."""
    if indicator.told[name].unit == "s" and row.get(name) is not None:
        return sight.words.duration(row[name] / 3600)
    return measure_value(sight, indicator, name, row)


def _heading(sight: Sight, indicator: Indicator, name: str) -> str:
    unit = indicator.told[name].unit
    return sight.words.named("measure", name, unit) if unit == "s" else measure_words(sight, indicator, name)


def expected(sight: Sight) -> Mapping[str, Source]:
    """Suppliers that the settings name: the operator is told of them before they have sent anything."""
    return sight.node.settings.sources if sight.principal.is_operator else {}


def _counted(sight: Sight, table: str, by: tuple[str, ...], status: str = "") -> Sequence[Row]:
    where = (("status", status),) if status else ()
    return sight.answer(Read("counts", table, where, by, slow=True))


def _left_out(sight: Sight, panel: Sources) -> Sequence[Row]:
    """Of the page to which a supplier leads: how many rows of its first table are this supplier's."""
    page = sight.page(panel.link) if panel.link else None
    table = next((p.bound.table for p in page.panels if p.bound.table), None) if page else None
    return _counted(sight, table, ("source_id",)) if table else []


def _newest(indicator: Indicator | None, figures: Sequence[Row], name: str) -> Row:
    if indicator is None:
        return {}
    mine = [r for r in figures if r.get("source_id") == name]
    return max(mine, key=lambda r: str(r.get(indicator.period or "")), default={})


# --- how a supplier is ----------------------------------------------------------------------------------------


def _state(sight: Sight, name: str, rhythm: Row | None, sent: Row | None) -> dict[str, Any]:
    """Well, late or silent by its rhythm: the one that the settings state, else the one of its last two weeks."""
    words = sight.words
    if sent is None:
        return {"state": "never", "said": words.t("never heard"), "since": "", "last": "", "usual": ""}
    known = expected(sight).get(name)
    stated_s = known.every_s if known is not None else None
    learnt_s = rhythm["usual_s"] if rhythm is not None and rhythm["gaps_n"] >= MINIMUM_GAPS else None
    usual_s = stated_s or learnt_s
    last: datetime = sent["last_time"]
    quiet_s = max(0.0, (sight.watermark - last).total_seconds())
    state = "irregular"
    if usual_s is not None:
        state = "silent" if quiet_s >= SILENT_AFTER * usual_s else "late" if quiet_s >= LATE_AFTER * usual_s else "well"
    since = last if state in ("silent", "late") else rhythm["resumed_time"] if rhythm is not None else None
    return {
        "state": state,
        "said": {
            "silent": words.t("silent"),
            "late": words.t("late"),
            "well": words.t("well"),
            "irregular": words.t("no rhythm yet"),
        }[state],
        "since": words.t("since {moment}").format(moment=words.lately(since, sight.now, sight.zone))
        if since is not None
        else "",
        "last": sight.stamp(last),
        "usual": words.t("usually every {every}").format(every=words.span(max(60.0, usual_s))) if usual_s else "",
    }


def _summary(sight: Sight, made: Sequence[Mapping[str, Any]]) -> str:
    """`13 suppliers: 1 silent, 12 well.`"""
    words = sight.words
    counted = {state: sum(s["state"] == state for s in made) for state in STATES}
    said = {s["state"]: s["said"] for s in made}
    parts = ", ".join(f"{words.count(n)} {said[state]}" for state, n in counted.items() if n)
    whole = words.n("{n} supplier: {states}.", "{n} suppliers: {states}.", len(made))
    return whole.format(n=words.count(len(made)), states=parts)


# --- when it happened -----------------------------------------------------------------------------------------


def _days(sight: Sight, panel: Sources) -> Mapping[str, Mapping[date, int]]:
    """By supplier and day, how many rows of `beside` happened then, whenever they came."""
    if not panel.beside:
        return {}
    made: dict[str, dict[date, int]] = defaultdict(dict)
    for row in sight.answer(Read("days", panel.beside, (), ("source_id",), DAYS, slow=True)):
        made[str(row["source_id"])][row["day"]] = row["n"]
    return made


def _marks(sight: Sight, days: Mapping[date, int]) -> list[Mapping[str, Any]]:
    """The last thirty days, one mark each: how much happened, and where nothing is known."""
    most = max(days.values(), default=0) or 1
    today = sight.watermark.date()
    made: list[Mapping[str, Any]] = []
    for back in reversed(range(DAYS)):
        day = today - timedelta(days=back)
        n = days.get(day, 0)
        said = sight.words.count(n) if n else sight.words.t("nothing")
        made.append(
            {"step": 1 + min(3, int(4 * n / (most + 1))) if n else 0, "title": f"{sight.words.day(day)}: {said}"}
        )
    return made
