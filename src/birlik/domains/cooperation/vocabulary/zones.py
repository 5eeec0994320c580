"""On which clock a state's day ends: IANA zones of the states and seats of the OTS.

Basis: the IANA time zone database; the zone of the seat of government where a state has, or had, more than one.
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from birlik.domains.cooperation.vocabulary.invented import INVENTED_STATES
from birlik.domains.cooperation.vocabulary.shipped import lines

ZONE_OF_STATE = {
    "AZE": "Asia/Baku",
    "HUN": "Europe/Budapest",
    "KAZ": "Asia/Almaty",
    "KGZ": "Asia/Bishkek",
    "KKTC": "Asia/Famagusta",  # as the OTS lists it; no ISO code
    "TKM": "Asia/Ashgabat",
    "TUR": "Europe/Istanbul",
    "UZB": "Asia/Tashkent",
}
"""Owner of a commitment, as `states.csv` has it without its prefix, to IANA zone."""

ZONE_OF_SEAT = {
    "Ankara": "Europe/Istanbul",
    "Astana": "Asia/Almaty",
    "Baku": "Asia/Baku",
    "Budapest": "Europe/Budapest",
    "Istanbul": "Europe/Istanbul",
    "Tashkent": "Asia/Tashkent",
    "Tehran": "Asia/Tehran",
}
"""Seat of an organisation, as `organisations.csv` has it, to IANA zone."""


def zones_of(states: Iterable[str] = (), seats: Iterable[str] = ()) -> tuple[ZoneInfo, ...]:
    """The distinct zones of these owners, in alphabetical order; who has none in the tables adds none.

    >>> [str(zone) for zone in zones_of(["KAZ", "nobody"], ["Istanbul"])]
    ['Asia/Almaty', 'Europe/Istanbul']
    """
    named = {state: of.zone for state, of in INVENTED_STATES.items()} | ZONE_OF_STATE
    known = {named.get(state) for state in states} | {ZONE_OF_SEAT.get(seat) for seat in seats}
    return tuple(ZoneInfo(name) for name in sorted(name for name in known if name))


def zones_of_owners(owners: Iterable[str]) -> tuple[ZoneInfo, ...]:
    """As commitments name them: states by code or id, bodies by id; `members` are all that were when it shipped.

    >>> [str(zone) for zone in zones_of_owners(["state:KAZ", "UZB"])]
    ['Asia/Almaty', 'Asia/Tashkent']
    """
    named = {owner.removeprefix("state:") for owner in owners}
    seats = {line["seat"] for line in lines("organisations") if line["id"] in named}
    members = {line["iso3"] for line in lines("states") if line["role"] == "member"} if "members" in named else set()
    return zones_of({*named, *members}, seats)
