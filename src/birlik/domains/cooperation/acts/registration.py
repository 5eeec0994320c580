"""Registering for an event: places by order of arrival, a waiting list, and a place that is freed goes to the next.

Acts are done one after the other, so that the last place goes to one, however many ask at once. What they look at
beside their own rows (`Act.beyond`) are the registrations of the same event; nobody is told of these but by whether
there is a place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from birlik.domains.cooperation.acts.claims import REASON, of
from birlik.domains.cooperation.acts.programme import views_of
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.programme import (
    BADGE,
    EVENT_ID,
    FROM,
    LISTED,
    MAIL,
    NAME,
    OPENING,
    PARTICIPANT,
    REGISTRATION,
    REGISTRATION_ID,
)
from birlik.domains.cooperation.model.happenings import EVENT
from birlik.domains.cooperation.model.places import Registration, has_place_for_new, placed_n, settled
from birlik.domains.cooperation.vocabulary.moments import clock_of
from birlik.domains.cooperation.vocabulary.programme import EVENT_ORGANISER, Attends
from birlik.domains.cooperation.vocabulary.words import is_invented
from birlik.errors import BadRequest, Conflict, Malformed
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Filter, Given, Notice, Role, Type
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said
from birlik.standards.mail_address import checked

Row = Mapping[str, Any]
MOST_CHARACTERS = 200
MOST_PLACES = 100_000
A_MOMENT = timedelta(microseconds=1)
SAID = ("name", "mail", "affiliation", "may_list")
"""What who registers says, and may change."""
OF_PLACES = ("registration_id", "arrived_time", "state", "offered_from_time", "offered_until_time", "turn",
             "registrant")  # fmt: skip
FREE, FULL, CLOSED = "free", "waiting_list", "closed"
OVER = (Attends.WITHDRAWN, Attends.REFUSED)


@dataclass(slots=True)
class Book:
    """The registrations of one event that are placed or wait, as an act finds and leaves them: of the one that it is
    about all that is said, of the others what decides on places."""

    opening: Row
    rows: dict[str, Row]
    now: datetime
    until: datetime | None
    """From then on no place is offered."""

    @classmethod
    def of(cls, doing: Doing, opening: Row) -> "Book":
        where = [of(opening["entity_id"])]
        going_on = Filter(column="state", operator="in", value=[Attends.PLACED.value, Attends.WAITING.value])
        rows = doing.beyond.rows(REGISTRATION.name, where=[*where, going_on], columns=OF_PLACES).to_pylist()
        events = doing.reader.rows(EVENT.name, where=where, columns=("begins_time",), limit=1).to_pylist()
        until = events[0]["begins_time"] if events else None
        return cls(opening, {row["registration_id"]: row for row in rows}, doing.keeper.now, until)

    @property
    def registrations(self) -> list[Registration]:
        """As the rules of places have them."""
        return [_registration(row) for row in self.rows.values()]

    @property
    def next_arrival(self) -> datetime:
        """After all that came, also where the clock stands or went back."""
        latest = max((row["arrived_time"] for row in self.rows.values() if row["arrived_time"]), default=None)
        return self.now if latest is None else max(self.now, latest + A_MOMENT)

    def becomes(self, key: str, /, **said: Any) -> None:
        """Say otherwise of one."""
        self.rows[key] = {**self.rows.get(key, {}), **said}

    def changes(self, before: Mapping[str, Row]) -> Iterator[Change]:
        """What is to be written: of each registration that isn't as before, and of what the event says."""
        for key, each in settled(self.registrations, self.opening["places_n"], self.now, self.until).items():
            self.rows[key] = {**self.rows[key], **_said_of(each, self.now)}
        for key, row in self.rows.items():
            yield from _registered(row, before.get(key))
        filling = self.filling
        if filling != self.opening["filling"]:
            yield Change(OPENING.name, {"entity_id": self.opening["entity_id"], "filling": filling}, Says.PART)

    @property
    def filling(self) -> str:
        """What who comes now is to expect."""
        if self.opening["filling"] == CLOSED:
            return CLOSED
        return FREE if has_place_for_new(self.registrations, self.opening["places_n"], self.now) else FULL


def _registration(row: Row) -> Registration:
    return Registration(
        registration_id=row["registration_id"],
        arrived=row["arrived_time"],
        state=Attends(row["state"]),
        offered_from=row.get("offered_from_time"),
        offered_until=row.get("offered_until_time"),
    )


def _said_of(each: Registration, now: datetime) -> Row:
    offered = each.state is Attends.WAITING
    return {
        "state": each.state.value,
        "turn": _turn(each, now),
        "offered_from_time": each.offered_from if offered else None,
        "offered_until_time": each.offered_until if offered else None,
    }


def _turn(each: Registration, now: datetime) -> str | None:
    if each.is_offered(now):
        return "now"
    return "later" if each.state is Attends.WAITING and each.offered_from is not None else None


def _registered(row: Row, before: Row | None) -> Iterator[Change]:
    if before is None:
        yield Change(REGISTRATION.name, row, views=OWN_STATE)
    elif changed := {name: value for name, value in row.items() if before[name] != value}:
        yield Change(REGISTRATION.name, {"registration_id": row["registration_id"], **changed}, Says.PART)


def _badge(row: Row, before: Row | None) -> Iterator[Change]:
    has, had = row["state"] == Attends.PLACED, before is not None and before["state"] == Attends.PLACED
    if has and (not had or _says_otherwise(row, before)):
        told = {f.name: row.get(f.name) for f in BADGE.fields if f.name != "changed_time"}
        yield Change(BADGE.name, told, views=OWN_STATE)
    elif had and not has:
        yield Change(BADGE.name, {"registration_id": row["registration_id"]}, Says.END)


def _says_otherwise(row: Row, before: Row | None) -> bool:
    """Does it want another word in a list than before?"""
    return before is not None and any(row[name] != before[name] for name in ("name", "affiliation", "may_list"))


def _done(doing: Doing, book: Book, before: Mapping[str, Row], about: str) -> Done:
    """With the badge and the list of what it is about: nobody else gets or loses a place by it."""
    key = {"registration_id": about}
    changes = list(book.changes(before))
    row = book.rows[about]
    changes += _badge(row, before.get(about))
    is_otherwise = row["state"] != Attends.PLACED or _says_otherwise(row, before.get(about))
    if is_otherwise and doing.keeper.stands(PARTICIPANT.name, key):
        changes.append(Change(PARTICIPANT.name, key, Says.END))
    return Done(changes=changes, about=key)


def _opening(doing: Doing, entity_id: str) -> Row:
    """Raises BadRequest."""
    found = doing.reader.rows(OPENING.name, where=[of(entity_id)], limit=1).to_pylist()
    if not found:
        said = Said("one can't register here for {name}", name=repr(entity_id))
        raise BadRequest(said, parameter="entity_id")
    row: Row = found[0]
    return row


# --- who registers ----------------------------------------------------------------------------------------------------


def _register(doing: Doing) -> Done:
    given = doing.values
    opening = _opening(doing, given["entity_id"])
    _must_be_open(opening, doing.keeper.now)
    _must_be_right(given)
    if not given["may_keep"]:
        said = Said("without that nobody can be registered: name and address are what it is about")
        raise BadRequest(said, parameter="may_keep")
    book = Book.of(doing, opening)
    _must_be_the_first(doing, book)
    before, key = dict(book.rows), doing.new_id()
    has_place = has_place_for_new(book.registrations, opening["places_n"], book.now)
    book.becomes(key, **{f.name: None for f in REGISTRATION.fields if f.name != "changed_time"})
    book.becomes(
        key,
        registration_id=key,
        entity_id=given["entity_id"],
        **{name: given.get(name) for name in SAID},
        words=opening["purpose"],
        state=(Attends.PLACED if has_place else Attends.WAITING).value,
        arrived_time=book.next_arrival,
        registrant=doing.by.name,
        sent_from=doing.origin or None,
        is_invented=is_invented(given["entity_id"]),
    )
    return _done(doing, book, before, key)


def _must_be_open(opening: Row, now: datetime) -> None:
    until = opening["register_until_time"]
    if opening["filling"] == CLOSED or (until is not None and until <= now):
        raise Conflict(Said("registration is closed"))


def _must_be_right(given: Row) -> None:
    for name in ("name", "mail", "affiliation"):
        if len(given.get(name) or "") > MOST_CHARACTERS:
            raise BadRequest(Said("{n} characters at most", n=MOST_CHARACTERS), parameter=name)
    if given.get("mail") is not None:
        checked(given["mail"], parameter="mail")


def _must_be_the_first(doing: Doing, book: Book) -> None:
    """Of one account; forms aren't known again, and an address that somebody else has typed is nobody's business."""
    for row in book.rows.values():
        if row["registrant"] == doing.by.name:
            raise Conflict(Said("you have registered already"))


def _mine(doing: Doing) -> tuple[Book, Mapping[str, Row], Row]:
    """(the book, its rows as they are, theirs). Raises Unknown, Outdated, Conflict."""
    row = standing(REGISTRATION, doing, whose=Whose.NAME)
    if Attends(row["state"]) in OVER:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    book = _with(Book.of(doing, _opening(doing, row["entity_id"])), row)
    return book, dict(book.rows), row


def _with(book: Book, row: Row) -> Book:
    """All that is said of one."""
    book.rows[row["registration_id"]] = {f.name: row[f.name] for f in REGISTRATION.fields if f.name != "changed_time"}
    return book


def _change(doing: Doing) -> Done:
    """The place stays; a badge says what is said now, and who isn't to be listed any more is not."""
    book, before, row = _mine(doing)
    _must_be_right(doing.values)
    key = row["registration_id"]
    book.becomes(key, **{name: doing.values[name] for name in SAID if name in doing.values})
    return _done(doing, book, before, key)


def _take(doing: Doing) -> Done:
    """The place that is kept for them, while it is."""
    book, before, row = _mine(doing)
    key = row["registration_id"]
    if not _registration(row).is_offered(book.now) or placed_n(book.registrations) >= book.opening["places_n"]:
        raise Conflict(Said("no place is kept for you at this moment"))
    book.becomes(key, state=Attends.PLACED.value)
    return _done(doing, book, before, key)


def _withdraw(doing: Doing) -> Done:
    book, before, row = _mine(doing)
    key = row["registration_id"]
    book.becomes(key, state=Attends.WITHDRAWN.value)
    return _done(doing, book, before, key)


# --- who organises ----------------------------------------------------------------------------------------------------


def _open(doing: Doing) -> Done:
    """Who opens it organises it. Said again, it has other places or another end; who waits comes to what is free by
    that."""
    given = doing.values
    views, key = views_of(doing, given["entity_id"]), {"entity_id": given["entity_id"]}
    begins = not doing.keeper.stands(OPENING.name, key)
    if not begins:
        doing.must_hold(EVENT_ORGANISER, given["entity_id"])
    if not 1 <= given["places_n"] <= MOST_PLACES:
        raise BadRequest(Said("from 1 to {n} places", n=MOST_PLACES), parameter="places_n")
    try:
        zone = clock_of(given["zone"]).key
    except Malformed as error:
        raise BadRequest(error.reason, parameter="zone") from None
    row = {
        **{f.name: given.get(f.name) for f in OPENING.fields if f.name != "changed_time"},
        "register_until_time": given.get("register_until_time") or _over(doing, given["entity_id"]),
        "zone": zone,
        "filling": FREE,
        "is_invented": is_invented(given["entity_id"]),
    }
    book = Book.of(doing, row)
    before = dict(book.rows)
    changes = [each for each in book.changes(before) if each.table != OPENING.name]
    whole = Change(OPENING.name, {**row, "filling": book.filling}, views=views)
    gives = [Given(duty=EVENT_ORGANISER, to=doing.by.name, within=given["entity_id"])] if begins else []
    return Done(changes=[whole, *changes], gives=gives, about=key)


def _over(doing: Doing, entity_id: str) -> datetime | None:
    """When the event is over: nobody registers after that, whatever else was said."""
    found = doing.reader.rows(EVENT.name, where=[of(entity_id)], columns=("finish_time",), limit=1).to_pylist()
    return found[0]["finish_time"] if found else None


def _close(doing: Doing) -> Done:
    row = standing(OPENING, doing)
    doing.must_hold(EVENT_ORGANISER, row["entity_id"])
    said = {"entity_id": row["entity_id"], "filling": CLOSED}
    return Done(changes=[Change(OPENING.name, said, Says.PART)], about={"entity_id": row["entity_id"]})


def _refuse(doing: Doing) -> Done:
    row = standing(REGISTRATION, doing, whose=Whose.DUTY)
    doing.must_hold(EVENT_ORGANISER, row["entity_id"])
    if Attends(row["state"]) in OVER:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    book = _with(Book.of(doing, _opening(doing, row["entity_id"])), row)
    before, key = dict(book.rows), row["registration_id"]
    book.becomes(key, state=Attends.REFUSED.value, reason=doing.values["reason"])
    return _done(doing, book, before, key)


def _list(doing: Doing) -> Done:
    """Those who have a place and have said so; nobody else is listed, and who was and isn't any more goes."""
    entity_id = doing.values["entity_id"]
    views = views_of(doing, entity_id)
    doing.must_hold(EVENT_ORGANISER, entity_id)
    rows: Sequence[Row] = doing.reader.mine(REGISTRATION.name, where=[of(entity_id)]).to_pylist()
    wanted = {
        row["registration_id"]: {f.name: row[f.name] for f in PARTICIPANT.fields if f.name != "changed_time"}
        for row in rows
        if row["state"] == Attends.PLACED and row["may_list"]
    }
    found = doing.reader.rows(PARTICIPANT.name, where=[of(entity_id)]).to_pylist()
    before = {row["registration_id"]: row for row in found}
    changes = [
        Change(PARTICIPANT.name, row, views=views)
        for key, row in wanted.items()
        if key not in before or any(before[key][name] != value for name, value in row.items())
    ]
    changes += [Change(PARTICIPANT.name, {"registration_id": key}, Says.END) for key in before if key not in wanted]
    return Done(changes=changes, about={"entity_id": entity_id})


def _name(doing: Doing) -> Done:
    """Somebody more organises it."""
    row = standing(OPENING, doing)
    doing.must_hold(EVENT_ORGANISER, row["entity_id"])
    given = Given(duty=EVENT_ORGANISER, to=doing.values["organiser"], within=row["entity_id"])
    return Done(gives=[given], about={"entity_id": row["entity_id"]})


# --- declared ---------------------------------------------------------------------------------------------------------


FREED = Notice(
    name="place_kept",
    subject="A place is kept for you",
    text="A place at the event for which you wait has become free. It is kept for you for 48 hours at most: take it on "
    "the page of your link. After that it goes to the next.",
    table=REGISTRATION.name,
    when={"turn": ("now",)},
)
REFUSED = Notice(
    name="refused",
    subject="Your registration was refused",
    text="An organiser has refused your registration. The reason: {reason}",
    when={"state": (Attends.REFUSED.value,)},
)


def _anyones(name: str, title: str, description: str, do: Any, *parameters: Field, **more: Any) -> Act:
    return Act(name=f"cooperation_{name}", title=title, description=description, do=do, parameters=parameters,
               table=REGISTRATION.name, role=Role.READER, by_anyone=True, is_lasting=True,
               is_unsigned=True, tells=(FREED,), beyond=(REGISTRATION.name,), **more)  # fmt: skip


MAY_KEEP = Field(
    name="may_keep", type=Type.BOOL, nullable=False, title="may these be kept",
    description="Name and address are kept for what stands on the event's page, by its organisers alone, and are gone "
    "400 days after at the latest. You can withdraw at any time.",
)  # fmt: skip
REGISTER = _anyones(
    "register", "Register",
    "You have a place at once while there is one; else you wait, and the page of your link says when one is kept for "
    "you.",
    _register, EVENT_ID, NAME, MAIL, FROM, LISTED, MAY_KEEP,
    follows="Whether you have a place, or wait for one, stands at once on the page of your link. The organisers see "
    "it; nobody else does.",
)  # fmt: skip
CHANGE = _anyones(
    "registration_change", "Change", "Your place stays. Your badge says what you say now.", _change,
    REGISTRATION_ID, *(replace(f, nullable=True) for f in (NAME, MAIL, FROM, LISTED)), subject=("registration_id",),
)  # fmt: skip
TAKE = _anyones(
    "place_take", "Take the place", "A place that was freed is kept for you for 48 hours; then it goes to the next.",
    _take, REGISTRATION_ID, subject=("registration_id",),
)  # fmt: skip
WITHDRAW = _anyones(
    "registration_withdraw", "Withdraw", "Your place goes to who is next; you are on no list any more.", _withdraw,
    REGISTRATION_ID, subject=("registration_id",), forgets_address=True,
)  # fmt: skip
OPEN = Act(
    name="cooperation_registration_open",
    title="Open registration",
    description="From now on one can register for the event. Said again, places and end are as they are said now.",
    parameters=tuple(OPENING.by_name[name] for name in ("entity_id", "places_n", "purpose", "register_until_time",
                                                        "zone")),
    table=OPENING.name,
    role=Role.STEWARD,
    asks_who_sees=False,
    is_lasting=True,
    beyond=(REGISTRATION.name,),
    tells=(FREED,),
    do=_open,
)  # fmt: skip
CLOSE = Act(
    name="cooperation_registration_close",
    title="Close registration",
    description="Nobody can register any more. Who waits still comes to a place that is freed.",
    parameters=(EVENT_ID,),
    table=OPENING.name,
    subject=("entity_id",),
    role=Role.STEWARD,
    is_lasting=True,
    do=_close,
)
REFUSE = Act(
    name="cooperation_registration_refuse",
    title="Refuse",
    description="They have no place, and are told why; it goes to who is next.",
    parameters=(REGISTRATION_ID, REASON),
    table=REGISTRATION.name,
    subject=("registration_id",),
    role=Role.STEWARD,
    is_lasting=True,
    beyond=(REGISTRATION.name,),
    tells=(REFUSED, FREED),
    do=_refuse,
)
LIST = Act(
    name="cooperation_participants_list",
    title="List participants",
    description="Who has a place and has said that they may be listed stands on the event's page, by name and where "
    "they come from. Nobody else does.",
    parameters=(EVENT_ID,),
    table=PARTICIPANT.name,
    role=Role.STEWARD,
    asks_who_sees=False,
    is_lasting=True,
    do=_list,
)
NAME_ORGANISER = Act(
    name="cooperation_event_organiser_name",
    title="Name another organiser",
    description="Another steward of this node: they see who registers for this event, and have its badge list, as you "
    "do.",
    parameters=(
        EVENT_ID,
        Field(name="organiser", type=Type.TEXT, nullable=False, description="Who it is, by the account's name."),
    ),
    table=OPENING.name,
    subject=("entity_id",),
    role=Role.STEWARD,
    duty=EVENT_ORGANISER,
    is_lasting=True,
    do=_name,
)
ACTS = (REGISTER, CHANGE, TAKE, WITHDRAW, OPEN, CLOSE, REFUSE, LIST, NAME_ORGANISER)
