"""What could not be taken: why, where, and how to mend it."""

from typing import Any

from birlik.apps.web.panels.content import Content, Facts, more_of
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Panel

TABLE = "birlik_quarantine"


def content(panel: Panel, sight: Sight) -> Content:
    fixed = {"status": "open", **panel.fixed}
    limit = panel.limit + sight.ask.more
    rows = sight.rows(TABLE, fixed, order=("-received_time", "quarantine_id"), limit=limit + 1)
    return Content(
        values={
            "items": [item(sight, row) for row in rows[:limit]],
            "more": more_of(panel, sight, len(rows) - limit),
            "may_act": sight.principal.is_operator,
        },
        facts=Facts(),
    )


def item(sight: Sight, row: Row) -> dict[str, Any]:
    words = sight.words
    places = (
        ("line {line}", row["line"]),
        ("column {column}", row["column"]),
        ("field {field}", row["field"]),
        ("at {pointer}", row["pointer"]),
    )
    where = [words.t(text).format(**{text[text.index("{") + 1 : -1]: v}) for text, v in places if v not in (None, "")]
    return {
        "id": row["quarantine_id"],
        "source": row["source_id"],
        "received": words.moment(row["received_time"], sight.zone),
        "kind": words.code("fault", row["kind"]),
        "reason": words.t(row["reason"]),
        "where": ", ".join(where),
        "filename": row["filename"] or "",
        "media_type": row["media_type"],
        "piece": (row["piece"] or "")[:4000],
        "status": row["status"],
    }
