"""How long one who guesses waits: longer each time, an hour at most, and never for good.

Told apart are a name from an address, and a name from a browser that has signed in before: a stranger who guesses at
somebody's name makes that person wait at no browser that they use. A name alone has a weaker delay of its own, for who
guesses from many addresses at once; and an address alone, for who tries many names once each.
"""

import ipaddress
import math
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from birlik.errors import TooMany
from birlik.said import Said

REMEMBERED = 50_000
FORGOTTEN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Rule:
    free: int
    """Wrong tries before the first wait."""
    first_s: float
    most_s: float
    cools_s: float = math.inf
    """After so long without any, one of them is forgotten."""

    def wait_s(self, wrong: int) -> float:
        """After so many wrong ones.

        >>> [FROM_ONE.wait_s(n) for n in (0, 4, 5, 6, 7, 40)]
        [0.0, 0.0, 2.0, 4.0, 8.0, 3600.0]
        """
        over = wrong - self.free
        return 0.0 if over < 0 else float(min(self.most_s, self.first_s * 2 ** min(over, 20)))


FROM_ONE = Rule(free=5, first_s=2, most_s=3_600)
"""A name from one address, or from one known browser."""
FROM_ANY = Rule(free=50, first_s=1, most_s=30, cools_s=300)
"""A name from all strangers together: some 3,000 guesses a day beside NIST's hundred in a row, against locking out."""
ANYBODY = Rule(free=100, first_s=1, most_s=60, cools_s=60)
"""All names from one address: a ministry behind one address mistypes less than once a minute."""


@dataclass
class Delays:
    """Kept in memory: a restart forgives."""

    _wrong: dict[tuple[str, ...], tuple[int, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, name: str, address: str, browser: str, now: datetime) -> None:
        """A try, which counts as wrong until `succeeded` says otherwise: ten at once are ten. Raises TooMany.

        browser: of one that has signed in before by this name; empty for a stranger.
        """
        rules = self._rules(name, address, browser)
        with self._lock:
            known = {key: self._cooled(key, rule, now) for key, rule in rules.items()}
            until = max(at + timedelta(seconds=rules[key].wait_s(n)) for key, (n, at) in known.items())
            if until > now:
                wait_s = int((until - now).total_seconds()) + 1
                raise TooMany(Said("that was wrong too often; try again in {wait_s} s", wait_s=wait_s), wait_s)
            for key, (n, _) in known.items():
                self._wrong.pop(key, None)
                self._wrong[key] = (n + 1, now)
            while len(self._wrong) > REMEMBERED:
                self._wrong.pop(next(iter(self._wrong)))

    def untried(self, name: str, address: str, browser: str) -> None:
        """It came to no comparison, as where a lane was full: it counts for nothing."""
        with self._lock:
            for key in self._rules(name, address, browser):
                n, at = self._wrong.pop(key, (0, None))
                if n > 1 and at is not None:
                    self._wrong[key] = (n - 1, at)

    def succeeded(self, name: str, address: str, browser: str) -> None:
        """Forgive what came from here. What strangers try at the name, or from the address, counts but for one."""
        with self._lock:
            for key, rule in self._rules(name, address, browser).items():
                n, at = self._wrong.pop(key, (0, None))
                if rule is not FROM_ONE and n > 1 and at is not None:
                    self._wrong[key] = (n - 1, at)

    def _cooled(self, key: tuple[str, ...], rule: Rule, now: datetime) -> tuple[int, datetime]:
        """(how many wrong ones still count, when the last was)."""
        n, at = self._wrong.get(key, (0, now))
        if now - at >= FORGOTTEN:
            return 0, now
        return max(0, n - int((now - at).total_seconds() // rule.cools_s)), at

    def _rules(self, name: str, address: str, browser: str) -> dict[tuple[str, ...], Rule]:
        if browser:
            return {("browser", name, browser): FROM_ONE}
        network = network_of(address)
        return {("address", name, network): FROM_ONE, ("name", name): FROM_ANY, ("from", network): ANYBODY}


def network_of(address: str) -> str:
    """One caller's: of IPv6 the 64 bits that a household or office is given.

    >>> network_of("192.0.2.7"), network_of("2001:db8:1:2:3:4:5:6"), network_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:1:2::/64', '192.0.2.7')
    """
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network((read, 64), strict=False))
