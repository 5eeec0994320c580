"""Work that takes a processor for a while, such as hashing a password: a few at a time, and a short queue.

Two hundred wrong sign-ins a second must cost a tracker nothing. So what comes to more than a lane holds is refused at
once and told when to come again; and browsers in which somebody has signed in before have a lane of their own, in which
no stranger stands before them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from birlik.errors import TooMany
from birlik.kernel.priority import give_way
from birlik.said import Said

Made = TypeVar("Made")
AGAIN_S = 2


@dataclass
class Lane:
    """Threads that give way to whoever writes. Used from one event loop."""

    name: str
    workers: int = 1
    waiting: int = 8
    """How many wait at most beside those that are at work."""
    _inside: int = 0
    _pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.workers, f"birlik {self.name}", initializer=give_way)

    async def run(self, work: Callable[[], Made]) -> Made:
        """What the work gives. Raises TooMany where the queue is full, and what the work raises.

        A caller that goes away leaves its place only when its work is done: who hangs up at once would else have as
        many at work as they like.
        """
        if self._inside >= self.workers + self.waiting:
            raise TooMany(Said("many sign in at this moment; try again in {wait_s} s", wait_s=AGAIN_S), AGAIN_S)
        self._inside += 1
        doing = asyncio.get_running_loop().run_in_executor(self._pool, work)
        doing.add_done_callback(self._left)
        return await asyncio.shield(doing)

    def _left(self, done: "asyncio.Future[Made]") -> None:
        self._inside -= 1
        if not done.cancelled():
            done.exception()  # a caller that went away doesn't fetch it

    def close(self) -> None:
        """What waits is given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass
class Lanes:
    """One for strangers, one for browsers that are known."""

    strangers: Lane = field(default_factory=lambda: Lane("strangers"))
    known: Lane = field(default_factory=lambda: Lane("known browsers"))

    def of(self, is_known: bool) -> Lane:
        """Whose turn it is to wait where."""
        return self.known if is_known else self.strangers

    def close(self) -> None:
        """What waits is given up."""
        self.strangers.close()
        self.known.close()
