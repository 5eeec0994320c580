"""What one reader sees for one page, and the words for it. Panels read through this and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from birlik.apps.web.ask import Ask, iso, page_path, since, with_query
from birlik.apps.web.memo import Memo
from birlik.apps.web.words import Words, zone_name
from birlik.errors import Unknown
from birlik.kernel.domain import Filter, Indicator, Page, Panel, Type
from birlik.kernel.node import Node
from birlik.kernel.policy import Principal

Row = Mapping[str, Any]
MOST = 100_000
"""Rows in one answer of the API; a larger download goes on from its `next` link."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    node: Node
    principal: Principal
    words: Words
    ask: Ask
    memo: Memo

    @cached_property
    def reader(self) -> Any:
        return self.node.reader(self.principal)

    @property
    def watermark(self) -> datetime:
        moment: datetime = self.reader.watermark
        return moment

    @cached_property
    def now(self) -> datetime:
        """The moment of which the page speaks."""
        return self.ask.as_of or self.watermark

    # --- figures and rows ---------------------------------------------------------------------------------

    def indicator(self, name: str) -> Indicator:
        for domain in self.node.domains:
            for indicator in domain.indicators:
                if indicator.name == name:
                    return indicator
        raise Unknown(f"no indicator {name!r}")

    def filters(self, columns: Mapping[str, Type], fixed: Mapping[str, str]) -> dict[str, Any]:
        """The page's parameters and choices that this table or indicator has, and what always holds."""
        wanted = {**{n: v for n, v in self.ask.given.items() if n in columns}, **fixed}
        return {name: _typed(columns[name], value) for name, value in wanted.items() if name in columns}

    def figures(self, name: str, fixed: Mapping[str, str] | None = None, *, spanned: bool = True) -> Sequence[Row]:
        """Figures of an indicator as they stand, or stood; within the reader's span where it has a period."""
        declared = self.indicator(name)
        filters = self.filters({d.name: d.type for d in declared.dimensions}, fixed or {})
        key = ("figures", self.principal.view, self.watermark, self.ask.as_of, name, tuple(sorted(filters.items())))
        where = [Filter(column=c, operator="=", value=v) for c, v in filters.items()]
        rows: Sequence[Row] = self.memo.get(
            key, lambda: self.reader.figures(name, where=where, as_of=self.ask.as_of).to_pylist()
        )
        first = since(self.ask.span, self.now)
        if spanned and declared.period and first:
            rows = [r for r in rows if str(r[declared.period]) >= first[: len(str(r[declared.period]))]]
        return rows

    def rows(
        self,
        name: str,
        fixed: Mapping[str, str] | None = None,
        *,
        order: Sequence[str] = (),
        limit: int | None = None,
        slow: bool = False,
    ) -> Sequence[Row]:
        """Rows of a table, derived table or register. `slow` ones are read once a minute, not once a watermark."""
        filters = self.table_filters(name, fixed or {})
        where = [Filter(column=c, operator="=", value=v) for c, v in filters.items()]
        moment = self.watermark.replace(second=0, microsecond=0) if slow else self.watermark
        key = ("rows", self.principal.view, moment, name, tuple(sorted(filters.items())), tuple(order), limit)
        made: Sequence[Row] = self.memo.get(
            key, lambda: self.reader.rows(name, where=where, order=order, limit=limit).to_pylist()
        )
        return made

    def table_filters(self, name: str, fixed: Mapping[str, str]) -> dict[str, Any]:
        """As for indicators; but a choice filters only a column that takes its codes: sources write their own."""
        columns = self.columns(name)
        chosen = {n for n in self.ask.page.choices if n in columns and self.ask.given[n] not in columns[n].codes}
        return self.filters({n: f.type for n, f in columns.items() if n in fixed or n not in chosen}, fixed)

    def columns(self, name: str) -> Mapping[str, Any]:
        fields: Mapping[str, Any] = self.node.store.catalogue.fields(name)
        return fields

    # --- names --------------------------------------------------------------------------------------------

    def register(self, name: str) -> Mapping[str, Row]:
        """By key, each row as it stands, or the fact below it where this reader may not see the edit."""
        minute = self.watermark.replace(second=0, microsecond=0)
        return self.memo.get(("register", self.principal.view, minute, name), lambda: self._register(name))

    def _register(self, name: str) -> Mapping[str, Row]:
        table = self.node.store.catalogue.tables[name]
        key = table.key[0]
        seen = self.reader.rows(name).to_pylist()
        made = {row[key]: row for row in reversed(seen)}
        for row in self.node.lookup().registers[name].to_pylist():
            if row in seen:
                made[row[key]] = row
        return made

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every id that a register names, in the reader's language."""
        minute = self.watermark.replace(second=0, microsecond=0)
        key = ("names", self.principal.view, minute, self.words.language)
        return self.memo.get(key, self._names)

    def _names(self) -> Mapping[str, str]:
        made: dict[str, str] = {}
        for domain in self.node.domains:
            for table in domain.tables:
                if table.facts is not None and "name_en" in table.by_name:
                    for identity, row in self.register(table.name).items():
                        made[identity] = row.get(f"name_{self.words.language}") or row["name_en"]
        return made

    def name(self, identity: object) -> str:
        return self.names.get(str(identity), str(identity))

    def label(self, dimension: str, value: object, row: Row | None = None) -> str:
        """A dimension's value in words. A code's words may speak of the row it belongs to: `{side_a} → {side_b}`."""
        if value is None:
            return ""
        if str(value) in self.names:
            return self.names[str(value)]
        said = self.words.code(dimension, value)
        if "{" in said:
            about = row if row is not None and row.keys() > {"name_en"} else self.subject
            said = said.format_map(_Named(self, about or {}))
        return said

    @cached_property
    def subject(self) -> Row | None:
        """The register's row of what the page is about."""
        if not (self.ask.page.register and self.ask.page.parameters):
            return None
        identity = self.ask.given[self.ask.page.parameters[0]]
        found = self.register(self.ask.page.register).get(identity)
        if found is None:
            raise Unknown(f"{self.ask.page.register} has no {identity!r}")
        return found

    @property
    def zone(self) -> str:
        """The zone of the place that the page is about; UTC where it is about none."""
        return str((self.subject or {}).get("zone_tz") or "UTC")

    @property
    def zone_words(self) -> str:
        return zone_name(self.now.astimezone(ZoneInfo(self.zone)))

    # --- addresses ----------------------------------------------------------------------------------------

    def page(self, name: str) -> Page | None:
        return next((p for p in self.ask.domain.pages if p.name == name), None)

    def link(self, name: str | None, identity: str, choices: Mapping[str, str] | None = None) -> str:
        """Where an item leads. What the reader has chosen goes along."""
        page = self.page(name) if name else None
        if page is None:
            return ""
        values = [identity][: len(page.parameters)]
        said = {n: v for n, v in (choices or {}).items() if n in page.choices and v != page.choices[n][0]}
        if self.ask.as_of is not None:
            said["as_of"] = iso(self.ask.as_of)
        return with_query(page_path(self.ask.domain, page, values), said)

    def data_address(self, panel: Panel, form: str = "csv") -> str:
        """The API's address of the figures or rows that a panel shows."""
        if panel.indicator:
            return self.indicator_address(panel.indicator, panel.fixed, form)
        return self.table_address(panel.table or "", panel.fixed, form) if panel.table else ""

    def indicator_address(self, name: str, fixed: Mapping[str, str], form: str) -> str:
        declared = self.indicator(name)
        filters = self.filters({d.name: d.type for d in declared.dimensions}, fixed)
        moment = {"as_of": iso(self.ask.as_of)} if self.ask.as_of is not None else {}
        return with_query(f"/api/v1/indicators/{name}", {**filters, **moment, "format": form, "limit": MOST})

    def table_address(self, name: str, fixed: Mapping[str, str], form: str) -> str:
        filters = self.table_filters(name, fixed)
        return with_query(f"/api/v1/tables/{name}", {**filters, "format": form, "limit": MOST})


class _Named(dict[str, str]):
    """A row whose ids are written as names; what it has not stays as it is."""

    def __init__(self, sight: Sight, row: Row) -> None:
        super().__init__({name: sight.name(value) for name, value in row.items()})

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _typed(kind: Type, text: str) -> Any:
    if kind is Type.INT:
        return int(text) if text.lstrip("-").isdigit() else text
    return float(text) if kind is Type.FLOAT else text
