"""Calls for proposals: opened by a host, who organises them; extended, closed; who else organises, who reviews."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.domains.cooperation.acts.looking import call_of, closed_row, is_it, must_be_open
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.forums import CALL, CALL_ID, REVIEW, REVIEWERS
from birlik.domains.cooperation.model.deadlines import instant
from birlik.domains.cooperation.model.scoring import MOST_CRITERIA, criteria_of, listed
from birlik.domains.cooperation.vocabulary.calls import HOST, ORGANISER, REVIEWER, Part, Standing
from birlik.domains.cooperation.vocabulary.moments import clock_of
from birlik.errors import BadRequest, Conflict, Malformed, Refused
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Given, Role, Type
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said

SAID_AT_FIRST = ("title", "about", "field_of_work", "event_entity", "questions", "criteria", "is_blind", "deadline",
                 "deadline_zone")  # fmt: skip
Row = Mapping[str, Any]


def deadline_of(text: str, zone: str, parameter: str = "deadline") -> Any:
    """Raises BadRequest with the parameter that is wrong. parameter: under which the text was said."""
    named = "deadline_zone"
    try:
        clock_of(zone)
        named = parameter
        return instant(text, zone)
    except Malformed as error:
        raise BadRequest(error.reason, parameter=named) from None


def _opened(doing: Doing) -> Done:
    given = doing.values
    until = deadline_of(given["deadline"], given["deadline_zone"])
    if until <= doing.keeper.now:
        raise BadRequest(Said("this has passed already"), parameter="deadline")
    if len(listed(given.get("criteria"))) > MOST_CRITERIA:
        raise BadRequest(Said("{n} criteria at most, a line each", n=MOST_CRITERIA), parameter="criteria")
    call_id = f"call:{doing.new_id()}"
    row = dict.fromkeys(CALL.by_name) | {name: given.get(name) for name in SAID_AT_FIRST}
    row["criteria"] = "\n".join(criteria_of(given.get("criteria")))  # by which reviewers will judge, for all to read
    row |= {"call_id": call_id, "deadline_time": until, "state": Standing.OPEN.value}
    row["is_invented"] = doing.keeper.is_exercise
    return Done(
        changes=[Change(CALL.name, row)],
        gives=[Given(duty=ORGANISER, to=doing.by.name, within=call_id)],
        about={"call_id": call_id},
    )


def _changed(doing: Doing) -> Done:
    """A deadline that was told isn't brought forward: somebody counts on it."""
    row, given = must_be_open(call_of(doing)), doing.values
    doing.must_hold(ORGANISER, row["call_id"])
    text, zone = given.get("deadline") or row["deadline"], given.get("deadline_zone") or row["deadline_zone"]
    until = deadline_of(text, zone)
    if until < row["deadline_time"]:
        raise BadRequest(Said("a deadline that was told isn't brought forward; close the call, and say why"),
                         parameter="deadline")  # fmt: skip
    told = {"about": given.get("about") or row["about"], "deadline": text, "deadline_zone": zone}
    if all(row[name] == value for name, value in told.items()):
        return Done(about={"call_id": row["call_id"]})
    made = {"call_id": row["call_id"], **told, "deadline_time": until}
    return Done(changes=[Change(CALL.name, made, Says.PART)], about={"call_id": row["call_id"]})


def _closed(doing: Doing) -> Done:
    row = must_be_open(call_of(doing))
    doing.must_hold(ORGANISER, row["call_id"])
    made = {"call_id": row["call_id"], "state": Standing.CLOSED.value, "closed_because": doing.values["closed_because"]}
    return Done(changes=[Change(CALL.name, made, Says.PART)], about={"call_id": row["call_id"]})


# --- who organises, who reviews ---------------------------------------------------------------------------------------


def _host_named(doing: Doing) -> Done:
    who = doing.values["host"]
    return Done(gives=[Given(duty=HOST, to=who)], about={"host": who})


def _organiser_named(doing: Doing) -> Done:
    call, who = call_of(doing), doing.values["organiser"]
    doing.must_hold(ORGANISER, call["call_id"])
    if who in doing.keeper.holding(REVIEWER, call["call_id"]):
        raise Refused(Said("{name} reviews for this call: who reviews isn't told who applies", name=who))
    return Done(gives=[Given(duty=ORGANISER, to=who, within=call["call_id"])], about={"call_id": call["call_id"]})


def _reviewer_named(doing: Doing) -> Done:
    call, who = call_of(doing), doing.values["reviewer"]
    doing.must_hold(ORGANISER, call["call_id"])
    if who in doing.keeper.holding(ORGANISER, call["call_id"]):
        raise Refused(Said("{name} organises this call: who organises sees who applies", name=who))
    where = [is_it("call_id", call["call_id"]), is_it("reviewer", who), is_it("state", "reviews")]
    if doing.reader.mine(REVIEWERS.name, where=where).num_rows:
        raise Conflict(Said("{name} reviews for this call already", name=who))
    row = dict.fromkeys(REVIEWERS.by_name) | {"reviewer_id": f"reviewer:{doing.new_id()}", "call_id": call["call_id"]}
    row |= {"reviewer": who, "organisation": doing.values.get("organisation"), "domain": doing.values.get("domain")}
    row |= {"state": "reviews", "call_title": call["title"], "is_invented": call["is_invented"]}
    return Done(
        changes=[Change(REVIEWERS.name, row, views=OWN_STATE)],
        gives=[Given(duty=REVIEWER, to=who, within=call["call_id"])],
        about={"reviewer_id": row["reviewer_id"]},
    )


def _reviewer_withdrawn(doing: Doing) -> Done:
    """What they were asked and haven't been told of is asked of nobody, until an organiser asks somebody else."""
    row = standing(REVIEWERS, doing, whose=Whose.DUTY)
    doing.must_hold(ORGANISER, row["call_id"])
    if row["state"] != "reviews":
        raise Conflict(Said("they review no more already"))
    where = [
        is_it(n, v) for n, v in (("call_id", row["call_id"]), ("reviewer", row["reviewer"]), ("state", Part.ASKED))
    ]
    parts = doing.reader.mine(REVIEW.name, where=where).to_pylist()
    closed = [closed_row(part) for part in parts]
    return Done(
        changes=[
            Change(REVIEWERS.name, {"reviewer_id": row["reviewer_id"], "state": "withdrawn"}, Says.PART, OWN_STATE),
            *(change for each in closed for change in each.changes),
        ],
        unsaid=[word for each in closed for word in each.unsaid],
        takes=[Given(duty=REVIEWER, to=row["reviewer"], within=row["call_id"])],
        about={"reviewer_id": row["reviewer_id"]},
    )


# --- what is declared -------------------------------------------------------------------------------------------------


def _who(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TEXT, nullable=False, description=description)


def _act(name: str, title: str, description: str, do: Any, *parameters: Field, **more: Any) -> Act:
    told: dict[str, Any] = {"table": CALL.name, "role": Role.READER, "is_lasting": True, **more}
    return Act(name=f"cooperation_{name}", title=title, description=description, do=do, parameters=parameters, **told)


ZONE = replace(CALL.by_name["deadline_zone"], title="on whose clock")
OPEN = _act(
    "call_open", "Open a call",
    "What you ask for, until when, and how it is judged. You organise it: who applies, you and whom you name see that.",
    _opened, *(CALL.by_name[n] if n != "deadline_zone" else ZONE for n in SAID_AT_FIRST),
    duty=HOST, texts=("about", "questions", "criteria"),
)  # fmt: skip
CHANGE = _act(
    "call_change", "Change",
    "Say it better, or give more time. Questions and criteria stay, since somebody may have applied by them.",
    _changed, CALL_ID, CALL.by_name["about"],
    *(replace(f, nullable=True) for f in (CALL.by_name["deadline"], ZONE)),
    duty=ORGANISER, subject=("call_id",), texts=("about",),
)  # fmt: skip
CLOSE = _act(
    "call_close", "Close before its time",
    "Nobody can apply any more. What was sent stays, and is judged.",
    _closed, CALL_ID, replace(CALL.by_name["closed_because"], nullable=False, description="Why, in a sentence."),
    duty=ORGANISER, subject=("call_id",),
)  # fmt: skip
NAME_HOST = _act(
    "host_name", "Name a host of calls",
    "They may open calls, and organise those that they have opened. Of others' calls they see no application.",
    _host_named, _who("host", "Who opens calls, by the account's name."), role=Role.STEWARD,
)  # fmt: skip
NAME_ORGANISER = _act(
    "organiser_name", "Name another organiser",
    "They see what is sent for this call, ask for reviews, and decide.",
    _organiser_named, CALL_ID, _who("organiser", "Who organises it too, by the account's name."),
    duty=ORGANISER, subject=("call_id",),
)  # fmt: skip
NAME_REVIEWER = _act(
    "reviewer_name", "Name a reviewer",
    "They judge what they are asked to. Where they belong is said here, so that nobody judges their own house.",
    _reviewer_named, CALL_ID, _who("reviewer", "Who reviews, by the account's name."),
    REVIEWERS.by_name["organisation"], REVIEWERS.by_name["domain"],
    duty=ORGANISER, subject=("call_id",),
)  # fmt: skip
WITHDRAW_REVIEWER = _act(
    "reviewer_withdraw", "Let them review no more",
    "What they were asked is free for somebody else; what they have said of it and nobody was told is gone.",
    _reviewer_withdrawn, REVIEWERS.by_name["reviewer_id"],
    duty=ORGANISER, subject=("reviewer_id",), table=REVIEWERS.name,
)  # fmt: skip
ACTS = (OPEN, CHANGE, CLOSE, NAME_HOST, NAME_ORGANISER, NAME_REVIEWER, WITHDRAW_REVIEWER)
