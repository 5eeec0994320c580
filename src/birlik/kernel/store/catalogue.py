"""All that a store keeps, by name; and who may read it at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from birlik.errors import Refused, Unknown
from birlik.kernel.indicators import Indicator
from birlik.kernel.members import INCLUDES, Needs, Role
from birlik.kernel.policy import OWN, Principal, must_have
from birlik.kernel.store.attached import Attached
from birlik.kernel.store.database import literal
from birlik.kernel.tables import Derived, Field, Names, Party, Table, Whose

ALERT, CAP_MESSAGE = "birlik_alert", "birlik_cap_message"
PARTED = {"birlik_message": "media_type", "birlik_quarantine": "media_type", ALERT: "rule", CAP_MESSAGE: "rule"}
"""By table of the node that has rows of every domain: the column that tells whose a row is; of a message of CAP, the
column of its alert."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything declared, by name."""

    tables: Mapping[str, Table]
    derived: Mapping[str, Derived]
    indicators: Mapping[str, Indicator]
    attached: Attached | None = None
    """What was computed elsewhere and stands beside it."""
    needs: Mapping[str, tuple[Needs, str]] = field(default_factory=dict)
    """By table, derived table and indicator: who may read it, and the domain that it belongs to."""
    domains: Mapping[str, str] = field(default_factory=dict)
    """By media type of an intake, and by alert rule: its domain."""

    @property
    def searched(self) -> Mapping[str, Table | Derived]:
        """Those whose rows are found by words, by name."""
        every: Mapping[str, Table | Derived] = {**self.tables, **self.derived}
        return {name: declared for name, declared in every.items() if declared.search is not None}

    def must_read(self, principal: Principal, name: str) -> None:
        """Raises Refused, Unnamed. What a role can't read at all is no secret: every node of this birlik has it."""
        needs, domain = self.needs.get(name, (Role.READER, ""))
        if not self.may_read(principal, name):
            must_have(principal, needs, name)
            raise Refused(f"{name} is for who reads {domain}, which you don't")

    def may_read(self, principal: Principal, name: str) -> bool:
        """Does its role let it ask for a table or indicator? What of it it sees is its view's."""
        return principal.has(*self.needs.get(name, (Role.READER, "")))

    def of_domains(self, principal: Principal, name: str) -> str:
        """SQL: of the node's own tables, which have rows of every domain, those that the principal may read; what is
        of none is for who reads all of them. Empty where that is everything."""
        column = PARTED.get(name)
        read = [right.domains for right in principal.held if Role.READER in INCLUDES[right.role]]
        if column is None or None in read:
            return ""
        mine = {domain for domains in read if domains is not None for domain in domains}
        values = sorted(value for value, domain in self.domains.items() if domain in mine)
        among = f'"{column}" IN ({", ".join(map(literal, values))})' if values else "FALSE"
        if name != CAP_MESSAGE:
            return among
        return f'"alert_id" IN (SELECT "alert_id" FROM "{ALERT}" WHERE {among})'

    def relation(self, name: str) -> str:
        """SQL that may stand after FROM: the rows of a table, with `views`, attached ones included."""
        if self.attached is None or name not in self.derived:
            return f'"{name}"'
        return self.attached.relation(self.derived[name], f'"{name}"')

    def rests_on(self, name: str) -> tuple[str, ...]:
        """A derived table or indicator, and all derived tables that it follows from."""
        wanted = {name, self.indicators[name].source if name in self.indicators else name}
        for derived in reversed(list(self.derived.values())):
            if derived.name in wanted:
                wanted |= {source.table for source in derived.sources}
        return tuple(dict.fromkeys(n for n in (*self.derived, name) if n in wanted))

    def declared(self, name: str) -> Table | Derived:
        """A table or derived table. Raises Unknown."""
        found = self.tables.get(name) or self.derived.get(name)
        if found is None:
            raise Unknown(f"no table {name!r}")
        return found

    def fields(self, name: str) -> Mapping[str, Field]:
        """By name, of a table or derived table. Raises Unknown."""
        return self.declared(name).by_name


def party_sql(party: Party, principal: Principal, whose: Whose = Whose.ALL) -> str:
    """SQL: rows that name a principal. Of versions that differ by view it is the one that the node's own see."""
    return f"(views & {1 << OWN}) <> 0 AND {named_sql(party, principal, whose)}"


def named_sql(party: Party, principal: Principal, whose: Whose = Whose.ALL) -> str:
    """SQL: a column names a principal, or a source of its own, or the row within which it holds a duty."""
    named = [principal.name] if party.names is Names.PRINCIPAL else principal.sources
    asked = [(party.column, named)] if party.column and whose is not Whose.DUTY else []
    asked += [(party.within, principal.within(party.duty))] if party.duty and whose is not Whose.NAME else []
    return f"({' OR '.join(_among(column, values) for column, values in asked)})" if asked else "FALSE"


def _among(column: str, values: Iterable[str] | None) -> str:
    """values: None is any."""
    if values is None:
        return "TRUE"
    listed = ", ".join(map(literal, sorted(values)))
    return f'"{column}" IN ({listed})' if listed else "FALSE"
