"""States by ISO 3166-1: two letters to three."""

from collections.abc import Mapping

from babel.core import get_global

ALPHA_3: Mapping[str, str] = {
    two[0]: three
    for three, two in get_global("territory_aliases").items()
    if len(three) == 3 and three.isalpha() and len(two) == 1
}
"""By alpha-2 code the alpha-3 code, of CLDR."""
