"""What is known of one row, in words."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from markupsafe import Markup

from birlik.apps.web import freshness, saying
from birlik.apps.web.panels.content import Content, Facts
from birlik.apps.web.panels.table import cell
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Opening, Saying
from birlik.periods import period_of


def content(panel: Opening, sight: Sight) -> Content:
    rows = sight.rows(panel.table, panel.fixed, order=panel.order, limit=1)
    said: list[Markup] = []
    say = _say(panel, sight, rows[0] if rows else {})
    for each in panel.sayings if rows else ():
        if not _holds(each, rows[0], sight.now):
            continue
        words = saying.sentence(_text(each, sight, rows[0]), say, bold=not any("<strong" in s for s in said))
        said += [words] if words else []
    return Content(
        empty=not said,
        facts=Facts(n=sight.words.count(1) if said else ""),
        values={"sentence": Markup(" ").join(said), "old": freshness.of(sight).is_old},
    )


def _text(each: Saying, sight: Sight, row: Row) -> str:
    if not each.text_one:
        return sight.words.t(each.text)
    return sight.words.n(each.text_one, each.text, int(row[each.count] or 0))


def _holds(each: Saying, row: Row, now: datetime) -> bool:
    alike = all(_as_text(row[name]) in values for name, values in each.when.items())
    enough = all((row[name] or 0) >= least for name, least in each.least.items())
    return (
        alike and enough and _is(row, each.passed, lambda at: at <= now) and _is(row, each.ahead, lambda at: at > now)
    )


def _as_text(value: object) -> str:
    """What isn't known, and what isn't so, is empty; nought is a number."""
    return "" if value is None or value is False else str(value)


def _is(row: Mapping[str, Any], name: str, holds: Callable[[datetime], bool]) -> bool:
    """Where no column is named it holds; of a moment that isn't known nothing does."""
    return not name or (row[name] is not None and holds(row[name]))


def _say(panel: Opening, sight: Sight, row: Row) -> Callable[[str], str]:
    fields = sight.columns(panel.table)

    def say(word: str) -> str:
        value = row[word]
        if isinstance(value, str) and _DAY.fullmatch(value):
            return sight.words.period(period_of(value))
        return cell(sight, fields[word], row)

    return say


_DAY = re.compile(r"\d{4}(-\d\d){0,2}")
