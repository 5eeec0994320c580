"""What is out of the ordinary, in words, with its severity by shape as well as colour."""

import json
from typing import Any

from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.sight import Row, Sight
from birlik.kernel import alerting
from birlik.kernel.alerting.words import SOURCE_LANGUAGE, catalogues_in, words
from birlik.kernel.domain import Panel

TABLE = "birlik_alert"
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")


def content(panel: Panel, sight: Sight) -> Content:
    rows = list(sight.rows(TABLE, panel.fixed, order=("-updated_time",), limit=panel.limit))
    about = set(sight.ask.given.values()) if sight.ask.page.parameters else set()
    if about:
        subject = sight.ask.given[sight.ask.page.parameters[0]]
        rows = [r for r in rows if subject in str(r["key"])]
    opened = sorted((r for r in rows if r["status"] == "open"), key=_worst_first)
    closed = [r for r in rows if r["status"] != "open"]
    values = {
        "open": [_alert(sight, r) for r in opened],
        "closed": [_alert(sight, r) for r in closed[:10]],
    }
    return Content(values=values, facts=Facts())


def _worst_first(row: Row) -> tuple[int, float]:
    severity = str(row["severity"])
    return (SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES), -row["opened_time"].timestamp())


def _alert(sight: Sight, row: Row) -> dict[str, Any]:
    written = sight.words
    return {
        "id": row["alert_id"],
        "severity": str(row["severity"]).lower(),
        "severity_words": written.code("severity", row["severity"]),
        "headline": headline(sight, row),
        "area": row["area"] or "",
        "opened": written.moment(row["opened_time"], sight.zone),
        "closed": written.moment(row["closed_time"], sight.zone) if row["closed_time"] else "",
        "cap": f"/api/v1/alerts/{row['alert_id']}/cap",
    }


def headline(sight: Sight, row: Row) -> str:
    """The rule's words in the reader's language over the alert's values; as it was sent where that can't be said."""
    declared = next((r for r in alerting.rules(sight.node) if r.name == row["rule"]), None)
    if declared is None or sight.words.language == SOURCE_LANGUAGE:
        return str(row["headline"])
    folders = tuple(d.catalogue for d in sight.node.domains if d.catalogue is not None)
    try:
        said = words(declared, json.loads(row["values"]), catalogues_in(folders))
    except (ValueError, KeyError):  # an alert of an older rule may lack what today's words speak of
        return str(row["headline"])
    return next((each.headline for each in said if each.language == sight.words.language), str(row["headline"]))
