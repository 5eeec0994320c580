"""The reader's language: translation, and CLDR's forms of numbers, times and periods."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_interval, format_skeleton, format_timedelta

from birlik.apps.web.catalogues import OWN
from birlik.clock import in_units
from birlik.kernel.catalogues import translations
from birlik.periods import Cycle, Period
from birlik.quantity import bare

THIN = "\u202f"
NARROW = "\N{NO-BREAK SPACE}"
"""Between a number and its unit: a line doesn't break there."""
NOTHING = "–"
_CLDR = {"en": "en_GB"}
"""The English of the pages writes days before months."""
_SKELETONS = {
    Cycle.DAY: "yMMMd",
    Cycle.DECADE: "yMMMd",
    Cycle.MONTH: "yMMMM",
    Cycle.SEASON: "yMMM",
    Cycle.HYDROLOGICAL_YEAR: "yMMM",
}
"""What of a date tells a period; a year is its number."""


_MONEY = re.compile(r"(\d{4,15}(?:\.\d{1,6})?) ([A-Z]{3})", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\[(\w+(?:[/+-]\w+)*)\]", re.ASCII)


@dataclass(frozen=True)
class Words:
    """Everything visible goes through one of these."""

    language: str
    translations: NullTranslations

    @cached_property
    def locale(self) -> Locale:
        return Locale.parse(_CLDR.get(self.language, self.language))

    def t(self, text: str) -> str:
        return self.translations.gettext(text) if text else ""

    def n(self, one: str, many: str, count: int) -> str:
        return self.translations.ngettext(one, many, count)

    def code(self, dimension: str, value: object) -> str:
        """A code of a closed list in words; a catalogue has it under its dimension."""
        text = str(value)
        said = self.translations.pgettext(dimension, text)
        return said if said != text else text.replace("_", " ")

    def named(self, of: str, name: str, unit: str = "", title: str = "") -> str:
        """What a column or measure is called: by the catalogue under `of`, else by its title, else by its own name
        without the unit, which is said beside it.

        >>> Words("en", NullTranslations()).named("column", "mass_kg", "kg")
        'mass'
        """
        for told in (name, bare(name, unit)):
            said = self.translations.pgettext(of, told)
            if said != told:
                return said
        return self.t(title) or bare(name, unit).replace("_", " ")

    def unit(self, unit: str) -> str:
        """As the reader writes it; nothing for a mere number.

        >>> Words("en", NullTranslations()).unit("m3/s")
        'm³/s'
        """
        said = self.translations.pgettext("unit", unit) if unit not in ("", "1") else ""
        return said if said != unit else re.sub(r"(?<=[a-z])[23]", lambda power: "²³"[int(power[0]) - 2], unit)

    def text(self, value: str) -> str:
        """A source's text as the reader writes it, where it is a sum of money or a moment on somebody's clock.

        >>> said = Words("en", NullTranslations())
        >>> said.text("3300000 USD").replace(THIN, " ").replace(NARROW, " "), said.text("2026-12-05T07:00[Asia/Almaty]")
        ('3 300 000 USD', '5 Dec 2026, 07:00 UTC+5 (Almaty)')
        """
        if (money := _MONEY.fullmatch(value)) is not None:
            return f"{self._written(money[1])}{NARROW}{money[2]}"
        if (local := _LOCAL.fullmatch(value)) is not None:
            try:
                at = datetime.fromisoformat(local[1]).replace(tzinfo=ZoneInfo(local[2]))
            except (ValueError, KeyError, OSError):
                return value
            return f"{self.moment(at, local[2])} ({local[2].rpartition('/')[2].replace('_', ' ')})"
        return value

    # --- numbers ------------------------------------------------------------------------------------------

    @property
    def decimal(self) -> str:
        return str(self.locale.number_symbols["latn"]["decimal"])

    def number(self, value: float | int | None, digits: int = 3) -> str:
        """At most `digits` significant digits, thin spaces, the reader's decimal mark.

        >>> Words("en", NullTranslations()).number(12345.678)
        '12\u202f300'
        """
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return NOTHING
        return self._written(significant(value, digits))

    def count(self, value: float | int | None) -> str:
        """A count is exact."""
        return NOTHING if value is None else self._written(str(round(value)))

    def percent(self, value: float | None) -> str:
        return NOTHING if value is None else f"{self.number(100 * value)}{THIN}%"

    def change(self, hours: float | None) -> str:
        """A difference with its sign, in one unit: `+14 h`, `−1.2 h`, `+6 min`, `0 min`."""
        if hours is None or not math.isfinite(hours):
            return NOTHING
        said = self.durations(abs(hours), abs(hours))
        return said if said[0] == "0" and self.decimal not in said else f"{'−' if hours < 0 else '+'}{said}"

    def duration(self, hours: float | None) -> str:
        """Hours as people say them: `58 min`, `9 h 5 min`, `14 h 30 min`, `2 d 3 h`, `12 d`.

        >>> Words("en", NullTranslations()).duration(51.2).replace(NARROW, " ")
        '2 d 3 h'
        """
        if hours is None or not math.isfinite(hours):
            return NOTHING
        parts = [f"{self._written(str(n))}{NARROW}{self.unit(unit)}" for n, unit in in_units(abs(hours))]
        said = NARROW.join(parts)
        return f"−{said}" if hours < 0 and parts[0][0] != "0" else said

    def durations(self, low_h: float, high_h: float) -> str:
        """Two ends in one unit, as short as they can be: `11–23 h`, `20–50 min`, `1.5–4.2 h`, `3–9 d`.

        >>> said = Words("en", NullTranslations())
        >>> [said.durations(*ends).replace(NARROW, " ") for ends in ((0.33, 0.8), (1.52, 4.2), (10.8, 23.4), (80, 210))]
        ['20–48 min', '1.5–4.2 h', '11–23 h', '3.3–8.8 d']
        """
        unit, hours = ("min", 1 / 60) if high_h < 59.5 / 60 else ("h", 1.0) if high_h < 72 else ("d", 24.0)
        fine = unit != "min" and high_h / hours < 10
        low, high = (round(value / hours, 1 if fine else None) for value in (low_h, high_h))
        ends = [self._written(f"{value:g}") for value in (low, high)]
        return f"{'–'.join(dict.fromkeys(ends))}{NARROW}{self.unit(unit)}"

    def _written(self, plain: str) -> str:
        sign, plain = ("−", plain[1:]) if plain.startswith("-") else ("", plain)
        whole, _, fraction = plain.partition(".")
        groups: list[str] = []
        while len(whole) > 3:
            groups.insert(0, whole[-3:])
            whole = whole[:-3]
        return sign + THIN.join([whole, *groups]) + (self.decimal + fraction if fraction else "")

    # --- times --------------------------------------------------------------------------------------------

    def moment(self, value: datetime | None, zone: str = "UTC", *, seconds: bool = False) -> str:
        """In the place's zone, with the zone named."""
        if value is None:
            return NOTHING
        local = value.astimezone(ZoneInfo(zone))
        skeleton = "d MMM y, HH:mm:ss" if seconds else "d MMM y, HH:mm"
        if self.language == "kk":
            skeleton = skeleton.replace("d MMM y", "y 'ж'. d MMM")
        return f"{format_datetime(local, skeleton, locale=self.locale)} {zone_name(local)}"

    def lately(self, value: datetime, now: datetime, zone: str = "UTC") -> str:
        """A moment of these days: `02:10 UTC+5` of today, `24 Nov, 02:10 UTC+5` before."""
        local, today = value.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
        if local.year != today.year:
            return self.moment(value, zone)
        day = "" if local.date() == today.date() else f"{format_skeleton('MMMd', local, locale=self.locale)}, "
        return f"{day}{local:%H:%M}{NARROW}{zone_name(local)}"

    def clock(self, value: datetime, zone: str = "UTC") -> str:
        local = value.astimezone(ZoneInfo(zone))
        return f"{local:%H:%M:%S} {zone_name(local)}"

    def ago(self, value: datetime, now: datetime) -> str:
        """A record may be newer than the moment of the figures; it did not come in the future."""
        since = min(value - now, timedelta(seconds=-1))
        return str(format_timedelta(since, add_direction=True, locale=self.locale))

    def span(self, seconds: float) -> str:
        """`5 minutes`: in the greatest unit that fits."""
        return str(format_timedelta(timedelta(seconds=seconds), threshold=0.9, locale=self.locale))

    def period(self, value: Period) -> str:
        """`November 2025`, `3 Nov 2025`, `11–20 Mar 2026`, `Apr – Sept 2026`, `2026`.

        >>> from birlik.periods import period_of
        >>> [Words("en", NullTranslations()).period(period_of(t)) for t in ("2026", "2025-11", "2026-03-11/P10D")]
        ['2026', 'November 2025', '11–20 Mar 2026']
        """
        skeleton, last = _SKELETONS.get(value.cycle), value.until - timedelta(days=1)
        if skeleton is None:
            return str(value.first.year)
        if value.cycle in (Cycle.DAY, Cycle.MONTH):
            first = datetime(value.first.year, value.first.month, value.first.day, tzinfo=UTC)
            return str(format_skeleton(skeleton, first, locale=self.locale))
        return str(format_interval(value.first, last, skeleton, locale=self.locale))

    def hour_of_week(self, hour: int) -> str:
        """`Tue 14:00`: an hour from Monday midnight on."""
        return f"{self.weekdays()[hour // 24 % 7]} {hour % 24:02d}:00"

    def weekdays(self, width: str = "abbreviated") -> Sequence[str]:
        """Monday first, as in ISO 8601."""
        names: Mapping[int, str] = self.locale.days["stand-alone"][width]
        return [names[i] for i in range(7)]

    def months(self, width: str = "abbreviated") -> Sequence[str]:
        names: Mapping[int, str] = self.locale.months["stand-alone"][width]
        return [names[i] for i in range(1, 13)]

    def day(self, value: date) -> str:
        return str(
            format_skeleton("yMMMd", datetime(value.year, value.month, value.day, tzinfo=UTC), locale=self.locale)
        )

    # --- for the charts -----------------------------------------------------------------------------------

    @cached_property
    def chart_numbers(self) -> dict[str, Any]:
        """d3's locale of numbers."""
        return {
            "decimal": self.decimal,
            "thousands": THIN,
            "grouping": [3],
            "currency": ["", ""],
            "minus": "−",
            "percent": f"{THIN}%",
        }

    @cached_property
    def chart_times(self) -> dict[str, Any]:
        """d3's locale of times; its weeks begin on Sunday."""
        sunday_first = [*self.weekdays("wide")[-1:], *self.weekdays("wide")[:-1]]
        short = [*self.weekdays()[-1:], *self.weekdays()[:-1]]
        return {
            "dateTime": "%d %b %Y %H:%M",
            "date": "%d.%m.%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": sunday_first,
            "shortDays": short,
            "months": list(self.months("wide")),
            "shortMonths": [name.rstrip(".") for name in self.months()],
        }


def significant(value: float | int, digits: int) -> str:
    """Round to so many significant digits and write without an exponent.

    >>> [significant(v, 3) for v in (9.4, 9.449, 0.012345, 31.0, 99950, 0, -2.05)]
    ['9.4', '9.45', '0.0123', '31', '100000', '0', '-2.05']
    """
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if places <= 0:
        return str(int(rounded))
    text = f"{rounded:.{places}f}"
    return text.rstrip("0").rstrip(".")


def zone_name(local: datetime) -> str:
    """`UTC+5`: what a clock on the wall there differs by."""
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    if not minutes:
        return "UTC"
    sign = "+" if minutes > 0 else "−"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def words(language: str, domain_folders: Sequence[Path]) -> Words:
    return Words(language, translations([*domain_folders, OWN], language))
