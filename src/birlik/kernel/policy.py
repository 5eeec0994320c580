"""What a principal may see: labels become, at commit, the set of views that may see a row.

Readers who may see the same rows form a view. A row carries its views as one integer; the predicate is a bit
test, put below every query. Nothing in the node reads rows without a `Principal`.
"""

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from birlik.errors import Refused, UnknownSetting, Unnamed
from birlik.kernel.members import INCLUDES, Need, Needs, Role


class Marking(StrEnum):
    """TLP 2.0 (FIRST, 2022)."""

    RED = "RED"
    AMBER_STRICT = "AMBER+STRICT"
    AMBER = "AMBER"
    GREEN = "GREEN"
    CLEAR = "CLEAR"


OWN, MEMBERS, OBSERVERS, PARTNERS, PUBLIC = range(5)
BUILT_IN = ("own", "members", "observers", "partners", "public")
MAXIMUM_VIEWS = 62

_REACH: dict[Marking, frozenset[str]] = {
    Marking.RED: frozenset({"named"}),
    Marking.AMBER_STRICT: frozenset(),
    Marking.AMBER: frozenset({"named", "members"}),
    Marking.GREEN: frozenset({"named", "members", "observers", "partners"}),
    Marking.CLEAR: frozenset({"named", "members", "observers", "partners", "public"}),
}
"""How far a marking lets a row go at most; the audience says how far it is meant to go."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """No label means AMBER+STRICT, own state."""

    marking: Marking = Marking.AMBER_STRICT
    audience: tuple[str, ...] = ()
    """Of `members`, `observers`, `partners`, `public`, or named views. Each wider one holds the narrower."""


def audience_of(text: str) -> tuple[str, ...]:
    """Out of a list with commas."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


MOST_VIEWS = 63
"""A set of views is an integer, a bit each, and its sign stays free."""


@dataclass(frozen=True, slots=True)
class Views:
    """The views of this node: five that every node has, then the named sets of its settings."""

    named: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises UnknownSetting for more than fit, a name that stands twice, or one that every node has."""
        if (n := len(self.names)) > MOST_VIEWS:
            raise UnknownSetting(
                f"views: {len(self.named)} named views are {n - MOST_VIEWS} more than fit: a node has "
                f"{len(BUILT_IN)} of its own, and room for {MOST_VIEWS - len(BUILT_IN)} beside them"
            )
        twice = sorted(name for name in self.named if self.names.count(name) > 1)
        if twice:
            raise UnknownSetting(f"views: {twice[0]!r} stands twice; every node has {', '.join(BUILT_IN)}")

    @property
    def names(self) -> tuple[str, ...]:
        """All views in the order of their bits: those of every node, then the named ones."""
        return BUILT_IN + self.named

    def index(self, name: str) -> int:
        """The bit's number of a view. Raises UnknownSetting, with the names that there are."""
        try:
            return self.names.index(name)
        except ValueError:
            raise UnknownSetting(f"no view {name!r}; this node has {', '.join(self.names)}") from None

    @property
    def everyone(self) -> int:
        """The set of all views, a bit each."""
        return (1 << len(self.names)) - 1

    def of(self, labels: Labels) -> int:
        """The set of views that may see a row with these labels; own operators always may.

        >>> Views().of(Labels())
        1
        >>> Views().of(Labels(marking=Marking.GREEN, audience=("partners",)))
        15
        """
        reach = _REACH[labels.marking]
        views = 1 << OWN
        for name in labels.audience:
            position = self.index(name)
            if position >= len(BUILT_IN):
                views |= (1 << position) if "named" in reach else 0
                continue
            for wider in range(MEMBERS, position + 1):
                views |= (1 << wider) if BUILT_IN[wider] in reach else 0
        if PUBLIC in {self.index(name) for name in labels.audience} and labels.marking is Marking.CLEAR:
            views = self.everyone
        return views

    def mask(self, said: Labels | Sequence[str]) -> int:
        """The set of views of labels, or of views by name; own operators always are among them."""
        if isinstance(said, Labels):
            return self.of(said)
        return functools.reduce(operator.or_, (1 << self.index(name) for name in said), 1 << OWN)

    def names_of(self, mask: int) -> tuple[str, ...]:
        """The names of a set of views: the journal says these, since bits are a store's own.

        >>> Views().names_of(0b101)
        ('own', 'observers')
        """
        return tuple(name for i, name in enumerate(self.names) if mask & (1 << i))


class Kind(StrEnum):
    """What a principal is."""

    PERSON = "person"
    MACHINE = "machine"
    """A supplier's system, a reader's program."""
    DEVICE = "device"
    """A tracker, a gauge."""
    PEER = "peer"
    ANYONE = "anyone"
    """Whoever is nobody in particular, where a steward lets them read what is public."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """A role that a principal has today."""

    role: Role
    domains: frozenset[str] | None = None
    """Only in these; None is all of them."""
    sources: frozenset[str] | None = frozenset()
    """For which it sends; None is for any."""


EVERY_RIGHT = tuple(Right(role=role, sources=None) for role in Role)
"""Of whoever owns the machine, who can open its files as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who asks. `view` is the index of the one view that it reads."""

    name: str
    """Its id, which stands beside what it did."""
    role: Role
    """The first of its roles, for who asks what it is."""
    view: int = OWN
    rights: tuple[Right, ...] | None = None
    """None: `role` alone, everywhere and for any source."""
    kind: Kind = Kind.PERSON
    views: tuple[int, ...] = ()
    """Those that it may choose from."""
    device_ids: frozenset[str] | None = None
    """Of a device: the ids under which it may send. None is any."""
    acts: frozenset[str] | None = None
    """What its key is for: `send`, `read`, names of acts. None is all that its rights allow."""
    key_id: str = ""
    """The key by which it came; empty where it came by a session, or owns the machine."""
    form_id: str = ""
    """Of who has no account, and came by the link of a form: which one. They are the party of what came by it."""
    duties: frozenset[tuple[str, str]] = frozenset()
    """Roles of domains' own that it holds (`kernel.duties`): each by its name and the key of the row within which it
    holds it; an empty key is within all."""
    address: str = field(default="", compare=False)
    """From where it calls, for the audit log; it is the same principal from wherever."""

    @property
    def bit(self) -> int:
        """The principal's view as a set of one: `row.views & bit` is the whole policy."""
        return 1 << self.view

    @property
    def held(self) -> tuple[Right, ...]:
        """All that it may."""
        return (Right(role=self.role, sources=None),) if self.rights is None else self.rights

    @property
    def is_nobody(self) -> bool:
        """Has not said who it is."""
        return self.rights == () and self.name == NOBODY_NAME

    @property
    def is_somebody(self) -> bool:
        """Has said who it is: neither nobody, nor whoever may read what is public."""
        return not self.is_nobody and self.kind is not Kind.ANYONE

    def has(self, needs: Needs, domain: str = "") -> bool:
        """Does it have what is asked for, in a domain; or in any, where none is named?"""
        if needs is Need.NAMED:
            return self.rights == EVERY_RIGHT
        if not isinstance(needs, Role):
            return needs is Need.FREE or not self.is_nobody
        return any(
            needs in INCLUDES[right.role] and (not domain or right.domains is None or domain in right.domains)
            for right in self.held
        )

    def within(self, duty: str) -> frozenset[str] | None:
        """The keys of the rows within which it holds a duty; None is all of them, as of whoever owns the machine."""
        held = frozenset(key for name, key in self.duties if name == duty)
        return None if "" in held or self.rights == EVERY_RIGHT else held

    def holds(self, duty: str, within: str) -> bool:
        """Does it hold a duty within a row?"""
        held = self.within(duty)
        return held is None or within in held

    @property
    def is_looked_through(self) -> bool:
        """Is it somebody as who looks through their eyes?"""
        return self.acts == frozenset()

    @property
    def is_device(self) -> bool:
        """A tracker or gauge sends its own records, and does nothing else."""
        return self.device_ids is not None

    @property
    def sources(self) -> frozenset[str] | None:
        """For which it may send; None is for any."""
        named: frozenset[str] = frozenset()
        for right in self.held:
            if right.sources is None:
                return None
            named |= right.sources
        return named

    @property
    def is_operator(self) -> bool:
        """May act on the node, not only read it."""
        return self.view == OWN and self.has(Role.OPERATOR)


def must_have(principal: Principal, needs: Needs, what: str, domain: str = "") -> None:
    """Raises Unnamed where who asks has not said who they are; else Refused, naming the role."""
    if principal.has(needs, domain):
        return
    if principal.is_nobody:
        raise Unnamed(f"{what} is not for everybody: sign in, or send a key")
    if needs is Need.NAMED:
        raise Refused(f"{what} is for those whom its rows name: ask for what is yours")
    raise Refused(f"{what} is for {needs.value}s" + (f" of {domain}" if domain else ""))


SEND, READ = "send", "read"
"""Of what a key may do beside acts by name: deliver, and ask for rows and figures."""


def must_be_for(principal: Principal, purpose: str) -> None:
    """Raises Refused where who asks came by a key that is for something else."""
    if principal.acts is not None and purpose not in principal.acts:
        raise Refused(f"this key is for {', '.join(sorted(principal.acts))}, not to {purpose}")


NOBODY_NAME = "nobody"
NOBODY = Principal(name=NOBODY_NAME, role=Role.READER, view=PUBLIC, rights=())
"""Who has not said who it is."""


def atoms(masks: Iterable[int], views: int) -> list[int]:
    """Part the views into sets whose members see exactly the same rows, given the rows' distinct masks.

    What is derived is computed once an atom, from nothing but what that atom sees. Views that see nothing
    are left out.
    >>> atoms([0b111, 0b001], 0b111)
    [1, 6]
    """
    distinct: Sequence[int] = sorted(set(masks))
    by_signature: dict[tuple[bool, ...], int] = {}
    for position in range(views.bit_length()):
        bit = 1 << position
        if not views & bit:
            continue
        signature = tuple(bool(mask & bit) for mask in distinct)
        if any(signature):
            by_signature[signature] = by_signature.get(signature, 0) | bit
    return sorted(by_signature.values())
