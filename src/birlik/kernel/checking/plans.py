"""Do plans hold together: what they read is there, parameters are as usual, and a result tells its rows apart?"""

from collections.abc import Iterator, Mapping

from birlik.errors import BadRequest
from birlik.kernel.checking.known import Known
from birlik.kernel.domain import Page, Type
from birlik.kernel.parameters import value_of
from birlik.kernel.plans import NUMBERS, TODAY, Plan, Read

MOVED = (*NUMBERS, Type.TEXT, Type.BOOL)
"""What a parameter may be: it is kept and shared as JSON has it."""


def plans(known: Known) -> Iterator[str]:
    """Every fault of every plan, in sentences."""
    for domain in known.domains:
        for plan in domain.plans:
            where = f"plan {plan.name}"
            if not plan.name.startswith(f"{domain.name}_"):
                yield f"{where}: its name begins with its domain's, {domain.name}_"
            yield from _parameters(where, plan)
            for read in plan.reads:
                yield from _read(known, where, read)
            yield from _result(where, plan)
            yield from _named(where, plan, {page.name: page for page in domain.pages})


def _parameters(where: str, plan: Plan) -> Iterator[str]:
    for each in plan.parameters:
        if each.field.type not in MOVED:
            yield f"{where}: {each.name} is {each.field.type.value}, which can't be moved"
            continue
        if (each.least, each.most) != (None, None) and each.field.type not in NUMBERS:
            yield f"{where}: {each.name} has a range, and is no number"
            continue
        try:
            value_of(each, each.usual)
        except BadRequest as error:
            yield f"{where}: as usual {error}"
        if each.usual is None:
            yield f"{where}: {each.name} says not how it is today"


def _read(known: Known, where: str, read: Read) -> Iterator[str]:
    indicator = known.indicators.get(read.table)
    if indicator is None:
        yield from known.lacks(where, read.table, (*read.columns, read.time))
        time = read.time or known.time_of(read.table)
        if read.days is not None and not time:
            yield f"{where}: {read.table} has no time by which it could be read for {read.days} days"
        return
    has = {field.name for field in indicator.fields}
    yield from (f"{where}: {read.table} has no column {name!r}" for name in read.columns if name not in has)
    if read.days is not None:
        yield f"{where}: figures of {read.table} are read whole"


def _named(where: str, plan: Plan, pages: Mapping[str, Page]) -> Iterator[str]:
    names = [field.name for field in plan.fields]
    for column, (page, key) in plan.named.items():
        yield from (f"{where}: {name!r} is none of its fields" for name in (column, key) if name not in names)
        if page not in pages or not pages[page].about:
            yield f"{where}: {page!r} is no page of its domain about a row, so {column!r} leads nowhere"


def _result(where: str, plan: Plan) -> Iterator[str]:
    names = [field.name for field in plan.fields]
    yield from (f"{where}: its key {name!r} is none of its fields" for name in plan.key if name not in names)
    if not plan.key or not plan.measures:
        yield f"{where}: a result has a key, and says something of it"
    yield from (f"{where}: {name!r} would be taken for a baseline" for name in names if name.startswith(TODAY))
    function = plan.compute
    if getattr(function, "__qualname__", ".").partition(".")[2] or "<" in getattr(function, "__qualname__", "<"):
        yield f"{where}: its computation is no function of a module, by whose name another process could find it"
