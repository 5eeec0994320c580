"""Who somebody is at this moment: principals with the rights and the view that they have now.

All of it is held in memory and made anew when one of its tables changes, which is before who changed it is answered; so
a right that is withdrawn is gone at the next request.
"""

import hmac
import ipaddress
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from birlik.clock import Clock
from birlik.kernel.access import keys
from birlik.kernel.access.held import Changed, Held, Known, Read, Row, Sealed, listed
from birlik.kernel.members import INCLUDES, Role, State, Tenure, Tier
from birlik.kernel.policy import MEMBERS, NOBODY, OBSERVERS, OWN, PARTNERS, PUBLIC, Kind, Principal, Right, Views

TOLD = timedelta(days=30)
"""How long before and after a change of tier those whom it touches are told."""
ANYONE = "anyone"
"""The principal whom a steward makes to let everybody read what is public."""
VIEW_OF = {Tier.MEMBER: MEMBERS, Tier.OBSERVER: OBSERVERS, Tier.PARTNER: PARTNERS}
FIRST = (Role.ADMINISTRATOR, Role.STEWARD, Role.OPERATOR, Role.READER, Role.SUPPLIER)
"""Of several roles, which is named first."""
ANY = "*"


class Access:
    """Any thread may ask."""

    def __init__(
        self,
        read: Read,
        sealed: Sealed,
        clock: Clock,
        views: Views,
        member: str,
        states: Sequence[State],
        *,
        held_before: Callable[[], datetime | None] = lambda: None,
        somebody: bool = False,
        remember: Callable[[str], None] = lambda principal_id: None,
        issued: Mapping[str, frozenset[Role]] = MappingProxyType({}),
    ) -> None:
        """held_before: when the node was restored, if nobody has confirmed since what holds. somebody: has a person got
        in before? remember: that one has, for the next start. issued: by issuer, what its people can be at most; whom
        no such issuer vouches for any more has no right."""
        self._issued = issued
        self._read, self._sealed, self._clock, self._views, self._member = read, sealed, clock, views, member
        self._states = {state.code: state for state in states}
        self._tables: Held | None = None
        self._pending: list[Changed] = []
        self._lock = threading.RLock()
        self._used: dict[str, datetime] = {}
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._somebody, self._remember, self._held_before = somebody, remember, held_before

    def changed(self, rows: Changed | None = None) -> None:
        """Rows of its tables have: they are read again when somebody asks. None: all of them may."""
        with self._lock:
            if rows is None:
                self._tables = None
            else:
                self._pending.append(rows)

    @property
    def now(self) -> datetime:
        """The latest moment that the clock has shown: one that is set back revives nothing."""
        self._latest = max(self._latest, self._clock.now())
        return self._latest

    def not_before(self, moment: datetime) -> None:
        """As the node knew when it last ran."""
        self._latest = max(self._latest, moment)

    @property
    def has_people(self) -> bool:
        """Has anybody got in by an account of their own? From then on the node is open no more."""
        return self._somebody

    def came(self, principal_id: str) -> None:
        """A person has got in."""
        if not self._somebody:
            self._remember(principal_id)
            self._somebody = True

    def used(self, key_id: str) -> None:
        """Somebody has got in by this key just now."""
        self._used[key_id] = self._clock.now()

    def uses(self) -> Mapping[str, datetime]:
        """When each key was used last, of those that were since it was last asked."""
        used, self._used = self._used, {}
        return used

    def anyone(self) -> Principal:
        """Who has not said who they are: nobody, or, where that is on, whoever reads what is public."""
        found = self.of(ANYONE)
        # A person or machine of that name is one of many: whoever says nothing must not be taken for them.
        return found if found is not None and found.kind is Kind.ANYONE else NOBODY

    def of(self, principal_id: str, view: int | None = None) -> Principal | None:
        """Who that is now; None where they are no more, or are held. view: one of theirs, else their first."""
        tables, now = self._held(), self.now
        known = tables.known.get((principal_id, view))
        if known is None or known.until <= now:
            made = self._made(tables, principal_id, now, view)
            if made is None:
                return None
            known = tables.known[principal_id, view] = made
        return known.principal

    def holding(self, duty: str, within: str) -> Sequence[str]:
        """The names of those who hold a duty within a row now, or within all, in order."""
        granted = [n for n, grants in self._held().grants.items() if any(g["duty"] == duty for g in grants.values())]
        return sorted(name for name in granted if (who := self.of(name)) is not None and who.holds(duty, within))

    def people(self) -> Sequence[Row]:
        """All who get in by themselves, by name."""
        rows = self._held().principals.values()
        return sorted((r for r in rows if r["kind"] in (Kind.PERSON, Kind.MACHINE)), key=lambda r: str(r["name"]))

    def seen_as(self, principal_id: str) -> Principal | None:
        """Somebody as who looks through their eyes: they read what that one's roles read, and do nothing. What was
        given to somebody within a row isn't for who looks."""
        who = self.of(principal_id)
        if who is None:
            return None
        rights = [replace(r, role=Role.READER) for r in who.held if Role.READER in INCLUDES[r.role]]
        own = [r for r in who.held if r.role is Role.SUPPLIER]
        return replace(who, rights=(*rights, *own), acts=frozenset(), duties=frozenset())

    def tier_change(self, principal_id: str) -> tuple[str, Tenure] | None:
        """(what the state is called, its new tier) where the tier of somebody's state changes within `TOLD`, or has
        just changed: they see something else from that day on."""
        row, today = self.row(principal_id), self.now.date()
        state = self._states.get(row["state"]) if row is not None and row["state"] != self._member else None
        for tenure in state.tiers[1:] if state is not None else ():
            if state is not None and abs(tenure.since - today) <= TOLD:
                return state.name, tenure
        return None

    def row(self, principal_id: str) -> Row | None:
        """What is said of somebody."""
        return self._held().principals.get(principal_id)

    def of_subject(self, issuer: str, subject: str) -> str | None:
        """The id of whom an issuer calls so."""
        return self._held().by_subject.get((issuer, subject))

    def of_key(self, text: str, address: str) -> tuple[Principal, str] | None:
        """(whose key it is, its id); None where it isn't one, or not from this address, or no more."""
        key_id = keys.id_of(text)
        key = self._held().keys.get(key_id) if key_id is not None else None
        if key is None or not hmac.compare_digest(key.hash, keys.hash_of(text)):
            return None
        until = key.row["until_time"]
        if until is not None and until <= self.now:
            return None
        if key.networks and not _is_within(address, key.networks):
            return None
        principal = self.of(key.principal_id)
        return None if principal is None else (scoped(principal, key.row), key.key_id)

    # --- how it is made -----------------------------------------------------------------------------------------

    def _held(self) -> Held:
        if self._tables is not None and not self._pending:
            return self._tables
        with self._lock:
            if self._tables is None:
                self._pending = []
                self._tables = Held(self._read, self._sealed, self._held_before()).whole()
            while self._pending:
                self._tables.say(self._pending.pop(0))
            return self._tables

    def _made(self, tables: Held, principal_id: str, now: datetime, view: int | None) -> Known | None:
        row = tables.principals.get(principal_id)
        if row is None:
            return None
        until = _midnight_after(now)
        holding = []
        for grant in tables.grants.get(principal_id, {}).values():
            begins, ends = grant["from_time"], grant["until_time"]
            if (begins is None or begins <= now) and (ends is None or now < ends):
                holding.append(grant)
            until = min([until, *(at for at in (begins, ends) if at is not None and at > now)])
        rights = _together(_right(grant) for grant in holding if not grant["duty"])
        if row["issuer"]:
            rights = [right for right in rights if right.role in self._issued.get(row["issuer"], ())]
        kind = Kind(row["kind"])
        if row["source_id"]:
            rights.append(Right(role=Role.SUPPLIER, sources=frozenset({row["source_id"]})))
        views = self._views_of(row, kind, holding, now)
        first = next((role for role in FIRST if any(right.role is role for right in rights)), Role.READER)
        principal = Principal(
            name=principal_id,
            role=first,
            view=view if view in views else views[0],
            rights=tuple(rights),
            kind=kind,
            views=views,
            duties=_duties(holding, rights),
            device_ids=frozenset(listed(row["device_ids"])) if kind is Kind.DEVICE else None,
        )
        return Known(principal, until)

    def _views_of(self, row: Row, kind: Kind, grants: Sequence[Row], now: datetime) -> tuple[int, ...]:
        named = [self._views.index(g["view"]) for g in grants if g["view"] in self._views.named]
        return tuple(dict.fromkeys([*self._by_state(row["state"], kind, now), *named])) or (PUBLIC,)

    def _by_state(self, code: str, kind: Kind, now: datetime) -> tuple[int, ...]:
        if kind is Kind.ANYONE:
            return (PUBLIC,)
        if code == self._member:
            return (OWN,)
        state = self._states.get(code)
        tier = state.tier_on(now.date()) if state is not None else None
        return (VIEW_OF[tier],) if tier is not None else (PUBLIC,)


def _right(grant: Row) -> Right:
    sources = listed(grant["sources"])
    return Right(
        role=Role(grant["role"]),
        domains=frozenset(listed(grant["domains"])) or None,
        sources=None if ANY in sources else frozenset(sources),
    )


def _together(rights: Iterable[Right]) -> list[Right]:
    """The same, with the sources of one role in one place: what is asked of each request looks at all rights."""
    found: dict[tuple[Role, frozenset[str] | None], list[frozenset[str] | None]] = {}
    for right in rights:
        found.setdefault((right.role, right.domains), []).append(right.sources)
    return [
        Right(role=role, domains=domains, sources=None if None in told else frozenset().union(*filter(None, told)))
        for (role, domains), told in found.items()
    ]


def scoped(principal: Principal, key: Row) -> Principal:
    """The same one, as far as its key goes."""
    acts, sources, domains = listed(key["acts"]), listed(key["sources"]), listed(key["domains"])
    if not (acts or sources or domains):
        return replace(principal, key_id=key["key_id"])
    rights = [narrowed(right, frozenset(sources), frozenset(domains)) for right in principal.held]
    duties = frozenset(held for held in principal.duties if not domains or held[0].partition("_")[0] in domains)
    return replace(principal, rights=tuple(rights), acts=frozenset(acts) or None, key_id=key["key_id"], duties=duties)


def narrowed(right: Right, sources: frozenset[str], domains: frozenset[str]) -> Right:
    """Within these sources and domains; empty says nothing of them."""
    made = right
    if sources:
        made = replace(made, sources=sources if made.sources is None else made.sources & sources)
    if domains:
        made = replace(made, domains=domains if made.domains is None else made.domains & domains)
    return made


def _is_within(address: str, networks: Sequence[Any]) -> bool:
    try:
        asked = ipaddress.ip_address(address)
    except ValueError:
        return False
    asked = getattr(asked, "ipv4_mapped", None) or asked
    return any(asked in network for network in networks)


def _midnight_after(now: datetime) -> datetime:
    """A tier changes with the day, UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def _duties(grants: Sequence[Row], rights: Sequence[Right]) -> frozenset[tuple[str, str]]:
    """None where no right to read is left: who holds a duty reads as a reader does."""
    reads = any(Role.READER in INCLUDES[right.role] for right in rights)
    return frozenset((grant["duty"], grant["within"] or "") for grant in grants if reads and grant["duty"])
