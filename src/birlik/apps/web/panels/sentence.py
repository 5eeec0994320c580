"""One question answered in words and one figure, made from the same indicators as the charts."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from birlik.apps.web import freshness, saying
from birlik.apps.web.panels.content import Content, day_of, facts_of, period_words, withheld_of
from birlik.apps.web.panels.written import against_usual, line_of, ranking, written
from birlik.apps.web.sight import Row, Sight
from birlik.kernel.domain import Clause, Indicator, Sentence


def content(panel: Sentence, sight: Sight) -> Content:
    fresh = freshness.of(sight)
    said: list[Markup] = []
    reasons: list[str] = []
    facts = None
    if fresh.is_old:
        said.append(saying.sentence(freshness.old_words(sight, fresh), _nothing))
    found = False
    for clause in panel.clauses:
        indicator = sight.indicator(clause.indicator)
        if (fresh.is_old and indicator.live) or (clause.otherwise and found):
            continue
        rows = sight.figures(clause.indicator, clause.fixed, spanned=False)
        row, text = chosen(clause, indicator, rows, sight)
        if row is None:
            reasons += withheld_of(sight, rows)
        words = saying.sentence(text, _say(panel, sight, indicator, clause, rows, row), bold=not _bold(said))
        if words:
            said.append(words)
            found = found or (row is not None and bool(clause.rank) and reaches(clause, indicator, row))
            facts = facts or (facts_of(sight, indicator, [row]) if row is not None else None)
    values = {"sentence": Markup(" ").join(said), "old": fresh.is_old}
    if not said:
        # Of then nothing is known where all of it is kept in no version: that is not the same as empty.
        return Content(empty=not reasons and not sight.is_unkept(panel), withheld=reasons, values=values)
    return Content(values=values, facts=facts or facts_of(sight, sight.indicator(panel.clauses[0].indicator), []))


def _bold(said: Sequence[Markup]) -> bool:
    return any("<strong" in words for words in said)


def _nothing(name: str) -> str:
    return ""


def chosen(clause: Clause, indicator: Indicator, rows: Sequence[Row], sight: Sight) -> tuple[Row | None, str]:
    """The figure that a clause speaks of, and its words for such a one; none where it has nothing to say."""
    row = ranked(clause, indicator, rows)[0] if clause.rank and ranked(clause, indicator, rows) else None
    if not clause.rank:
        row = newest_of(indicator, rows)
    if row is None:
        return None, sight.words.t(clause.text_withheld) if rows else ""
    count = others(clause, indicator, rows) if clause.count == "others" else row.get(clause.count)
    none = count is not None and round(count) == 0 and (clause.text_zero or clause.count == "others")
    if not reaches(clause, indicator, row) or none:
        return row, sight.words.t(clause.text_zero)
    if clause.text_one:
        return row, sight.words.n(clause.text_one, clause.text, round(count or 0))
    return row, sight.words.t(clause.text)


def reaches(clause: Clause, indicator: Indicator, row: Row) -> bool:
    return clause.above is None or (ranking(indicator, row, clause.rank) or 0.0) >= clause.above


def ranked(clause: Clause, indicator: Indicator, rows: Sequence[Row]) -> list[Row]:
    """Those that have the measure which ranks them, the greatest first."""
    shown = [r for r in rows if not r["withheld"] and r.get(clause.rank) is not None]
    return sorted(shown, key=lambda r: (-(ranking(indicator, r, clause.rank) or 0.0), -r[clause.rank]))


def others(clause: Clause, indicator: Indicator, rows: Sequence[Row]) -> int:
    """How many more reach what the one that is spoken of does."""
    return max(0, len([r for r in ranked(clause, indicator, rows) if reaches(clause, indicator, r)]) - 1)


def newest_of(indicator: Indicator, rows: Sequence[Row]) -> Row | None:
    """The newest figure that may be shown."""
    shown = [r for r in rows if not r["withheld"] and r["value"] is not None]
    if not shown:
        return None
    period = indicator.period
    return max(shown, key=lambda r: str(day_of(indicator, r[period]))) if period else shown[0]


def _say(
    panel: Sentence, sight: Sight, indicator: Indicator, clause: Clause, rows: Sequence[Row], row: Row | None
) -> Callable[[str], str]:
    """The words a clause may use, made when asked for."""

    def name() -> str:
        if panel.register and row is not None:
            return line_of(panel, sight, row)[1]
        return sight.name(next(iter(sight.ask.given.values()), ""))

    def zone() -> str:
        about = line_of(panel, sight, row)[0] if panel.register and row is not None else {}
        return sight.zone_of(panel.register, about)

    made: dict[str, Callable[[], str]] = {
        "unit": lambda: sight.words.unit(indicator.unit),
        "period": lambda: period_words(sight, indicator, (row or {}).get(indicator.period or "")),
        "against_usual": lambda: against_usual(sight, indicator, row or {}),
        "others": lambda: sight.words.count(others(clause, indicator, rows)),
        "name": name,
    }

    def say(word: str) -> str:
        if word in made:
            return made[word]()
        if row is None:
            return ""
        if word in indicator.dimension_names:
            return sight.label(word, row[word])
        return written(sight, indicator, word, row, zone=zone())

    return say
