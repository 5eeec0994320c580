"""Events as an iCalendar feed, and an event with the talks of its programme. One whose days aren't known is in the
list of events, and not in the feed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.events.programme import SESSION
from birlik.domains.cooperation.exports.standing import MARK
from birlik.domains.cooperation.model import happenings
from birlik.domains.cooperation.vocabulary.programme import BETWEEN, Talk
from birlik.domains.cooperation.vocabulary.words import Kind, Status, is_invented
from birlik.domains.cooperation.wire import ical
from birlik.errors import Unknown
from birlik.kernel.domain import Answer, Call, Endpoint, Filter
from birlik.said import Said

FED = ("name", "start", "end", "begins", "ends", "place", "activity", "theme", "address")
"""Properties that a calendar shows."""
SEEN = ("entity_id", "property", "value", "lang", "order_n", "claim_id", "status", "changed_time")
MEDIA_TYPE = "text/calendar; charset=utf-8"
CANCELLED_STAYS = timedelta(days=365)
Claim = Mapping[str, Any]


async def _feed(call: Call) -> Answer:
    body = await call.run(lambda: ical.calendar("birlik", _happenings(call)))
    return Answer(body=body, media_type=MEDIA_TYPE)


async def _one(call: Call) -> Answer:
    entity_id = call.path_parameters["entity_id"]
    found = await call.run(lambda: list(_happenings(call, Filter(column="entity_id", operator="=", value=entity_id))))
    if not found:
        raise Unknown(Said("no event {name} that you may see and whose days are known", name=repr(entity_id)))
    talks = await call.run(lambda: list(_talks(call, entity_id)))
    return Answer(body=ical.calendar("birlik", [*found, *talks]), media_type=MEDIA_TYPE)


def _talks(call: Call, entity_id: str) -> Iterator[ical.Happening]:
    """The programme as it was published. A talk is the same one wherever it is moved to."""
    where = [Filter(column="entity_id", operator="=", value=entity_id)]
    url = f"{call.base_url}/cooperation/event/{entity_id}"
    for row in call.reader.rows(SESSION.name, where=where, order=("begins_time", "talk_id")).to_pylist():
        is_cancelled = row["state"] == Talk.CANCELLED
        if is_cancelled and row["changed_time"] + CANCELLED_STAYS < call.received_time:
            continue
        zone = ZoneInfo(row["zone"] or "UTC")
        yield ical.Happening(
            uid=f"{row['talk_id']}@cooperation.birlik",
            sequence=row["sequence_n"],
            changed=row["changed_time"],
            name=f"{MARK if row['is_invented'] else ''}{row['title']}",
            first=row["begins_time"].astimezone(zone),
            last=row["finish_time"].astimezone(zone),
            place=row["room"],
            text=(row["speakers"] or "").replace(BETWEEN, ","),
            url=url,
            is_cancelled=is_cancelled,
        )


def _happenings(call: Call, *which: Filter) -> Iterator[ical.Happening]:
    where = [
        *which,
        Filter(column="kind", operator="=", value=Kind.EVENT.value),
        Filter(column="property", operator="in", value=FED),
    ]
    rows = call.reader.rows(CLAIM.name, where=where, columns=SEEN).to_pylist()
    of: dict[str, list[Claim]] = {}
    for row in sorted(rows, key=lambda row: (row["order_n"], row["claim_id"])):
        of.setdefault(row["entity_id"], []).append(row)
    for entity_id in sorted(of):
        made = happening(entity_id, of[entity_id], f"{call.base_url}/cooperation/event/{entity_id}")
        if made is not None and not (made.is_cancelled and made.changed + CANCELLED_STAYS < call.received_time):
            yield made


def happening(entity_id: str, claims: Sequence[Claim], url: str) -> ical.Happening | None:
    """An event as a calendar has it; None where its days aren't known. claims: of every status, in their order."""
    first = happenings.first_of(claim for claim in claims if claim["status"] == Status.PUBLISHED)
    when = happenings.span(first)
    if when is None:
        return None
    return ical.Happening(
        uid=f"{entity_id}@cooperation.birlik",
        # Each claim, and each end of one, is a revision: neither is ever taken back.
        sequence=sum(1 if claim["status"] == Status.PUBLISHED else 2 for claim in claims) - 1,
        changed=max(claim["changed_time"] for claim in claims),
        name=f"{MARK if is_invented(entity_id) else ''}{first.get('name', entity_id)}",
        first=when[0],
        last=when[1],
        place=first.get("place", ""),
        text=first.get("theme", ""),
        url=url,
        is_cancelled=happenings.is_cancelled(first),
    )


ENDPOINTS = (
    Endpoint(
        methods=("GET",),
        path="/calendar/events.ics",
        handle=_feed,
        summary="Events whose days are known, as an iCalendar feed",
        operation_id="calendarEvents",
        tags=("Calendar",),
        responses={200: "A calendar (RFC 5545)"},
    ),
    Endpoint(
        methods=("GET",),
        path="/calendar/event/{entity_id:path}",
        handle=_one,
        summary="An event whose days are known, with the talks of its programme, as iCalendar",
        operation_id="calendarEvent",
        tags=("Calendar",),
        responses={200: "A calendar (RFC 5545)", 404: "No such event that you may see and whose days are known"},
    ),
)
