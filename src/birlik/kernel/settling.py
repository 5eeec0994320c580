"""Acts about what could not be taken: send an entry again, put one aside, put aside all that are alike.

What they bring is a delivery that bears a parameter of the node's own, so that a rebuild finds it again.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import pyarrow.compute as pc

from birlik.clock import isoformat
from birlik.errors import Unknown
from birlik.kernel.acts import Act, Doing, Done
from birlik.kernel.encodings import bytes_of, text_of
from birlik.kernel.intake import SEES, Delivery
from birlik.kernel.members import Role
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.query import Filter
from birlik.kernel.registers import ACT, UNKNOWN
from birlik.kernel.store import ALIKE
from birlik.kernel.tables import Field, Rows, Type
from birlik.said import Said

__all__ = ["ACTS", "ALIKE", "DISMISSES", "DISMISSES_ALIKE", "RESENDS", "TABLE"]
TABLE = "birlik_quarantine"
RESENDS, DISMISSES, DISMISSES_ALIKE = "resends", "dismisses", "dismisses_alike"
"""Parameters of a delivery by which it acts upon the quarantine."""
_ENTRY = Field(name="quarantine_id", type=Type.TEXT, nullable=False, description="The entry.")


def _entry(doing: Doing) -> Rows:
    """One row. Raises Unknown."""
    where = [Filter(column="quarantine_id", operator="=", value=doing.values["quarantine_id"])]
    found = doing.reader.rows(TABLE, where=where, limit=1)
    if found.num_rows == 0:
        raise Unknown(Said("no such entry in the quarantine"))
    return found


def _resent(doing: Doing) -> Done:
    """Corrected, or as it was, where what it lacked is now known."""
    found = _entry(doing)
    entry = found.to_pylist()[0]
    message = doing.keeper.message(doing.by, entry)
    body = _body(message.body, doing) or message.body
    media_type, parameters = message.media_type, dict(message.parameters)
    if media_type == UNKNOWN or media_type not in doing.keeper.intakes:
        # Corrected, or with a newer birlik, it may be of a form that is known; of one over the limit nothing was read.
        intake, read = doing.keeper.recognise(body, message.filename or "", parameters)
        media_type, parameters = intake.media_type, {**parameters, **read}
    delivery = Delivery(
        body=body,
        media_type=media_type,
        source_id=message.source_id,
        received_time=doing.keeper.now,
        filename=message.filename,
        # Who sends it again sees what the node's own see, whoever sent it first.
        parameters={n: v for n, v in parameters.items() if n != SEES} | {RESENDS: entry["quarantine_id"]},
        labels=Labels(marking=Marking(message.marking), audience=message.audience),
    )
    return Done(about={"quarantine_id": entry["quarantine_id"]}, delivery=delivery, touched={TABLE: found})


def _body(came: bytes, doing: Doing) -> bytes:
    """The file, else the text in the encoding in which the message came; browsers end its lines with CR LF."""
    if doing.file:
        return doing.file
    text, found = str(doing.values.get("text") or ""), text_of(came)
    encoding = doing.values.get("encoding") or (found[1] if found else "utf-8")
    if not text:
        return b""
    return bytes_of(text if found is not None and "\r\n" in found[0] else text.replace("\r\n", "\n"), encoding)


def _dismissed(doing: Doing) -> Done:
    found = _entry(doing)
    identity = doing.values["quarantine_id"]
    return Done(about={"quarantine_id": identity}, delivery=_act(doing, {DISMISSES: identity}), touched={TABLE: found})


def _dismissed_alike(doing: Doing) -> Done:
    """None that came later: who dismisses what they saw must not dismiss what they didn't."""
    until = doing.values.get("until") or doing.keeper.now
    told = {**{name: doing.values[name] for name in ALIKE}, "until": isoformat(until)}
    where = [
        Filter(column="status", operator="=", value="open"),
        Filter(column="source_id", operator="=", value=told["source_id"]),
        Filter(column="kind", operator="=", value=told["kind"]),
        Filter(column="received_time", operator="<=", value=until),
    ]
    rows = doing.reader.rows(TABLE, where=where, order=("-received_time", "quarantine_id"))
    about = pc.coalesce(rows.column("reason_template"), rows.column("reason"))
    alike = rows.filter(pc.equal(about, told["about"]))
    written = orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()
    return Done(about=told, delivery=_act(doing, {DISMISSES_ALIKE: written}), touched={TABLE: alike})


def _act(doing: Doing, parameters: Mapping[str, str]) -> Delivery:
    told: dict[str, Any] = {**parameters, "by": doing.by.name}
    return Delivery(
        body=orjson.dumps(told),
        media_type=ACT,
        source_id=doing.by.name,
        received_time=doing.keeper.now,
        parameters=parameters,
    )


ACTS = (
    Act(
        name="birlik_quarantine_resend",
        title="Send again",
        description="Send the message again: corrected, or as it came, where what it lacked is now known.",
        parameters=(
            _ENTRY,
            Field(name="text", type=Type.TEXT, description="The whole message, corrected; left out, as it came."),
            Field(name="encoding", type=Type.TEXT, description="In which the text is written; else as the message."),
        ),
        texts=("text",),
        file="A corrected file, in the place of the text.",
        table=TABLE,
        subject=("quarantine_id",),
        is_beside=True,
        role=Role.OPERATOR,
        do=_resent,
    ),
    Act(
        name="birlik_quarantine_dismiss",
        title="Dismiss",
        description="Put the entry aside: nothing will come of it. Its bytes stay in the journal.",
        parameters=(_ENTRY,),
        table=TABLE,
        subject=("quarantine_id",),
        is_beside=True,
        role=Role.OPERATOR,
        do=_dismissed,
    ),
    Act(
        name="birlik_quarantine_dismiss_alike",
        title="Dismiss all alike",
        description="Put aside all open entries of one source with one reason, whatever values stand in it.",
        parameters=(
            Field(name="source_id", type=Type.TEXT, nullable=False, description="The source."),
            Field(name="kind", type=Type.TEXT, nullable=False, description="The kind of fault."),
            Field(name="about", type=Type.TEXT, nullable=False, description="The reason, with its values left out."),
            Field(name="until", type=Type.TIME, description="None that came later; else until now."),
        ),
        table=TABLE,
        is_beside=True,
        role=Role.OPERATOR,
        do=_dismissed_alike,
    ),
)
