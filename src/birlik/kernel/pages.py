"""Pages as declarations: panels bound to tables and indicators. A page can't hold a query of its own."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from birlik.kernel.members import Needs
from birlik.kernel.panels import Panel

OLD_AFTER_S = 6 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """What tells how fresh the data of a page are."""

    table: str
    time: str
    """Its newest row, of what the page is about, is the last record."""
    indicator: str = ""
    """Its figures may say it without a look at the rows, as these two measures:"""
    last: str = ""
    """when the last record was,"""
    gap: str = ""
    """and how many seconds usually lie between two."""


@dataclass(frozen=True, kw_only=True)
class Finds:
    """Rows that the search box finds; each leads to the page by the parameters and choices that it has."""

    table: str
    column: str
    time: str
    """The newest of a name counts."""


_IN_PATH = re.compile(r"{(\w+)(?::\w+)?}")


def path_parameters(path: str) -> tuple[str, ...]:
    """Names that stand in an endpoint's path.

    >>> path_parameters("/cards/{bird_id:path}")
    ('bird_id',)
    """
    return tuple(_IN_PATH.findall(path))


def path_with(path: str, value: str) -> str:
    """An endpoint's path with a value in the place of its parameter.

    >>> path_with("/cards/{bird_id:path}", "kk:7/2")
    '/cards/kk%3A7%2F2'
    """
    return _IN_PATH.sub(lambda _: quote(value, safe=""), path)


def _always(row: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Export:
    """A standard form in which a page's subject leaves, beside the files of the page's panels: a link by its title."""

    title: str
    """What the form is called: `BibTeX`."""
    operation: str
    """The endpoint of the page's domain (`operation_id`) that answers it. What its path asks for is the page's one
    parameter."""
    table: str = ""
    """Offered only where this table has a row for the page's parameter; the address is that row's,"""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """with these values,"""
    when: Callable[[Mapping[str, Any]], bool] = _always
    """and of which this is true."""
    cites: bool = False
    """It is how what the page is about is itself cited: *Cite this* offers it too."""
    is_quoted: bool = False
    """It is a line to be copied: *Cite this* offers it, and nothing else does."""


@dataclass(frozen=True, kw_only=True)
class Begin:
    """An act that a page offers only where a row says so: who can't register isn't asked to."""

    act: str
    table: str
    """A table with the page's one parameter as a column; of its rows with that value"""
    fixed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """those that have one of these values, by column,"""
    ahead: str = ""
    """and of which this time is still to come, if it is known,"""
    mine: bool = False
    """among those that name the reader, whatever their view."""
    unless: bool = False
    """It is offered where there is no such row."""


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    """Its address: `/{domain}/{name}`."""
    title: str
    question: str
    """The one question it answers."""
    help: str = ""
    """What who comes here first should know to read it, in Markdown's inline forms: folded under the question."""
    panels: tuple[Panel, ...]
    parameters: tuple[str, ...] = ()
    """Dimensions that stand in the address: `/aviary/bird/{bird_id}`."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Dimensions that the reader switches, with their values; the first is the default."""
    register: str | None = None
    """The register of the first parameter: for its name and the list of pages."""
    about: str = ""
    """The table that has a row for each value of the one parameter, which is its key: what the page is about, and is
    called. Where there is no such row for the reader, there is no page."""
    joined: str = ""
    """The table that says which values of the one parameter are of the same (`Table.joins`): the page is about all of
    them, stands at the first, and the addresses of the others lead there."""
    fresh: Fresh | None = None
    old_after_s: float = OLD_AFTER_S
    """Before this nothing of it is old, however often a record comes: what is said of a treaty holds for years."""
    instead_of: str = ""
    """The name of a page of its domain that is about these things among others: what leads there leads here, where
    the row by which it leads is one of"""
    where: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """these: by column, the values that it may have. A row without such a column leads there as before."""
    finds: Finds | None = None
    exports: tuple[Export, ...] = ()
    begins: tuple[str | Begin, ...] = ()
    """Names of acts that begin something about what the page is about: its parameters are theirs by the same name."""
    order: int = 100
    in_navigation: bool = True
    role: Needs | None = None
    """Who may open it; None is as its domain says."""

    def texts(self) -> Iterator[str]:
        """All that it says in words, to be translated."""
        yield from (self.title, self.question, self.help)
        for panel in self.panels:
            yield from panel.texts()
