"""Plain fields by which a list is narrowed: what is chosen in them becomes an expression (CQL2), which says it again.

The address has the expression only, so that files, feeds and links have the same rows whoever made it, by fields or by
hand; one that fields could have made stands in them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from birlik.apps.web.understanding import amount
from birlik.kernel.domain import Field, Panel, RowTable, Type

CHOSEN, PART, LEAST, MOST = "is", "has", "least", "most"
NUMBERS = (Type.INT, Type.FLOAT)
_JOIN = " AND "
_SHAPES: Mapping[str, re.Pattern[str]] = {
    CHOSEN: re.compile(r"(\w+) = (?:'((?:[^']|'')*)'|(TRUE|FALSE))"),
    PART: re.compile(r"CASEI\((\w+)\) LIKE CASEI\('%((?:[^'%]|'')*)%'\)"),
    LEAST: re.compile(r"(\w+) >= (-?[\d.]+)"),
    MOST: re.compile(r"(\w+) <= (-?[\d.]+)"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """One plain field, as the template writes it."""

    label: str
    inputs: tuple[tuple[str, str, str], ...]
    """(parameter, its value, what it says: empty where the label says all)"""
    options: tuple[tuple[str, str], ...] = ()
    """Of one that is chosen: (value, in words)."""
    is_number: bool = False


def parameter(panel: Panel, column: str, how: str) -> str:
    """Under which a plain field is sent."""
    return f"by-{panel.name}-{column}-{how}"


def expression_of(panel: Panel, fields: Mapping[str, Field], query: Mapping[str, str]) -> str:
    """What is chosen in the plain fields of a panel; empty where nothing is."""
    return _JOIN.join(_atoms(panel, fields, query)) if isinstance(panel, RowTable) else ""


def _atoms(panel: RowTable, fields: Mapping[str, Field], query: Mapping[str, str]) -> Iterator[str]:
    for column in panel.narrowed:
        given = {how: query.get(parameter(panel, column, how), "").strip() for how in (CHOSEN, PART, LEAST, MOST)}
        if given[CHOSEN]:
            is_bool = fields[column].type is Type.BOOL
            yield f"{column} = {given[CHOSEN].upper() if is_bool else quoted(given[CHOSEN])}"
        if given[PART]:
            yield f"CASEI({column}) LIKE CASEI({quoted(given[PART].join('%%'))})"
        for how, sign in ((LEAST, ">="), (MOST, "<=")):
            if given[how]:
                # What is no number is told by whoever reads the expression.
                yield f"{column} {sign} {amount(given[how]) or quoted(given[how])}"


def quoted(text: str) -> str:
    """A text of CQL2.

    >>> quoted("O'Brien")
    "'O''Brien'"
    """
    return "'" + text.replace("'", "''") + "'"


def chosen(text: str) -> Mapping[tuple[str, str], str]:
    """By (column, how) what fields would have said to make an expression; nothing of one that they can't have made.

    >>> chosen("kind = 'owl' AND mass >= 5")
    {('kind', 'is'): 'owl', ('mass', 'least'): '5'}
    >>> chosen("kind = 'owl' OR mass >= 5")
    {}
    """
    made: dict[tuple[str, str], str] = {}
    for atom in text.split(_JOIN) if text else ():
        found = [(how, match) for how, shape in _SHAPES.items() if (match := shape.fullmatch(atom))]
        if not found:
            return {}
        how, match = found[0]
        value = next((group for group in match.groups()[1:] if group is not None), "")
        made[(match[1], how)] = value.replace("''", "'")
    return made
