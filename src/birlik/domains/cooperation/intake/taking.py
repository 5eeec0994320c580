"""A file of records in one standard, taken: what is wrong refused alone, what was sent before compared."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from birlik.domains.cooperation.events import CLAIM, RECORD
from birlik.domains.cooperation.intake.again import Sent, against
from birlik.domains.cooperation.intake.batch import Batch, Taken
from birlik.domains.cooperation.vocabulary.words import INVENTED
from birlik.domains.cooperation.wire.form import Document, File, Form, statements
from birlik.domains.cooperation.wire.forms import FORMS
from birlik.domains.cooperation.wire.pieces import Piece, text_of
from birlik.errors import DeliveryError, Malformed, Where
from birlik.kernel.intake import Asks, Decoded, Delivery, Lookup
from birlik.kernel.policy import Labels
from birlik.said import Said

MOST_NOTICES = 20
Oddities = Sequence[tuple[Where, str]]
More = Callable[[Document, Mapping[str, Any]], Oddities]
"""(record, head of its file) -> what else is odd of it. Raises Malformed for what can't be taken."""


def nothing_more(record: Document, head: Mapping[str, Any]) -> Oddities:
    return ()


def taken(form: Form, delivery: Delivery, file: File, more: More = nothing_more) -> Decoded:
    """What comes of a file: rows, what is refused of it and where, what is odd, and the question what was sent before.

    Raises Malformed where the file breaks off.
    """
    batch = Batch(
        form=form,
        received=delivery.received_time,
        sender=delivery.source_id,
        head=orjson.dumps(file.head).decode() if file.head else None,
        sent_under=digest_of(delivery.labels),
        is_invented=delivery.is_simulated,
    )
    message = f"message:{hashlib.sha256(delivery.body).hexdigest()}"
    refused: list[DeliveryError] = list(file.refused)
    odd: list[tuple[Where, str]] = []
    for piece in file.pieces:
        try:
            made, oddities = _record(form, piece, file.head, delivery.source_id, message, more)
            if delivery.is_simulated:
                # What is invented is found nowhere else, whatever address it gives.
                made = replace(made, entity_id=f"{INVENTED}{made.entity_id}", source=message)
            if made.record_id in batch.at:
                own_id = made.record_id.removeprefix(f"{form.name}:{delivery.source_id}:")
                raise Malformed(Said("{id} stands twice in the file: the first of them is taken", id=own_id))
        except Malformed as error:
            refused.append(placed(error, piece))
            continue
        batch.add(made)
        odd.extend((piece.inside(where.pointer or ""), what) for where, what in oddities)
    claims, records = batch.tables()
    sent = Sent(form=form.name, claims=claims, records=records, at=batch.at, sent_under=batch.sent_under)
    notices = (*file.notices, *noticed(odd))
    return Decoded(
        rows={CLAIM.name: claims, RECORD.name: records},
        refused=refused,
        notices=notices,
        asks=Asks(
            table=RECORD.name,
            column="record_id",
            values=tuple(batch.at),
            again=partial(against, sent, tuple(refused), notices),
        )
        if batch.at
        else None,
    )


def _record(
    form: Form, piece: Piece, head: Mapping[str, Any], source_id: str, message: str, more: More
) -> tuple[Taken, Oddities]:
    """One record. Raises Malformed, with a place from the record on."""
    text = text_of(piece.raw)  # first, since what is no text can't be read by any form
    document = form.document(piece)
    named = form.named(document, source_id)
    odd = [*form.check(document, head), *more(document, head)]
    made = Taken(
        record_id=f"{form.name}:{source_id}:{named.own_id}",
        entity_id=named.entity_id,
        version=str(head.get("version") or form.version),
        document=text if form.is_json else orjson.dumps(document).decode(),
        source=form.address(document, head) or message,
        said=form.said(document),
        statements=statements(form, document),
    )
    return made, odd


def placed(error: Malformed, piece: Piece) -> Malformed:
    """The same fault, its place said from the file's beginning."""
    where = error.where if error.where == piece.where else piece.inside(error.where.pointer or "")
    return Malformed(error.reason, raw=piece.raw, where=where)


def noticed(odd: Iterable[tuple[Where, str]]) -> tuple[str, ...]:
    """What is odd, the first of it; of more how many there are."""
    told = list(odd)
    made = [Said("{where}: {what}", where=str(where), what=what) for where, what in told[:MOST_NOTICES]]
    if (n := len(told) - MOST_NOTICES) > 0:
        made.append(Said("{n} more oddities are not listed", n=n))
    return tuple(made)


def digest_of(labels: Labels) -> str:
    """Tells labels apart without saying them."""
    text = "\n".join((labels.marking.value, *sorted(labels.audience)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def decode(name: str, delivery: Delivery, lookup: Lookup) -> Decoded:
    """The intake of a form that needs nothing of the node. Raises Malformed."""
    form = FORMS[name]
    return taken(form, delivery, form.cut(delivery.body))
