"""The audit log for administrators: its lines, its signed head, and proofs of both."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from birlik.apps.api.operations import API, Asked, Operation, json
from birlik.clock import isoformat, utc
from birlik.errors import BadRequest
from birlik.kernel.audit import Where
from birlik.kernel.audit.heads import Head
from birlik.kernel.members import Role
from birlik.standards.merkle import leaf_hash

TEXTS = ("who", "act", "on", "from", "outcome")
TIMES = ("begin", "end")
USUAL, MOST = 100, 1_000


async def lines(asked: Asked) -> Response:
    """The newest lines first."""
    given = asked.query(*TEXTS, *TIMES, "limit", "before")
    texts = {name: given[name] for name in TEXTS if given.get(name)}
    times = {name: _time(name, given[name]) for name in TIMES if given.get(name)}
    where = Where(address=texts.pop("from", ""), **texts, **times)
    limit = _number(given, "limit", 1, MOST) or USUAL
    before = _number(given, "before", 1)

    def found() -> Mapping[str, Any]:
        with asked.node.audit.reading() as reading:
            shown, following = reading.newest(where, limit, before)
            again = urlencode({**{n: v for n, v in given.items() if n != "before"}, "before": following or ""})
            return {
                "data": [line.as_json() for line in shown],
                "next": f"{API}/audit?{again}" if following is not None else None,
                "lines": reading.size,
            }

    return json(await asyncio.to_thread(found))


async def head(asked: Asked) -> Response:
    """Signed now, where lines have come since the last."""
    asked.query()
    return json(described(await asyncio.to_thread(asked.node.audit.head)))


async def proof(asked: Asked) -> Response:
    """That a line is in the log of a size, by default that of the newest head."""
    given = asked.query("line", "size")
    n = _needed(given, "line")

    def made() -> Mapping[str, Any]:
        audit = asked.node.audit
        newest = audit.head()
        size = _number(given, "size", 1) or newest.size
        path = audit.proofs.inclusion(n, size, newest.size)
        with audit.reading() as reading:
            leaf, shown = reading.leaf(n), reading.shown(n)
        return {
            "line": n,
            "leaf_index": n - 1,
            "leaf": leaf.decode(),
            "leaf_hash": _text(leaf_hash(leaf)),
            "size": size,
            "root": _text(audit.proofs.root(size, newest.size)),
            "proof": [_text(each) for each in path],
            "shown": shown.as_json(),
            "head": described(newest),
        }

    return json(await asyncio.to_thread(made))


async def consistency(asked: Asked) -> Response:
    """That the log of a size begins with what it was at a smaller one."""
    given = asked.query("first", "second")
    first = _needed(given, "first")

    def made() -> Mapping[str, Any]:
        audit = asked.node.audit
        newest = audit.head()
        second = _number(given, "second", 1) or newest.size
        path = audit.proofs.consistency(first, second, newest.size)
        return {
            "first": first,
            "second": second,
            "first_root": _text(audit.proofs.root(first, newest.size)),
            "second_root": _text(audit.proofs.root(second, newest.size)),
            "proof": [_text(each) for each in path],
            "head": described(newest),
        }

    return json(await asyncio.to_thread(made))


def described(head: Head) -> Mapping[str, Any]:
    """`note` is the head as transparency logs write it: what to keep elsewhere."""
    return {
        "name": head.name,
        "size": head.size,
        "root": _text(head.root),
        "epoch": head.epoch,
        "time": head.time,
        "key": head.verifier,
        "note": head.note,
    }


def _text(hashed: bytes) -> str:
    return b64encode(hashed).decode()


def _needed(given: Mapping[str, str], name: str) -> int:
    if name not in given:
        raise BadRequest(f"{name} is needed: a number from 1", parameter=name)
    return _number(given, name, 1) or 0


def _number(given: Mapping[str, str], name: str, least: int, most: int | None = None) -> int | None:
    text = given.get(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest(f"{name} is a number, not {text!r}", parameter=name)
    value = int(text)
    if value < least or (most is not None and value > most):
        raise BadRequest(f"{name} is {least} or more" + (f", and at most {most}" if most else ""), parameter=name)
    return value


def _time(name: str, text: str) -> str:
    try:
        return isoformat(utc(text))
    except ValueError:
        raise BadRequest(f"{name} is a time such as 2026-04-01T12:00:00Z, not {text!r}", parameter=name) from None


def _asks(name: str, words: str, *, needed: bool = False, **schema: Any) -> Mapping[str, Any]:
    kind = {"type": "string", **schema}
    return {"name": name, "in": "query", "required": needed, "description": words, "schema": kind}


NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 1}
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=f"{API}/audit",
        handle=lines,
        tag="audit",
        operation_id="audit",
        role=Role.ADMINISTRATOR,
        summary="What was done here, the newest first",
        parameters=(
            _asks("who", "Only of this principal."),
            _asks("act", "Only acts that begin so."),
            _asks("on", "Only about this."),
            _asks("from", "Only from this address."),
            _asks("outcome", "Only outcomes that begin so: `done`, `refused`, `failed`."),
            _asks("begin", "From this time on.", format="date-time"),
            _asks("end", "Before this time.", format="date-time"),
            _asks("limit", "So many lines at most.", **{**NUMBER, "maximum": MOST, "default": USUAL}),
            _asks("before", "Only lines before this one: `next` has it.", **NUMBER),
        ),
    ),
    Operation(
        method="GET",
        path=f"{API}/audit/head",
        handle=head,
        tag="audit",
        operation_id="audit_head",
        role=Role.ADMINISTRATOR,
        summary="The signed head of the audit log: size, root, time, epoch",
    ),
    Operation(
        method="GET",
        path=f"{API}/audit/proof",
        handle=proof,
        tag="audit",
        operation_id="audit_proof",
        role=Role.ADMINISTRATOR,
        summary="Proof that a line is in the audit log (RFC 6962)",
        parameters=(
            _asks("line", "The line's number.", needed=True, **NUMBER),
            _asks("size", "In the log of the first so many lines; by default all.", **NUMBER),
        ),
    ),
    Operation(
        method="GET",
        path=f"{API}/audit/consistency",
        handle=consistency,
        tag="audit",
        operation_id="audit_consistency",
        role=Role.ADMINISTRATOR,
        summary="Proof that the audit log begins with what it was (RFC 6962)",
        parameters=(
            _asks("first", "So many lines it had then.", needed=True, **NUMBER),
            _asks("second", "So many it has now; by default all.", **NUMBER),
        ),
    ),
)
