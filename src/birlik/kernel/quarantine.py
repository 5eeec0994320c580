"""Acts upon the quarantine, as deliveries: send an entry again, put one aside, put aside all that are alike.

Like an edit of a register, an act is journalled, so that a rebuild finds it again.
"""

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from birlik.clock import isoformat
from birlik.errors import BadRequest, Unknown
from birlik.kernel.domain import Filter
from birlik.kernel.intake import Delivery, Intake
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking, Principal
from birlik.kernel.registers import ACT, UNKNOWN
from birlik.kernel.store import ALIKE

__all__ = [
    "ALIKE",
    "Alike",
    "bytes_of",
    "dismissed",
    "dismissed_alike",
    "entry_of",
    "groups",
    "record_of",
    "resent",
    "text_of",
]

TABLE = "birlik_quarantine"
RESENDS, DISMISSES, DISMISSES_ALIKE = "resends", "dismisses", "dismisses_alike"
"""Parameters of a delivery by which it acts upon the quarantine."""
REGIONAL = "cp1251"
"""What older systems of the region write where they don't write UTF-8."""

Recognise = Callable[[bytes, str, Mapping[str, str]], tuple[Intake, Mapping[str, str]]]


def entry_of(node: Node, principal: Principal, identity: str) -> dict[str, Any]:
    """Raises Unknown."""
    where = [Filter(column="quarantine_id", operator="=", value=identity)]
    for entry in node.reader(principal).rows(TABLE, where=where, limit=1).to_pylist():
        found: dict[str, Any] = entry
        return found
    raise Unknown("no such entry in the quarantine")


def record_of(node: Node, principal: Principal, entry: Mapping[str, Any]) -> Any:
    """The message that an entry is a piece of, as it came."""
    return node.store.record(principal, entry["message_id"], entry["source_id"])


def resent(
    node: Node, entry: Mapping[str, Any], record: Any, body: bytes, recognise: Recognise | None = None
) -> Delivery:
    """The message again: corrected, or as it was, where what it lacked is now known.

    recognise: in the place of the node's own, for who must not be held up by it.
    """
    media_type, parameters = record.media_type, dict(record.parameters)
    if media_type == UNKNOWN or media_type not in node.intakes:
        # Corrected, or with a newer birlik, it may be of a form that is known; of one over the limit nothing was read.
        known = recognise or node.recognise
        intake, found = known(body or record.body, record.filename or "", parameters)
        media_type, parameters = intake.media_type, {**parameters, **found}
    return Delivery(
        body=body or record.body,
        media_type=media_type,
        source_id=record.source_id,
        received_time=node.clock.now(),
        filename=record.filename,
        parameters={**parameters, RESENDS: entry["quarantine_id"]},
        labels=Labels(marking=Marking(record.marking), audience=record.audience),
    )


def dismissed(node: Node, principal: Principal, identity: str) -> Delivery:
    """Nothing will come of this entry."""
    return _act(node, principal, {DISMISSES: identity})


# --- those that are alike -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Entries of one source with one reason, whatever stands in it."""

    source_id: str
    kind: str
    about: str
    """The reason's template; of entries without one, their words."""
    until: datetime
    """None that came later: who dismisses what they saw must not dismiss what they didn't."""


def groups(node: Node, principal: Principal, *, status: str = "open", limit: int = 500) -> Sequence[Mapping[str, Any]]:
    """The most first: source_id, kind, about, n, first_time, last_time, and newest (an entry)."""
    found: Sequence[Mapping[str, Any]] = node.reader(principal).alike(status, limit).to_pylist()
    return found


def dismissed_alike(node: Node, principal: Principal, alike: Alike) -> Delivery:
    """Nothing will come of any of them. Raises BadRequest where a part of what makes them alike is missing."""
    told = {
        "source_id": alike.source_id,
        "kind": alike.kind,
        "about": alike.about,
        "until": isoformat(alike.until),
    }
    if missing := [name for name, value in told.items() if not value]:
        raise BadRequest(f"{missing[0]} is missing: {', '.join(ALIKE)} and until tell which", parameter=missing[0])
    return _act(node, principal, {DISMISSES_ALIKE: orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()})


def _act(node: Node, principal: Principal, parameters: Mapping[str, str]) -> Delivery:
    return Delivery(
        body=orjson.dumps({**parameters, "by": principal.name}),
        media_type=ACT,
        source_id=principal.name,
        received_time=node.clock.now(),
        parameters=parameters,
    )


# --- the text of a message ------------------------------------------------------------------------------------


def text_of(body: bytes) -> tuple[str, str] | None:
    """(the text, its encoding) of a message that people can correct; None of a binary one, which is a file to them.

    What comes back is written in the same encoding, byte for byte where nothing was changed.
    >>> text_of("ә".encode()), text_of("уақыт".encode("utf-16")), text_of("время".encode("cp1251"))
    (('ә', 'utf-8'), ('уақыт', 'utf-16-le with BOM'), ('время', 'cp1251'))
    >>> text_of(bytes(range(256)))
    """
    for name, (bom, encoding) in _WITH_BOM.items():
        if body.startswith(bom):
            return _decoded(body[len(bom) :], encoding, name)
    return _decoded(body, "utf-8", "utf-8") or _decoded(body, REGIONAL, REGIONAL)


def bytes_of(text: str, encoding: str) -> bytes:
    """`text_of` backwards. Raises BadRequest where the encoding has no such letter, or is none of ours."""
    bom, codec = _WITH_BOM.get(encoding, (b"", encoding))
    if codec not in ("utf-8", "utf-16-le", "utf-16-be", REGIONAL):
        raise BadRequest(f"no encoding {encoding!r}", parameter="encoding")
    try:
        return bom + text.encode(codec)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise BadRequest(
            f"{encoding}, in which the message came, has no {letter!r}: send a file in UTF-8 instead", parameter="body"
        ) from None


_WITH_BOM = {
    "utf-8 with BOM": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le with BOM": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be with BOM": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


def _decoded(body: bytes, codec: str, name: str) -> tuple[str, str] | None:
    try:
        text = body.decode(codec)
    except UnicodeDecodeError:
        return None
    odd = any(ord(c) < 32 and c not in "\t\r\n\f" for c in text)
    return None if odd else (text, name)
