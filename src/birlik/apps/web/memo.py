"""A small memory of what was made already: bounded, shared by threads, keyed by view and content."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    def __init__(self, size: int = 2_000) -> None:
        self._size = size
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def peek(self, key: Hashable) -> Any:
        with self._lock:
            return self._made.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._made[key] = value
            self._made.move_to_end(key)
            while len(self._made) > self._size:
                self._made.popitem(last=False)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What stands under `key`; made once, however many ask at the same time."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                found: T = self._made[key]
                return found
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._made:
                    again: T = self._made[key]
                    return again
            try:
                made = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)
            self.put(key, made)
        return made
