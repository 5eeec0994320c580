"""What an organiser does about an event and its programme: announce it, say which rooms are open, place talks, have the
rest proposed, publish."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from birlik.domains.cooperation.acts.claims import REASON, begins, of
from birlik.domains.cooperation.events import CLAIM, OWN_STATE
from birlik.domains.cooperation.events.forums import APPLICATION, CALL
from birlik.domains.cooperation.events.programme import (
    EVENT_ID,
    HALL,
    MINUTES,
    REGISTRATION,
    SESSION,
    SPEAKERS,
    TALK,
    TALK_ID,
    TITLE,
)
from birlik.domains.cooperation.model.programme import Broken, Hours, broken, speakers_of
from birlik.domains.cooperation.model.programme import Talk as Placing
from birlik.domains.cooperation.model.proposing import propose
from birlik.domains.cooperation.model.saying import checked, claim_of
from birlik.domains.cooperation.vocabulary.calls import Stage
from birlik.domains.cooperation.vocabulary.moments import clock_of, written
from birlik.domains.cooperation.vocabulary.programme import Attends, Rule, Talk
from birlik.domains.cooperation.vocabulary.words import Kind, is_invented
from birlik.errors import BadRequest, Conflict, Malformed
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Filter, Notice, Role, Type
from birlik.kernel.editing import standing
from birlik.said import Said

Row = Mapping[str, Any]
LONGEST_MIN, USUAL_MIN = 24 * 60, 20
PUBLISHED = ("title", "speakers", "minutes", "room", "begins_time", "finish_time", "zone", "state")
"""What, if it is otherwise, makes another version of a talk in the programme."""
_HALL, _TALK = HALL.by_name, TALK.by_name
ON, OFF = "on", "cancelled"


def views_of(doing: Doing, entity_id: str) -> int:
    """Who sees an event. Raises BadRequest where who acts sees nothing of it."""
    where = [of(entity_id)]
    found = doing.reader.rows(CLAIM.name, where=where, columns=("kind",), limit=1).to_pylist()
    if not found or found[0]["kind"] != Kind.EVENT:
        raise BadRequest(Said("no event {name} that you may see", name=repr(entity_id)), parameter="entity_id")
    return doing.keeper.seen_by(CLAIM.name, where)


def _zone(doing: Doing, name: str = "zone") -> str:
    try:
        return clock_of(doing.values[name]).key
    except Malformed as error:
        raise BadRequest(error.reason, parameter=name) from None


def _announce(doing: Doing) -> Done:
    """An event begins as claims, as all that the registry knows; their source is the organiser."""
    given, zone = doing.values, _zone(doing)
    if given["finish_time"] <= given["begins_time"]:
        raise BadRequest(Said("it ends before it begins"), parameter="finish_time")
    said: dict[str, Any] = {"kind": Kind.EVENT.value, "entity_id": None}
    begins(doing, said)
    told = {
        "name": given["name"],
        "place": given.get("place"),
        "theme": given.get("theme"),
        "activity": "announced",
        "begins": written(given["begins_time"], zone),
        "ends": written(given["finish_time"], zone),
    }
    source = given.get("source") or f"announced by {doing.by.name}"
    changes = []
    for n, (name, value) in enumerate((n, v) for n, v in told.items() if v):
        lang = given.get("lang") if name in ("name", "theme") else None
        one = checked({**said, "property": name, "value": value, "source": source, "source_kind": "primary",
                       "lang": lang, "coder": doing.by.name})  # fmt: skip
        changes.append(Change(CLAIM.name, claim_of(f"claim:{doing.new_id(2 + n)}", one)))
    return Done(changes=changes, about={"entity_id": said["entity_id"]})


# --- rooms ------------------------------------------------------------------------------------------------------------


def _hall(doing: Doing) -> Done:
    given = doing.values
    views = views_of(doing, given["entity_id"])
    if given["closes_time"] <= given["opens_time"]:
        raise BadRequest(Said("it closes before it opens"), parameter="closes_time")
    row = {"hall_id": doing.new_id(), **given, "zone": _zone(doing), "is_invented": is_invented(given["entity_id"])}
    return Done(changes=[Change(HALL.name, row, views=views)], about={"hall_id": row["hall_id"]})


def _hall_end(doing: Doing) -> Done:
    """What stands in it breaks a rule from then on, and keeps the programme from being published."""
    row = standing(HALL, doing)
    return Done(changes=[Change(HALL.name, {"hall_id": row["hall_id"]}, Says.END)], about={"hall_id": row["hall_id"]})


# --- talks ------------------------------------------------------------------------------------------------------------


def _talk(doing: Doing) -> Done:
    given = doing.values
    views_of(doing, given["entity_id"])
    if not 1 <= given["minutes"] <= LONGEST_MIN:
        raise BadRequest(Said("a talk takes from 1 to {n} minutes", n=LONGEST_MIN), parameter="minutes")
    if given.get("after_talk"):
        _must_be_of(doing, given["entity_id"], given["after_talk"])
    row = {**given, "talk_id": f"talk:{doing.new_id()}", "state": Talk.UNPLACED.value,
           "is_invented": is_invented(given["entity_id"])}  # fmt: skip
    return Done(changes=[Change(TALK.name, row, views=OWN_STATE)], about={"talk_id": row["talk_id"]})


def _take(doing: Doing) -> Done:
    """What was accepted of the calls for an event, each once. An application is seen by who organises its call."""
    entity_id = doing.values["entity_id"]
    views_of(doing, entity_id)
    for_it = [Filter(column="event_entity", operator="=", value=entity_id)]
    calls = doing.reader.rows(CALL.name, where=for_it, columns=("call_id",)).column("call_id").to_pylist()
    here = {row["application_id"] for row in talks_of(doing, entity_id)}
    told = (("call_id", "in", calls), ("state", "=", Stage.ACCEPTED.value))
    where = [Filter(column=column, operator=operator, value=value) for column, operator, value in told]
    found = doing.reader.mine(APPLICATION.name, where=where).to_pylist() if calls else []
    accepted = [row for row in found if row["application_id"] not in here]
    if not accepted:
        raise Conflict(Said("nothing more was accepted for this event that you may see: who organises the call may"))
    rows = [
        {
            "talk_id": f"talk:{doing.new_id(n)}",
            "entity_id": entity_id,
            "title": row["title"],
            "speakers": row["speakers"] or row["applicant"],
            "minutes": row["minutes"] or USUAL_MIN,
            "state": Talk.UNPLACED.value,
            "application_id": row["application_id"],
            "is_invented": is_invented(entity_id),
        }
        for n, row in enumerate(sorted(accepted, key=lambda row: str(row["application_id"])))
    ]
    return Done(changes=[Change(TALK.name, row, views=OWN_STATE) for row in rows], about={"entity_id": entity_id})


def _must_be_of(doing: Doing, entity_id: str, talk_id: str) -> None:
    if all(row["talk_id"] != talk_id for row in talks_of(doing, entity_id)):
        said = Said("no talk {name} at this event", name=repr(talk_id))
        raise BadRequest(said, parameter="after_talk")


def talks_of(doing: Doing, entity_id: str) -> Sequence[Row]:
    """Talks of an event, as who acts sees them."""
    made: Sequence[Row] = doing.reader.rows(TALK.name, where=[of(entity_id)], order=("talk_id",)).to_pylist()
    return made


def _halls_of(doing: Doing, entity_id: str) -> Sequence[Row]:
    order = ("opens_time", "room", "hall_id")
    made: Sequence[Row] = doing.reader.rows(HALL.name, where=[of(entity_id)], order=order).to_pylist()
    return made


def _hours(halls: Sequence[Row]) -> list[Hours]:
    return [Hours(row["room"], row["opens_time"], row["closes_time"]) for row in halls]


def placing(row: Row) -> Placing:
    """A row of `TALK` as the rules have it."""
    return Placing(
        talk_id=row["talk_id"],
        title=row["title"],
        speakers=speakers_of(row["speakers"]),
        minutes=row["minutes"],
        after=row["after_talk"] or "",
        room=row["room"] or "",
        begins=row["begins_time"],
    )


def _standing(doing: Doing) -> Row:
    row = standing(TALK, doing)
    if row["state"] == Talk.CANCELLED:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _going_on(rows: Sequence[Row]) -> list[Placing]:
    return [placing(row) for row in rows if row["state"] != Talk.CANCELLED]


def _place(doing: Doing) -> Done:
    row, given = _standing(doing), doing.values
    halls = _halls_of(doing, row["entity_id"])
    zone = next((hall["zone"] for hall in halls if hall["room"] == given["room"]), "UTC")
    made = placing(row).at(given["room"], given["begins_time"])
    for fault in broken(made, _going_on(talks_of(doing, row["entity_id"])), _hours(halls)):
        parameter = "room" if fault.rule in (Rule.HOURS, Rule.ROOM, Rule.LENGTH) else "begins_time"
        raise BadRequest(words_of(fault, made, halls, zone), parameter=parameter)
    return Done(changes=[_placed(made, zone)], about={"talk_id": row["talk_id"]})


def _placed(made: Placing, zone: str) -> Change:
    row = {"talk_id": made.talk_id, "room": made.room, "begins_time": made.begins, "finish_time": made.ends,
           "zone": zone, "state": Talk.PLACED.value, "kept_out_by": None, "meets": None}  # fmt: skip
    return Change(TALK.name, row, Says.PART)


def words_of(fault: Broken, talk: Placing, halls: Sequence[Row], zone: str) -> Said:
    """What is wrong with a place, by name of what it meets there."""
    other = fault.other
    told = {
        "room": talk.room,
        "minutes": talk.minutes,
        "speaker": fault.speaker,
        "other": other.title if other is not None else "",
        "where": other.room if other is not None else "",
        "from": _clock(other.begins if other is not None else None, zone),
        "to": _clock(other.ends if other is not None else None, zone),
        "hours": _open(talk, halls),
    }
    return Said(_WORDS[_key(fault, talk)], **told)


def _key(fault: Broken, talk: Placing) -> str:
    if fault.rule is Rule.HOURS:
        return "hours"
    if fault.rule is not Rule.ORDER or fault.other is None:
        return fault.rule.value
    if fault.other.begins is None:
        return "order, unplaced"
    return "order, after" if talk.after == fault.other.talk_id else "order, before"


_WORDS = {
    "hours": "{room} isn't open then for {minutes} minutes; it is open: {hours}",
    Rule.LENGTH.value: "no room is open for {minutes} minutes",
    Rule.ROOM.value: "{room} has “{other}” then, from {from} to {to}",
    Rule.SPEAKER.value: "{speaker} speaks at “{other}” then, in {where} from {from} to {to}",
    Rule.ORDER.value: "it comes after a talk that has no place yet",
    "order, unplaced": "it comes after “{other}”, which has no place yet",
    "order, after": "it comes after “{other}”, which ends at {to}",
    "order, before": "“{other}” comes after it, and begins at {from}",
}


def _clock(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}" if moment is not None else ""


def _open(talk: Placing, halls: Sequence[Row]) -> str:
    said = []
    for hall in halls:
        if hall["room"] == talk.room:
            begins, ends = (hall[name].astimezone(ZoneInfo(hall["zone"])) for name in ("opens_time", "closes_time"))
            said.append(f"{begins:%Y-%m-%d %H:%M}–{ends:%H:%M}")
    return ", ".join(said) or "–"


def _unplace(doing: Doing) -> Done:
    row = _standing(doing)
    none = dict.fromkeys(("room", "begins_time", "finish_time", "kept_out_by", "meets"))
    made = {"talk_id": row["talk_id"], **none, "state": Talk.UNPLACED.value}
    return Done(changes=[Change(TALK.name, made, Says.PART)], about={"talk_id": row["talk_id"]})


def _cancel(doing: Doing) -> Done:
    row = _standing(doing)
    made = {"talk_id": row["talk_id"], "state": Talk.CANCELLED.value, "reason": doing.values["reason"]}
    return Done(changes=[Change(TALK.name, made, Says.PART)], about={"talk_id": row["talk_id"]})


def _propose(doing: Doing) -> Done:
    """What has a place keeps it. Of what finds none, the row says which rule keeps it out, and what it meets."""
    entity_id = doing.values["entity_id"]
    views_of(doing, entity_id)
    halls = _halls_of(doing, entity_id)
    if not halls:
        raise BadRequest(Said("no room of this event is open: say which are, and when"), parameter="entity_id")
    rows = {row["talk_id"]: row for row in talks_of(doing, entity_id)}
    made = propose(_going_on(list(rows.values())), _hours(halls))
    zones = {hall["room"]: hall["zone"] for hall in halls}
    changes = [_placed(talk, zones[talk.room]) for talk in made.placed]
    for talk_id, faults in made.left.items():
        fault = faults[0] if faults else None
        kept = {
            "kept_out_by": fault.rule.value if fault is not None else None,
            "meets": fault.other.title if fault is not None and fault.other is not None else None,
        }
        if any(rows[talk_id][name] != value for name, value in kept.items()):
            changes.append(Change(TALK.name, {"talk_id": talk_id, **kept}, Says.PART))
    return Done(changes=changes, about={"entity_id": entity_id})


# --- what is published ------------------------------------------------------------------------------------------------


def _publish(doing: Doing) -> Done:
    """What stands in the draft becomes the programme; what was in it and has no place now is cancelled."""
    entity_id = doing.values["entity_id"]
    views = views_of(doing, entity_id)
    rows, halls = talks_of(doing, entity_id), _halls_of(doing, entity_id)
    _must_break_no_rule(rows, halls)
    before = {row["talk_id"]: row for row in doing.reader.rows(SESSION.name, where=[of(entity_id)]).to_pylist()}
    changes = []
    for row in rows:
        if row["state"] == Talk.PLACED:
            made = {name: row[name] for name in PUBLISHED if name != "state"} | {"state": ON}
            changes += _version(row, made, before.get(row["talk_id"]), views)
        elif row["talk_id"] in before:
            changes += _version(row, {"state": OFF}, before[row["talk_id"]], views)
    if not changes and not before:
        raise Conflict(Said("no talk has a place yet: there is nothing to publish"))
    return Done(changes=changes, about={"entity_id": entity_id})


def _version(row: Row, made: Row, before: Row | None, views: int) -> list[Change]:
    """None where it says what was said before."""
    key = {"talk_id": row["talk_id"]}
    if before is None:
        told = {**key, "entity_id": row["entity_id"], "is_invented": row["is_invented"], "sequence_n": 0}
        return [Change(SESSION.name, {**told, **made}, views=views)]
    if all(before[name] == value for name, value in made.items()):
        return []
    return [Change(SESSION.name, {**key, **made, "sequence_n": before["sequence_n"] + 1}, Says.PART)]


def _must_break_no_rule(rows: Sequence[Row], halls: Sequence[Row]) -> None:
    """Rooms may have been closed since, and what a talk comes after may have been taken out. Raises Conflict."""
    talks, zones = _going_on(rows), {hall["room"]: hall["zone"] for hall in halls}
    for talk in talks:
        for fault in broken(talk, talks, _hours(halls)):
            why = words_of(fault, talk, halls, zones.get(talk.room, "UTC"))
            raise Conflict(Said("“{title}” can't stay where it is: {reason}", title=talk.title, reason=why))


# --- declared ---------------------------------------------------------------------------------------------------------


def _of_event(name: str, title: str, description: str, do: Any, *parameters: Field, table: str, **more: Any) -> Act:
    return Act(name=f"cooperation_{name}", title=title, description=description, do=do, table=table,
               parameters=(EVENT_ID, *parameters), role=Role.STEWARD, asks_who_sees=False, **more)  # fmt: skip


def _of_talk(name: str, title: str, description: str, do: Any, *parameters: Field) -> Act:
    return Act(name=f"cooperation_{name}", title=title, description=description, do=do, table=TALK.name,
               parameters=(TALK_ID, *parameters), subject=("talk_id",), role=Role.STEWARD)  # fmt: skip


ON_CLOCK = replace(_HALL["zone"])
ANNOUNCE = Act(
    name="cooperation_event_announce",
    title="Announce an event",
    description="An event with its days and its place. Whoever may see it finds it among the events and in the "
    "calendar.",
    parameters=(
        Field(name="name", type=Type.TEXT, nullable=False, description="What it is called."),
        Field(name="place", type=Type.TEXT, description="Where it is held."),
        Field(name="theme", type=Type.TEXT, description="What it is about."),
        CLAIM.by_name["lang"],
        replace(_TALK["begins_time"], nullable=False),
        replace(_TALK["finish_time"], nullable=False),
        ON_CLOCK,
        Field(name="source", type=Type.TEXT, description="Where it is announced; left out, you are its source."),
    ),
    table=CLAIM.name,
    role=Role.STEWARD,
    do=_announce,
)
OPEN_HALL = _of_event(
    "hall_open", "Say when a room is open", "A room of the event, and from when until when talks can stand in it.",
    _hall, _HALL["room"], _HALL["opens_time"], _HALL["closes_time"], ON_CLOCK, table=HALL.name,
)  # fmt: skip
END_HALL = Act(
    name="cooperation_hall_end",
    title="Take away",
    description="The room isn't open then any more. Talks that stand in it have to be placed elsewhere before the "
    "programme can be published.",
    parameters=(HALL.by_name["hall_id"],),
    table=HALL.name,
    subject=("hall_id",),
    role=Role.STEWARD,
    do=_hall_end,
)
ADD_TALK = _of_event(
    "talk_add", "Add a talk", "A talk that is to have a place in the programme.", _talk,
    TITLE, SPEAKERS, MINUTES, _TALK["after_talk"], table=TALK.name,
)  # fmt: skip
TAKE_TALKS = _of_event(
    "talks_take", "Take over what was accepted",
    "Each application that was accepted for this event, in a call that you organise, becomes a talk without a place.",
    _take, table=TALK.name,
)  # fmt: skip
PLACE = _of_talk(
    "talk_place", "Place", "Where and when it is. A rule that this would break is named, with the talk that it meets.",
    _place, replace(_TALK["room"], nullable=False), replace(_TALK["begins_time"], nullable=False),
)  # fmt: skip
UNPLACE = _of_talk("talk_unplace", "Take out", "It has no place any more, until it is given another.", _unplace)
CANCEL = _of_talk("talk_cancel", "Cancel", "It isn't held. In the programme it stays, struck through.", _cancel, REASON)
PROPOSE = _of_event(
    "programme_propose", "Propose places",
    "What has a place keeps it. As many of the others as can be are given one, as early as can be; of each that finds "
    "none it is said which rule keeps it out. Nothing is published by that.",
    _propose, table=TALK.name, is_beside=True,
)  # fmt: skip
PROGRAMME_CHANGED = Notice(
    name="programme",
    subject="The programme has changed",
    text="The programme of an event for which you have registered was published, or is another now. What is on, where "
    "and when stands on the event's page and in its calendar.",
    table=REGISTRATION.name,
    of=SESSION.name,
    on="entity_id",
    when={"state": (Attends.PLACED.value, Attends.WAITING.value)},
)
PUBLISH = _of_event(
    "programme_publish", "Publish the programme",
    "What has a place is seen by whoever sees the event, and stands in its calendar. What was published before and has "
    "no place now is cancelled. Who has registered and given an address is told.",
    _publish, table=SESSION.name, tells=(PROGRAMME_CHANGED,),
)  # fmt: skip
ACTS = (ANNOUNCE, OPEN_HALL, END_HALL, ADD_TALK, TAKE_TALKS, PLACE, UNPLACE, CANCEL, PROPOSE, PUBLISH)
