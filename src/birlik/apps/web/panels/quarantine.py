"""What could not be taken: by source and reason with counts, then entry by entry: why, where, and how to mend it."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.apps.web import doing, forms
from birlik.apps.web.ask import iso
from birlik.apps.web.forms import BACK, address_of, form_of
from birlik.apps.web.panels.content import Content, Facts, more_of
from birlik.apps.web.panels.queue import TOKEN
from birlik.apps.web.sight import Read, Row, Sight
from birlik.apps.web.words import Words
from birlik.errors import Unknown
from birlik.kernel import acting, quarantine, saying, settling
from birlik.kernel.domain import Quarantine
from birlik.kernel.encodings import text_of

TABLE = settling.TABLE
RESEND, DISMISS, DISMISS_ALIKE = (act.name for act in settling.ACTS)
STATUSES = ("open", "resent", "dismissed")
MOST_GROUPS = 500
FIRST_GROUPS = 12
"""So many groups stand open; the others are folded."""
EDITED_BYTES = 64 * 1024
"""A longer message is corrected in a file: in a page it would be a wall."""


def content(panel: Quarantine, sight: Sight) -> Content:
    only = sight.ask.only
    status = only.get("status") if only.get("status") in STATUSES else "open"
    groups = sight.answer(Read("alike", str(status), limit=MOST_GROUPS, slow=False))
    limit = panel.limit + sight.ask.more
    rows = list(_entries(panel, sight, str(status), limit + 1))
    back = f"{sight.ask.address(did='')}#{panel.name}"
    may_act = sight.principal.is_operator and status == "open"
    return Content(
        values={
            "groups": [_group(sight, g, back) for g in groups],
            "first_groups": FIRST_GROUPS,
            "total": sight.words.count(sum(g["n"] for g in groups)),
            "items": [_item(sight, row, back, may_act=may_act) for row in rows[:limit]],
            "more": more_of(panel, sight, len(rows) - limit),
            "filter": _filter(sight, groups, str(status)),
            "filtered": bool(only.keys() - {"did", "status"}),
            "everything": f"{sight.ask.address(source_id='', kind='', about='', status='', did='')}#{panel.name}",
            "did": doing.did(sight, [act.name for act in settling.ACTS]),
            "may_act": may_act,
        },
        facts=Facts(),
    )


# --- groups ---------------------------------------------------------------------------------------------------


def _group(sight: Sight, group: Row, back: str) -> Mapping[str, Any]:
    chosen = {name: str(group[name]) for name in settling.ALIKE}
    act = acting.act_named(sight.node, DISMISS_ALIKE)
    return {
        **chosen,
        "n": group["n"],
        "count": sight.words.count(group["n"]),
        "fault": sight.words.code("fault", group["kind"]),
        "reason": saying.about_in(sight.node, sight.words.language, str(group["about"])),
        "last": sight.stamp(group["last_time"]),
        "dismiss": {
            "address": address_of(sight, act, None, None),
            "hidden": {**chosen, "until": iso(group["last_time"]), BACK: back, forms.TOKEN: TOKEN},
        },
        "href": f"{sight.ask.address(**chosen, did='', more='0')}#quarantine",
        "here": all(sight.ask.only.get(name) == value for name, value in chosen.items()),
    }


def _filter(sight: Sight, groups: Sequence[Row], status: str) -> Mapping[str, Any]:
    """The choices of the form: each source and reason that there is, and the one that is chosen."""
    words, only = sight.words, sight.ask.only
    sources = sorted({str(g["source_id"]) for g in groups} | ({only["source_id"]} if "source_id" in only else set()))
    abouts = sorted({str(g["about"]) for g in groups} | ({only["about"]} if "about" in only else set()))
    said = sorted((saying.about_in(sight.node, words.language, about), about) for about in abouts)
    return {
        "address": sight.ask.path,
        "hidden": {n: v for n, v in sight.ask.state().items() if n not in ("source_id", "kind", "about", "did")},
        "sources": [(name, name, name == only.get("source_id")) for name in sources],
        "reasons": [(about, text[:90], about == only.get("about")) for text, about in said],
        "statuses": [(s, words.code("status", s), s == status) for s in STATUSES],
    }


# --- entries --------------------------------------------------------------------------------------------------


def _entries(panel: Quarantine, sight: Sight, status: str, limit: int) -> Sequence[Row]:
    fixed = {**{n: v for n, v in sight.ask.only.items() if n in ("source_id", "kind")}, "status": status}
    if about := sight.ask.only.get("about"):
        fixed["reason_template"] = about
    rows = sight.rows(TABLE, fixed, order=("-received_time", "quarantine_id"), limit=limit)
    if about and not rows:  # entries of an earlier release have no template: their words tell them apart
        old = {n: v for n, v in fixed.items() if n != "reason_template"} | {"reason": about}
        rows = sight.rows(TABLE, old, order=("-received_time", "quarantine_id"), limit=limit)
    return rows


def _item(sight: Sight, row: Row, back: str, *, may_act: bool) -> dict[str, Any]:
    words = sight.words
    said = (row["reason"], row["reason_template"], row["reason_values"])
    return {
        "id": row["quarantine_id"],
        "source": row["source_id"],
        "received": sight.stamp(row["received_time"]),
        "kind": words.code("fault", row["kind"]),
        "reason": saying.reason_in(sight.node, words.language, *said),
        "where": place_of(words, row),
        "filename": row["filename"] or "",
        "media_type": row["media_type"],
        "piece": (row["piece"] or "")[:4000],
        "status": row["status"],
        "text_address": sight.ask.part("text", row["quarantine_id"]),
        "forms": _forms(sight, row, back) if may_act else {},
        **_text(sight, row),
    }


def _forms(sight: Sight, row: Row, back: str) -> Mapping[str, Any]:
    table = sight.node.store.catalogue.tables[TABLE]
    acts = {"resend": RESEND, "dismiss": DISMISS}
    return {
        said: form_of(sight, acting.act_named(sight.node, name), table, row, back=back, token=TOKEN)
        for said, name in acts.items()
    }


def place_of(words: Words, where: Mapping[str, Any]) -> str:
    """`line 3, column 2, field time`: where something is wrong in a message, as far as that is known."""
    places = (
        (words.t("line {line}"), "line"),
        (words.t("column {column}"), "column"),
        (words.t("field {field}"), "field"),
        (words.t("at {pointer}"), "pointer"),
    )
    return ", ".join(text.format(**{name: where[name]}) for text, name in places if where[name] not in (None, ""))


def _text(sight: Sight, row: Row) -> Mapping[str, str]:
    """The text to correct, for a reader without JavaScript; with it, it comes when the entry is opened."""
    if not sight.ask.whole or not sight.principal.is_operator or row["status"] != "open":
        return {"text": "", "encoding": ""}
    text, encoding = editable(sight, str(row["quarantine_id"])) or ("", "")
    return {"text": text, "encoding": encoding}


def editable(sight: Sight, identity: str) -> tuple[str, str] | None:
    """(text, encoding) of a whole message; None where it is binary, too long for a page, or was never kept."""
    try:
        entry = quarantine.entry_of(sight.node, sight.principal, identity)
        body = quarantine.record_of(sight.node, sight.principal, entry).body
    except Unknown:
        return None
    return text_of(body) if 0 < len(body) <= EDITED_BYTES else None
