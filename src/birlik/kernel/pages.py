"""Pages as declarations: panels bound to tables and indicators. A page can't hold a query of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    """Its address: `/{domain}/{name}`."""
    title: str
    question: str
    """The one question it answers."""
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
    finds: Finds | None = None
    order: int = 100
    in_navigation: bool = True
    role: Needs | None = None
    """Who may open it; None is as its domain says."""

    def texts(self) -> Iterator[str]:
        """All that it says in words, to be translated."""
        yield from (self.title, self.question)
        for panel in self.panels:
            yield from panel.texts()
