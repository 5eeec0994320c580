"""The contract of what comes in: a delivery, what its decoding gives, and the declaration that joins them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from birlik.errors import DeliveryError, Malformed
from birlik.kernel.members import Role
from birlik.kernel.policy import OWN, Labels, Principal, Views, must_have
from birlik.kernel.tables import Rows
from birlik.said import Said

INVENTED = "invented"
"""Parameter of a delivery that is of a simulated world: the journal keeps it, so that a rebuild marks the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """Bytes from a supplier, as they came."""

    body: bytes
    media_type: str
    """Which intake takes it: `text/csv`, `application/x-rings`, …"""
    source_id: str
    received_time: datetime
    filename: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What came beside the bytes and is needed to decode them again: profile, query string, header names."""
    labels: Labels = field(default_factory=Labels)

    @property
    def is_simulated(self) -> bool:
        """Does it say of itself that it is of a simulated world?"""
        return bool(self.parameters.get(INVENTED))


@dataclass(frozen=True, kw_only=True, slots=True)
class Asks:
    """A question of identity (the same eventID with other content, the cage that a bird is to live in) that only the
    commit can answer: what the store has, of a kept table what holds, and what commits together with this delivery but
    before it. Only rows that its sender and all of its readers may see are found.

    What comes of an answer may ask again: a document of three levels in three rounds, of `MOST_ROUNDS` at most.
    """

    table: str
    column: str
    """A text column."""
    values: Sequence[str]
    again: Callable[[Sequence[Mapping[str, Any]]], "Decoded"]
    """(rows that have one of the values) -> what takes the place of what was decoded without them. Pure. It may raise
    DeliveryError: then nothing of the delivery is taken."""
    none_too: bool = False
    """`again` is called where there is no such row, too."""
    own: bool = False
    """Only rows of the delivery's own source are found: what another has sent is neither to be told nor to refuse."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relabel:
    """A row that others are to see from now on, with all that was ever said of it."""

    table: str
    key: Mapping[str, Any]
    seen_by: tuple[str, ...]
    """The names of the views."""
    views: int = 1
    """The same as a set: set by the kernel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What an intake made of one delivery. All of it is right; what is not is in `refused`."""

    rows: Mapping[str, Rows | Sequence[tuple[Any, ...]]] = field(default_factory=dict)
    """By table: an Arrow table of its schema, or for a handful of rows tuples in the order of its fields."""
    seen_by: Mapping[str, Sequence[Labels | tuple[str, ...] | None]] = field(default_factory=dict)
    """By table, of each row (of an Arrow table) its own labels, or the names of the views that may see it; None and
    where nothing is said: as the delivery."""
    relabels: Sequence[Relabel] = ()
    refused: Sequence[DeliveryError] = ()
    notices: Sequence[str] = ()
    """What the supplier should know though it is no fault: `2 routes without times were left aside`."""
    result: Any = None
    """What the intake's own endpoint wants to know of it (the errors of a job)."""
    asks: Asks | None = None
    """What must be looked up before the rows may be stored."""
    failed: DeliveryError | None = None
    """Set by the kernel where the whole delivery was unreadable."""
    entries: Rows | None = None
    """Entries of the quarantine as they stood when something else of their message was erased."""


MOST_ROUNDS = 8
"""So often a delivery may ask; one that asks on is refused as a whole."""
MOST_REFUSED = 2_000
"""So many faults of one delivery get an entry each."""


def listed(decoded: Decoded) -> Decoded:
    """What was decoded, with so many faults as people can look at, and one more that says how many others there are.

    A million entries would hold up all who write, and tell no more than the first.
    """
    if (n := len(decoded.refused) - MOST_REFUSED) <= 0:
        return decoded
    more = Malformed(Said("{n} more faults of this message are not listed: mend these first", n=n))
    return replace(decoded, refused=(*decoded.refused[:MOST_REFUSED], more))


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one delivery. It exists only once the delivery is on the disk."""

    message_id: str
    """SHA-256 of the bytes, hex: the same bytes have the same id."""
    accepted: int
    duplicates: int
    refused: Sequence[DeliveryError]
    repeated: bool = False
    """These very bytes were taken from this source before; nothing was added."""
    notices: Sequence[str] = ()
    result: Any = None
    failed: DeliveryError | None = None
    """The whole was unreadable; it is in quarantine."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """One form in which suppliers send. `decode` is pure, and raises DeliveryError where the whole is unreadable."""

    name: str
    title: str
    media_type: str
    decode: Callable[["Delivery", "Lookup"], Decoded]
    tables: tuple[str, ...]
    counted: str = ""
    """The table whose rows are the supplier's records, where a record makes rows in several; else all are counted."""
    single: bool = False
    """A message is one record (a fix): told from its repetition by its row, not by its bytes."""
    sniff: Callable[[bytes, str], Mapping[str, str] | None] | None = None
    """(first 64 KiB, file name) -> the parameters with which this intake takes the file, or None. Of a zip, whose
    directory stands at its end, it gets the whole."""
    claims: Callable[[Mapping[str, str]], bool] | None = None
    """Do the sender's parameters (a profile) say that it is for this intake, whatever the file looks like?"""
    profiles: Mapping[str, str] = field(default_factory=dict)
    """The ways of writing that it knows: by the name that the parameter `profile` takes, its title."""
    blank: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By profile, (header, what it takes) of each column of an empty sheet, for whoever begins one."""
    check: Callable[[Mapping[str, str]], None] | None = None
    """Raises what is wrong with the parameters that the caller gave (no such profile), before anything is kept."""
    why_not: Callable[[bytes, str], str | None] | None = None
    """The same arguments as `sniff` for a file that no intake takes: what was seen, and what would have been needed."""
    role: Role = Role.SUPPLIER
    """Who may send by it, of those who may send for a source: what all that follows rests on may be a steward's."""
    apart: bool = False
    """`decode` and what it gives can be pickled (functions of modules and partials of them, no closures), and what it
    needs of the node stands in its Lookup: then large and packed deliveries are read in a worker process."""
    checked: bool = False
    """What it brings was held against all references before it was journalled, as who acted could see them."""
    in_order: bool = False
    """What is made of a delivery depends on what was taken before it: one is read when the last is on the disk."""
    example: str = ""
    """How one sends it, for the pages and the documentation."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a decoder may look up: the registers, and the limits of the settings."""

    registers: Mapping[str, Rows]
    limits: Mapping[str, int | float | str]


SEES = "sees"
"""Parameter of a delivery: the view that who sent it reads, where that isn't the node's own. The journal keeps it, so
that a rebuild refuses what was refused."""


def sent_by(delivery: Delivery, principal: Principal, views: Views, intake: Intake) -> Delivery:
    """A delivery that is held against no more than who sends it may see. Raises Refused, Unnamed where they may not."""
    if intake.role is not Role.SUPPLIER:
        must_have(principal, intake.role, f"sending {intake.name}")
    if principal.view == OWN:
        return delivery
    return replace(delivery, parameters={**delivery.parameters, SEES: views.names[principal.view]})


def told_to(receipt: Receipt, principal: Principal) -> Receipt:
    """As its sender is told: whether somebody else has sent the same before is for those to know who may read all."""
    if principal.view == OWN and principal.has(Role.READER):
        return receipt
    return replace(receipt, accepted=receipt.accepted + receipt.duplicates, duplicates=0)
