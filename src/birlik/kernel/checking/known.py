"""What the domains of a node declare, by name, and what is missing of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from birlik.kernel.domain import Act, Derived, Domain, Indicator, Table
from birlik.kernel.store.system import SYSTEM_TABLES


class Known:
    """What is declared, by name. Of two with one name the last: that they are two is a fault of its own."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.domains = domains
        self.tables: Mapping[str, Table] = {t.name: t for t in (*SYSTEM_TABLES, *declared(domains, "tables"))}
        self.derived: Mapping[str, Derived] = {d.name: d for d in declared(domains, "derived")}
        self.indicators: Mapping[str, Indicator] = {i.name: i for i in declared(domains, "indicators")}
        self.acts: Mapping[str, Act] = {a.name: a for a in declared(domains, "acts")}
        self.registers = {name: t for name, t in self.tables.items() if t.is_register}

    def columns(self, name: str) -> frozenset[str]:
        """Of a table or derived table."""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return frozenset(found.by_name) if found is not None else frozenset()

    def key_of(self, name: str) -> tuple[str, ...]:
        """Of a table or derived table; empty where there is none."""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return found.key if found is not None else ()

    def codes_of(self, name: str, column: str) -> tuple[str, ...]:
        """Of a column of a table or derived table; empty where it has none."""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return tuple(found.by_name[column].codes) if found is not None and column in found.by_name else ()

    def time_of(self, name: str) -> str:
        """The time column of a table or derived table; empty where it has none."""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return found.time if found is not None else ""

    def is_searched(self, name: str) -> bool:
        """Is there a table or derived table of this name whose rows are found by words?"""
        found: Table | Derived | None = self.tables.get(name) or self.derived.get(name)
        return found is not None and found.search is not None

    def lacks(self, where: str, table: str, columns: Iterable[str | None]) -> Iterator[str]:
        """A fault if there is no such table, else one for each column that it has not."""
        if table not in self.tables and table not in self.derived:
            yield f"{where}: there is no table {table!r}"
            return
        has = self.columns(table)
        for name in columns:
            if name and name not in has:
                yield f"{where}: {table} has no column {name!r}"

    def lacks_measures(self, where: str, indicator: str, measures: Iterable[str | None]) -> Iterator[str]:
        """A fault if there is no such indicator, else one for each measure that it has not."""
        if indicator not in self.indicators:
            yield f"{where}: there is no indicator {indicator!r}"
            return
        has = {m.name for m in self.indicators[indicator].measures}
        yield from (f"{where}: {indicator} has no measure {name!r}" for name in measures if name and name not in has)

    def lacks_dimensions(self, where: str, indicator: str, names: Iterable[str]) -> Iterator[str]:
        """A fault for each that is no dimension of an indicator that there is."""
        found = self.indicators.get(indicator)
        has = found.dimension_names if found is not None else ()
        yield from (
            f"{where}: {indicator} has no dimension {name!r}" for name in names if found and name and name not in has
        )

    def lacks_register(self, where: str, name: str | None) -> Iterator[str]:
        """A fault if one is named that is none."""
        if name and name not in self.registers:
            yield f"{where}: there is no register {name!r}"


def declared(domains: Sequence[Domain], what: str) -> list[Any]:
    """All that the domains declare of one kind: `tables`, `acts`."""
    return [one for domain in domains for one in getattr(domain, what)]
