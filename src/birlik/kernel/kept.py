"""The words for what changes: which version of a key holds, and what a field that is another table's key promises."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Makes a table a kept one: what was appended for a key are its versions, and this says which of them holds.

    A version says all fields (and so begins the key, or begins it again), some fields (what it leaves out stays as
    it is), or that the key has ended. Which one holds is told by the versions alone, never by the order in which the
    node took them, wherever they bear a time of their own.
    """

    time: str = ""
    """The column with the source's own time of a version: the latest holds, ties are broken by content. Empty: they
    have none, and the one that the node took last holds (acts, edits of a register)."""
    sayers: tuple[str, ...] = ()
    """Columns that tell apart who says it: of each, its latest version stands. All of them side by side, or, with
    `rank`, the best of them."""
    rank: str = ""
    """The column whose value, by its place in `order`, decides between the sayers; then the latest."""
    order: tuple[str, ...] = ()
    """Values of `rank`, the best first; one that isn't named comes after all that are."""
    since: str = ""
    """The column, one of the key, that says from when a row holds: until the next row that agrees in the rest of the
    key. A past or future moment may be asked for."""
    until: str = ""
    """The column that says until when what is said holds; for ever where it is empty. A version that says all, with
    the parts that follow it, is one statement: it ends by what its fields say last. From then on it is as though it
    had not been said, and what was said before it holds again, or the next of the sayers, if that lasts still. An end
    (a tombstone) lasts."""
    lasts: timedelta | None = None
    """For how long it holds after its `time`, whatever `until` says."""
    forgets: bool = False
    """What has ended is shown at no moment any more, neither past nor future, and its bytes go (`kernel.erasing.over`):
    what somebody has allowed for a while only."""

    @property
    def expires(self) -> bool:
        """What holds may come to hold no more by time alone."""
        return bool(self.until) or self.lasts is not None

    @property
    def has_moments(self) -> bool:
        """Rows say when they hold: so it can be asked what holds at another moment."""
        return bool(self.since) or self.expires


class Missing(StrEnum):
    """What becomes of a row that refers to what isn't there."""

    KEEP = "keep"
    """It is taken: what it refers to may come later, or is known elsewhere."""
    REFUSE = "refuse"
    """It is refused with the place of the field."""


class Deletion(StrEnum):
    """What becomes of those that refer to a row when it ends, as far as who ends it may see them."""

    KEEP = "keep"
    """They stay, and the reference reads as ended."""
    REFUSE = "refuse"
    """It can't end while they refer to it."""
    CASCADE = "cascade"
    """They end with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A field whose value is the key of a row in another table, or in its own.

    It knows only what the asker may see: a row that is hidden from a reader reads as ended, and refuses nothing.
    """

    table: str
    """A kept table with a key of one column."""
    missing: Missing = Missing.KEEP
    deletion: Deletion = Deletion.KEEP
    inverse: str = ""
    """What those that refer are called, seen from the row that they refer to: `datastreams`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Joins:
    """Rows that say of two keys whether they are of the same: what is the same as the same is the same.

    What a reader sees of them is all that joins for that reader. An act that says so lets those see it who see both.
    """

    left: str
    right: str
    """The columns with the two keys."""
    verdict: str
    """The column with what is said of them,"""
    same: str = "same"
    """and what it says where they are of the same."""


def closure(ids: Iterable[str], look_up: Callable[[frozenset[str]], Iterable[tuple[str, str]]]) -> frozenset[str]:
    """All that these ids are joined with, through however many others.

    look_up: for ids that are new, the pairs in which they stand. It is asked once a round, with all new ids at once.
    Returns: the ids and all that is joined with them; as many rounds as the longest chain has links, and one.
    """
    known: set[str] = set()
    new = frozenset(ids)
    while new:
        known |= new
        new = frozenset({end for pair in look_up(new) for end in pair} - known)
    return frozenset(known)
