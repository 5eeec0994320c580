"""Forums: what is announced, its programme, who attends, and what came of those that were held."""

from typing import Any

from birlik.domains.cooperation.events.forums import CALL
from birlik.domains.cooperation.events.programme import (
    BADGE,
    HALL,
    OPENING,
    PARTICIPANT,
    REGISTRATION,
    SESSION,
    TALK,
)
from birlik.domains.cooperation.indicators.forums import EVENTS_AHEAD, EVENTS_LED
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.happenings import EVENT
from birlik.domains.cooperation.model.leaving import CALENDAR, EVENT_CALENDAR
from birlik.domains.cooperation.pages import COMMITMENT_PAGE, EVENTS
from birlik.domains.cooperation.pages.calls import CALL_PAGE, CALLS, NO_CALL, OF_CALL
from birlik.domains.cooperation.pages.calls import PAGES as OF_CALLS
from birlik.domains.cooperation.pages.claims import claims
from birlik.domains.cooperation.pages.parts import page as _page
from birlik.domains.cooperation.vocabulary.calls import Standing
from birlik.domains.cooperation.vocabulary.programme import Attends, Talk
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.kernel.domain import (
    Accent,
    Agenda,
    Begin,
    Clause,
    Door,
    Opening,
    Page,
    Panel,
    Queue,
    Role,
    RowTable,
    Saying,
    Sentence,
    Tally,
    Timetable,
    Way,
)
from birlik.kernel.members import Need

EVENT_NAME, ORGANISE_NAME = "event", "organise"
REAL = {"world": "real"}
NO_EVENT = "No event is known that you may see. An organiser announces one, with its days and its place."
SAYS = Sentence(
    name="ahead",
    title="In short",
    indicator=EVENTS_AHEAD.name,
    clauses=(
        Clause(
            indicator=EVENTS_AHEAD.name,
            fixed=REAL,
            text="**{value} events** lie ahead, of {known_n} that are known.",
            text_one="**{value} event** lies ahead, of {known_n} that are known.",
            text_zero="No event that is known lies ahead; {known_n} are known.",
        ),
        Clause(
            indicator=EVENTS_LED.name,
            fixed=REAL,
            rank="value",
            text="Most came of {title}: {value} promises.",
            text_one="Most came of {title}: {value} promise.",
        ),
        Clause(
            indicator=EVENTS_AHEAD.name,
            fixed={"world": "invented"},
            text="{value} more are invented, for practice.",
            text_one="{value} more is invented, for practice.",
            text_zero="",
        ),
    ),
    text_empty=NO_EVENT,
)
"""Said on the node's first page, too."""


def _of_event(name: str, title: str, question: str, *panels: Panel, **more: Any) -> Page:
    return _page(name, title, question, *panels, parameters=("entity_id",), about=EVENT.name, **more)


def _programme(name: str, title: str, **more: Any) -> Timetable:
    told = {
        "table": SESSION.name,
        "columns": ("title", "speakers"),
        "off": {"state": ("cancelled",)},
        "text_empty": "No programme was published yet.",
        **more,
    }
    return Timetable(name=name, title=title, begins="begins_time", ends="finish_time", by="room", zone="zone", **told)


FIRST = _page(
    "forums",
    "What is on, and what came of it",
    "Which events are coming, what is on now, and to what did earlier ones lead?",
    SAYS,
    Agenda(
        name="next",
        title="Coming events",
        table=EVENT.name,
        fixed={"is_cancelled": "false"},
        until="begins_time",
        day="start",
        columns=("title", "start", "place", "theme"),
        order=("entity_id",),
        settled={},
        lacking={"place": "no place yet", "theme": "no theme known"},
        link=EVENT_NAME,
        onward=EVENTS.name,
        limit=8,
        text_empty="No event that you may see has a day ahead. Where only a month is known, it stands among all "
        "events.",
    ),
    _programme(
        "now",
        "Now and next, by room",
        columns=("title", "speakers"),
        has_days=False,
        text_empty="Nothing is on now, and no programme lies ahead.",
    ),
    Agenda(
        name="calls",
        title="Open calls, by the days that are left",
        table=CALL.name,
        until="deadline_time",
        day="deadline",
        settled={"state": (Standing.CLOSED.value,)},
        columns=OF_CALL,
        order=("call_id",),
        lacking={"field_of_work": "any field"},
        link=CALL_PAGE.name,
        onward=CALLS.name,
        limit=8,
        text_empty=NO_CALL,
    ),
    Tally(
        name="led",
        title="What earlier ones led to",
        table=COMMITMENT.name,
        fixed=REAL,
        by="made_at",
        text="{name} led to {n} promises",
        text_one="{name} led to {n} promise",
        link=EVENT_NAME,
        text_empty="No promise is known that names the event at which it was made.",
    ),
    order=16,
    exports=(CALENDAR,),
    help="An event stands here with its day once that is known; where only a month or a year is known it stands among "
    "*all events*, and not in the calendar. *Register* is on the page of an event whose organiser has opened that: "
    "you need no account. Your calendar program can subscribe to the *iCalendar* address: what changes comes by "
    "itself.",
)
OPENED = Opening(
    name="register",
    title="Registration",
    table=OPENING.name,
    sayings=(
        *(
            Saying(text=text, when={"filling": (filling,), **undated}, ahead=ahead)
            for filling, text in (
                ("free", "**One can register**: there are places."),
                (
                    "waiting_list",
                    "All **{places_n} places** are taken: who registers now waits, and the page of their link says "
                    "when one is kept for them.",
                ),
            )
            # Of an event whose days aren't known registration has no end.
            for undated, ahead in (({}, "register_until_time"), ({"register_until_time": ("",)}, ""))
        ),
        Saying(text="Registration is **closed**.", when={"filling": ("closed",)}),
        Saying(
            text="It ends {register_until_time}.",
            when={"filling": ("free", "waiting_list")},
            ahead="register_until_time",
        ),
        Saying(text="It ended {register_until_time}.", passed="register_until_time"),
        Saying(text="Name and address are kept for this: {purpose}"),
    ),
    text_empty="One can't register here.",
)
EVENT_PAGE = _of_event(
    EVENT_NAME,
    "Event",
    "When and where is it, what is on, how does one come, and what came of it?",
    Opening(
        name="words",
        title="In words",
        table=EVENT.name,
        sayings=(
            Saying(text="It is cancelled.", when={"is_cancelled": ("True",)}),
            Saying(text="It begins **{begins_time}**[ at {place}].", ahead="begins_time"),
            Saying(
                text="It is on, until **{finish_time}**[, at {place}].",
                passed="begins_time",
                ahead="finish_time",
                when={"is_cancelled": ("",)},
            ),
            Saying(
                text="It was held from **{start}** on[, at {place}].",
                passed="finish_time",
                when={"is_cancelled": ("",)},
            ),
            Saying(
                text="When it is isn't known to the day[: {start}][; it is at {place}].", when={"begins_time": ("",)}
            ),
            Saying(text="It is about {theme}."),
            Saying(
                text="{promises_n} promises were made there, {promises_done_n} are said to be done.",
                text_one="{promises_n} promise was made there, {promises_done_n} are said to be done.",
                count="promises_n",
                least={"promises_n": 1},
            ),
        ),
    ),
    OPENED,
    _programme("programme", "Programme"),
    RowTable(
        name="outcomes",
        title="What was promised there",
        table=COMMITMENT.name,
        fixed={"made_at": "{entity_id}"},
        columns=("text", "owners", "due", "progress", "last_evidence"),
        order=("due", "entity_id"),
        link=COMMITMENT_PAGE.name,
        text_empty="No promise that you may see names this event. A steward enters one, with its source.",
    ),
    RowTable(
        name="participants",
        title="Who comes, by their own word",
        table=PARTICIPANT.name,
        columns=("name", "affiliation"),
        order=("name", "registration_id"),
        text_empty="Nobody is listed. Only who has said so is, once the organiser lists them.",
    ),
    claims("claims", "What is said of it, and by whom"),
    exports=(EVENT_CALENDAR,),
    instead_of="entity",
    where={"kind": (Kind.EVENT.value,)},
    begins=(
        Begin(
            act="cooperation_register",
            table=OPENING.name,
            fixed={"filling": ("free", "waiting_list")},
            ahead="register_until_time",
        ),
    ),
    help="Its *iCalendar* has the event and each talk of its programme. What changes later has the same name there, so "
    "that calendars put it in the place of what was; what is cancelled stays, struck through, for a year.",
)
STATE = Tally(
    name="states",
    title="Registrations",
    table=REGISTRATION.name,
    mine=True,
    by_duty=True,
    by="state",
    text="{name}: {n} registrations",
    text_one="{name}: {n} registration",
    least=5,
    text_empty="Nobody has registered yet.",
)
DESK = _of_event(
    "event_desk",
    "Organise",
    "Which rooms are open, where is each talk, who comes, and what is to be done?",
    _programme(
        "draft",
        "The draft",
        table=TALK.name,
        columns=("title", "speakers", "kept_out_by", "meets"),
        off={"state": (Talk.CANCELLED.value,)},
        text_unplaced="No place yet",
        text_empty="There is no talk yet. Add one, or take over what was accepted.",
    ),
    Queue(
        name="talks",
        title="Talks",
        table=TALK.name,
        columns=("title", "speakers", "minutes", "room", "begins_time", "state", "kept_out_by", "meets"),
        order=("state", "begins_time", "title", "talk_id"),
        verdicts=("cooperation_talk_place", "cooperation_talk_unplace", "cooperation_talk_cancel"),
        text_empty="There is no talk yet.",
    ),
    Queue(
        name="halls",
        title="Rooms and hours",
        table=HALL.name,
        columns=("room", "opens_time", "closes_time"),
        order=("opens_time", "room", "hall_id"),
        verdicts=("cooperation_hall_end",),
        text_empty="No room is open yet: say which are, from when until when.",
    ),
    OPENED,
    STATE,
    RowTable(
        name="badges",
        title="Badge list",
        table=BADGE.name,
        mine=True,
        by_duty=True,
        columns=("name", "affiliation"),
        order=("name", "registration_id"),
        text_empty="Nobody has a place yet.",
        limit=100,
    ),
    Queue(
        name="waiting",
        title="Waiting list",
        table=REGISTRATION.name,
        mine=True,
        by_duty=True,
        fixed={"state": Attends.WAITING.value},
        columns=("name", "affiliation", "arrived_time", "offered_from_time", "offered_until_time"),
        order=("arrived_time", "registration_id"),
        verdicts=("cooperation_registration_refuse",),
        text_empty="Nobody waits.",
    ),
    Queue(
        name="attend",
        title="Who has a place",
        table=REGISTRATION.name,
        mine=True,
        by_duty=True,
        fixed={"state": Attends.PLACED.value},
        columns=("name", "mail", "affiliation", "may_list", "arrived_time"),
        order=("arrived_time", "registration_id"),
        verdicts=("cooperation_registration_refuse",),
        text_empty="Nobody has a place yet.",
    ),
    begins=(
        "cooperation_hall_open",
        "cooperation_talk_add",
        "cooperation_talks_take",
        "cooperation_programme_propose",
        "cooperation_programme_publish",
        "cooperation_registration_open",
        "cooperation_registration_close",
        "cooperation_participants_list",
        "cooperation_event_organiser_name",
    ),
    role=Role.STEWARD,
    help="First say which *rooms* are open, and when. Then *place* talks: a rule that a place would break is named, "
    "with the talk that it meets. *Propose places* gives the others one, or says what keeps them out. Visitors see "
    "no talk until you *publish the programme*; what you change later is seen when you publish again. Who registers is "
    "seen by who has opened registration, and by whom they name.",
)
ORGANISE = _page(
    ORGANISE_NAME,
    "Organise an event",
    "Which events are to be organised, and where does one begin?",
    RowTable(
        name="events",
        title="Events",
        table=EVENT.name,
        columns=("title", "start", "place", "activity"),
        order=("-begins_time", "entity_id"),
        link="event_desk",
        text_empty=NO_EVENT,
    ),
    RowTable(
        name="openings",
        title="Where one can register",
        table=OPENING.name,
        columns=("entity_id", "places_n", "filling", "register_until_time"),
        order=("entity_id",),
        link="event_desk",
        text_empty="One can register for no event. It is opened on the page of the event.",
    ),
    begins=("cooperation_event_announce",),
    order=18,
    role=Role.STEWARD,
)
MINE = _page(
    "my_registrations",
    "My registrations",
    "Where have I registered, have I a place, and what can I do about it?",
    Queue(
        name="registrations",
        title="My registrations",
        table=REGISTRATION.name,
        mine=True,
        columns=("entity_id", "name", "mail", "affiliation", "may_list", "state", "offered_from_time",
                 "offered_until_time", "reason"),
        order=("-arrived_time", "registration_id"),
        text_empty="You have registered for nothing.",
        verdicts=("cooperation_place_take", "cooperation_registration_change", "cooperation_registration_withdraw"),
    ),
    order=19,
    role=Need.SIGNED_IN,
)  # fmt: skip
PAGES = (FIRST, EVENT_PAGE, ORGANISE, DESK, MINE)
DOOR = Door(
    name="forums",
    title="Forums",
    question="Whoever wants to come, to speak or to organise finds what is on, registers, and sees what came of it.",
    says=SAYS,
    pages=(
        FIRST.name,
        EVENTS.name,
        EVENT_PAGE.name,
        *(page.name for page in OF_CALLS),
        ORGANISE.name,
        DESK.name,
        MINE.name,
    ),
    accent=Accent.CLAY,
    ways=(
        Way(title="Which calls are open, and how long can one apply?", page=CALLS.name, panel="ahead"),
        Way(title="What is coming, when and where?", page=EVENTS.name, panel="events"),
        Way(title="What is on now, and what comes next?", page=FIRST.name, panel="now"),
        Way(title="To what did earlier ones lead?", page=FIRST.name, panel="led"),
        Way(title="Organise one: rooms, talks, who comes", page=ORGANISE.name),
    ),
)
