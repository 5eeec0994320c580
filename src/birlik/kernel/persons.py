"""The words for persons: that a field tells of one, and whose the rows of a table are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """That a field tells of a person, whom its table names (`Table.person`)."""

    purpose: str
    """What it is kept for, in a sentence: whoever asks what is kept of them is told it."""
    days: int
    """How long, from when it came; then its row is erased."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """Whose rows those of a table are, where one column (`Table.person`) doesn't say it."""

    of: str
    """The table whose keys the persons are."""
    columns: tuple[str, ...]
    """Columns with a person's key: a row is of each whom it names in any of them."""
    begins: str = ""
    """How the keys of persons begin, where these columns have other keys too: a row that names none is nobody's, and
    no field of it is personal."""
    known_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By column, its values in rows whose texts say who it is: a name, an address. What is said personally in these is
    looked for elsewhere too when they are erased; in all rows, where nothing is said here."""

    def named(self, row: Mapping[str, Any]) -> set[str]:
        """The keys of those whose a row is."""
        said = (row.get(name) for name in self.columns)
        return {str(key) for key in said if key is not None and str(key).startswith(self.begins)}
