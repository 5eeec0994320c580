"""Vega-Lite specifications by Altair: one a panel, language and theme; the figures come by address from the API.

Intervals are always drawn. Measured is solid and filled, reported hollow, estimated dashed; what is withheld is
hatched, with its reason. No expression here needs `eval`: vega-embed interprets them (`ast`).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any, TypeGuard

from birlik.apps.web import breaks, navigation
from birlik.apps.web.ask import since
from birlik.apps.web.panels import charted
from birlik.apps.web.panels.charted import Charted, period_is_days, usual_days
from birlik.apps.web.panels.content import day_of, measure_words
from birlik.apps.web.panels.sentence import newest_of
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import THEMES, Theme, theme_with
from birlik.kernel.domain import Bars, Heat, Indicator, Panel, Series
from birlik.periods import RANGES, Cycle

HATCH = "M-1,0L0,-1M-1,1L1,-1M0,1L1,0"
"""Slanted strokes of a square: Vega has no pattern fill."""
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
DAY_MS = 86_400_000


def specification(panel: Charted, sight: Sight, theme: str, *, inline: bool = False) -> dict[str, Any]:
    """`inline` puts the figures into the specification, for pictures made without a browser."""
    seen = theme_with(theme, navigation.accent_of(sight.ask.domain, sight.ask.page))
    made = _MADE[type(panel)](panel, sight, seen, inline)
    words = sight.words
    described = words.t(panel.title)
    spec: dict[str, Any] = made.properties(description=described).configure(**_config(seen)).to_dict()
    spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    spec["usermeta"] = {
        "embedOptions": {"formatLocale": words.chart_numbers, "timeFormatLocale": words.chart_times},
    }
    return spec


def picture(panel: Charted, sight: Sight, form: str, address: str) -> bytes:
    """PNG or SVG of the same specification, on the light ground. Takes a second the first time: never on the loop.

    address: of the node, for who meets the picture elsewhere.
    """
    import vl_convert

    spec = specification(panel, sight, "light", inline=True)
    _sized(spec, panel, sight, address)
    numbers, times = sight.words.chart_numbers, sight.words.chart_times
    if form == "svg":
        return vl_convert.vegalite_to_svg(spec, format_locale=numbers, time_format_locale=times).encode()
    return vl_convert.vegalite_to_png(spec, scale=2, format_locale=numbers, time_format_locale=times)


MOST_SUPPLIERS = 6
LINE = 108
"""Letters that a picture has room for in one line."""
ARROWS = f"'Liberation Sans', 'DejaVu Sans', {FONT}"
"""Noto Sans has no arrow, and a line with a letter that its font lacks is drawn in another."""


def _sized(spec: dict[str, Any], panel: Charted, sight: Sight, address: str) -> None:
    """A picture leaves the page: it says itself what it is of, of when, on how much it rests, and whose it is."""
    ask, words = sight.ask, sight.words
    named = [sight.name(ask.given[name]) for name in ask.page.parameters]
    chosen = [sight.label(name, ask.given[name]) for name in ask.page.choices]
    facts = charted.content(panel, sight).facts
    rests = [facts.period, f"n = {facts.n}" if facts.n else "", *facts.basis, facts.interval]
    suppliers = sight.suppliers()
    more = len(suppliers) - MOST_SUPPLIERS
    listed = ", ".join(suppliers[:MOST_SUPPLIERS]) + (f" + {more}" if more > 0 else "")
    settings = sight.node.settings
    whose = [
        words.t("Records of: {suppliers}").format(suppliers=listed) if listed else "",
        f"birlik, {settings.title}",
        address.rstrip("/") + ask.address(),
        words.t("Licence of the figures: {licence}").format(licence=settings.licence or words.t("not stated")),
    ]
    moment = f"{words.t('as of')} {words.moment(sight.now, sight.zone)}"
    lines = [[*named, *chosen, moment], rests, whose[:2], whose[2:]]
    spec["width"], spec["padding"] = 760, 16
    unit = words.unit(sight.told(panel.indicator).unit)
    spec["title"] = {
        "text": spec.pop("description") + (f", {unit}" if unit else ""),
        "subtitle": [short for line in lines for short in wrap(" · ".join(filter(None, line)), LINE)],
        "subtitleFont": ARROWS,
        "subtitleColor": THEMES["light"].quiet,
        "subtitlePadding": 4,
        "anchor": "start",
        "fontSize": 15,
        "offset": 14,
    }


def _config(theme: Theme) -> dict[str, Any]:
    axis = {
        "labelColor": theme.quiet,
        "titleColor": theme.quiet,
        "domainColor": theme.line,
        "tickColor": theme.line,
        "gridColor": theme.line,
        "gridOpacity": 0.7,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelPadding": 6,
        "titlePadding": 10,
    }
    return {
        "font": FONT,
        "background": theme.ground,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": {
            "labelColor": theme.quiet,
            "titleColor": theme.quiet,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleLimit": 400,
        },
        "title": {"color": theme.ink, "font": FONT},
        "text": {"color": theme.ink},
    }


def _altair() -> Any:
    """Imported where a chart is made: it takes half a second. Some of its calls have no types."""
    import altair

    return altair


# --- data -------------------------------------------------------------------------------------------------


def _data(sight: Sight, indicator: Indicator, fixed: Mapping[str, str], inline: bool) -> Any:
    alt = _altair()

    if inline:
        rows = sight.told_figures(indicator.name, fixed, spanned=False)
        return alt.Data(values=[{k: _plain(v) for k, v in row.items() if k not in _SYSTEM} for row in rows])
    # JSON, not CSV: Vega reads CSV by a function that it makes out of text, which the pages' policy forbids.
    address = sight.indicator_address(indicator.name, fixed, "json")
    return alt.Data(url=address, format=alt.DataFormat(type="json", property="data"))


_SYSTEM = ("version", "valid_from", "valid_to", "method_version")


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _when(indicator: Indicator) -> str:
    """An expression: the beginning of a row's period (`2026`, `2026-03`, `2026-03-14/P10D`), in ms of UTC."""
    value = f"datum[{indicator.period!r}]"
    return f"time(toDate({f'slice({value}, 0, 10)' if indicator.cycle in RANGES else value}))"


_SHAPES: Mapping[Cycle, tuple[str, str, Any, int]] = {
    Cycle.DAY: ("%d %b %Y", "%d %b", 8, 1),
    Cycle.DECADE: ("%d %b %Y", "%d %b", 8, 10),
    Cycle.MONTH: ("%B %Y", "%b %Y", "month", 30),
    Cycle.SEASON: ("%B %Y", "%b %Y", 8, 90),
    Cycle.YEAR: ("%Y", "%Y", "year", 365),
    Cycle.HYDROLOGICAL_YEAR: ("%B %Y", "%b %Y", 8, 365),
}
"""By cycle: how the tooltip says when a period begins, how the axis does, its ticks, and how many days one is wide."""


def _text(sight: Sight, indicator: Indicator, when: str, measure: str, ends: tuple[str, str] | None) -> dict[str, str]:
    """Expressions of what a tooltip says, by its label; the moment is in UTC."""
    words, unit = sight.words, indicator.unit
    said = {
        measure_words(sight, indicator, measure).rpartition(", ")[0] or words.t(indicator.code): _amount(
            sight, f"datum.{measure}", unit
        )
    }
    if ends is not None:
        low, high = (_amount(sight, f"datum.{end}", unit) for end in ends)
        said[words.t("95 % interval")] = f"{low} + '–' + {high}"
    said[words.code("measure", "n")] = "format(datum.n, ',')"
    return {words.t("period (UTC)"): when, **said} if when else said


def _amount(sight: Sight, value: str, unit: str) -> str:
    """An expression: hours as people say them, anything else with its unit."""
    words = sight.words
    if unit != "h":
        return f"format({value}, ',.3~r') + ' {words.unit(unit)}'"
    d, h, m = (f"' {words.unit(name)}'" for name in ("d", "h", "min"))
    minutes = f"round({value} * 60)"
    hours = f"round({value})"
    return (
        f"({value} < 1 ? {minutes} + {m} : {value} < 48 ? floor({minutes} / 60) + {h} + ({minutes} % 60 ? "
        f"' ' + {minutes} % 60 + {m} : '') : floor({hours} / 24) + {d} + "
        f"({hours} % 24 ? ' ' + {hours} % 24 + {h} : ''))"
    )


def _tooltips(chart: Any, said: Mapping[str, str]) -> tuple[Any, list[Any]]:
    alt = _altair()

    fields = []
    for position, (title, expression) in enumerate(said.items()):
        chart = chart.transform_calculate(**{f"tip{position}": expression})
        fields.append(alt.Tooltip(f"tip{position}:N", title=title))
    return chart, fields


# --- kinds ------------------------------------------------------------------------------------------------


def series(panel: Series, sight: Sight, theme: Theme, inline: bool) -> Any:
    """A line with its band by period; estimated periods dashed, withheld ones hatched, reported figures hollow."""
    alt = _altair()

    indicator = sight.told(panel.indicator)
    measure, ends = panel.y, panel.ends
    words, days = sight.words, period_is_days(indicator)
    shape, axis, ticks, wide = _SHAPES[indicator.cycle or Cycle.MONTH]
    base = alt.Chart(_data(sight, indicator, panel.fixed, inline)).transform_calculate(
        when=_when(indicator), shown=f"datum.withheld ? null : datum.{measure}"
    )
    first = since(sight.ask.span, sight.now)
    if first:
        base = base.transform_filter(
            f"datum.when >= time(utc({int(first[:4])}, {int(first[5:7]) - 1}, {int(first[8:])}))"
        )
    base, tips = _tooltips(base, _text(sight, indicator, f"utcFormat(datum.when, '{shape}')", measure, ends))
    beside = _beside(panel, sight)
    along = {
        "scale": alt.Scale(type="utc", padding=40 if beside else 12),
        "axis": alt.Axis(format=axis, tickCount=ticks, labelOverlap=True),
    }
    x = alt.X("when:T", title=None, **along)
    title = f"{words.t(indicator.code)}, {words.unit(indicator.unit)}"
    y = alt.Y(
        f"{measure}:Q", title=title, scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickCount=5, format="~r")
    )
    shown = base.transform_filter("isValid(datum.shown)")
    layers = _usual_layers(panel, sight, theme, along, title, first)
    if ends is not None:
        layers += _interval_layers(base, shown, ends, x, title, theme, days=days)
    # The nearest period answers, wherever the pointer is above the chart: a point is hard to hit. (Vega-Lite's own
    # `nearest` gives its tooltip nothing to say.)
    half_ms = wide * DAY_MS // 2
    near = alt.selection_point(name="near", on="pointerover", clear="pointerout", fields=["when"], empty=False)
    strips = shown.transform_calculate(strip_from=f"datum.when - {half_ms}", strip_to=f"datum.when + {half_ms}")
    strip_x = alt.X("strip_from:T", title=None, **along)
    layers += [
        # Nulls break line and band; a period without neighbours has neither, so its whisker says the interval.
        base.mark_line(color=theme.accent, strokeWidth=2, **_BROKEN).encode(x=x, y=y),
        shown.mark_point(color=theme.accent, opacity=1, strokeWidth=1.6).encode(
            x=x,
            y=y,
            fill=alt.condition("datum.basis == 'measured'", alt.value(theme.accent), alt.value(theme.ground)),
            size=alt.condition(near, alt.value(120), alt.value(42)),
        ),
        strips.mark_rect(color="transparent")
        .encode(x=strip_x, x2="strip_to:T", y=alt.value(0), y2=alt.value(260), tooltip=tips)
        .add_params(near),
        *_withheld_marks(base, x, theme, words.t("withheld: {reason}").partition("{")[0]),
    ]
    layers += _reported_layers(beside, theme, title)
    layers += breaks.layers(sight, indicator, panel.fixed, along, theme)
    return alt.layer(*layers).properties(width="container", height=260)


_BROKEN = {"invalid": "break-paths-show-domains"}


def _interval_layers(
    base: Any, shown: Any, ends: tuple[str, str], x: Any, title: str, theme: Theme, *, days: bool
) -> list[Any]:
    alt = _altair()

    low, high = alt.Y(f"{ends[0]}:Q", title=title), f"{ends[1]}:Q"
    dash = alt.condition("datum.basis == 'estimated'", alt.value([5, 4]), alt.value([1, 0]))
    return [
        base.mark_area(opacity=0.18, color=theme.accent, **_BROKEN).encode(x=x, y=low, y2=high),
        shown.mark_rule(color=theme.accent, opacity=0.25 if days else 0.6, strokeWidth=1.5).encode(
            x=x, y=low, y2=high, strokeDash=dash
        ),
    ]


def _usual_layers(
    panel: Series, sight: Sight, theme: Theme, along: Mapping[str, Any], title: str, first: str
) -> list[Any]:
    """Behind the days: what is usual for each, as a block of its own width."""
    alt = _altair()

    days = [
        {"from": _ms(day) - DAY_MS // 2, "to": _ms(day) + DAY_MS // 2, "usual_low": low, "usual_high": high}
        for day, (low, _, high) in usual_days(panel, sight).items()
        if not first or day.isoformat() >= first
    ]
    if not days:
        return []
    x = alt.X("from:T", title=None, **along)
    return [
        alt.Chart(alt.Data(values=days))
        .mark_rect(color=theme.quiet, opacity=0.22)
        .encode(x=x, x2="to:T", y=alt.Y("usual_low:Q", title=title), y2="usual_high:Q")
    ]


def _ms(day: Any) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def _withheld_marks(base: Any, x: Any, theme: Theme, said: str) -> list[Any]:
    alt = _altair()

    gaps = base.transform_filter("isValid(datum.withheld) && datum.withheld != ''")
    gaps = gaps.transform_calculate(why=f"'{said}' + datum.withheld")
    at = {"x": x, "y": alt.value(244)}
    return [
        gaps.mark_point(shape=HATCH, size=130, strokeWidth=1, color=theme.quiet, filled=False).encode(
            **at, tooltip=alt.Tooltip("why:N", title=" ")
        ),
    ]


def _beside(panel: Series, sight: Sight) -> list[dict[str, Any]]:
    """Reported figures of the same subject and unit: few, so that they stand in the specification itself."""
    told = panel.reported
    if told is None:
        return []
    indicator = sight.told(panel.indicator)
    made = []
    for row in sight.rows(told.table, told.fixed):
        value = row.get(told.value)
        if value is not None and str(row.get(told.unit) or indicator.unit) == indicator.unit:
            note = " – ".join(str(row[n]) for n in told.notes if row.get(n))
            said = sight.words.number(value)
            made.append(
                {
                    "at": str(row.get(told.when)),
                    "value": value,
                    "said": f"{said} {sight.words.unit(indicator.unit)}",
                    "note": note,
                    "doubtful": bool(row.get(told.fault)),
                }
            )
    return made


def _reported_layers(beside: list[dict[str, Any]], theme: Theme, title: str) -> list[Any]:
    """Hollow, with their year, at the left edge: on one axis published years would squeeze our own months.

    A doubtful value has no place on the axis either, since it would scale it: it stands above, as a note.
    """
    alt = _altair()

    sound = [one for one in beside if not one["doubtful"]]
    doubtful = sorted((one for one in beside if one["doubtful"]), key=lambda one: one["at"], reverse=True)
    layers = []
    tips = [alt.Tooltip("at:N", title=" "), alt.Tooltip("said:N", title=title), alt.Tooltip("note:N", title="  ")]
    if sound:
        chart = alt.Chart(alt.Data(values=sound))
        y = alt.Y("value:Q", title=title)
        layers += [
            chart.mark_point(filled=False, size=48, strokeWidth=1.6, color=theme.ink).encode(
                x=alt.value(6), y=y, tooltip=tips
            ),
            chart.mark_text(align="left", dx=6, fontSize=11, color=theme.quiet).encode(
                x=alt.value(8), y=y, text="at:N"
            ),
        ]
    for place, one in enumerate(doubtful[:MOST_DOUBTFUL]):
        note = {**one, "edge": f"{one['at']} ?  {one['said']}"}
        layers.append(
            alt.Chart(alt.Data(values=[note]))
            .mark_text(align="left", fontSize=11, color=theme.quiet, baseline="bottom")
            .encode(x=alt.value(8), y=alt.value(-4 - 14 * place), text="edge:N", tooltip=tips)
        )
    return layers


MOST_DOUBTFUL = 3
"""So many stand above the chart; the list below it has all."""


def heat(panel: Heat, sight: Sight, theme: Theme, inline: bool) -> Any:
    """Hour by weekday. A cell that is withheld is hatched."""
    alt = _altair()

    indicator = sight.told(panel.indicator)
    words, name = sight.words, panel.x
    hour = f"datum[{name!r}]"
    days = "[" + ",".join(f"'{d}'" for d in words.weekdays()) + "]"
    base = alt.Chart(_data(sight, indicator, panel.fixed, inline)).transform_calculate(
        weekday=f"floor({hour} / 24)", hour=f"{hour} % 24"
    )
    when = f"{days}[datum.weekday] + ' ' + (datum.hour < 10 ? '0' : '') + datum.hour + ':00'"
    said = _text(sight, indicator, "", "value", ("low", "high"))
    declared = next(d for d in indicator.dimensions if d.name == name)
    heading = f"{words.t(declared.title) or words.code('dimension', name)}, {sight.zone_words}"
    base, tips = _tooltips(base, {heading: when, **said})
    x = alt.X(
        "hour:O",
        title=heading,
        scale=alt.Scale(domain=list(range(24)), paddingInner=0.06),
        axis=alt.Axis(labelAngle=0, values=[0, 3, 6, 9, 12, 15, 18, 21], domain=False, ticks=False),
    )
    y = alt.Y(
        "weekday:O",
        title=None,
        scale=alt.Scale(domain=list(range(7)), paddingInner=0.08),
        axis=alt.Axis(labelExpr=f"{days}[datum.value]"),
    )
    title = f"{words.t(indicator.code)}, {words.unit(indicator.unit)}"
    colour = alt.Color(
        "value:Q",
        title=title,
        scale=alt.Scale(range=list(theme.sequence)),
        legend=alt.Legend(orient="top", direction="horizontal", gradientLength=180, gradientThickness=8, format="~r"),
    )
    shown = base.transform_filter("isValid(datum.value)")
    hidden = base.transform_filter("!isValid(datum.value)").transform_calculate(why="datum.withheld")
    return alt.layer(
        shown.mark_rect().encode(x=x, y=y, color=colour, tooltip=tips),
        hidden.mark_point(shape=HATCH, size=150, strokeWidth=0.9, color=theme.quiet, opacity=0.8).encode(
            x=x, y=y, tooltip=alt.Tooltip("why:N", title=" ")
        ),
    ).properties(width="container", height=230)


def bars(panel: Bars, sight: Sight, theme: Theme, inline: bool) -> Any:
    """Parts of a whole, of the newest period: by a dimension with whiskers, or by measures that add up."""
    alt = _altair()

    indicator = sight.told(panel.indicator)
    words, unit = sight.words, sight.words.unit(indicator.unit)
    rows = sight.told_figures(indicator.name, panel.fixed)
    newest = newest_of(indicator, rows)
    base = alt.Chart(_data(sight, indicator, panel.fixed, inline))
    at = day_of(indicator, newest[indicator.period]) if indicator.period and newest else None
    if at is not None:
        base = base.transform_calculate(when=_when(indicator)).transform_filter(
            f"datum.when == time(utc({at.year}, {at.month - 1}, {at.day}))"
        )
    base = base.transform_filter("isValid(datum.value)")
    if panel.measures:
        amounts = {m: (newest or {}).get(m) or 0.0 for m in panel.measures}
        labels = {m: measure_words(sight, indicator, m).rpartition(", ")[0] or m for m in panel.measures}
        base = base.transform_fold(list(panel.measures), as_=["part", "amount"])
        if ends := dict(zip(panel.measures, panel.ends, strict=True)) if panel.ends else {}:
            low, high = ("{" + ",".join(f"{_quoted(m)}:{_quoted(e[i])}" for m, e in ends.items()) + "}" for i in (0, 1))
            base = base.transform_calculate(low=f"datum[{low}[datum.part]]", high=f"datum[{high}[datum.part]]")
    else:
        split = panel.split or indicator.dimension_names[-1]
        amounts = {str(r[split]): r["value"] or 0.0 for r in rows if not r["withheld"]}
        labels = {value: sight.label(split, value) for value in amounts}
        base = base.transform_calculate(part=f"datum[{split!r}]", amount="datum.value")
    order = [labels[part] for part in sorted(amounts, key=lambda part: -amounts[part]) if amounts[part] > 0]
    said = "{" + ",".join(f"{_quoted(key)}:{_quoted(text)}" for key, text in labels.items()) + "}"
    base = base.transform_calculate(name=f"{said}[datum.part] || datum.part").transform_filter("datum.amount > 0")
    amount = _amount(sight, "datum.amount", indicator.unit)
    tip = {words.t(panel.part or "part"): "datum.name", words.t("mean"): amount, "n": "format(datum.n, ',')"}
    if has_ends := bool(panel.ends) or not panel.measures:
        low, high = (_amount(sight, f"datum.{end}", indicator.unit) for end in ("low", "high"))
        tip[words.t("95 % interval")] = f"{low} + '–' + {high}"
    base = base.transform_calculate(written=amount)
    base, tips = _tooltips(base, tip)
    title = f"{words.t('mean')}, {unit}"
    x = alt.X("amount:Q", title=title, axis=alt.Axis(tickCount=5, format="~r", grid=True))
    y = alt.Y("name:N", title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=170))
    # What nothing explains is no part like the others: it stands back.
    rest = alt.condition(f"datum.part == {_quoted(panel.rest)}", alt.value(theme.border), alt.value(theme.accent))
    # The value stands above the end of its bar: beside it, the whisker would carry it to another value.
    tips_of = [(newest or {}).get(high) or 0.0 for _, high in panel.ends]
    middle = max([*amounts.values(), *tips_of], default=0.0) / 2
    layers = [base.mark_bar(height=12, yOffset=8, cornerRadiusEnd=2).encode(x=x, y=y, color=rest, tooltip=tips)]
    if has_ends:
        whisker = base.mark_rule(color=theme.ink, yOffset=8)
        layers.append(whisker.encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y))
    for align, where in (("left", f"datum.amount <= {middle}"), ("right", f"datum.amount > {middle}")):
        written = base.transform_filter(where).mark_text(align=align, baseline="bottom", fontSize=12, color=theme.ink)
        layers.append(written.encode(x=x, y=y, text="written:N"))
    return alt.layer(*layers).properties(width="container", height=40 * max(1, len(order)))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_MADE: Mapping[type[Panel], Callable[[Any, Sight, Theme, bool], Any]] = {Series: series, Heat: heat, Bars: bars}


def is_charted(panel: Panel) -> TypeGuard[Charted]:
    """Can it be drawn?"""
    return type(panel) in _MADE
