"""Who has a place: by order of arrival; a place that is freed goes to who is next, for 48 hours, then on.

What is computed here is the same whenever it is computed: offers are said beforehand with their moments, so that time
alone passes them on, and no clock has to wake up for it.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from birlik.domains.cooperation.vocabulary.programme import AHEAD_N, OFFERED_FOR, Attends


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    registration_id: str
    arrived: datetime
    state: Attends
    offered_from: datetime | None = None
    offered_until: datetime | None = None
    """While this one waits, from when until when a place is kept for them."""

    def is_offered(self, now: datetime) -> bool:
        """Is a place kept for them at this moment?"""
        if self.state is not Attends.WAITING or self.offered_from is None or self.offered_until is None:
            return False
        return self.offered_from <= now < self.offered_until


def in_order(registrations: Sequence[Registration]) -> list[Registration]:
    """As they arrived; of one moment by their name, which nobody chooses."""
    return sorted(registrations, key=lambda each: (each.arrived, each.registration_id))


def placed_n(registrations: Sequence[Registration]) -> int:
    """How many have a place."""
    return sum(each.state is Attends.PLACED for each in registrations)


def has_place_for_new(registrations: Sequence[Registration], places_n: int, now: datetime) -> bool:
    """Does who comes now get a place? Not while anybody waits whose turn isn't over."""
    waits = any(each.state is Attends.WAITING and not _is_over(each, now) for each in registrations)
    return not waits and placed_n(registrations) < places_n


def _is_over(each: Registration, now: datetime) -> bool:
    return each.offered_until is not None and each.offered_until <= now


def settled(
    registrations: Sequence[Registration], places_n: int, now: datetime, until: datetime | None = None
) -> Mapping[str, Registration]:
    """By its name, each registration as it stands at a moment, in order of arrival.

    Whose turn has passed waits no more. An offer that goes on stays as it was told. Free places beyond these are
    offered to the next, and after 48 hours each to the one behind; of 20 of these it is said when. until: from then
    on nothing is offered, as when the event begins.
    """
    made = {each.registration_id: _lapsed(each, now) for each in in_order(registrations)}
    waiting = [each for each in made.values() if each.state is Attends.WAITING]
    going_on = [each for each in waiting if each.is_offered(now)]
    free = places_n - placed_n(list(made.values()))
    # When each free place can be offered next: those that are offered now, when that is over.
    turns = sorted(each.offered_until for each in going_on if each.offered_until is not None)[: max(free, 0)]
    turns += [now] * (free - len(turns))
    heapq.heapify(turns)
    ahead = 0
    for each in (each for each in waiting if each not in going_on):
        begins = turns[0] if turns and (turns[0] <= now or ahead < AHEAD_N) else None
        if begins is None or (until is not None and begins >= until):
            made[each.registration_id] = replace(each, offered_from=None, offered_until=None)
            continue
        heapq.heappop(turns)
        ahead += begins > now
        ends = begins + OFFERED_FOR
        heapq.heappush(turns, ends)
        made[each.registration_id] = replace(each, offered_from=begins, offered_until=ends)
    return made


def _lapsed(each: Registration, now: datetime) -> Registration:
    if each.state is not Attends.WAITING or not _is_over(each, now):
        return each
    return replace(each, state=Attends.LAPSED)
