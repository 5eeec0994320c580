"""Proofs out of the index: that a line is in a log of a stated size, that a log begins with what it was."""

import os
import threading
from pathlib import Path

from birlik.errors import BadRequest
from birlik.kernel.audit.files import ENTRY, INDEX
from birlik.standards import merkle
from birlik.standards.merkle import Tree


class Proofs:
    """Keeps the upper part of the tree in memory: 2 bytes a line."""

    def __init__(self, folder: Path) -> None:
        self._index = folder / INDEX
        self._tree = Tree(self._leaves)
        self._lock = threading.Lock()

    def _leaves(self, begin: int, end: int) -> bytes:
        descriptor = os.open(self._index, os.O_RDONLY)
        try:
            entries = os.pread(descriptor, (end - begin) * ENTRY.size, begin * ENTRY.size)
        finally:
            os.close(descriptor)
        return b"".join(leaf for _, _, leaf in ENTRY.iter_unpack(entries))

    def inclusion(self, line: int, size: int, known: int) -> list[bytes]:
        """That a line is in the log of the first `size` lines, of `known` that there are. Raises BadRequest."""
        _must_be_within("size", size, 1, known)
        _must_be_within("line", line, 1, size)
        with self._lock:
            self._tree.grow(known)
            return merkle.inclusion(self._tree.whole, line - 1, size)

    def consistency(self, first: int, second: int, known: int) -> list[bytes]:
        """That the log of `second` lines begins with that of `first`. Raises BadRequest."""
        _must_be_within("second", second, 1, known)
        _must_be_within("first", first, 1, second)
        with self._lock:
            self._tree.grow(known)
            return merkle.consistency(self._tree.whole, first, second)

    def root(self, size: int, known: int) -> bytes:
        """Of the first `size` lines. Raises BadRequest."""
        _must_be_within("size", size, 0, known)
        with self._lock:
            self._tree.grow(known)
            return merkle.root(self._tree.whole, size)


def _must_be_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadRequest(f"{name} is {least} to {most}, not {value}", parameter=name)
