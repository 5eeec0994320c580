"""Every operation of `/api/v1`, one row each; and `/health`, `/metrics`."""

from collections.abc import Mapping
from typing import Any

from birlik.apps.api import (
    aggregates,
    alerts,
    archiving,
    audit,
    declared,
    feeds,
    intake,
    persons,
    planned,
    records,
    rows,
    running,
    search,
)
from birlik.apps.api.forms import FORMS
from birlik.apps.api.operations import API, Operation
from birlik.apps.api.question import MAXIMUM_LIMIT
from birlik.kernel.filtering import LANGUAGES
from birlik.kernel.members import Need, Role

ANY_BYTES: Mapping[str, Any] = {"type": "string", "format": "binary"}


def path(name: str, words: str) -> Mapping[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string"}}


def query(name: str, words: str, **schema: Any) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": {"type": "string", **schema}}


def header(name: str, words: str) -> Mapping[str, Any]:
    return {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}


NAMED_TABLE = path("name", "A table, derived table, register or system table.")
NAMED_INDICATOR = path("name", "An indicator.")
KEY = path("key", "The row's key: its parts in their order, with commas between.")
MOMENTS = (
    query("as_of", "As it was known at this moment.", format="date-time"),
    query("holds_at", "What holds at this moment, of rows that say since when they hold.", format="date-time"),
)
GROUPED = (
    query("by", "Fields to group by, comma-separated; of a time or day also its period (UTC): `month(received_time)`."),
    query(
        "measure", "count, count(f), distinct(f), min(f), max(f), sum(f), mean(f), comma-separated.", default="count"
    ),
    query("order", "By these columns of the answer, comma-separated; `-` before a name turns it round."),
    query("limit", "More groups than this are refused.", type="integer", minimum=1, maximum=MAXIMUM_LIMIT),
    query("filter", "Only rows for which this holds, in CQL2. Every field filters too, as for rows."),
    query("filter-lang", "How `filter` is written.", enum=[*LANGUAGES]),
    query("from", "Rows from here on, by the table's time."),
    query("to", "Rows before this."),
    query("format", "In the place of Accept."),
)
GROUPS: Mapping[str, Any] = {
    "type": "object",
    "required": ["data", "next", "watermark"],
    "properties": {
        "data": {"type": "array", "items": {"type": "object"}},
        "next": {"type": "null"},
        "watermark": {"type": "string", "format": "date-time"},
    },
}
ACTING = (
    header("Idempotency-Key", "The sender's name for this very act: sent again, it is done once."),
    header("Birlik-Marking", "TLP 2.0 marking of a row that begins."),
    header("Birlik-Audience", "Comma-separated: who may see a row that begins."),
)
PREVIEW = query(
    "preview",
    "`true`: do nothing, and answer how many rows it would touch, with the first of each table before and after.",
    type="boolean",
    default=False,
)
IF_MATCH = header("If-Match", "The ETag of the row that the sender has seen; 412 where it has changed since.")
ENTRY = path("id", "The entry's `quarantine_id`.")
ALERT = path("id", "The alert's `alert_id`.")
DELIVERED = (
    query("intake", "Name or media type of the intake; without it, the file is recognised by its first bytes."),
    query("source", "The supplier; the header `Birlik-Source` says the same."),
    query("filename", "Its file's name."),
    query("marking", "TLP 2.0 marking; the header `Birlik-Marking` says the same."),
    query("audience", "Comma-separated: members, observers, partners, public, or named views."),
    query("profile", "A profile's name, where the intake reads by one."),
    query("profile_yaml", "A profile of the sender's own, as YAML."),
    query(
        "try",
        "`true`: keep nothing, and answer what would come of it: intake and profile, the first rows of each table with "
        "their units, times in UTC, what would be refused, and notices. Duplicates are told only when it is sent.",
        type="boolean",
        default=False,
    ),
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=API,
        handle=declared.index,
        tag="node",
        operation_id="index",
        role=Need.SIGNED_IN,
        summary="What there is",
    ),
    Operation(
        method="GET",
        path=f"{API}/node",
        handle=running.node,
        tag="node",
        operation_id="node",
        role=Need.SIGNED_IN,
        summary="The node and all that it declares",
    ),
    Operation(
        method="POST",
        path=f"{API}/node/backup",
        handle=running.backup,
        tag="node",
        operation_id="backup",
        role=Role.ADMINISTRATOR,
        summary="Copy the running node into an empty folder of its machine",
        body={
            "application/json": {
                "type": "object",
                "required": ["folder"],
                "properties": {"folder": {"type": "string"}},
            }
        },
    ),
    Operation(
        method="POST",
        path=f"{API}/pin",
        handle=running.pin,
        tag="node",
        operation_id="pin",
        role=Role.READER,
        summary="Keep the figures as they stand; the moment returned goes into `as_of`",
    ),
    Operation(
        method="GET",
        path=f"{API}/events",
        handle=running.events,
        tag="node",
        operation_id="events",
        role=Need.SIGNED_IN,
        summary="Server-sent events: each new watermark",
        answers={"text/event-stream": {"type": "string"}},
    ),
    Operation(
        method="GET",
        path=f"{API}/tables",
        handle=declared.tables,
        tag="tables",
        operation_id="tables",
        role=Need.SIGNED_IN,
        summary="Tables, derived tables, registers and system tables",
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}",
        handle=rows.table_rows,
        tag="tables",
        operation_id="rows",
        role=Need.SIGNED_IN,
        summary="Rows of a table",
        parameters=(NAMED_TABLE,),
        in_schema=False,  # listed once a table, each with its own fields
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}/aggregate",
        handle=aggregates.aggregate,
        tag="tables",
        operation_id="aggregate",
        role=Need.SIGNED_IN,
        summary="Rows of a table counted, summed and averaged in groups",
        parameters=(NAMED_TABLE, *GROUPED, *MOMENTS),
        answers={f.media_type: GROUPS if f.name == "json" else {} for f in FORMS if not f.places_only},
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}/schema",
        handle=declared.table_schema,
        tag="tables",
        operation_id="table_schema",
        role=Need.SIGNED_IN,
        summary="Fields of a table: type, unit, description, the standard's term",
        parameters=(NAMED_TABLE,),
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}/rows/{{key:path}}",
        handle=records.record,
        tag="tables",
        operation_id="record",
        role=Need.SIGNED_IN,
        summary="One row of a kept table, what it refers to, and what refers to it",
        parameters=(NAMED_TABLE, KEY, *MOMENTS),
    ),
    Operation(
        method="PATCH",
        path=f"{API}/tables/{{name}}/rows/{{key:path}}",
        handle=records.change,
        tag="acts",
        operation_id="change",
        role=Need.SIGNED_IN,
        summary="Change fields of a row; what isn't said stays",
        parameters=(NAMED_TABLE, KEY, PREVIEW, *ACTING, IF_MATCH),
        body={"application/json": {"type": "object"}},
        responses={409: "It can't be done while something else stands.", 412: "The row has changed since."},
    ),
    Operation(
        method="DELETE",
        path=f"{API}/tables/{{name}}/rows/{{key:path}}",
        handle=records.end,
        tag="acts",
        operation_id="end",
        role=Need.SIGNED_IN,
        summary="End a row; its past stays",
        parameters=(NAMED_TABLE, KEY, PREVIEW, *ACTING, IF_MATCH),
        responses={409: "Other rows refer to it.", 412: "The row has changed since."},
    ),
    Operation(
        method="POST",
        path=f"{API}/tables/{{name}}/rows",
        handle=records.begin,
        tag="acts",
        operation_id="begin",
        role=Need.SIGNED_IN,
        summary="Begin a row of a kept table",
        parameters=(NAMED_TABLE, PREVIEW, *ACTING),
        body={"application/json": {"type": "object"}},
        responses={201: "It is there.", 409: "There is one with this key."},
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}/history/{{key:path}}",
        handle=records.history,
        tag="tables",
        operation_id="history",
        role=Need.SIGNED_IN,
        summary="What was said of a row of a kept table, the version that holds first",
        parameters=(NAMED_TABLE, KEY),
    ),
    Operation(
        method="GET",
        path=f"{API}/tables/{{name}}/feed",
        handle=feeds.feed,
        tag="tables",
        operation_id="feed",
        role=Need.SIGNED_IN,
        summary="What changed in a kept table, the newest first, as an Atom feed; the table's filters hold",
        parameters=(
            NAMED_TABLE,
            query("since", "Only what the node was told since: an ISO 8601 time."),
            query("limit", "Most entries, 500 at most.", type="integer", default=100),
        ),
        responses={304: "It is as it was (If-None-Match)."},
    ),
    Operation(
        method="GET",
        path=f"{API}/acts",
        handle=records.acts,
        tag="acts",
        operation_id="acts",
        role=Need.SIGNED_IN,
        summary="What the asker may do",
    ),
    Operation(
        method="POST",
        path=f"{API}/acts/{{act}}",
        handle=records.act,
        tag="acts",
        operation_id="act",
        role=Need.SIGNED_IN,
        summary="Do it",
        parameters=(path("act", "The name of an act."), PREVIEW, *ACTING, IF_MATCH),
        body={"application/json": {"type": "object"}},
        responses={409: "It can't be done while something else stands.", 412: "The row has changed since."},
    ),
    Operation(
        method="GET",
        path=f"{API}/mine",
        handle=declared.mine,
        tag="mine",
        operation_id="mine",
        role=Need.SIGNED_IN,
        summary="Tables and indicators in which something is this caller's own",
    ),
    Operation(
        method="GET",
        path=f"{API}/mine/{{name}}",
        handle=rows.my_rows,
        tag="mine",
        operation_id="my_rows",
        role=Need.SIGNED_IN,
        summary="Rows, or figures, that name this caller, or a source of theirs",
        parameters=(path("name", "One of those that `/api/v1/mine` lists."),),
        answers={f.media_type: {} for f in FORMS},
    ),
    Operation(
        method="GET",
        path=f"{API}/indicators",
        handle=declared.indicators,
        tag="indicators",
        operation_id="indicators",
        role=Need.SIGNED_IN,
        summary="Indicators",
    ),
    Operation(
        method="GET",
        path=f"{API}/indicators/{{name}}",
        handle=rows.figures,
        tag="indicators",
        operation_id="figures",
        role=Need.SIGNED_IN,
        summary="Figures of an indicator",
        parameters=(NAMED_INDICATOR,),
        in_schema=False,
    ),
    Operation(
        method="GET",
        path=f"{API}/indicators/{{name}}/method",
        handle=declared.indicator_method,
        tag="indicators",
        operation_id="method",
        role=Need.SIGNED_IN,
        summary="How an indicator is made, and its published definition",
        parameters=(NAMED_INDICATOR,),
    ),
    Operation(
        method="GET",
        path=f"{API}/pages",
        handle=declared.pages,
        tag="pages",
        operation_id="pages",
        role=Need.SIGNED_IN,
        summary="Pages, as they are declared",
    ),
    Operation(
        method="GET",
        path=f"{API}/sources",
        handle=declared.sources,
        tag="intake",
        operation_id="sources",
        role=Role.READER,
        summary="What arrived from whom",
    ),
    Operation(
        method="POST",
        path=f"{API}/deliveries",
        handle=intake.deliver,
        tag="intake",
        operation_id="deliver",
        role=Role.SUPPLIER,
        summary="Take a file, or try what would come of it",
        parameters=DELIVERED,
        body={
            "application/octet-stream": ANY_BYTES,
            "multipart/form-data": {"type": "object", "properties": {"file": ANY_BYTES}},
        },
    ),
    Operation(
        method="PUT",
        path=f"{API}/registers/{{table}}/rows",
        handle=intake.edit_register,
        tag="intake",
        operation_id="edit_register",
        role=Role.STEWARD,
        summary="Put rows of a register in the place of those with the same keys",
        parameters=(path("table", "A register."),),
        body={
            "application/json": {
                "type": "object",
                "required": ["rows"],
                "properties": {"rows": {"type": "array", "minItems": 1, "items": {"type": "object"}}},
            }
        },
    ),
    Operation(
        method="GET",
        path=f"{API}/quarantine",
        handle=intake.quarantine,
        tag="quarantine",
        operation_id="quarantine",
        role=Role.READER,
        summary="What could not be taken, newest first",
        in_schema=False,
    ),
    Operation(
        method="GET",
        path=f"{API}/quarantine/groups",
        handle=intake.quarantine_groups,
        tag="quarantine",
        operation_id="quarantine_groups",
        role=Role.READER,
        summary="What is open by source and reason, the most first",
    ),
    Operation(
        method="POST",
        path=f"{API}/quarantine/dismiss",
        handle=intake.dismiss_alike,
        tag="quarantine",
        operation_id="dismiss_alike",
        role=Role.OPERATOR,
        summary="Put aside all open entries of one source with one reason",
        body={
            "application/json": {
                "type": "object",
                "required": ["source_id", "kind", "about"],
                "properties": {
                    "source_id": {"type": "string"},
                    "kind": {"type": "string"},
                    "about": {"type": "string", "description": "As the group has it."},
                    "until": {"type": "string", "format": "date-time", "description": "None that came later."},
                },
            }
        },
    ),
    Operation(
        method="GET",
        path=f"{API}/person/mine",
        handle=persons.mine,
        tag="records",
        operation_id="personMine",
        role=Need.SIGNED_IN,
        summary="What is kept of you, what for, and until when, as one file",
    ),
    Operation(
        method="POST",
        path=f"{API}/person",
        handle=persons.show,
        tag="records",
        operation_id="person",
        role=Role.STEWARD,
        summary="What is kept of a person, what for, and until when",
        body={
            "application/json": {
                "type": "object",
                "required": ["key"],
                "properties": {
                    "key": {"type": "string", "description": "The person's key, as rows have it."},
                    "people": {"type": "string", "description": "The table whose key it is; else all of persons."},
                },
            }
        },
        responses={400: "A table of no persons."},
    ),
    Operation(
        method="GET",
        path=f"{API}/quarantine/{{id}}",
        handle=intake.quarantined,
        tag="quarantine",
        operation_id="quarantined",
        role=Role.READER,
        summary="One entry",
        parameters=(ENTRY,),
    ),
    Operation(
        method="GET",
        path=f"{API}/quarantine/{{id}}/raw",
        handle=intake.raw,
        tag="quarantine",
        operation_id="quarantined_raw",
        role=Role.OPERATOR,
        summary="The message as it came",
        parameters=(ENTRY,),
        answers={"application/octet-stream": ANY_BYTES},
    ),
    Operation(
        method="POST",
        path=f"{API}/quarantine/{{id}}/resend",
        handle=intake.resend,
        tag="quarantine",
        operation_id="resend",
        role=Role.OPERATOR,
        summary="Send the message again, corrected by the body or as it was",
        parameters=(ENTRY,),
        body={"application/octet-stream": ANY_BYTES},
    ),
    Operation(
        method="POST",
        path=f"{API}/quarantine/{{id}}/dismiss",
        handle=intake.dismiss,
        tag="quarantine",
        operation_id="dismiss",
        role=Role.OPERATOR,
        summary="Put an entry aside",
        parameters=(ENTRY,),
    ),
    Operation(
        method="GET",
        path=f"{API}/alerts",
        handle=alerts.alerts,
        tag="alerts",
        operation_id="alerts",
        role=Role.READER,
        summary="Alerts, newest first",
        in_schema=False,
    ),
    Operation(
        method="GET",
        path=f"{API}/alerts/{{id}}",
        handle=alerts.alert,
        tag="alerts",
        operation_id="alert",
        role=Role.READER,
        summary="One alert",
        parameters=(ALERT,),
    ),
    Operation(
        method="GET",
        path=f"{API}/alerts/{{id}}/cap",
        handle=alerts.cap,
        tag="alerts",
        operation_id="alert_cap",
        role=Role.READER,
        summary="Its latest message as CAP 1.2",
        parameters=(ALERT,),
        answers={alerts.CAP: {"type": "string"}},
    ),
    Operation(
        method="GET",
        path="/health",
        handle=running.health,
        tag="node",
        operation_id="health",
        role=Need.FREE,
        summary="Whether the node works, and why not",
    ),
    Operation(
        method="GET",
        path="/metrics",
        handle=running.metrics,
        tag="node",
        operation_id="metrics",
        role=Role.OPERATOR,
        summary="Counts and gauges for Prometheus",
        answers={"text/plain": {"type": "string"}},
    ),
    *search.OPERATIONS,
    *archiving.OPERATIONS,
    *audit.OPERATIONS,
    *planned.OPERATIONS,
)
