"""What operators send in: files; and the addresses at which acts upon registers and the quarantine stood before."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from starlette.responses import Response

from birlik.apps.api.acting import done
from birlik.apps.api.bodies import Oversize, body_of, labels_of, over, parts_of, refuse, source_of
from birlik.apps.api.operations import API, Asked, json
from birlik.apps.api.problems import where_of
from birlik.apps.api.question import bool_of
from birlik.apps.api.rows import rows_of
from birlik.apps.api.saying import COLUMNS as REASONS
from birlik.apps.api.saying import LANG, language, teller
from birlik.errors import BadRequest
from birlik.kernel import quarantine as quarantining
from birlik.kernel import settling
from birlik.kernel.intake import SEES, Delivery, Intake, Receipt, sent_by, told_to
from birlik.kernel.policy import SEND, must_be_for
from birlik.kernel.saying import about_in, reason_in
from birlik.kernel.trying import Tried

SNIFFED_BYTES = 64 * 1024
TRY = "try"
BESIDE = ("intake", "source", "filename", "marking", "audience", "lang", TRY)
"""Parameters of a delivery that are ours; the others are the intake's."""
RESERVED = frozenset({settling.RESENDS, settling.DISMISSES, settling.DISMISSES_ALIKE, "edited", "unread", "left", SEES})
"""Parameters by which a delivery acts upon the node: set by the node alone."""


def receipt_of(receipt: Receipt, say: Callable[[str], str]) -> dict[str, Any]:
    """As JSON. `say` puts a reason into the sender's language."""
    return {
        "message_id": receipt.message_id,
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "repeated": receipt.repeated,
        **_complaints(receipt, say),
    }


def _complaints(made: Receipt | Tried, say: Callable[[str], str]) -> dict[str, Any]:
    return {
        "refused": [{"kind": e.kind, "reason": say(e.reason), "where": where_of(e)} for e in made.refused],
        "notices": [say(text) for text in made.notices],
        "failed": say(made.failed.reason) if made.failed else None,
    }


def trial_of(tried: Tried, say: Callable[[str], str]) -> dict[str, Any]:
    """As JSON: of each table its fields, how many rows there would be, and the first of them."""
    return {
        "tried": True,
        "intake": tried.intake.name,
        "parameters": dict(tried.parameters),
        "accepted": tried.accepted,
        **_complaints(tried, say),
        "tables": [
            {
                "table": sample.table.name,
                "title": sample.table.title,
                "fields": [
                    {"name": f.name, "type": f.type.value, "unit": f.unit, "description": f.description}
                    for f in sample.table.fields
                ],
                "rows_n": sample.rows_n,
                "rows": sample.rows,
            }
            for sample in tried.samples
        ],
    }


# --- files ----------------------------------------------------------------------------------------------------


async def deliver(asked: Asked) -> Response:
    """Take a file in the form that `intake` names, or that the file shows itself; or with `try` say what would come of
    it, and keep nothing."""
    request, node = asked.request, asked.node
    must_be_for(asked.principal, SEND)
    source_id = source_of(request, asked.principal)
    asked.face.buckets.take(source_id)
    # An operator's own files may be as large as those given to the command line.
    settings = node.settings
    limit = settings.file_limit_bytes if asked.principal.is_operator else settings.body_limit_bytes
    query = dict(request.query_params)
    theirs = {name: value for name, value in query.items() if name not in BESIDE}
    # A slip here must not send what was only to be tried.
    only_tried = bool_of(query.get(TRY, "false"), TRY)
    labels = labels_of(request, node, source_id, query.get("marking"), query.get("audience", ""))
    if reserved := RESERVED & set(query):
        raise BadRequest(f"{min(reserved)} is not for a delivery to say", parameter=min(reserved))
    body = await body_of(request, limit)
    filename = query.get("filename")
    if isinstance(body, Oversize):
        if only_tried:
            raise over(body, limit)
        delivery = Delivery(
            body=b"",
            media_type=request.headers.get("content-type", "application/octet-stream"),
            source_id=source_id,
            received_time=node.clock.now(),
            filename=filename,
            labels=labels,
        )
        raise await refuse(asked.face.service, delivery, body, limit)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        body, filename = await _file_in(asked, body, filename)
    intake, found = await _recognised(asked, body, filename or "")
    node.check(theirs, intake)
    delivery = Delivery(
        body=body,
        media_type=intake.media_type,
        source_id=source_id,
        received_time=node.clock.now(),
        filename=filename,
        parameters={**found, **theirs},
        labels=labels,
    )
    say = teller(asked.request, asked.node)
    if only_tried:
        return json(trial_of(await asked.face.service.try_out(delivery), say))
    receipt = await asked.face.service.take(sent_by(delivery, asked.principal, node.views, intake))
    return json(receipt_of(told_to(receipt, asked.principal), say))


async def _file_in(asked: Asked, body: bytes, filename: str | None) -> tuple[bytes, str | None]:
    """The one file of a form, as browsers send it."""
    _, files = await parts_of(asked.request.headers, body)
    if len(files) != 1:
        raise BadRequest(f"a form holds one file, not {len(files)}")
    name, content = files[0]
    return content, filename or name


async def _recognised(asked: Asked, body: bytes, filename: str) -> tuple[Intake, Mapping[str, str]]:
    """The intake that is named, or that recognises the file; and the parameters that it reads off the file."""
    node, head = asked.node, body[:SNIFFED_BYTES]
    content_type = asked.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    named = asked.request.query_params.get("intake")
    if named is None and content_type not in {intake.media_type for intake in node.declared_intakes}:
        return await asked.face.service.recognise(body, filename, dict(asked.request.query_params))
    intake = node.intake_named(content_type if named is None else named)
    return intake, (intake.sniff(head, filename) or {}) if intake.sniff else {}


# --- registers ------------------------------------------------------------------------------------------------


async def edit_register(asked: Asked) -> Response:
    """Put rows of a register in the place of those with their keys. Readers see them at once, figures a step later."""
    asked.query()
    told = await _json_body(asked)
    rows = told.get("rows") if isinstance(told, dict) else told
    if not isinstance(rows, list):
        raise BadRequest('an edit is {"rows": [{field: value}, …]}')
    receipt = await done(asked, "birlik_register_edit", {"table": asked.path["table"], "rows": rows})
    # The act's line is its message: what was edited is what it counts.
    edited = replace(receipt, accepted=receipt.result["changes_n"], duplicates=0)
    return json(receipt_of(edited, teller(asked.request, asked.node)))


async def _json_body(asked: Asked) -> Any:
    limit = asked.node.settings.body_limit_bytes
    body = await body_of(asked.request, limit)
    if isinstance(body, Oversize):
        raise BadRequest(f"{body.size_bytes} bytes are over the limit of {limit}")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from None


# --- quarantine -----------------------------------------------------------------------------------------------


async def quarantine(asked: Asked) -> Response:
    return await rows_of(asked, asked.node.store.catalogue.tables["birlik_quarantine"])


async def quarantine_groups(asked: Asked) -> Response:
    """What is open, by source and reason, the most first."""
    asked.query(LANG)
    said = language(asked.request, asked.node)
    found = await asyncio.to_thread(quarantining.groups, asked.node, asked.principal)
    return json({"data": [{**group, "reason": about_in(asked.node, said, group["about"])} for group in found]})


async def dismiss_alike(asked: Asked) -> Response:
    """Put aside all that are open of one source with one reason, as a group tells them."""
    asked.query()
    told = await _json_body(asked)
    if not isinstance(told, dict):
        raise BadRequest('a group is {"source_id": …, "kind": …, "about": …}')
    given = {name: told[name] for name in (*settling.ALIKE, "until") if told.get(name)}
    await done(asked, "birlik_quarantine_dismiss_alike", given)
    return json({"data": await asyncio.to_thread(quarantining.groups, asked.node, asked.principal)})


async def quarantined(asked: Asked) -> Response:
    asked.query(LANG)
    said = language(asked.request, asked.node)
    entry = await asyncio.to_thread(_entry, asked)
    entry["reason"] = reason_in(asked.node, said, *(entry[name] for name in REASONS))
    place = f"{API}/quarantine/{entry['quarantine_id']}"
    return json({**entry, "raw": f"{place}/raw", "resend": f"{place}/resend", "dismiss": f"{place}/dismiss"})


def _entry(asked: Asked) -> dict[str, Any]:
    return quarantining.entry_of(asked.node, asked.principal, asked.path["id"])


async def raw(asked: Asked) -> Response:
    """The message as it came, byte for byte; nothing of one that was over the limit."""
    asked.query()

    def read() -> tuple[str, bytes]:
        entry = _entry(asked)
        return entry["quarantine_id"], quarantining.record_of(asked.node, asked.principal, entry).body

    name, body = await asyncio.to_thread(read)
    return Response(
        body, 200, {"content-disposition": f'attachment; filename="{name}.bin"'}, "application/octet-stream"
    )


async def resend(asked: Asked) -> Response:
    """Send the message again: with the body given, else with its own, where what it lacked is now known."""
    asked.query()
    limit = asked.node.settings.file_limit_bytes
    body = await body_of(asked.request, limit)
    if isinstance(body, Oversize):
        raise BadRequest(f"{body.size_bytes} bytes are over the limit of {limit}")
    receipt = await done(asked, "birlik_quarantine_resend", {"quarantine_id": asked.path["id"]}, body or None)
    return json(receipt_of(receipt, teller(asked.request, asked.node)))


async def dismiss(asked: Asked) -> Response:
    asked.query()
    await done(asked, "birlik_quarantine_dismiss", {"quarantine_id": asked.path["id"]})
    return json(await asyncio.to_thread(_entry, asked))
