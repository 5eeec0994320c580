"""What has to be made for one declared table or indicator: all its storeys, in order."""

from dataclasses import dataclass
from difflib import get_close_matches

from birlik.errors import Unknown
from birlik.kernel.domain import Derived, Indicator
from birlik.kernel.node import digest_of
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
    storeys = tuple(catalogue.derived[one] for one in catalogue.rests_on(name) if one in catalogue.derived)
    return Plan(name=name, storeys=storeys, indicator=indicator, digest=digest_of(catalogue, name))
