"""How fast one source may send, and one reader ask: a token bucket each; and how many large answers one may have."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from birlik.errors import TooMany

REMEMBERED = 10_000
"""Sources with a bucket of their own; names are free to invent, memory is not."""


@dataclass
class Buckets:
    """`take` from one thread only: the event loop's."""

    per_s: float
    """0 is no limit."""
    now: Callable[[], float] = time.monotonic
    at_once_s: float = 1.0
    """Who has been quiet may go as fast as they can for as much as so many seconds allow."""
    what: str = "send"
    _by_source: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, source_id: str) -> None:
        """Raises TooMany, which says how long to wait."""
        if self.per_s <= 0:
            return
        most = max(1.0, self.per_s * self.at_once_s)
        moment = self.now()
        tokens, since = self._by_source.pop(source_id, (most, moment))
        tokens = min(most, tokens + (moment - since) * self.per_s)
        enough = tokens >= 1
        self._by_source[source_id] = (tokens - 1 if enough else tokens, moment)
        while len(self._by_source) > REMEMBERED:
            self._by_source.pop(next(iter(self._by_source)))
        if not enough:
            wait_s = math.ceil((1 - tokens) / self.per_s)
            raise TooMany(f"{source_id} may {self.what} {self.per_s:g} a second; wait {wait_s} s", wait_s)


@dataclass
class Heavy:
    """How many large answers are made for one principal at a time. From the event loop only."""

    most: int
    wait_s: int = 5
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def held(self, principal: str) -> Iterator[None]:
        """While one is made. Raises TooMany."""
        if self._under_way[principal] >= self.most:
            raise TooMany(f"{self.most} large answers are being made for you; wait for one of them", self.wait_s)
        self._under_way[principal] += 1
        try:
            yield
        finally:
            self._under_way[principal] -= 1
            if not self._under_way[principal]:
                del self._under_way[principal]
