"""What a map draws below its circles: strokes between places, and the names of the countries that registers know."""

from collections.abc import Mapping
from functools import cache

from babel.core import get_global

from birlik.apps.web.sight import Sight
from birlik.apps.web.words import Words
from birlik.kernel.domain import Lines

Line = tuple[float, float, float, float, str]
"""Latitude and longitude of one end and of the other, and the kind of its stroke."""


def lines_of(lines: Lines, sight: Sight) -> list[Line]:
    places = sight.register(lines.places)
    first, last = lines.ends
    made = set()
    for row in sight.rows(lines.register, lines.fixed, slow=True):
        ends = [places.get(row[first]), places.get(row[last])]
        stroke = lines.strokes.get(row[lines.kind])
        points = [end[c] for end in ends if end is not None for c in ("latitude", "longitude") if end[c] is not None]
        if stroke and len(points) == 4:
            made.add((*(round(p, 3) for p in points), stroke))
    return sorted(made)


def countries_of(sight: Sight) -> Mapping[str, str]:
    """ISO 3166-1 numeric code -> name in the reader's language, of the countries that a register of places knows."""
    known: set[str] = set()
    for domain in sight.node.domains:
        for table in domain.tables:
            state = table.named.state if table.named is not None and table.has_places else ""
            if table.is_register and state:
                known |= {str(row[state]) for row in sight.register(table.name).values() if row[state]}
    names = sight.words.locale.territories
    two_letters = {alpha3: territory for alpha3, territory in _territories().items() if alpha3 in known}
    return {
        number: names[territory]
        for number, territory in _territories().items()
        if number.isdigit() and territory in two_letters.values() and territory in names
    }


def country_name(words: Words, alpha3: str) -> str:
    """In the reader's language; the code where CLDR has none."""
    return str(words.locale.territories.get(_territories().get(alpha3, ""), alpha3))


@cache
def _territories() -> Mapping[str, str]:
    """Three letters, and three digits -> the two letters under which CLDR has names."""
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    return {code: found[0] for code, found in aliases.items() if len(code) == 3 and len(found) == 1}
