"""One question answered in words and one figure, made from the same indicators as the charts."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup, escape

from birlik.apps.web.panels.content import Content, day_of, facts_of, measure_value, period_words, withheld_of
from birlik.apps.web.sight import Row, Sight
from birlik.apps.web.words import NOTHING
from birlik.kernel.domain import Clause, Indicator, Panel, Type

BEFORE = 12
"""So many periods before the newest make `usual`, and three at least."""
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def content(panel: Panel, sight: Sight) -> Content:
    clauses = panel.clauses or (Clause(indicator=panel.indicator or "", text=panel.text, fixed=panel.fixed),)
    beside = _beside(panel, sight)
    said, reasons, facts = [], [], None
    for clause in clauses:
        indicator = sight.indicator(clause.indicator)
        rows = sight.figures(clause.indicator, clause.fixed, spanned=False)
        newest = newest_of(indicator, rows)
        if newest is None:
            reasons += withheld_of(sight, rows)
            if rows and clause.text_withheld:
                said.append(_marked(sight.words.t(clause.text_withheld)))
            continue
        facts = facts or facts_of(sight, indicator, [newest])
        text = sight.words.t(clause.text)
        text = text if said else _standing_out(text)
        said.append(_marked(text.format_map(_Parts(sight, indicator, clause, rows, newest, beside))))
    sentence = Markup(" ").join(said)
    values = {"sentence": sentence}
    if not said:
        return Content(empty=not reasons, withheld=reasons, values=values)
    return Content(values=values, facts=facts or facts_of(sight, sight.indicator(clauses[0].indicator), []))


def _beside(panel: Panel, sight: Sight) -> Mapping[str, str]:
    """The further measures of a second indicator, and its value under its name's first word: `{waiting}`."""
    if panel.clauses or not panel.beside:
        return {}
    indicator = sight.indicator(panel.beside)
    row = newest_of(indicator, sight.figures(panel.beside, panel.fixed, spanned=False))
    value = sight.words.count(row["value"]) if row else ("0" if indicator.live else NOTHING)
    made = {m.name: measure_value(sight, m.name, row or {}, m.type) for m in indicator.further}
    return {**made, indicator.name: value, indicator.name.partition("_")[0]: value}


def newest_of(indicator: Indicator, rows: Sequence[Row]) -> Row | None:
    """The newest figure that may be shown."""
    shown = [r for r in rows if not r["withheld"] and r["value"] is not None]
    if not shown:
        return None
    period = indicator.period
    return max(shown, key=lambda r: str(day_of(indicator, r[period]))) if period else shown[0]


def usual_of(indicator: Indicator, rows: Sequence[Row], newest: Row, measure: str = "value") -> float | None:
    """The mean of up to twelve periods before the newest; None where there are fewer than three."""
    if not indicator.period:
        return None
    shown = [r for r in rows if not r["withheld"] and r[measure] is not None]
    earlier = sorted(
        (str(day_of(indicator, r[indicator.period])), r[measure])
        for r in shown
        if str(day_of(indicator, r[indicator.period])) < str(day_of(indicator, newest[indicator.period]))
    )[-BEFORE:]
    return sum(value for _, value in earlier) / len(earlier) if len(earlier) >= 3 else None


def _standing_out(text: str) -> str:
    """One figure stands out: where the words don't say which, the value does."""
    return text if "**" in text else text.replace("{value}", "**{value}**", 1)


def _marked(text: str) -> Markup:
    """`**…**` is the figure that stands out; all else is escaped."""
    return Markup(_BOLD.sub(r'<strong class="figure">\1</strong>', str(escape(text))))


class _Parts(dict[str, str]):
    """The words a clause may use, made when asked for."""

    def __init__(
        self,
        sight: Sight,
        indicator: Indicator,
        clause: Clause,
        rows: Sequence[Row],
        row: Row,
        beside: Mapping[str, str],
    ) -> None:
        super().__init__(beside)
        self._sight, self._indicator, self._clause, self._rows, self._row = sight, indicator, clause, rows, row
        self._made: Mapping[str, Any] = {
            "unit": lambda: sight.words.unit(indicator.unit),
            "period": lambda: period_words(sight, indicator, row.get(indicator.period or "")),
            "usual": lambda: sight.words.number(self._usual()),
            "against_usual": self._against_usual,
            "since": self._since,
            "name": lambda: sight.name(next(iter(sight.ask.given.values()), "")),
        }

    def __missing__(self, key: str) -> str:
        if key in self._made:
            return str(self._made[key]())
        if key in self._indicator.dimension_names:
            return self._sight.label(key, self._row[key])
        kind = next((m.type for m in self._indicator.measures if m.name == key), Type.FLOAT)
        if key == "value" and self._indicator.unit == "1":
            return self._sight.words.count(self._row[key])
        return measure_value(self._sight, key, self._row, kind)

    def _usual(self) -> float | None:
        return usual_of(self._indicator, self._rows, self._row, self._clause.measure)

    def _against_usual(self) -> str:
        usual, value, words = self._usual(), self._row[self._clause.measure], self._sight.words
        if usual is None or value is None:
            return ""
        low, high = self._row["low"], self._row["high"]
        if self._clause.measure == "value" and low is not None and high is not None and low <= usual <= high:
            return f", {words.t('about as usual')}"
        more, less = words.t("{difference} {unit} more than usual"), words.t("{difference} {unit} less than usual")
        text = more if value > usual else less
        return ", " + text.format(difference=words.number(abs(value - usual), 2), unit=words.unit(self._indicator.unit))

    def _since(self) -> str:
        oldest_h = self._row.get("oldest_h")
        if oldest_h is None:
            return ""
        # The figure is reckoned to the whole minute.
        return self._sight.words.moment(self._sight.minute - timedelta(hours=oldest_h), self._sight.zone)
