"""Who sees a row beside its views: whom it names, and who holds a duty within it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Names(StrEnum):
    """What a column that names who sees a row has in it."""

    PRINCIPAL = "principal"
    SOURCE = "source"
    """A source, which belongs to principals."""


class Whose(StrEnum):
    """Of rows that name who asks: which."""

    ALL = "all"
    NAME = "name"
    """Those that name them."""
    DUTY = "duty"
    """Those within rows where they hold a duty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Who sees a row beside its views: on pages and exports called *mine*, never in derived tables, figures, search
    or feeds."""

    column: str = ""
    """Empty where no column names anybody, and a duty alone is who sees it."""
    names: Names = Names.PRINCIPAL
    duty: str = ""
    """Besides, who holds this duty (`kernel.duties`)"""
    within: str = ""
    """within the row whose key stands in this column."""
    merged: Mapping[str, str] = field(default_factory=dict)
    """By column, another whose number is added to it and reads as nought: apart, the two would tell of others' rows."""
