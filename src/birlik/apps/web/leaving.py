"""The standard forms in which what a page is about leaves the node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from birlik.apps.web.sight import Sight
from birlik.errors import Unknown
from birlik.kernel.domain import Compare, Endpoint, Export, RowTable
from birlik.kernel.pages import path_parameters, path_with


@dataclass(frozen=True, slots=True)
class Form:
    title: str
    address: str
    cites: bool
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows that several forms are made of, each table once."""

    sight: Sight
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def rows(self, export: Export) -> Sequence[Mapping[str, Any]]:
        """What it looks at."""
        what = (export.table, tuple(sorted(export.fixed.items())))
        if what not in self.found:
            self.found[what] = self.sight.rows(export.table, export.fixed)
        return self.found[what]


def forms(sight: Sight) -> Sequence[Form]:
    """The exports of the page that there are for this reader. Of a past moment there are none: they are of now."""
    if sight.ask.as_of is not None:
        return []
    made, asked = [], Asked(sight)
    for export in sight.ask.page.exports:
        endpoint = _endpoint(sight, export)
        if sight.may(endpoint.role, sight.ask.domain) and (path := _path(asked, export, endpoint)):
            made.append(Form(sight.words.t(export.title), path, export.cites, export.is_quoted))
    return made


def feed(sight: Sight) -> str:
    """The address of what changes in what the page is about, or in what it lists from a day on; empty where nothing
    keeps what changed."""
    for panel in sight.ask.page.panels:
        follows = isinstance(panel, Compare) or (isinstance(panel, RowTable) and bool(panel.since))
        if follows and sight.is_kept(panel.bound.table) and sight.ask.as_of is None:
            return sight.feed_address(panel)
    return ""


def _endpoint(sight: Sight, export: Export) -> Endpoint:
    for endpoint in sight.ask.domain.endpoints:
        if endpoint.operation_id == export.operation:
            return endpoint
    raise Unknown(f"no operation {export.operation!r}")


def _path(asked: Asked, export: Export, endpoint: Endpoint) -> str:
    """Empty where there is nothing to give."""
    needed = path_parameters(endpoint.path)
    value = asked.sight.ask.given[needed[0]] if needed else ""
    if export.table:
        row = next((row for row in asked.rows(export) if export.when(row)), None)
        if row is None:
            return ""
        value = str(row[needed[0]]) if needed else ""
    return path_with(endpoint.path, value)
