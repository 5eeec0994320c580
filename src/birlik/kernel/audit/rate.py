"""Callers that nobody knows: a line an address and minute, so that whoever knocks can't fill the disk."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime

MOST = 500
"""Addresses that have lines of their own in a minute; all others share one."""
MANY = "many addresses"


def network(address: str) -> str:
    """Whom an address stands for: of IPv6 a /64, since one caller has all of it.

    >>> network("2001:db8::17"), network("::ffff:192.0.2.7"), network("socket")
    ('2001:db8::/64', '192.0.2.7', 'socket')
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))


@dataclass
class Unknown:
    """What was said in this minute, and how often more was to be said."""

    _minute: datetime | None = None
    _more: dict[str, int] = field(default_factory=dict)
    _before: dict[str, int] = field(default_factory=dict)

    def due(self, address: str, now: datetime) -> tuple[str, int] | None:
        """(whose line is to be written, how many of theirs were not in the minute before that); None where it stands.

        A clock that is set back begins a new minute, too.
        """
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._before, self._more = minute, self._more, {}
        whose = network(address)
        if whose not in self._more and len(self._more) >= MOST:
            whose = MANY
        if whose in self._more:
            self._more[whose] += 1
            return None
        self._more[whose] = 0
        return whose, self._before.get(whose, 0)
