"""How fast one source may send: a token bucket each."""

import math
import time
from collections.abc import Callable
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
    _by_source: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, source_id: str) -> None:
        """Raises TooMany, which says how long to wait."""
        if self.per_s <= 0:
            return
        most = max(1.0, self.per_s)
        moment = self.now()
        tokens, since = self._by_source.pop(source_id, (most, moment))
        tokens = min(most, tokens + (moment - since) * self.per_s)
        enough = tokens >= 1
        self._by_source[source_id] = (tokens - 1 if enough else tokens, moment)
        while len(self._by_source) > REMEMBERED:
            self._by_source.pop(next(iter(self._by_source)))
        if not enough:
            wait_s = math.ceil((1 - tokens) / self.per_s)
            raise TooMany(f"{source_id} may send {self.per_s:g} a second; wait {wait_s} s", wait_s)
