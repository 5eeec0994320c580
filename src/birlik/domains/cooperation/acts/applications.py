"""Applying for a call, by an account or by a form without one; and what the applicant does later."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.domains.cooperation.acts.claims import REASON
from birlik.domains.cooperation.acts.looking import call_of, is_over
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.forums import APPLICATION, APPLICATION_ID, PART, REVIEW
from birlik.domains.cooperation.model.alike import alike
from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.model.scoring import listed
from birlik.domains.cooperation.vocabulary.calls import OVER, Part, Stage
from birlik.errors import BadRequest, Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Role
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said
from birlik.standards.mail_address import checked

SENT = ("title", "summary", "answers", "minutes", "speakers", "applicant", "organisation", "from_state", "address",
        "lang")  # fmt: skip
MOST = {"title": 200, "summary": 4_000, "answers": 4_000}
"""Characters of a text; of any other, a line's."""
OF_A_LINE = 300
LONGEST_MINUTES = 600
Row = Mapping[str, Any]


def _sent(doing: Doing) -> Done:
    call = call_of(doing)
    _must_be_in_time(doing, call)
    said = _checked(doing.values, call)
    row = dict.fromkeys(APPLICATION.by_name) | said | {"application_id": f"application:{doing.new_id()}"}
    row |= {
        "call_id": call["call_id"],
        "call_title": call["title"],
        "sender": doing.by.name,
        "sent_from": doing.origin or None,
    }
    row |= {"alike": alike(said["title"], said["summary"]), "state": Stage.SENT.value, "applied_time": doing.keeper.now}
    row["is_invented"] = call["is_invented"]
    return Done(
        changes=[Change(APPLICATION.name, row, views=OWN_STATE)], about={"application_id": row["application_id"]}
    )


def _must_be_in_time(doing: Doing, call: Row) -> None:
    """Raises Conflict with the deadline by the clock of its zone."""
    if is_over(call, doing):
        told = {"deadline": call["deadline"], "zone": call["deadline_zone"]}
        raise Conflict(Said("the call is over: one could apply until {deadline} ({zone})", **told))


def _checked(given: Row, call: Row) -> dict[str, Any]:
    """What is sent, as it is kept. Raises BadRequest."""
    said = {name: given.get(name) for name in SENT}
    for name, value in said.items():
        must_be_short(name, value, MOST.get(name, OF_A_LINE))
    if listed(call["questions"]) and not listed(said["answers"]):
        raise BadRequest(Said("the call has questions: answer them, a line each"), parameter="answers")
    if said["minutes"] is not None and not 0 < said["minutes"] <= LONGEST_MINUTES:
        raise BadRequest(Said("1 to {n} minutes", n=LONGEST_MINUTES), parameter="minutes")
    if said["address"]:
        checked(said["address"], parameter="address")
    if said["from_state"] and not (len(said["from_state"]) == 3 and said["from_state"].isupper()):
        raise BadRequest(Said("three capital letters such as KAZ"), parameter="from_state")
    return said


def _mine(doing: Doing) -> Row:
    """What they have sent themselves. Raises Unknown, Outdated, Conflict."""
    row = standing(APPLICATION, doing, whose=Whose.NAME)
    if row["state"] in OVER:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _changed(doing: Doing) -> Done:
    row = _mine(doing)
    call = call_of(doing, row["call_id"])
    _must_be_in_time(doing, call)
    said = _checked({**row, **{n: v for n, v in doing.values.items() if v is not None}}, call)
    about = {"application_id": row["application_id"]}
    if all(row[name] == value for name, value in said.items()):
        return Done(about=about)
    told = {**about, **said, "alike": alike(said["title"], said["summary"])}
    return Done(changes=[Change(APPLICATION.name, told, Says.PART, OWN_STATE)], about=about)


def _withdrawn(doing: Doing) -> Done:
    """Until it is decided: what reviewers were asked of it they are asked no more."""
    row = _mine(doing)
    about = {"application_id": row["application_id"]}
    told = {**about, "state": Stage.WITHDRAWN.value, "reasons": doing.values["reason"]}
    return Done(changes=[Change(APPLICATION.name, told, Says.PART, OWN_STATE), *_no_more(row)], about=about)


def _no_more(row: Row) -> list[Change]:
    told = [{"part_id": part, "state": Part.WITHDRAWN.value} for part in (row["parts_asked"] or "").split()]
    return [Change(name, each, Says.PART, OWN_STATE) for each in told for name in (PART.name, REVIEW.name)]


_SENT = tuple(replace(APPLICATION.by_name[name], personal=None) for name in SENT)
_ASKED = {f.name: f for f in _SENT} | {
    "applicant": replace(_SENT[SENT.index("applicant")], title="your name"),
    "organisation": replace(_SENT[SENT.index("organisation")], title="for which body"),
    "address": replace(
        _SENT[SENT.index("address")], title="your mail address",
        description="For the organisers of this call, who write to you; nobody else sees it.",
    ),
    "from_state": replace(_SENT[SENT.index("from_state")], title="from which state"),
}  # fmt: skip
APPLY = Act(
    name="cooperation_apply",
    title="Apply",
    description="What you propose. You and the organisers of this call see it; reviewers see your name only where the "
    "call says so. Until the deadline you can change it, and withdraw it until it is decided.",
    parameters=(
        replace(APPLICATION.by_name["call_id"], title="for which call", description="The call: its id here."),
        *_ASKED.values(),
    ),
    table=APPLICATION.name,
    texts=("summary", "answers"),
    role=Role.READER,
    by_anyone=True,
    is_unsigned=True,
    is_lasting=True,
    do=_sent,
)
CHANGE = Act(
    name="cooperation_application_change",
    title="Change",
    description="Until the deadline it is judged as you say it last.",
    parameters=(APPLICATION_ID, *(replace(f, nullable=True) for f in _ASKED.values())),
    table=APPLICATION.name,
    subject=("application_id",),
    texts=("summary", "answers"),
    role=Role.READER,
    by_anyone=True,
    is_unsigned=True,
    is_lasting=True,
    do=_changed,
)
WITHDRAW = Act(
    name="cooperation_application_withdraw",
    title="Withdraw",
    description="It isn't judged any more. The organisers see that you have withdrawn it, and why.",
    parameters=(APPLICATION_ID, REASON),
    table=APPLICATION.name,
    subject=("application_id",),
    role=Role.READER,
    by_anyone=True,
    is_unsigned=True,
    is_lasting=True,
    forgets_address=True,
    do=_withdrawn,
)
ACTS = (APPLY, CHANGE, WITHDRAW)
