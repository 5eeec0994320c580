"""A node: one state's declarations, store, clock and settings, put together by `birlik.assembly`."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from birlik.clock import Clock
from birlik.errors import BadRequest, BirlikError
from birlik.kernel import changesets, left, members
from birlik.kernel.access import keyfile, unsaid
from birlik.kernel.access.acts import CAME, LAST_USE, RESTORED, SEALED
from birlik.kernel.access.standing import Access
from birlik.kernel.acts import Act
from birlik.kernel.alerts import AlertRule
from birlik.kernel.audit import FOLDER as AUDIT
from birlik.kernel.audit import Audit
from birlik.kernel.domain import Derived, Domain, Duty, Indicator, Table
from birlik.kernel.intake import Intake, Lookup
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.members import Role
from birlik.kernel.plans import Plan
from birlik.kernel.policy import EVERY_RIGHT, OWN, Labels, Marking, Principal, Views
from birlik.kernel.query import Filter
from birlik.kernel.registers import Trial, built_in, recognised
from birlik.kernel.store import FILE as STORE_FILE
from birlik.kernel.store import NOW, SEARCH, At, Catalogue, Outgrown, Position, Store, StoreReader, forgotten
from birlik.kernel.store.forgotten import Erasures
from birlik.kernel.store.journal import Journal
from birlik.settings import Settings

__all__ = [
    "NOW",
    "STORE_FILE",
    "At",
    "Node",
    "Outgrown",
    "Position",
    "StoreReader",
    "catalogue_of",
    "digest_of",
    "opened",
]


@dataclass(kw_only=True)
class Node:
    settings: Settings
    clock: Clock
    domains: Sequence[Domain]
    views: Views
    store: Store

    @cached_property
    def intakes(self) -> Mapping[str, Intake]:
        """By media type: those of the kernel, and those that the domains declare."""
        declared = self.declared_intakes
        kept = (changesets.intake(self.tables), left.intake(self.tables))
        own = (*built_in(self.registers, declared, self.trial), *kept)
        return {i.media_type: i for i in (*own, *declared)}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """By name, of all domains."""
        return {t.name: t for domain in self.domains for t in domain.tables}

    @cached_property
    def registers(self) -> Mapping[str, Table]:
        """Those of them that ship facts."""
        return {name: table for name, table in self.tables.items() if table.is_register}

    @cached_property
    def trial(self) -> Trial:
        """On what an edit of a register is tried before it is taken."""
        derived = tuple(d for domain in self.domains for d in domain.derived)
        return Trial(
            derived=derived,
            schemas={name: table.schema for name, table in self.tables.items()} | {d.name: d.schema for d in derived},
            standing=self.store.standing.latest,
            views=self.views,
        )

    @cached_property
    def acts(self) -> Mapping[str, Act]:
        """By name, of all domains."""
        return {act.name: act for domain in self.domains for act in domain.acts}

    @cached_property
    def duties(self) -> Mapping[str, Duty]:
        """By name, of all domains."""
        return {duty.name: duty for domain in self.domains for duty in domain.duties}

    @cached_property
    def plans(self) -> Mapping[str, tuple[Plan, Domain]]:
        """By name, of all domains, with whose it is."""
        return {plan.name: (plan, domain) for domain in self.domains for plan in domain.plans}

    @property
    def held_before(self) -> datetime | None:
        """When it was restored, if nobody has confirmed since all that it holds."""
        said = (self.store.vault.get(RESTORED, "") or {}).get("before")
        return None if said is None else datetime.fromisoformat(said)

    @cached_property
    def access(self) -> Access:
        """Who gets in, as of now."""
        vault = self.store.vault

        def sealed(ref: str) -> str | None:
            found = vault.get(SEALED, ref)
            return None if found is None else str(found["value"])

        def rows(name: str, keys: Sequence[str] | None) -> Sequence[Mapping[str, Any]]:
            where = [] if keys is None else [Filter(column=self.tables[name].key[0], operator="in", value=list(keys))]
            made: Sequence[Mapping[str, Any]] = self.reader(self.operator).rows(name, where=where).to_pylist()
            return made

        made = Access(
            rows,
            sealed,
            self.clock,
            self.views,
            self.settings.member,
            members.known(),
            held_before=lambda: self.held_before,
            somebody=bool(vault.all(CAME)),
            remember=lambda principal_id: vault.put(CAME, principal_id, {}),
            issued={each.issuer: frozenset(map(Role, each.roles)) for each in self.settings.issuers},
        )
        if (latest := vault.get(LAST_USE, "")) is not None:
            made.not_before(datetime.fromisoformat(latest["at"]))
        return made

    @cached_property
    def key_file(self) -> keyfile.KeyFile:
        """By which is encrypted what must be read back; it lies outside the folder."""
        told = self.settings.key_file
        return keyfile.KeyFile(Path(told) if told else keyfile.beside(self.store.folder))

    def unsaid(self, act: str, subject: str, by: str) -> Mapping[str, Any] | None:
        """As `acts.Keeper.unsaid`."""
        return unsaid.found(self.store.vault, self.key_file, act, subject, by)

    @cached_property
    def erasures(self) -> Erasures:
        """What was erased here, as it is known afterwards: a list outside the folder and its backups."""
        told = self.settings.key_file
        return Erasures(forgotten.beside(Path(told) if told else keyfile.beside(self.store.folder)))

    @cached_property
    def declared_intakes(self) -> Sequence[Intake]:
        """Of all domains, in their order; without the kernel's own."""
        return [intake for domain in self.domains for intake in domain.intakes]

    def intake_named(self, name: str) -> Intake:
        """By its name or media type. Raises BadRequest, with the names that there are."""
        for intake in self.declared_intakes:
            if name in (intake.name, intake.media_type):
                return intake
        names = ", ".join(intake.name for intake in self.declared_intakes)
        raise BadRequest(f"no intake {name!r}; there are: {names}", parameter="intake")

    def recognise(self, body: bytes, filename: str, parameters: Mapping[str, str]) -> tuple[Intake, Mapping[str, str]]:
        """The intake for a file that names none, and the parameters that it reads off the file."""
        media_type, found = recognised(self.declared_intakes, body, filename, parameters)
        return self.intakes[media_type], found

    def check(self, parameters: Mapping[str, str], intake: Intake) -> None:
        """Raises what is wrong with what the caller said beside the bytes, before anything is kept.

        Where no intake took the file, it is the one that would tell what is wrong with its parameters.
        """
        asked = [intake] if intake.check is not None else self.declared_intakes
        faults = []
        for each in asked:
            try:
                if each.check is None:
                    continue
                each.check(parameters)
            except BirlikError as error:
                faults.append(error)
            else:
                return
        if faults:
            raise faults[0]

    @cached_property
    def alert_rules(self) -> Sequence[AlertRule]:
        """Of all domains, in their order."""
        return [rule for domain in self.domains for rule in domain.alert_rules]

    @cached_property
    def operator(self) -> Principal:
        """Whoever owns the node's machine: on an open node, who calls from there."""
        return Principal(name=f"operator of {self.settings.member}", role=Role.OPERATOR, view=OWN, rights=EVERY_RIGHT)

    def intake(self, media_type: str) -> Intake:
        """Raises BadRequest for a media type that none takes; it names those that are taken."""
        try:
            return self.intakes[media_type]
        except KeyError:
            known = ", ".join(sorted(self.intakes))
            raise BadRequest(f"no intake takes {media_type!r}; there are {known}", parameter="media_type") from None

    def reader(self, principal: Principal) -> StoreReader:
        """What the principal may see, as of now."""
        return self.store.reader(principal)

    def labels_of(self, source_id: str, marking: str | None = None, audience: Sequence[str] = ()) -> Labels:
        """What a delivery says of itself, else what the settings say of its source, else own state only."""
        known = self.settings.sources.get(source_id)
        marking = marking or (known.marking if known else Marking.AMBER_STRICT.value)
        try:
            return Labels(
                marking=Marking(marking),
                audience=tuple(audience) or (known.audience if known else ()),
            )
        except ValueError:
            raise BadRequest(
                f"marking is one of {', '.join(m.value for m in Marking)}, not {marking!r}", parameter="marking"
            ) from None

    @cached_property
    def limits(self) -> Mapping[str, int | float | str]:
        """What intakes hold records against, by name: the node's, then those of each domain."""
        own = [told.limits for told in self.settings.of_domains.values()]
        return {
            "body_bytes": self.settings.body_limit_bytes,
            "file_bytes": self.settings.file_limit_bytes,
            "json_depth": self.settings.json_depth,
            "clock_ahead_s": self.settings.clock_ahead_s,
            "earliest": self.settings.earliest,
            **{name: value for limits in own for name, value in limits.items()},
        }

    def lookup(self) -> Lookup:
        """The registers as they stand now, and the limits."""
        return Lookup(registers=self.store.registers(), limits=self.limits)

    @cached_property
    def audit(self) -> Audit:
        """What was done here. It is opened when something is first written or asked."""
        settings, folder = self.settings, self.store.folder
        made = Audit(
            folder / AUDIT,
            self.clock,
            name=f"birlik/{settings.member}",
            outside=tuple(map(Path, settings.audit_heads)),
            syslog=settings.audit_syslog,
        )
        # What holds, whether the file says it, the environment or the command line.
        given = f"{settings.model_dump_json(exclude_unset=True)} {dict(settings.of_domains)}"
        made.watch({"settings": given.encode(), "members": members.content()})
        return made

    def backup(self, folder: Path) -> int:
        """Copy the node into an empty folder; returns its bytes. Raises as `Store.backup`."""

        def beside(target: Path) -> None:
            self.audit.copied(target / AUDIT)
            self.erasures.ensure()
            forgotten.note(target, self.erasures.path)

        return self.store.backup(folder, beside)

    def close(self) -> None:
        """Close audit log, journal and store; whoever serves has stopped the service before."""
        self.audit.close()
        self.store.close()


def opened(
    folder: Path,
    settings: Settings,
    clock: Clock,
    domains: Sequence[Domain],
    store_file: str = STORE_FILE,
    had: Position | None = None,
    journal: Journal | None = None,
    meaning: Meaning | None = None,
) -> Node:
    """Open the store in `folder`, or make it. Raises StoreUnavailable, Outgrown, NotANode.

    journal: the folder's, where it is held already. meaning: as `Store`.
    """
    views = Views(tuple(settings.views))
    store = Store(
        folder,
        catalogue_of(domains),
        views,
        declared=_digests_of(domains, views, meaning),
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        segment_bytes=settings.segment_bytes,
        file=store_file,
        had=had,
        journal=journal,
        meaning=meaning,
    )
    catalogue = store.catalogue
    store.attached.let_stand({n: digest_of(catalogue, n) for n in (*catalogue.derived, *catalogue.indicators)})
    return Node(settings=settings, clock=clock, domains=domains, views=views, store=store)


def catalogue_of(domains: Sequence[Domain]) -> Catalogue:
    """What the store keeps of these domains, by name."""
    readable: list[tuple[Table | Derived | Indicator, Domain]] = []
    for d in domains:
        readable += [(one, d) for one in d.tables]
        readable += [(one, d) for one in d.derived]
        readable += [(one, d) for one in d.indicators]
    return Catalogue(
        tables={t.name: t for d in domains for t in d.tables},
        derived={t.name: t for d in domains for t in d.derived},
        indicators={i.name: i for d in domains for i in d.indicators},
        needs={one.name: (one.role or d.role or Role.READER, d.name) for one, d in readable},
        domains={name: d.name for d in domains for name in _told_apart(d)},
    )


def _told_apart(domain: Domain) -> Iterator[str]:
    """By what rows of the node's own tables tell that they are of a domain."""
    yield from (intake.media_type for intake in domain.intakes)
    yield from (rule.name for rule in domain.alert_rules)


def digest_of(catalogue: Catalogue, name: str) -> str:
    """Of how a derived table or indicator is declared, and all it follows from: another one says something else."""
    from birlik import __version__

    named = [catalogue.derived.get(one) or catalogue.indicators[one] for one in catalogue.rests_on(name)]
    return hashlib.sha256("\n".join((__version__, *map(_without_functions, named))).encode()).hexdigest()


def _digests_of(domains: Sequence[Domain], views: Views, meaning: Meaning | None) -> Mapping[str, str]:
    """By derived table and indicator, what changes when it is declared differently: then it is made again."""
    from birlik import __version__

    said: dict[str, str] = {}
    for domain in domains:
        said |= {d.name: f"{_without_functions(d)}{_meant_by(d, meaning)}" for d in domain.derived}
        said |= {i.name: f"{_without_functions(i)}" for i in domain.indicators}
        every: Sequence[Table | Derived] = [*domain.tables, *domain.derived]
        said |= {f"{SEARCH}{t.name}": _words_of(t, meaning) for t in every if t.search is not None}
    ground = f"{__version__} {views.names} "
    return {name: hashlib.sha256((ground + text).encode()).hexdigest() for name, text in said.items()}


def _words_of(declared: Table | Derived, meaning: Meaning | None) -> str:
    """By what its rows are found: a key's name is no word for what it does, so a method is."""
    search = declared.search
    assert search is not None
    by = meaning.name if meaning is not None and search.meaning else ""
    return repr((declared.key, search.texts, search.narrowed, search.method, by))


def _meant_by(derived: Derived, meaning: Meaning | None) -> str:
    """Whose vectors its function sees, and of what; nothing where it asks for none."""
    asked = [(source.table, source.meant) for source in derived.sources if source.meant is not None]
    return repr((asked, meaning.name if meaning is not None else "")) if asked else ""


def _without_functions(declared: Derived | Indicator) -> str:
    """What is declared in an order of its own; a function's name is no word for what it does, so a method is."""
    if isinstance(declared, Derived):
        sources = [(s.table, s.columns, s.time, s.by, type(s.rule).__name__) for s in declared.sources]
        carried = (declared.carried.every, declared.carried.state) if declared.carried is not None else ()
        return repr((declared.fields, declared.key, sources, declared.by, declared.time, declared.method, *carried))
    window = (declared.window_days, declared.window_time, declared.method_version)
    read = (declared.source, declared.columns, dict(declared.only), *window)
    return repr((declared.dimensions, declared.measures, declared.minimum_n, declared.live, read))
