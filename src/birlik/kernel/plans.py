"""Plans: what would be if something were otherwise, beside what is; a declaration with a pure computation.

From a Plan come a route, a command, a page with its form, files of its result and a piece of the documentation. One
running of it is a job (`kernel.planning`): in a process of its own, of the rows that its reader sees.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from birlik.kernel.members import Needs
from birlik.kernel.query import Where
from birlik.kernel.tables import Field, Rows, Type

TODAY = "today_"
"""Begins the name of a column of the result that says what its fellow would be with everything as it is."""
MOST_READ = 2_000_000
"""Rows that a plan may read of one table: it gets them whole."""
MOST_ROWS, MOST_BYTES = 100_000, 64 * 1024 * 1024
"""Of a result. It is for people, and lies on the disk until it is over."""


class Progress(Protocol):
    """Told now and then how far a computation is; it costs next to nothing."""

    def __call__(self, done: int, of: int) -> None:
        """done: steps of `of` that lie behind."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """Something that may be moved, within a range."""

    field: Field
    """What it is: type, unit, codes. It may be left out; then it is as usual."""
    usual: Any
    """How it is today: with all parameters so, a plan says what is, which is the baseline beside every result."""
    least: float | None = None
    most: float | None = None
    begins: bool = False
    """`usual` is only where one begins, as a budget that is nobody's, and no fact of today: it is called so."""

    @property
    def name(self) -> str:
        """By which it is given."""
        return self.field.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A table, derived table or indicator that a plan reads: of it what whoever runs the plan may see."""

    table: str
    columns: tuple[str, ...]
    where: Where = ()
    days: int | None = None
    """Only the last so many; None is all of it."""
    time: str = ""
    """By which column they are counted; empty is the table's own time."""


Compute = Callable[[Mapping[str, Rows], Mapping[str, Any], Progress], Rows]
"""(rows by table, parameters by name, progress) -> rows of the plan's fields. Pure: the same gives the same."""
AtOnce = Callable[[Mapping[str, Rows], Mapping[str, Any]], Rows]
"""The same in a second at most, for a panel that answers while somebody moves a parameter; it may be less exact."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    name: str
    """Unique in the node; begins with the domain's name: `aviary_feeding`."""
    title: str
    question: str
    """What it answers, as its reader would ask."""
    method: str
    """How, in sentences, with its source and what it leaves out."""
    parameters: tuple[Parameter, ...]
    reads: tuple[Read, ...]
    compute: Compute
    """A function of a module, so that a process of its own finds it by its name."""
    fields: tuple[Field, ...]
    """Of the result."""
    key: tuple[str, ...]
    """What of them tells its rows apart: by it each stands beside what is today."""
    named: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Columns that say what a thing is called: (its page, the column with its key). On a page of a result they are the
    way to it, where it is there for the reader now."""
    at_once: AtOnce | None = None
    """For the panels `Weights`; None: it has only jobs."""
    role: Needs | None = None
    """Who may run it; None is as its domain says. Whoever has no account runs none: all of them are one."""

    @property
    def by_name(self) -> Mapping[str, Parameter]:
        """Parameters, in their order."""
        return {each.name: each for each in self.parameters}

    @property
    def usual(self) -> Mapping[str, Any]:
        """Everything as it is today."""
        return {each.name: each.usual for each in self.parameters}

    @property
    def measures(self) -> tuple[Field, ...]:
        """What is told of each row, beside its key."""
        return tuple(field for field in self.fields if field.name not in self.key)

    @property
    def told(self) -> tuple[Field, ...]:
        """The fields of a whole result: beside each measure what it is today."""
        beside = {field.name: today(field) for field in self.measures}
        made: list[Field] = []
        for each in self.fields:
            # A row may be there today only, or only then.
            made.append(each if each.name in self.key else replace(each, nullable=True))
            made += [beside[each.name]] if each.name in beside else []
        return tuple(made)

    def texts(self) -> Iterator[str]:
        """All that it says in words, to be translated."""
        yield from (self.title, self.question, self.method)
        for said in (*(each.field for each in self.parameters), *self.fields):
            yield from (said.title, said.description)


def today(field: Field) -> Field:
    """The column beside a measure: the same, with everything as it is."""
    words = f"The same with everything as it is today: {field.description}"
    return replace(field, name=f"{TODAY}{field.name}", description=words, nullable=True, title="")


NUMBERS = (Type.INT, Type.FLOAT)
"""What has a range."""
