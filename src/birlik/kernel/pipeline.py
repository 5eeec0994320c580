"""The way, on one screen: take (bytes, decode, label, commit, acknowledge) and follow (derive, figures, alerts)."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
import pyarrow as pa

from birlik.errors import DeliveryError, TooLarge
from birlik.kernel import alerting, left
from birlik.kernel.decoding import Unread
from birlik.kernel.intake import SEES, Decoded, Delivery, Intake, Lookup, Receipt, listed
from birlik.kernel.node import Node, Position
from birlik.kernel.policy import OWN, Labels, Marking
from birlik.kernel.store import Prepared, Record
from birlik.said import Said, parts

UNREAD = "unread"
"""Parameter of a delivery that wasn't read to its end: why, so that a rebuild doesn't try it again."""

log = logging.getLogger("birlik")


def take(node: Node, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Take deliveries from the wire to the disk. What a sender got wrong is quarantined, never raised.

    Raises StoreUnavailable, after which each may safely be sent again.
    """
    return node.store.commit([prepare(node, delivery) for delivery in deliveries])


Decode = Callable[[Intake, Delivery, Lookup], Decoded]


def decode_here(intake: Intake, delivery: Delivery, lookup: Lookup) -> Decoded:
    """In the thread that asks. Raises DeliveryError where the whole delivery is at fault."""
    return listed(intake.decode(delivery, lookup))


def prepare(node: Node, delivery: Delivery, decode: Decode = decode_here) -> Prepared:
    """Decode and label: pure work, which may be done in any thread, or by `decode` elsewhere, before the commit."""
    intake = node.intake(delivery.media_type)
    try:
        decoded = decode(intake, delivery, node.lookup())
    except Unread as error:
        return unread(node, delivery, error)
    except DeliveryError as error:
        error.raw = error.raw or delivery.body
        decoded = Decoded(refused=(error,), failed=error)
    made = Prepared(
        delivery=delivery,
        decoded=labelled(node, decoded),
        views=node.views.of(delivery.labels),
        digest=digest_of(delivery),
        single=intake.single,
        counted=intake.counted,
        checked=intake.checked,
        sight=1 << node.views.index(delivery.parameters[SEES]) if SEES in delivery.parameters else 1 << OWN,
    )
    if node.erasures.is_empty or intake.media_type == left.MEDIA_TYPE:
        return made
    return left.without_erased(made, node.erasures, node.tables, node.views)


def with_result(prepared: Prepared, result: object) -> Prepared:
    """With what the intake's own caller wants to know of it."""
    return replace(prepared, decoded=replace(prepared.decoded, result=result))


def labelled(node: Node, decoded: Decoded) -> Decoded:
    """With the views of those rows that bear labels of their own, as a column."""
    if decoded.relabels:
        labelled = [replace(each, views=node.views.mask(each.seen_by)) for each in decoded.relabels]
        decoded = replace(decoded, relabels=labelled)
    if not decoded.seen_by:
        return decoded
    rows = dict(decoded.rows)
    for name, each in decoded.seen_by.items():
        masks = [None if said is None else node.views.mask(said) for said in each]
        rows[name] = rows[name].append_column("views", pa.array(masks, pa.int64()))  # type: ignore[union-attr]
    return replace(decoded, rows=rows, seen_by={})


def digest_of(delivery: Delivery) -> bytes:
    """What makes a message the same message: its bytes, and what is needed to read them."""
    digest = hashlib.sha256(delivery.body)
    for name in sorted(delivery.parameters.keys() - {SEES}):
        digest.update(f"\x00{name}\x00{delivery.parameters[name]}".encode())
    return digest.digest()


def too_large(node: Node, delivery: Delivery, digest: bytes, size_bytes: int, limit: int) -> Prepared:
    """Of a body over the limit only sender, size and hash are kept."""
    error = TooLarge(Said("{size_bytes} bytes are over the limit of {limit}", size_bytes=size_bytes, limit=limit))
    return _unkept(node, delivery, error, digest, size_bytes)


def unread(node: Node, delivery: Delivery, error: Unread) -> Prepared:
    """Of what couldn't be read in time as little is kept; the same bytes sent again are no repetition."""
    digest = hashlib.sha256(digest_of(delivery) + delivery.received_time.isoformat().encode()).digest()
    template, values = parts(error.reason)
    said = {UNREAD: orjson.dumps([template, values]).decode()}
    kept = replace(delivery, body=b"", parameters={**delivery.parameters, **said})
    return _unkept(node, kept, error, digest, len(delivery.body))


def _unkept(node: Node, delivery: Delivery, error: TooLarge, digest: bytes, size_bytes: int) -> Prepared:
    return Prepared(
        delivery=delivery,
        decoded=Decoded(refused=(error,), failed=error),
        views=node.views.of(delivery.labels),
        digest=digest,
        single=False,
        size_bytes=size_bytes,
    )


def refuse_large(node: Node, delivery: Delivery, digest: bytes, size_bytes: int, limit: int) -> Receipt:
    """Note in journal and quarantine that a body was over the limit, without the body. Raises StoreUnavailable."""
    return node.store.commit([too_large(node, delivery, digest, size_bytes, limit)])[0]


def follow(
    node: Node, until: datetime | None = None, progress: Callable[[str, int, int], None] = lambda *_: None
) -> datetime:
    """Bring everything that follows from the rows up to date; returns the watermark.

    `progress` is told of each derived table how many pieces are made, and of how many.
    A crash in here costs time, never data: the next call begins where the last whole one ended.
    """
    with node.store.step(until or node.clock.now(), progress) as step:
        if step is not None:
            for derived in node.store.catalogue.derived.values():
                step.refresh(derived)
            for indicator in node.store.catalogue.indicators.values():
                step.figures(indicator)
            for name in node.store.catalogue.searched:
                step.index(name)
            for view in step.views_with_rows():
                for rule in alerting.rules(node):
                    alerting.judge(step, rule, view, node)
    return node.store.watermark


def behind(had: Position) -> str:
    """What is said of a store that has less than its journal."""
    return (
        f"the store had its journal up to byte {had.offset} of {had.segment:08d}.journal only; unless it is a restored "
        "backup, its log was cut or lost, and alerts and versions of figures since then are made anew"
    )


def catch_up(node: Node, progress: Callable[[int], None] = lambda messages: None) -> int:
    """Store what is in the journal and not in the store: after a crash, or for a rebuild. Returns messages taken."""
    taken, frames, had = 0, 0, node.store.complete_to
    for start, end, seq, records in node.store.behind():
        batch = [again(node, record) for record in records]
        node.store.take_again(batch, start, end, seq)
        taken, frames = taken + len(batch), frames + 1
        progress(taken)
    if had is not None and frames > 1:
        # A crash leaves one frame at most that is in the journal and not in the store.
        said = f"{behind(had)}: {taken:,} messages were taken again"
        node.store.mended.append(said)
        log.warning("%s", said)
    return taken


def delivery_of(record: Record) -> Delivery:
    """What came, out of the journal."""
    return Delivery(
        body=record.body,
        media_type=record.media_type,
        source_id=record.source_id,
        received_time=record.received_time,
        filename=record.filename,
        parameters=record.parameters,
        labels=Labels(marking=Marking(record.marking), audience=record.audience),
    )


def again(node: Node, record: Record) -> Prepared:
    """A message of the journal with what is made of it now."""
    delivery, digest, size_bytes = delivery_of(record), record.sha256, record.size_bytes
    if told := delivery.parameters.get(UNREAD):
        template, values = orjson.loads(told)
        made = _unkept(node, delivery, Unread(Said(template, **values)), digest, size_bytes)
    elif size_bytes > len(delivery.body):
        made = too_large(node, delivery, digest, size_bytes, node.settings.body_limit_bytes)
    else:
        made = replace(prepare(node, delivery), digest=digest, size_bytes=size_bytes)
    return replace(made, message_no=record.message_no)
