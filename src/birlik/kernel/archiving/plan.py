"""What has to be made for one declared table or indicator: all its storeys, in order."""

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches

from birlik.errors import Unknown
from birlik.kernel.domain import Derived, Indicator
from birlik.kernel.node import said_of
from birlik.kernel.store import Catalogue


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    name: str
    storeys: tuple[Derived, ...]
    """Derived tables, each after what it follows from."""
    indicator: Indicator | None
    """What is made of the last of them, or of an archived table; None where a derived table is asked for."""
    digest: str
    """Of how it and all that it follows from are declared: another one says something else."""

    @property
    def archived(self) -> tuple[str, ...]:
        """The tables that are read from the archive."""
        made = {derived.name for derived in self.storeys}
        read = [source.table for derived in self.storeys for source in derived.sources]
        read += [self.indicator.source] if self.indicator else []
        return tuple(dict.fromkeys(name for name in read if name not in made))


def plan(catalogue: Catalogue, name: str) -> Plan:
    """Raises Unknown for what is neither a derived table nor an indicator, with the nearest."""
    indicator = catalogue.indicators.get(name)
    if indicator is None and name not in catalogue.derived:
        known = sorted((*catalogue.derived, *catalogue.indicators))
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise Unknown(f"no derived table and no indicator {name!r}; {hint}")
    storeys = _storeys(catalogue, name if indicator is None else indicator.source)
    from birlik import __version__

    said = [__version__, *(said_of(derived) for derived in storeys), *([said_of(indicator)] if indicator else [])]
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return Plan(name=name, storeys=storeys, indicator=indicator, digest=digest)


def _storeys(catalogue: Catalogue, name: str) -> tuple[Derived, ...]:
    wanted = {name}
    for derived in reversed(list(catalogue.derived.values())):
        if derived.name in wanted:
            wanted |= {source.table for source in derived.sources}
    return tuple(derived for derived in catalogue.derived.values() if derived.name in wanted)
