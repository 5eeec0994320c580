"""What an index has of a row."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

MARK = "\ue000"
"""Begins the mark of a facet: no key of a word has it, since it is no letter."""


class Entry(NamedTuple):
    """A row as it is compared."""

    key: str
    """Its key, as JSON."""
    title: str
    """The keys of the words of what it is called."""
    body: str
    """Those of all its other texts."""
    facets: str
    """The values by which it is counted and narrowed, in their order, as JSON."""
    marks: str
    """The words by which it is found by these."""

    @property
    def words(self) -> set[str]:
        """Each of its words once."""
        return {*self.title.split(), *self.body.split()}


def text_of(value: Any) -> str | None:
    """A facet's value as text, by which it is asked for."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def key_of(values: Sequence[Any]) -> str:
    """A row's key as JSON."""
    return orjson.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values]).decode()


def mark(position: int, value: str) -> str:
    """The word by which rows with this value of a facet are found."""
    return f"{MARK}{position}{MARK}{hashlib.blake2b(value.encode(), digest_size=10).hexdigest()}"


def marks(facets: Iterable[str | None]) -> list[str]:
    """Of all values that a row has."""
    return [mark(position, value) for position, value in enumerate(facets) if value is not None]
