"""What is held of an OC4IDS project without its schema: closed code lists, order of dates, sums, what refers to what.

Source: the standard's reference: closed code lists refuse other codes, open ones allow them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from birlik.domains.cooperation.wire import dates
from birlik.domains.cooperation.wire.pointers import found, found_by
from birlik.errors import Malformed, Where
from birlik.said import Said

Oddity = tuple[Where, str]

CLOSED: Mapping[str, tuple[str, ...]] = {
    "/status": (
        "identification",
        "preparation",
        "implementation",
        "completion",
        "maintenance",
        "decommissioning",
        "decommissioned",
        "cancelled",
    ),
    "/type": ("construction", "rehabilitation", "replacement", "expansion", "decommissioning"),
    "/milestones/*/status": ("scheduled", "met", "notMet", "partiallyMet"),
    "/contractingProcesses/*/summary/status": ("pre-award", "active", "closed"),
}
"""By place, the codes of a closed list."""
CLOSED_AT = tuple(CLOSED)
LISTS = ("sector", "locations", "parties", "documents", "milestones", "contractingProcesses", "transactions", "metrics")
PERIODS = (
    "period",
    "identificationPeriod",
    "preparationPeriod",
    "implementationPeriod",
    "completionPeriod",
    "maintenancePeriod",
    "decommissioningPeriod",
    "assetLifetime",
)
SUMS = (
    "/budget/amount",
    "/budget/budgetBreakdowns/*/sourceParty/value",
    "/transactions/*/value",
    "/completion/finalValue",
    "/contractingProcesses/*/summary/contractValue",
    "/milestones/*/value",
)
MOMENTS = ("/updated", *(f"/{name}/{end}" for name in PERIODS for end in ("startDate", "endDate")))


def check(project: Mapping[str, Any], head: Mapping[str, Any]) -> list[Oddity]:
    """What is odd though it is taken: money without currency, moments without zone, parties that aren't there.

    Raises Malformed, with a pointer from the project on, for what can't be taken.
    """
    for name in LISTS:
        if name in project and not isinstance(project[name], list):
            raise Malformed(Said("it must be a list"), where=Where(pointer=f"/{name}"))
    for n, pointer, value in found_by(project, CLOSED_AT):
        codes = CLOSED[CLOSED_AT[n]]
        if value is not None and value not in codes:
            said = Said("{value} is none of {codes}", value=repr(value), codes=", ".join(codes))
            raise Malformed(said, where=Where(pointer=pointer))
    return [*_periods(project), *_moments(project), *_sums(project), *_parties(project)]


def _periods(project: Mapping[str, Any]) -> Iterator[Oddity]:
    for name in PERIODS:
        if not isinstance(project.get(name), Mapping):
            continue
        said: dict[str, str] = {}
        for end in ("startDate", "endDate"):
            for pointer, value in found(project, f"/{name}/{end}"):
                try:
                    said[end] = dates.day(value) if value is not None else ""
                except Malformed as error:
                    raise Malformed(error.reason, where=Where(pointer=pointer)) from None
        if (first := said.get("startDate")) and (last := said.get("endDate")) and last < first:
            yield (
                Where(pointer=f"/{name}"),
                Said("it ends on {last}, before it begins on {first}", last=last, first=first),
            )


def _moments(project: Mapping[str, Any]) -> Iterator[Oddity]:
    for _, pointer, value in found_by(project, MOMENTS):
        if isinstance(value, str) and value and dates.ZONED.fullmatch(value) is None:
            yield Where(pointer=pointer), Said("the moment has no zone")


def _sums(project: Mapping[str, Any]) -> Iterator[Oddity]:
    for _, pointer, value in found_by(project, SUMS):
        if isinstance(value, Mapping) and value.get("amount") is not None and not value.get("currency"):
            yield Where(pointer=pointer), Said("the amount has no currency")


def _parties(project: Mapping[str, Any]) -> Iterator[Oddity]:
    """Who is referred to should be among the parties."""
    known = {each.get("id") for each in project.get("parties", ()) if isinstance(each, Mapping)}
    for pointer, value in found(project, "/publicAuthority/id"):
        if known and value not in known:
            yield Where(pointer=pointer), Said("{value} is none of the parties", value=repr(value))
