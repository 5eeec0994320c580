"""What a source sent of a record before: what it says still stays as it is, what it says no more stands no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.vocabulary.words import Status
from birlik.domains.cooperation.wire.form import Form, Statement, claim_id, statements
from birlik.domains.cooperation.wire.forms import FORMS
from birlik.errors import DeliveryError, Malformed
from birlik.kernel.changes import Change, Says, versions
from birlik.kernel.domain import Rows
from birlik.kernel.intake import Decoded
from birlik.kernel.tables import WHOLE

GONE = "the record says it no more"
OTHERWISE = "the record says otherwise"
JUDGED = ("status", "superseded_by", "reason")
"""Of a claim, what people say: sending the record again doesn't unsay it."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a delivery brings."""

    form: str
    claims: Rows
    records: Rows
    at: Mapping[str, tuple[int, int]]
    """By record: where its claims begin and end."""
    sent_under: str


def against(
    sent: Sent, refused: Sequence[DeliveryError], notices: Sequence[str], found: Sequence[Mapping[str, Any]]
) -> Decoded:
    """What is new of it. found: the rows of these records as they stand."""
    keeps = np.ones(sent.claims.num_rows, np.bool_)
    changes: list[Change] = []
    moment = sent.records.column("changed_time")[0].as_py()
    ids = sent.claims.column("claim_id")
    for row in found:
        start, stop = sent.at[row["record_id"]]
        before = _before(FORMS[sent.form], row)
        now = {ids[i].as_py(): i for i in range(start, stop)}
        for name in before.keys() & now.keys():
            keeps[now[name]] = False
            if row["sent_under"] != sent.sent_under:
                changes.append(_relabelled(sent.claims, now[name]))
        gone = {name: said for name, said in before.items() if name not in now}
        changes += [_ended(sent.claims, name, said, now, moment) for name, said in gone.items()]
    return Decoded(
        rows={CLAIM.name: with_changes(sent.claims.filter(pa.array(keeps)), changes), RECORD.name: sent.records},
        refused=refused,
        notices=notices,
    )


def _before(form: Form, row: Mapping[str, Any]) -> dict[str, Statement]:
    """By id, the claims that the record as it stood was made into."""
    try:
        said = statements(form, orjson.loads(row["document"]))
    except Malformed:
        return {}  # an older birlik took what this one wouldn't
    return {claim_id(row["record_id"], each): each for each in said}


def _relabelled(claims: Rows, at: int) -> Change:
    """The same, but for what people said of it, under the labels of now."""
    row = claims.slice(at, 1).to_pylist()[0]
    return Change(CLAIM.name, {name: value for name, value in row.items() if name not in JUDGED}, Says.PART)


def _ended(claims: Rows, name: str, said: Statement, now: Mapping[str, int], moment: datetime) -> Change:
    """What a record says no more gives way to what it says in its place, if anything."""
    instead = next((other for other, at in now.items() if _is_instead(claims, at, said)), None)
    row = {
        "claim_id": name,
        "status": (Status.WITHDRAWN if instead is None else Status.SUPERSEDED).value,
        "superseded_by": instead,
        "reason": GONE if instead is None else OTHERWISE,
        "changed_time": moment,
    }
    return Change(CLAIM.name, row, Says.PART)


def _is_instead(claims: Rows, at: int, said: Statement) -> bool:
    now = (claims.column("property")[at].as_py(), claims.column("source_place")[at].as_py())
    return now == (said.property, said.pointer)


def with_changes(claims: Rows, changes: Sequence[Change]) -> Rows:
    """Whole claims as versions, and what is said of others by part."""
    whole = claims.cast(CLAIM.version).append_column("says", pa.array([WHOLE] * claims.num_rows, pa.int64()))
    return pa.concat_tables([whole, versions(CLAIM, changes)]) if changes else whole
