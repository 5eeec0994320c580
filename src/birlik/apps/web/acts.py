"""What a reader does on a page: forms that work without JavaScript, and say what is wrong at the field."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from birlik.apps.web.sight import Fault, Sight
from birlik.clock import utc
from birlik.errors import BadRequest, BirlikError, Refused
from birlik.kernel import quarantine, saying
from birlik.kernel.intake import Decoded
from birlik.kernel.service import Service

MOST_FIELDS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What became of a form: `did` for the address of the page that follows, or what was wrong."""

    did: str = ""
    fault: Fault | None = None


async def given(request: Request, most_bytes: int, most_fields: int = MOST_FIELDS) -> Mapping[str, str | bytes]:
    """A form's fields; a file as its bytes, and its name as `<field>.name`. Raises BadRequest where it is too large."""
    if int(request.headers.get("content-length") or 0) > most_bytes:
        raise BadRequest(f"the form is over the limit of {most_bytes} bytes")
    made: dict[str, str | bytes] = {}
    try:
        async with request.form(max_files=1, max_fields=most_fields, max_part_size=most_bytes) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    made[name], made[f"{name}.name"] = await value.read(), value.filename or ""
                else:
                    made[name] = value
    except HTTPException as error:  # what it says of a form that isn't one
        raise BadRequest(f"the form can't be read: {error.detail}") from None
    return made


def done(service: Service, sight: Sight, form: Mapping[str, Any]) -> Done:
    """Do what the form asks for. Raises Refused, Unknown, BadRequest, StoreUnavailable."""
    if not sight.principal.is_operator:
        raise Refused("this is for the node's operators")
    act = form.get("act")
    if act == "dismiss-alike":
        return _dismissed_alike(service, sight, form)
    identity = str(form.get("id", ""))
    entry = quarantine.entry_of(sight.node, sight.principal, identity)
    if act == "dismiss":
        service.take_now(quarantine.dismissed(sight.node, sight.principal, identity))
        return Done(did="dismissed-1")
    if act == "resend":
        return _resent(service, sight, entry, form)
    raise BadRequest(f"act is dismiss, dismiss-alike or resend, not {act!r}", parameter="act")


def _dismissed_alike(service: Service, sight: Sight, form: Mapping[str, Any]) -> Done:
    try:
        until = utc(str(form.get("until", "")))
    except ValueError:
        raise BadRequest("until is an ISO 8601 time", parameter="until") from None
    alike = quarantine.Alike(**{name: str(form.get(name, "")) for name in quarantine.ALIKE}, until=until)
    before = _open(sight)
    service.take_now(quarantine.dismissed_alike(sight.node, sight.principal, alike))
    return Done(did=f"dismissed-{before - _open(sight)}")


def _open(sight: Sight) -> int:
    return sum(g["n"] for g in quarantine.groups(sight.node, sight.principal, limit=100_000))


def _resent(service: Service, sight: Sight, entry: Mapping[str, Any], form: Mapping[str, Any]) -> Done:
    """Tried first: what would be refused again is said at its field, and makes no second entry."""
    record = quarantine.record_of(sight.node, sight.principal, entry)
    text = str(form.get("body", ""))
    try:
        body = _body(record.body, text, form)
        delivery = quarantine.resent(sight.node, entry, record, body, service.recognise_now)
        tried = service.prepare(delivery)
        if (again := _again(sight, entry, tried.decoded)) is None:
            service.take_now(delivery)
            return Done(did="resent")
    except BirlikError as error:
        again = str(error)
    return Done(fault=Fault(item=str(entry["quarantine_id"]), said=again, text=text))


def _body(came: bytes, text: str, form: Mapping[str, Any]) -> bytes:
    """The file, else the text in the encoding in which the message came; browsers end its lines with CR LF."""
    if file := form.get("file"):
        return bytes(file)
    encoding = str(form.get("encoding") or "")
    if not text or not encoding:
        return b""  # nothing to correct it with: the message as it came
    found = quarantine.text_of(came)
    lines = text if found is not None and "\r\n" in found[0] else text.replace("\r\n", "\n")
    return quarantine.bytes_of(lines, encoding)


def _again(sight: Sight, entry: Mapping[str, Any], decoded: Decoded) -> str | None:
    """Why it would be refused again, in words; None where the entry's place would be taken."""
    place = (entry["pointer"], entry["line"])
    nothing = not any(len(rows) for rows in decoded.rows.values())
    for fault in decoded.refused:
        if nothing or decoded.failed is not None or (fault.where.pointer, fault.where.line) == place:
            why = saying.reason_in(sight.node, sight.words.language, fault.reason)
            return sight.words.t("It would be refused again: {where}: {why}").format(where=fault.where, why=why)
    return None


def shown_again(sight: Sight, fault: Fault) -> Sight:
    """The page with the form as the reader left it."""
    return replace(sight, ask=replace(sight.ask, whole=True), fault=fault)
