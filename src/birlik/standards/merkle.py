"""Merkle trees as Certificate Transparency has them (RFC 6962, section 2.1): roots, proofs, and their verification.

A tree of n leaves parts at the largest power of two below n, so that whole parts never change when leaves come: a
proof is made of few of them. A leaf's hash and a node's hash begin with another byte, so that none is taken for the
other.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from birlik.errors import OutOfRange

SIZE = 32
"""Bytes of a hash."""
EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""

Whole = Callable[[int, int], bytes]
"""The root of a whole part: (level, index) is that of the leaves from index·2^level, 2^level of them."""


def leaf_hash(leaf: bytes) -> bytes:
    """Of a leaf's bytes: 32 bytes. Source: RFC 6962, section 2.1."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two roots side by side."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """What a tree has to keep in order to grow: a root for each bit of its size, the largest part first."""

    __slots__ = ("parts", "size")

    def __init__(self, size: int = 0, parts: Sequence[bytes] = ()) -> None:
        """Raises OutOfRange where these can't be the parts of a tree of that size."""
        if size < 0 or len(parts) != size.bit_count() or any(len(part) != SIZE for part in parts):
            raise OutOfRange(f"a tree of {size} leaves has {max(size, 0).bit_count()} parts of {SIZE} bytes")
        self.size, self.parts = size, list(parts)

    def append(self, leaf: bytes) -> None:
        """leaf: its hash."""
        parts, bits = self.parts, self.size
        while bits & 1:
            leaf = node_hash(parts.pop(), leaf)
            bits >>= 1
        parts.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """
        >>> Frontier().root() == EMPTY
        True
        """
        if not self.parts:
            return EMPTY
        found = self.parts[-1]
        for part in reversed(self.parts[:-1]):
            found = node_hash(part, found)
        return found


class Tree:
    """Whole parts of a tree, from a stated level up; those below are made of leaves when they are asked for.

    In memory it takes 2·32·n/2^level bytes of n leaves. leaves: gives the hashes of the leaves from, up to (32 bytes
    each, one after the other).
    """

    def __init__(self, leaves: Callable[[int, int], bytes], level: int = 5) -> None:
        self._leaves, self._level = leaves, level
        self._levels: list[bytearray] = [bytearray()]
        self.size = 0
        """Leaves that it knows of."""

    def grow(self, size: int) -> None:
        """Take in the leaves up to this size."""
        step = 1 << self._level
        for index in range(self.size // step, size // step):
            self._append(_folded(self._leaves(index * step, (index + 1) * step)))
        self.size = max(self.size, size)

    def _append(self, part: bytes) -> None:
        for level in range(len(self._levels) + 1):
            if level == len(self._levels):
                self._levels.append(bytearray())
            held = self._levels[level]
            held += part
            if (len(held) // SIZE) % 2:
                return
            part = node_hash(bytes(held[-2 * SIZE : -SIZE]), bytes(held[-SIZE:]))

    def whole(self, level: int, index: int) -> bytes:
        """As `Whole`, for leaves that it knows of."""
        if level >= self._level:
            held = self._levels[level - self._level]
            return bytes(held[index * SIZE : (index + 1) * SIZE])
        return _folded(self._leaves(index << level, (index + 1) << level))


def _folded(hashes: bytes) -> bytes:
    """The root of a power of two of leaves, given their hashes one after the other."""
    row = [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def of(leaves: Sequence[bytes]) -> Tree:
    """A tree in memory, of hashes of leaves."""
    joined = b"".join(leaves)
    made = Tree(lambda begin, end: joined[begin * SIZE : end * SIZE], level=0)
    made.grow(len(leaves))
    return made


def root(whole: Whole, size: int) -> bytes:
    """Of the first `size` leaves."""
    return _part(whole, 0, size) if size else EMPTY


def _part(whole: Whole, begin: int, end: int) -> bytes:
    """The root of the leaves from `begin`, which is a multiple of the next power of two, up to `end`."""
    n = end - begin
    if n & (n - 1) == 0:
        level = n.bit_length() - 1
        return whole(level, begin >> level)
    middle = begin + _split(n)
    return node_hash(_part(whole, begin, middle), _part(whole, middle, end))


def _split(n: int) -> int:
    """The largest power of two below n, of 2 or more."""
    return 1 << ((n - 1).bit_length() - 1)


def inclusion(whole: Whole, index: int, size: int) -> list[bytes]:
    """That a leaf is in the tree of the first `size` leaves: PATH of RFC 6962, section 2.1.1.

    Raises OutOfRange where there is no such leaf.
    """
    if not 0 <= index < size:
        raise OutOfRange(f"a tree of {size} leaves has no leaf {index}")
    made, begin, end = list[bytes](), 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            made.append(_part(whole, middle, end))
            end = middle
        else:
            made.append(_part(whole, begin, middle))
            begin = middle
    return made[::-1]


def consistency(whole: Whole, first: int, second: int) -> list[bytes]:
    """That the tree of `second` leaves begins with that of `first`: PROOF of RFC 6962, section 2.1.2.

    Raises OutOfRange where first isn't 1 to second.
    """
    if not 0 < first <= second:
        raise OutOfRange(f"a proof is from 1 or more leaves to as many or more, not from {first} to {second}")
    made, begin, end = list[bytes](), 0, second
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            made.append(_part(whole, middle, end))
            end = middle
        else:
            made.append(_part(whole, begin, middle))
            begin = middle
    if begin:  # where the first tree is itself a whole part, who verifies has its root
        made.append(_part(whole, begin, end))
    return made[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf with this hash is that of the tree with this root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    at, last, found = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(part, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, part)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `second` leaves begins with that of `first`, by their roots.

    Of the tree of no leaves nothing can be shown, but that it is itself. Source: RFC 9162, section 2.1.4.2.
    """
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not _are_hashes(first_root, second_root, *proof):
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, part)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(*given: bytes) -> bool:
    return all(len(each) == SIZE for each in given)
