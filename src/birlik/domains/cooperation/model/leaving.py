"""In which forms an entity leaves: only those in which there is something to give."""

from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.events import RECORD
from birlik.domains.cooperation.model import partial_dates
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.happenings import EVENT as HAPPENING
from birlik.domains.cooperation.vocabulary.citation_styles import STYLES
from birlik.domains.cooperation.vocabulary.citation_styles import operation as operation_of
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.errors import Malformed
from birlik.kernel.domain import Export

WORKS = frozenset({"bibtex", "csl-json", "openalex", "ris"})
"""Forms in which works come, each of which is said in the others' words."""
PROJECTS = frozenset({"oc4ids"})


def _is_work(row: Mapping[str, Any]) -> bool:
    return row["form"] in WORKS


def _is_project(row: Mapping[str, Any]) -> bool:
    return row["form"] in PROJECTS


def is_fed(entity: Mapping[str, Any]) -> bool:
    """Is the day known on which an event begins, so that a calendar can show it?"""
    try:
        start = partial_dates.read(entity["start"] or "")
    except Malformed:
        return False
    return start is not None and start.first == start.last


JSON_LD = Export(title="JSON-LD", operation="schemaOrgEntity")
RECORDED = tuple(
    Export(title=title, operation=operation_of(name), table=RECORD.name, when=_is_work, cites=True, is_quoted=quoted)
    for name, title, quoted in (
        ("bibtex", "BibTeX", False),
        ("ris", "RIS", False),
        ("csl-json", "CSL-JSON", False),
        *((name, style.title, True) for name, style in STYLES.items()),
    )
)
PACKAGE = Export(title="OC4IDS", operation="oc4idsPackage", table=RECORD.name, when=_is_project)
EVENT = Export(
    title="iCalendar", operation="calendarEvent", table=ENTITY.name, fixed={"kind": Kind.EVENT.value}, when=is_fed
)
EVENT_CALENDAR = Export(
    title="iCalendar", operation="calendarEvent", table=HAPPENING.name, when=lambda row: row["begins_time"] is not None
)
"""With the talks of its programme, too."""
CALENDAR = Export(title="iCalendar", operation="calendarEvents")
