"""Stable keys out of ids."""

from collections.abc import Iterable
from hashlib import blake2b


def key63(identifier: str) -> int:
    """A 63-bit key of an id, the same on every machine and in every run.

    Joins and groupings on eight bytes are several times faster than on text. A collision would merge two
    objects: with 10⁸ ids the chance that any two share a key is below 0.1 %.
    >>> key63("wagon_1520:52687431") == key63("wagon_1520:52687431")
    True
    """
    return int.from_bytes(blake2b(identifier.encode(), digest_size=8).digest(), "big") >> 1


def keys63(identifiers: Iterable[str]) -> list[int]:
    """`key63` of each, hashing each distinct id once."""
    known: dict[str, int] = {}
    return [known.get(i) or known.setdefault(i, key63(i)) for i in identifiers]
