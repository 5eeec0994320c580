"""Kernel and apps iterate over what domains declare: none of a domain's words occurs in them.

Looked for by syntax tree (names, attributes, arguments, strings, f-strings, docstrings), in templates, style sheets,
scripts and catalogues. The words are taken from the declarations themselves, less those that any node has.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from tests.conftest import ROOT

from birlik import assembly

SOURCE = ROOT / "src" / "birlik"
ROOMS = ("kernel", "apps", "methods", "standards")
WRITTEN = ("*.py", "*.html", "*.js", "*.css", "*.po")
GROUND = ("places.py", "settings.py", "units.py", "quantity.py", "period.py", "clock.py")
FILES = sorted(
    file for room in ROOMS for kind in WRITTEN for file in (SOURCE / room).rglob(kind) if "vendor" not in file.parts
) + [SOURCE / name for name in GROUND if (SOURCE / name).is_file()]

ANYONES = frozenset([
    "place_id", "rows_n", "left_out", "last_time", "received_time", "received_day", "source_id", "usual_h",
    "event_id", "radius_m", "p90",
])  # fmt: skip
"""Names that a domain declares and the kernel has for something of its own."""

VOCABULARY = frozenset([
    "transport", "cpmm", "crossing", "wagon", "vehicle", "truck", "geofence", "fence", "unlocode", "esr", "gln",
    "station", "road", "rail", "railway", "ferry", "dwell", "dislocation", "epcis", "osmand", "gpx", "tfi",
    "movement", "passage", "episode", "transload", "cargo", "waybill", "consignment", "cause", "unexplained",
    "slower", "corridor", "cmr", "smgs", "etsng", "iru", "carnet", "customs",
])  # fmt: skip
"""What no declaration is needed to tell: the vocabulary that stood in the machinery, and its like."""

COLUMNS = frozenset([
    "mode", "direction", "country", "zone_tz", "name_en", "oldest_h", "slower_h", "scope_kind",
])  # fmt: skip
"""Single words that are columns of a domain's tables: as a whole string they are a look at such a column."""

PHRASES = ("hour of entry", 'category: str = "Transport"', "domains[0]", "places, crossings")
"""Ways of saying it that no single word tells."""

OTHERS = {("kernel/members.py", "name_en"): "a state's name in the table of members"}
"""By file and word, why it is none of a domain's there."""
OTHERS_NAMES = frozenset({"transport", "BaseTransport", "TransportError", "HTTPTransport", "__cause__"})
"""Names in the interfaces of others, which can't be called otherwise: httpx, Python."""


def declared() -> Iterator[str]:
    """Every name that a domain gives to something."""
    for domain in assembly.domains():
        yield domain.name
        for table in (*domain.tables, *domain.derived):
            yield table.name
            yield from (f.name for f in table.fields)
        for indicator in domain.indicators:
            yield indicator.name
            yield indicator.code
            yield from (f.name for f in (*indicator.dimensions, *indicator.further))
        for page in domain.pages:
            yield page.name
            yield from (*page.parameters, *page.choices)
            yield from (value for values in page.choices.values() for value in values)
        yield from (one.name for one in (*domain.acts, *domain.alert_rules, *domain.intakes, *domain.simulations))


NAMES = frozenset(
    name for name in declared() if re.fullmatch(r"\w*[_0-9]\w*", name) and not name.isdigit() and name not in ANYONES
)
"""Of those the ones that are no ordinary word: they have a `_` or a digit."""


def said(source: str, suffix: str = ".py") -> Iterator[tuple[int, str, bool]]:
    """(line, text, whether it is a string of Python) of all that a file says, but for comments in Python."""
    if suffix != ".py":
        yield from ((number, line, False) for number, line in enumerate(source.split("\n"), 1))
        return
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Constant(value=str(text)):
                yield line, text, True
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield line, name, False
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name, False
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name, False
            case ast.ImportFrom(module=str(name)):
                yield line, name, False
            case ast.Subscript(value=ast.Attribute(attr="domains"), slice=ast.Constant(value=0)):
                yield line, "domains[0]", False


def foreign(source: str, suffix: str = ".py", vocabulary: frozenset[str] = VOCABULARY) -> set[tuple[int, str]]:
    """(line, word) of each word of a domain's."""
    found = set()
    for line, text, is_string in said(source, suffix):
        if not is_string and text in OTHERS_NAMES:
            continue
        names = set(re.findall(r"[A-Za-z0-9_]+", text))
        parts = {w.lower() for n in names for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", n)}
        found |= {(line, name) for name in names & NAMES}
        found |= {(line, w) for w in parts if w in vocabulary or w.removesuffix("s") in vocabulary}
        found |= {(line, phrase) for phrase in PHRASES if phrase in text}
        if is_string and text in COLUMNS:
            found.add((line, text))
    return found


def test_there_are_files_and_words_to_look_for():
    assert len(FILES) > 80
    assert {"transport_movement", "tfi1", "a_to_b", "waiting_now", "crossing_id"} <= NAMES


@pytest.mark.parametrize(
    ("suffix", "written", "word"),
    [
        (".py", "place = row['zone_tz']", "zone_tz"),
        (".py", "def of(row):\n    '''Of a crossing.'''", "crossing"),
        (".py", "said = f'{n} wagons'", "wagon"),
        (".py", "from birlik.domains.transport import pages", "transport"),
        (".py", "ask(domain=node.domains[0])", "domains[0]"),
        (".py", "row.get('mode')", "mode"),
        (".py", "def unexplained_h(): ...", "unexplained"),
        (".html", "<p>{{ _('Places, Crossings') }}</p>", "crossing"),
        (".js", "const at = row.crossing_id;", "crossing_id"),
        (".po", 'msgid "Search crossings"', "crossing"),
    ],
)
def test_a_word_put_into_the_machinery_is_found(suffix, written, word):
    found = {w.removesuffix("s") for _, w in foreign(written, suffix)}
    assert word in found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_no_word_of_a_domain_is_said(file):
    name = str(file.relative_to(SOURCE))
    # Methods and standards may say of what their authors wrote: lorries in a queue, a category of CAP.
    spoken = VOCABULARY if name.split("/")[0] not in ("methods", "standards") else frozenset()
    found = foreign(file.read_text(encoding="utf-8"), file.suffix, spoken)
    assert sorted((line, word) for line, word in found if (name, word.removesuffix("s")) not in OTHERS) == []
