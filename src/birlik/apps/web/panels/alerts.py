"""What is out of the ordinary, in words, with its severity by shape as well as colour; each leads to its subject."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from birlik.apps.web import doing, freshness, naming
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.queue import verdict
from birlik.apps.web.sight import Row, Sight
from birlik.kernel import acting, alerting, shift
from birlik.kernel.alerting.words import SOURCE_LANGUAGE, Words, catalogues_in, words
from birlik.kernel.domain import Alerts, Sources

TABLE = Alerts.TABLE
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
MOST_OPEN = 200
FEED_QUIET = "feed_quiet"
"""The kernel's own rule: its subject is a source."""


def content(panel: Alerts, sight: Sight) -> Content:
    rows = list(sight.rows(TABLE, panel.fixed, order=("-updated_time",), limit=panel.limit))
    page = sight.ask.page
    if page.parameters:
        subject = {name: sight.ask.given[name] for name in page.parameters}
        rows = [r for r in rows if is_about(r, subject)]
    still = worst_first([r for r in rows if r["status"] == "open"])
    closed = [r for r in rows if r["status"] != "open"]
    fresh = freshness.of(sight)
    values = {
        "open": [_alert(sight, r) for r in still],
        "closed": [_alert(sight, r) for r in closed[:10]],
        "old": freshness.ago_words(sight, fresh) if fresh.is_old else "",
        "none": fresh.last is None,
        "did": doing.did(sight, [act.name for act in shift.ACTS]),
        "log": naming.list_address(sight, shift.SHIFT) if sight.principal.is_operator else "",
    }
    return Content(values=values, facts=Facts())


def opened(sight: Sight) -> Sequence[Row]:
    """Every open alert that this reader may see, the worst first."""
    return worst_first(sight.rows(TABLE, {"status": "open"}, order=("-updated_time",), limit=MOST_OPEN))


def worst_first(rows: Sequence[Row]) -> list[Row]:
    def worse(row: Row) -> tuple[int, float]:
        severity = str(row["severity"])
        place = SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)
        return (place, -row["opened_time"].timestamp())

    return sorted(rows, key=worse)


def is_about(alert: Row, subject: Mapping[str, Any]) -> bool:
    """Do its values name this subject? What they leave open does not tell against it."""
    said = values_of(alert)
    named = [name for name in subject if name in said]
    return bool(named) and all(str(said[name]) == str(subject[name]) for name in named)


def values_of(alert: Row) -> Mapping[str, Any]:
    try:
        said = json.loads(alert["values"])
    except (TypeError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def mark(sight: Sight, alert: Row) -> dict[str, str]:
    """Its severity, for a line of a list: in words, shape and colour."""
    return {
        "severity": str(alert["severity"]).lower(),
        "severity_words": sight.words.code("severity", alert["severity"]),
        "headline": headline(sight, alert),
    }


def address(sight: Sight, alert: Row) -> str:
    """The page about its subject: the first whose parameters its values name, in the state that they say."""
    said = values_of(alert)
    for page in sight.ask.domain.pages:
        if len(page.parameters) == 1 and page.parameters[0] in said:
            choices = {name: str(said[name]) for name in page.choices if name in said}
            return sight.link(page.name, str(said[page.parameters[0]]), choices)
    if alert["rule"] == FEED_QUIET:
        sources = [p for p in sight.ask.domain.pages if any(isinstance(panel, Sources) for panel in p.panels)]
        return sight.link(sources[0].name, "") if sources else ""
    return ""


def _alert(sight: Sight, row: Row) -> dict[str, Any]:
    said = _words(sight, row)
    over = row["status"] != "open"
    return {
        "id": row["alert_id"],
        **mark(sight, row),
        "instruction": said.instruction if said is not None and not over else "",
        "description": said.description if said is not None and sight.ask.page.parameters else "",
        "href": address(sight, row) if not sight.ask.page.parameters else "",
        "opened": sight.stamp(row["opened_time"], _zone(sight, row)),
        "closed": sight.stamp(row["closed_time"], _zone(sight, row)) if row["closed_time"] else "",
        "cap": f"/api/v1/alerts/{row['alert_id']}/cap",
        "log": _log(sight, row),
        "verdicts": [] if over else _verdicts(sight, row),
    }


def _log(sight: Sight, row: Row) -> list[dict[str, Any]]:
    """What was done about it, as it came."""
    said = sight.rows(shift.SHIFT.name, {"alert_id": row["alert_id"]}, order=("said_time", "entry_id"))
    return [
        {
            "when": sight.stamp(entry["said_time"]),
            "by": entry["by"],
            "done": sight.words.code("done", entry["done"]),
            "to": entry["to"] or "",
            "text": entry["text"] or "",
            "is_acknowledged": entry["done"] == shift.ACKNOWLEDGED,
        }
        for entry in said
    ]


def _verdicts(sight: Sight, row: Row) -> list[dict[str, Any]]:
    """What may be done about it: it is acknowledged once."""
    table = sight.node.store.catalogue.tables[TABLE]
    done = {entry["done"] for entry in sight.rows(shift.SHIFT.name, {"alert_id": row["alert_id"]})}
    acts = [act for act in shift.ACTS if acting.may(sight.principal, act) and sight.ask.as_of is None]
    if shift.ACKNOWLEDGED in done:
        acts = acts[1:]
    back = f"{sight.ask.address(did='')}#alerts"
    return [verdict(sight, act, table, row, back) for act in acts]


def _zone(sight: Sight, row: Row) -> str:
    """Of the place that it is about, where a register knows it."""
    said = values_of(row)
    for page in sight.ask.domain.pages:
        if page.register and len(page.parameters) == 1 and page.parameters[0] in said:
            about = sight.register(page.register).get(str(said[page.parameters[0]]), {})
            return sight.zone_of(page.register, about)
    return ""


def headline(sight: Sight, row: Row) -> str:
    """The rule's words in the reader's language over the alert's values; as it was sent where that can't be said."""
    said = _words(sight, row)
    return said.headline if said is not None else str(row["headline"])


def _words(sight: Sight, row: Row) -> Words | None:
    declared = next((r for r in alerting.rules(sight.node) if r.name == row["rule"]), None)
    if declared is None:
        return None
    folders = tuple(d.catalogue for d in sight.node.domains if d.catalogue is not None)
    try:
        said = words(declared, values_of(row), catalogues_in(folders))
    except (ValueError, KeyError):  # an alert of an older rule may lack what today's words speak of
        return None
    mine = [each for each in said if each.language == sight.words.language]
    return next(iter(mine), said[0] if sight.words.language == SOURCE_LANGUAGE else None)
