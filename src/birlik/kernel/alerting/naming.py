"""Names of alerts and messages: made of what the reader may know, so that they are the same on every run.

The view's name is part of it: two views that see the same rows have alerts of their own, and neither name tells what
the other sees.
"""

from datetime import datetime
from hashlib import sha256

from birlik.clock import isoformat


def alert_id_of(member: str, rule: str, key: str, opened: datetime, view_name: str) -> str:
    """The same for the same opening, whoever makes it and however often: `KAZ-` and 24 hexadecimal digits."""
    return f"{member}-{_digest(member, rule, key, isoformat(opened), view_name)}"


def message_id_of(alert_id: str, number: int) -> str:
    """`number`: how many messages of the alert there were before."""
    return f"{alert_id.split('-')[0]}-{_digest(alert_id, str(number))}"


def outbox_id_of(url: str, message_id: str) -> str:
    """One message to one subscriber, 24 hexadecimal digits: queued twice it is sent once."""
    return _digest(url, message_id)


def _digest(*parts: str) -> str:
    # A separator that no part can hold keeps ("a", "bc") apart from ("ab", "c").
    return sha256("\x00".join(parts).encode()).hexdigest()[:24]
