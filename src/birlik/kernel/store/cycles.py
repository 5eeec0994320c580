"""Periods in SQL: the same texts as `birlik.periods` gives, by UTC and the usual calendar."""

from collections.abc import Mapping

from birlik.kernel.tables import Field, Type
from birlik.periods import Calendar, Cycle

_DAY = "%Y-%m-%d"


def period_sql(column: str, field: Field, cycle: Cycle) -> str:
    """SQL of the text of the period in which a column's time or day lies; of its hour of the week the number."""
    if cycle is Cycle.HOUR_OF_WEEK:
        return f"((isodow({column}) - 1) * 24 + hour({column}))::BIGINT"
    day = f"(DATE '1970-01-01' + {column}::INTEGER)" if field.type is Type.DAY else f"CAST({column} AS DATE)"
    return _MADE[cycle].format(day=day)


def _months(first: int, every: int, length: str) -> str:
    """Of periods that begin with the month `first` and then with each that lies `every` on."""
    back = f"to_months(((month({{day}}) - {first} + 12) % {every})::INTEGER)"
    return f"strftime(date_trunc('month', {{day}}) - {back}, '{_DAY}') || '/{length}'"


_YEAR = Calendar().year_begins
_MADE: Mapping[Cycle, str] = {
    Cycle.DAY: f"strftime({{day}}, '{_DAY}')",
    Cycle.DECADE: "strftime(date_trunc('month', {day}) + to_days(least(20, (day({day}) - 1) // 10 * 10)::INTEGER), "
    f"'{_DAY}') || '/P' || CASE WHEN day({{day}}) > 20 THEN day(last_day({{day}})) - 20 ELSE 10 END || 'D'",
    Cycle.MONTH: "strftime({day}, '%Y-%m')",
    Cycle.SEASON: _months(Calendar().seasons[0], 3, "P3M"),
    Cycle.YEAR: "strftime({day}, '%Y')",
    Cycle.HYDROLOGICAL_YEAR: _months(_YEAR, 12, "P1Y"),
}
