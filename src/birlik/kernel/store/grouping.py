"""What rows are grouped by, and what is told of a group, as SQL."""

from collections.abc import Mapping

from birlik.errors import BadRequest
from birlik.kernel.query import GROUPINGS, Grouping, Part
from birlik.kernel.store.compiling import known
from birlik.kernel.store.cycles import period_sql
from birlik.kernel.tables import Field, Type


def part_sql(fields: Mapping[str, Field], part: Part) -> str:
    """SQL: by what rows `t` are grouped: a column, or the period in which it lies."""
    column = f't."{part.field}"'
    return column if part.cycle is None else period_sql(column, fields[part.field], part.cycle)


def grouping_sql(fields: Mapping[str, Field], asked: Grouping) -> str:
    """SQL of one figure. Raises BadRequest."""
    if asked.how not in GROUPINGS:
        raise BadRequest(f"no figure {asked.how!r}; there are: {', '.join(GROUPINGS)}", parameter="of")
    if not asked.field:
        if asked.how != "count":
            raise BadRequest(f"{asked.how} is of a field: {asked.how}(…)", parameter="of")
        return "count(*)::BIGINT"
    (name,) = known(fields, [asked.field])
    if asked.how in ("sum", "mean") and fields[name].type not in (Type.INT, Type.FLOAT):
        raise BadRequest(f"{asked.how} is of numbers, and {name} is {fields[name].type.value}", parameter="of")
    column = f't."{name}"'
    return {
        "count": f"count({column})::BIGINT",
        "distinct": f"count(DISTINCT {column})::BIGINT",
        "min": f"min({column})",
        "max": f"max({column})",
        "sum": f"sum({column}::DOUBLE)",
        "mean": f"avg({column})",
    }[asked.how]
