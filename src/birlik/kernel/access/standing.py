"""Who somebody is at this moment: principals with the rights and the view that they have now.

All of it is held in memory and made anew when one of its tables changes, which is before who changed it is answered; so
a right that is withdrawn is gone at the next request.
"""

import hmac
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeAlias

from birlik.clock import Clock
from birlik.kernel.access import keys
from birlik.kernel.access.tables import ACTIVE, GRANT, KEY, PRINCIPAL
from birlik.kernel.members import Role, State, Tier
from birlik.kernel.policy import MEMBERS, NOBODY, OBSERVERS, OWN, PARTNERS, PUBLIC, Kind, Principal, Right, Views

Row: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[str], Sequence[Row]]
"""The rows of an access table as they stand."""
Sealed: TypeAlias = Callable[[str], str | None]
"""What stands in the vault for a field of kind secret."""
ANYONE = "anyone"
"""The principal whom a steward makes to let everybody read what is public."""
VIEW_OF = {Tier.MEMBER: MEMBERS, Tier.OBSERVER: OBSERVERS, Tier.PARTNER: PARTNERS}
FIRST = (Role.ADMINISTRATOR, Role.STEWARD, Role.OPERATOR, Role.READER, Role.SUPPLIER)
"""Of several roles, which is named first."""
ANY = "*"


@dataclass(frozen=True, slots=True)
class Known:
    """A principal as it is until a moment at which a grant or a tier begins or ends."""

    principal: Principal
    until: datetime


@dataclass(frozen=True, slots=True)
class Key:
    key_id: str
    principal_id: str
    hash: str
    row: Row
    networks: tuple[Any, ...]


@dataclass
class _Tables:
    principals: Mapping[str, Row]
    grants: Mapping[str, list[Row]]
    keys: Mapping[str, Key]
    known: dict[tuple[str, int | None], Known] = field(default_factory=dict)
    by_subject: Mapping[tuple[str, str], str] = field(default_factory=dict)


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
    ) -> None:
        """held_before: when the node was restored, if nobody has confirmed since what holds. somebody: has a person got
        in before? remember: that one has, for the next start."""
        self._read, self._sealed, self._clock, self._views, self._member = read, sealed, clock, views, member
        self._states = {state.code: state for state in states}
        self._tables: _Tables | None = None
        self._changes = 0
        self._used: dict[str, datetime] = {}
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._somebody, self._remember, self._held_before = somebody, remember, held_before

    def changed(self) -> None:
        """One of its tables has: it is read again when somebody asks."""
        self._changes += 1
        self._tables = None

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
        return self.of(ANYONE) or NOBODY

    def of(self, principal_id: str, view: int | None = None) -> Principal | None:
        """Who that is now; None where they are no more, or are held. view: one of theirs, else their first."""
        tables, now = self._now_tables(), self.now
        known = tables.known.get((principal_id, view))
        if known is None or known.until <= now:
            made = self._made(tables, principal_id, now, view)
            if made is None:
                return None
            known = tables.known[principal_id, view] = made
        return known.principal

    def row(self, principal_id: str) -> Row | None:
        """What is said of somebody."""
        return self._now_tables().principals.get(principal_id)

    def of_subject(self, issuer: str, subject: str) -> str | None:
        """The id of whom an issuer calls so."""
        return self._now_tables().by_subject.get((issuer, subject))

    def of_key(self, text: str, address: str) -> tuple[Principal, str] | None:
        """(whose key it is, its id); None where it isn't one, or not from this address, or no more."""
        key_id = keys.id_of(text)
        key = self._now_tables().keys.get(key_id) if key_id is not None else None
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

    def _now_tables(self) -> _Tables:
        if (tables := self._tables) is None:
            before = self._changes
            tables = self._all()
            if before == self._changes:  # else somebody has changed them while they were read
                self._tables = tables
        return tables

    def _all(self) -> _Tables:
        held_before = self._held_before()
        principals = {row["principal_id"]: row for row in self._read(PRINCIPAL.name) if row["status"] == ACTIVE}
        grants: dict[str, list[Row]] = {}
        for row in self._read(GRANT.name):
            if holds(row, held_before):
                grants.setdefault(row["principal_id"], []).append(row)
        made = {}
        for row in self._read(KEY.name):
            hashed = self._sealed(row["hash"]) if row["hash"] else None
            if holds(row, held_before) and hashed is not None:
                networks = tuple(ipaddress.ip_network(text) for text in listed(row["networks"]))
                made[row["key_id"]] = Key(row["key_id"], row["principal_id"], hashed, row, networks)
        subjects = {(r["issuer"], r["subject"]): r["principal_id"] for r in principals.values() if r["issuer"]}
        return _Tables(principals, grants, made, by_subject=subjects)

    def _made(self, tables: _Tables, principal_id: str, now: datetime, view: int | None) -> Known | None:
        row = tables.principals.get(principal_id)
        if row is None:
            return None
        until = _midnight_after(now)
        holding = []
        for grant in tables.grants.get(principal_id, ()):
            begins, ends = grant["from_time"], grant["until_time"]
            if (begins is None or begins <= now) and (ends is None or now < ends):
                holding.append(grant)
            until = min([until, *(at for at in (begins, ends) if at is not None and at > now)])
        rights = [_right(grant) for grant in holding]
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


def holds(row: Row, held_before: datetime | None) -> bool:
    """Does a grant or key? After a restore those don't that were said before, until somebody says them again."""
    return row["status"] == ACTIVE and (held_before is None or row["said_time"] > held_before)


def listed(text: str | None) -> list[str]:
    """Out of a list with commas."""
    return [name for part in (text or "").split(",") if (name := part.strip())]


def _right(grant: Row) -> Right:
    sources = listed(grant["sources"])
    return Right(
        role=Role(grant["role"]),
        domains=frozenset(listed(grant["domains"])) or None,
        sources=None if ANY in sources else frozenset(sources),
    )


SEND, READ = "send", "read"
"""Of what a key may do beside acts by name: deliver, and ask for rows and figures."""


def scoped(principal: Principal, key: Row) -> Principal:
    """The same one, as far as its key goes."""
    acts, sources, domains = listed(key["acts"]), listed(key["sources"]), listed(key["domains"])
    if not (acts or sources or domains):
        return principal
    rights = [narrowed(right, frozenset(sources), frozenset(domains)) for right in principal.held]
    return replace(principal, rights=tuple(rights), acts=frozenset(acts) or None)


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
