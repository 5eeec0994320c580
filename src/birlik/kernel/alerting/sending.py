"""What is due in the outbox, posted: once a subscriber and message, in order, and again until it is there.

A subscriber may get a message twice (we were stopped between its answer and our note of it); the `Idempotency-Key`
tells it so. Each change to the outbox is a transaction of its own, and none is open while we wait for an answer.
"""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

import httpx

from birlik.errors import PeerUnreachable, StoreUnavailable
from birlik.kernel.node import Node
from birlik.kernel.store import Busy
from birlik.settings import Webhook
from birlik.standards.cap import MEDIA_TYPE

TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 3600.0
SUBSCRIBERS_AT_ONCE = 8
HEADS_AT_ONCE = 200
TRIES_TO_NOTE = 20
"""The follower appends to the outbox while we change other rows; where the engine calls that a conflict, again."""

log = logging.getLogger("birlik")


@dataclass(frozen=True, slots=True)
class Due:
    outbox_id: str
    url: str
    message_id: str
    attempts: int
    xml: str
    rule: str | None
    views: int


def send_due(node: Node) -> int:
    """Post what is due in the outbox; returns how many were taken by their subscribers.

    Of one alert and subscriber only the earliest waiting message is tried, so that an update never overtakes its
    alert. A subscriber that fails is left alone until the next call. Raises StoreUnavailable.
    """
    sent = 0
    failed: set[str] = set()
    while heads := _heads(node, failed):
        groups = [list(group) for _, group in groupby(heads, key=lambda due: due.url)]
        with ThreadPoolExecutor(min(SUBSCRIBERS_AT_ONCE, len(groups)), "birlik webhook") as pool:
            for group, (taken, well) in zip(groups, pool.map(partial(_serve, node), groups), strict=True):
                sent += taken
                if not well:
                    failed.add(group[0].url)
    return sent


def _heads(node: Node, without: Collection[str]) -> list[Due]:
    rows = node.store.database.all(
        "SELECT outbox_id, url, message_id, attempts, xml, rule, views FROM (SELECT o.*, m.xml, a.rule, m.views, "
        "row_number() OVER (PARTITION BY o.url, m.alert_id ORDER BY m.place NULLS FIRST, m.sent_time, o.message_id) "
        "AS place FROM birlik_outbox o "
        "JOIN birlik_cap_message m ON m.message_id = o.message_id "
        "LEFT JOIN birlik_alert a ON a.alert_id = m.alert_id AND a.views = m.views WHERE o.status = 'waiting') "
        "WHERE place = 1 AND due_time <= ? AND url NOT IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY url, due_time, outbox_id LIMIT ?",
        [node.clock.now(), sorted(without), HEADS_AT_ONCE],
    )
    return [Due(*row) for row in rows]


def _serve(node: Node, messages: Sequence[Due]) -> tuple[int, bool]:
    """Post to one subscriber until it fails; returns how many it took, and whether it is well."""
    taken = 0
    # Nothing is read of the answer but its status: a subscriber can't fill our memory.
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
        for due in messages:
            if not any(_is_for(node, hook, due) for hook in node.settings.webhooks):
                _note(node, due, status="given up", said="it is no longer a subscriber in the settings")
                continue
            try:
                _post(client, due)
            except PeerUnreachable as error:
                _put_off(node, due, str(error))
                return taken, False
            _note(node, due, status="sent", attempts=due.attempts + 1, said=None)
            taken += 1
    return taken, True


def _is_for(node: Node, hook: Webhook, due: Due) -> bool:
    """By the settings of today: who was narrowed to another view or other rules gets nothing more of the old ones."""
    seen = due.views & (1 << node.views.index(hook.view))
    return hook.url == due.url and bool(seen) and (not hook.rules or due.rule in hook.rules)


def _post(client: httpx.Client, due: Due) -> None:
    """Raises PeerUnreachable, which says in words why it does not have the message."""
    headers = {"Content-Type": MEDIA_TYPE, "Idempotency-Key": f'"{due.message_id}"'}
    try:
        with client.stream("POST", due.url, content=due.xml.encode(), headers=headers) as answer:
            if answer.is_redirect:
                raise PeerUnreachable(
                    f"it answered {answer.status_code} to {answer.headers.get('location', 'nowhere')}; redirects are "
                    "not followed: put the final address into the settings"
                )
            if not answer.is_success:
                raise PeerUnreachable(f"it answered {answer.status_code} {answer.reason_phrase}".rstrip())
    except httpx.TimeoutException as error:
        raise PeerUnreachable(f"no answer within {TIMEOUT_S:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PeerUnreachable(f"it can't be reached: {error}") from error


def _put_off(node: Node, due: Due, why: str) -> None:
    attempts = due.attempts + 1
    if attempts >= node.settings.webhook_attempts:
        log.warning("alert message %s is given up for %s: %s", due.message_id, due.url, why)
        _note(node, due, status="given up", attempts=attempts, said=f"given up after {attempts} tries; the last: {why}")
        return
    pause_s = min(node.settings.webhook_backoff_s * 2.0 ** (attempts - 1), LONGEST_PAUSE_S)
    later: datetime = node.clock.now() + timedelta(seconds=pause_s)
    _note(node, due, attempts=attempts, due_time=later, said=why)


def _note(node: Node, due: Due, **values: Any) -> None:
    changes = ", ".join(f"{name} = ?" for name in values)
    for _ in range(TRIES_TO_NOTE):
        try:
            with node.store.database.transaction() as cursor:
                cursor.execute(
                    f"UPDATE birlik_outbox SET {changes} WHERE outbox_id = ?", [*values.values(), due.outbox_id]
                )
            return
        except Busy as error:
            log.debug("the outbox was busy: %s", error)
    raise StoreUnavailable(f"the outbox was busy {TRIES_TO_NOTE} times; {due.message_id} is sent again")
