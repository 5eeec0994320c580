"""The typed tables of an event's programme and of who attends it.

cooperation_opening       that one can register for an event: places, until when, what the address is kept for
cooperation_hall          rooms of an event, and when they are open
cooperation_talk          talks, placed and not: the draft, for organisers
cooperation_session       the programme as it was published, for whoever sees the event
cooperation_registration  who registered, for themself and the organisers
cooperation_badge         who has a place, and what stands on their badge, for the organisers
cooperation_participant   who said that they want to be listed, for whoever sees the event
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from birlik.domains.cooperation.events import CHANGED, ENTITY_ID, INVENTED
from birlik.domains.cooperation.vocabulary.programme import (
    EVENT_ORGANISER,
    KEPT_DAYS,
    OF_REGISTRATION,
    Attends,
    Rule,
    Talk,
)
from birlik.kernel.domain import Duty, Field, Invented, Kept, Named, Need, Party, Personal, Reference, Role, Table, Type
from birlik.kernel.tables import Names

IS_INVENTED = Invented(column="is_invented")
EVENT_ID = replace(ENTITY_ID, description="Of which event: its id here, as its page has it.", title="event")
BY_ORGANISERS: Any = {"duty": EVENT_ORGANISER, "within": "entity_id"}
"""Who organises an event sees who registers for it, and nobody by a role."""
PERSONAL = Personal(purpose=OF_REGISTRATION, days=KEPT_DAYS)


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def _table(name: str, title: str, description: str, key: tuple[str, ...], *fields: Field, **more: Any) -> Table:
    """As all tables of this room are: kept, by the moment of the act."""
    told: dict[str, Any] = {"kept": Kept(time="changed_time"), **more}
    return Table(
        name=f"cooperation_{name}",
        title=title,
        description=description,
        key=key,
        time="changed_time",
        received=("changed_time",),
        invented=IS_INVENTED,
        fields=(*fields, INVENTED, CHANGED),
        **told,
    )


ROOM = _text("room", "Which room.", nullable=False)
OPENS = Field(name="opens_time", type=Type.TIME, nullable=False, description="From when it is open.", title="opens")
CLOSES = Field(name="closes_time", type=Type.TIME, nullable=False, description="Until when it is open.", title="closes")
HALL = _table(
    "hall",
    "Rooms and hours",
    "Rooms of an event, and when they are open. A talk lies within these hours.",
    ("hall_id",),
    _text("hall_id", "The hours of one room.", nullable=False),
    EVENT_ID,
    ROOM,
    OPENS,
    CLOSES,
    _text("zone", "On whose clock: an IANA zone, as Asia/Almaty.", nullable=False),
)
TALK_ID = _text("talk_id", "The talk.", nullable=False)
TITLE = _text("title", "What it is called.", nullable=False)
SPEAKERS = _text("speakers", "Who speaks, with semicolons between.")
MINUTES = Field(
    name="minutes", type=Type.INT, unit="min", nullable=False, description="How long it takes.", title="length"
)
BEGINS = Field(name="begins_time", type=Type.TIME, description="When it begins.", title="begins")
ENDS = Field(name="finish_time", type=Type.TIME, description="When it ends.", title="ends")
ZONE = _text("zone", "On whose clock: an IANA zone.")
TALK = _table(
    "talk",
    "Talks",
    "Talks of an event, placed or not. Organisers see them; what is published stands in the programme.",
    ("talk_id",),
    TALK_ID,
    EVENT_ID,
    TITLE,
    SPEAKERS,
    MINUTES,
    _text("after_talk", "The talk that it comes after, by its id.", title="comes after"),
    _text("room", "Where."),
    BEGINS,
    ENDS,
    ZONE,
    _text("state", "What has become of it.", nullable=False, codes=tuple(Talk)),
    _text("kept_out_by", "The rule that kept it out when places were proposed.", codes=tuple(Rule)),
    _text("meets", "What it met there."),
    _text("reason", "Why it was cancelled."),
    _text("application_id", "The application that it came of."),
    role=Role.STEWARD,
    named=Named(name="title"),
)
SESSION = _table(
    "session",
    "Programme",
    "What is on at an event, where and when, as it was published. A change is a version with the next number.",
    ("talk_id",),
    TALK_ID,
    EVENT_ID,
    TITLE,
    SPEAKERS,
    MINUTES,
    _text("room", "Where.", nullable=False),
    replace(BEGINS, nullable=False),
    replace(ENDS, nullable=False),
    ZONE,
    _text("state", "Is it on?", nullable=False, codes=("on", "cancelled")),
    Field(name="sequence_n", type=Type.INT, nullable=False, description="How often it was published otherwise."),
    named=Named(name="title"),
)
PLACES = Field(name="places_n", type=Type.INT, unit="1", nullable=False, description="How many may come.")
WHAT_FOR = _text(
    "purpose",
    "What name and address are kept for, as those who register are told: to admit them, to write to them.",
    nullable=False,
)
OPENING = _table(
    "opening",
    "Registration",
    "That one can register for an event: how many may come, until when, and what is kept for what.",
    ("entity_id",),
    EVENT_ID,
    PLACES,
    WHAT_FOR,
    Field(name="register_until_time", type=Type.TIME, description="Until when one can register.", title="until"),
    _text("zone", "On whose clock: an IANA zone, as Asia/Almaty.", nullable=False),
    _text("filling", "Who comes now: has a place, waits, or comes too late.", nullable=False,
          codes=("free", "waiting_list", "closed"), title="who comes now"),
)  # fmt: skip
REGISTRATION_ID = _text("registration_id", "The registration.", nullable=False)
NAME = _text("name", "Your name, as it is to stand on the badge.", nullable=False, title="name", personal=PERSONAL)
MAIL = _text("mail", "For this event's organisers, who write to you about it; nobody else sees it.",
             nullable=False, title="e-mail", personal=PERSONAL)  # fmt: skip
FROM = _text("affiliation", "Where you come from: a body, a town.", personal=PERSONAL, title="where from")
LISTED = Field(
    name="may_list", type=Type.BOOL, nullable=False, title="may you be listed",
    description="Yes, and your name and where you come from stand in the list of participants; no, and they don't.",
)  # fmt: skip
REGISTRATION = _table(
    "registration",
    "Registrations",
    "Who registered for an event: each sees their own, and who organises that event sees all of it.",
    ("registration_id",),
    REGISTRATION_ID,
    EVENT_ID,
    NAME,
    MAIL,
    FROM,
    LISTED,
    _text("words", "What name and address are kept for, in the words that were shown."),
    _text("state", "What has become of it.", nullable=False, codes=tuple(Attends)),
    Field(name="arrived_time", type=Type.TIME, nullable=False, description="When it came.", title="came"),
    Field(name="offered_from_time", type=Type.TIME, description="From when a place is kept for them.",
          title="a place is kept from"),
    Field(name="offered_until_time", type=Type.TIME, description="Until when they can take it.",
          title="a place is kept until"),
    _text("turn", "Is a place kept for them at this moment, or is it known when one will be?", codes=("now", "later")),
    _text("reason", "Why it was refused."),
    _text("registrant", "Who registered; of who has no account, the form.", nullable=False),
    _text("sent_from", "Of who has no account: the same for all that comes from one place, and no address."),
    role=Need.NAMED,
    party=Party(column="registrant", names=Names.PRINCIPAL, **BY_ORGANISERS),
    person="registration_id",
    named=Named(name="name"),
)  # fmt: skip
OF_REGISTERED = replace(REGISTRATION_ID, of=Reference(table=REGISTRATION.name))
BADGE = _table(
    "badge",
    "Badge list",
    "Who has a place at an event, and what stands on their badge. It is for the organisers.",
    ("registration_id",),
    OF_REGISTERED,
    EVENT_ID,
    replace(NAME, description="As it stands on the badge."),
    replace(FROM, description="Where they come from."),
    role=Need.NAMED,
    party=Party(**BY_ORGANISERS),
    person="registration_id",
    named=Named(name="name"),
)
PARTICIPANT = _table(
    "participant",
    "Participants",
    "Who comes to an event and has said that they may be listed.",
    ("registration_id",),
    REGISTRATION_ID,
    EVENT_ID,
    replace(NAME, description="Their name."),
    replace(FROM, description="Where they come from."),
    # Who isn't listed any more was at no moment, for whoever asks from then on.
    kept=Kept(time="changed_time", lasts=timedelta(days=KEPT_DAYS), forgets=True),
    person="registration_id",
    named=Named(name="name"),
)
TABLES = (OPENING, HALL, TALK, SESSION, REGISTRATION, BADGE, PARTICIPANT)
DUTIES = (
    Duty(
        name=EVENT_ORGANISER,
        title="Organiser of an event",
        description="Sees who registers for one event, has its badge list, and refuses; of others' they see nothing.",
        table=OPENING.name,
    ),
)
