"""Who is asked to judge what: all of a call at once, or one by one; and what stands against it."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from birlik.domains.cooperation.acts.calls import deadline_of
from birlik.domains.cooperation.acts.claims import REASON
from birlik.domains.cooperation.acts.looking import GIVE, call_of, closed_row, is_over, mine, must_be_anothers
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.forums import (
    APPLICATION,
    APPLICATION_ID,
    BY,
    CALL,
    CALL_ID,
    CONFLICT,
    PART,
    REVIEW,
    REVIEWERS,
)
from birlik.domains.cooperation.model.assigning import EACH, assigned
from birlik.domains.cooperation.model.conflicts import conflicts
from birlik.domains.cooperation.model.scoring import criteria_of, numbered
from birlik.domains.cooperation.vocabulary.calls import ORGANISER, OVER, REVIEWER, Interest, Part, Stage
from birlik.errors import BadRequest, Conflict, Refused
from birlik.kernel.acts import Unsaid
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Notice, Reminder, Role, Type
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said

THIRD = 3
Row = Mapping[str, Any]


# --- what an organiser asks -------------------------------------------------------------------------------------------


def _all_asked(doing: Doing) -> Done:
    """Each application that nobody judges yet is given to two reviewers without a conflict, evenly."""
    call = call_of(doing)
    _must_be_over(doing, call)
    wanted = {"call_id": call["call_id"], "state": Stage.SENT.value}
    rows = {row["application_id"]: row for row in mine(doing, APPLICATION.name, **wanted)}
    if not rows:
        raise Conflict(Said("nothing waits to be given to reviewers"))
    reviewers = {row["reviewer"]: row for row in mine(doing, REVIEWERS.name, call_id=call["call_id"], state="reviews")}
    declared = _declared(doing, call["call_id"])
    load = Counter(part["reviewer"] for part in mine(doing, REVIEW.name, call_id=call["call_id"]) if _is_live(part))

    def may(who: str, what: str) -> bool:
        return not conflicts(reviewers[who], declared.get(who, ()), rows[what])

    made, _ = assigned(list(rows), list(reviewers), may, load)
    if not made:
        why = Said("no application has {n} reviewers without a conflict of interest: name more reviewers", n=EACH)
        raise Conflict(why)
    changes = [c for one, who in made.items() for c in _begun(doing, call, rows[one], dict(enumerate(who, 1)))]
    for one in rows.values():
        changes += _named(one, {who: conflicts(r, declared.get(who, ()), one) for who, r in reviewers.items()})
    return Done(changes=changes, unsaid=_nothing_said(changes), about={"call_id": call["call_id"]})


def _named(row: Row, found: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    """To the organisers, who has what in common with whom: the reviewer isn't told, since it says who applies."""
    for who, what in found.items():
        if not what:
            continue
        ground = f"{row['application_id']}\0{who}"
        told = {
            "part_id": f"conflict:{hashlib.sha256(ground.encode()).hexdigest()[:16]}",
            "reviewer": who,
            "place_n": 0,
        }
        told |= {name: row[name] for name in ("call_id", "application_id", "title", "is_invented")}
        told |= {"state": Part.CONFLICT.value, "words": ", ".join(what)}
        yield Change(REVIEW.name, dict.fromkeys(REVIEW.by_name) | told, views=OWN_STATE)


def _nothing_said(changes: Sequence[Change]) -> list[Unsaid]:
    """All begin as they would be if nothing were said: what is said then takes a place of the same length."""
    parts = [c.row for c in changes if c.table == PART.name and c.says is Says.WHOLE]
    return [Unsaid(act=GIVE, subject=part["part_id"], by=part["reviewer"]) for part in parts]


def _must_be_over(doing: Doing, call: Row) -> None:
    """What can still be changed isn't judged. Raises Refused, Conflict."""
    doing.must_hold(ORGANISER, call["call_id"])
    if not is_over(call, doing):
        raise Conflict(Said("until the deadline applications can be changed: close the call, or wait"))


def _is_live(part: Row) -> bool:
    return part["state"] in (Part.ASKED, Part.TOLD)


def _declared(doing: Doing, call_id: str) -> Mapping[str, Sequence[Row]]:
    made: dict[str, list[Row]] = {}
    for row in mine(doing, CONFLICT.name, call_id=call_id):
        made.setdefault(row["reviewer"], []).append(row)
    return made


def _part_id(doing: Doing, application_id: str, place: int) -> str:
    """Tells nothing of the application: the act's own name, which is no number of it, goes in."""
    ground = f"{doing.act_id}\0{application_id}\0{place}"
    return f"part:{hashlib.sha256(ground.encode()).hexdigest()[:16]}"


def _due(doing: Doing, call: Row) -> datetime | None:
    """Until when reviewers are asked to judge, by the call's clock; None where nobody has said."""
    if not (text := doing.values.get("judge_by")):
        return None
    until: datetime = deadline_of(text, call["deadline_zone"], "judge_by")
    if until <= doing.keeper.now:
        raise BadRequest(Said("this has passed already"), parameter="judge_by")
    return until


def _begun(doing: Doing, call: Row, row: Row, asked: Mapping[int, str]) -> Iterator[Change]:
    """asked: by place, the reviewer."""
    ids = {place: _part_id(doing, row["application_id"], place) for place in asked}
    stand = [part for part in mine(doing, REVIEW.name, application_id=row["application_id"]) if _is_live(part)]
    every = [(p["part_id"], p["reviewer"], p["place_n"]) for p in stand]
    every += [(ids[place], who, place) for place, who in asked.items()]
    due = _due(doing, call)
    shared = {"call_id": call["call_id"], "application_id": row["application_id"], "state": Part.ASKED.value}
    shared |= {"title": row["title"], "is_invented": row["is_invented"]}
    shown = {name: row[name] for name in ("summary", "answers", "minutes")}
    shown |= {name: None if call["is_blind"] else row[name] for name in ("applicant", "organisation")}
    for place, who in asked.items():
        each = shared | {"part_id": ids[place], "reviewer": who, "place_n": place}
        yield Change(REVIEW.name, dict.fromkeys(REVIEW.by_name) | each, views=OWN_STATE)
        told = shown | {
            "judge_by_time": due,
            "criteria": numbered(criteria_of(call["criteria"])),
            "beside": orjson.dumps(every).decode(),
        }
        yield Change(PART.name, dict.fromkeys(PART.by_name) | each | told, views=OWN_STATE)
    for part in stand:
        beside = {"part_id": part["part_id"], "beside": orjson.dumps(every).decode()}
        yield Change(PART.name, beside, Says.PART, OWN_STATE)
    before = (row["parts_asked"] or "").split()
    told = {"application_id": row["application_id"], "parts_asked": " ".join([*before, *ids.values()])}
    yield Change(APPLICATION.name, {**told, "state": Stage.IN_REVIEW.value}, Says.PART, OWN_STATE)


def _asked(doing: Doing) -> Done:
    """One reviewer more: in the place of one who judges no more, or as the third where two differ."""
    row = standing(APPLICATION, doing, whose=Whose.DUTY)
    call, who = call_of(doing, row["call_id"]), doing.values["reviewer"]
    _must_be_over(doing, call)
    must_be_anothers(doing, row)
    place = _free_place(doing, row)
    reviewers = [
        r for r in mine(doing, REVIEWERS.name, call_id=row["call_id"], reviewer=who) if r["state"] == "reviews"
    ]
    if not reviewers:
        raise BadRequest(Said("{name} doesn't review for this call: name them first", name=who), parameter="reviewer")
    parts = mine(doing, REVIEW.name, application_id=row["application_id"], reviewer=who)
    if any(_is_live(part) for part in parts):
        raise Conflict(Said("{name} judges this already", name=who))
    found = conflicts(reviewers[0], _declared(doing, row["call_id"]).get(who, ()), row)
    if found:
        named = ", ".join(found)
        raise Refused(Said("{name} has a conflict of interest: {what}. Ask somebody else", name=who, what=named))
    changes = list(_begun(doing, call, row, {place: who}))
    return Done(changes=changes, unsaid=_nothing_said(changes), about={"application_id": row["application_id"]})


def _free_place(doing: Doing, row: Row) -> int:
    """Raises Conflict where nobody more is to be asked."""
    if row["state"] == Stage.DIFFERS:
        return THIRD
    if row["state"] not in (Stage.SENT, Stage.IN_REVIEW):
        raise Conflict(Said("nobody more is asked: it is {status}", status=row["state"]))
    parts = mine(doing, REVIEW.name, application_id=row["application_id"])
    taken = {part["place_n"] for part in parts if _is_live(part)}
    places = (1, 2, THIRD) if any(part["place_n"] == THIRD for part in parts) else (1, 2)
    free = [place for place in places if place not in taken]
    if not free:
        raise Conflict(Said("two judge it already; a third is asked where they differ"))
    return free[0]


def _taken(doing: Doing) -> Done:
    """As where a conflict is found late: what was said of it counts no more."""
    part = standing(REVIEW, doing, whose=Whose.DUTY)
    doing.must_hold(ORGANISER, part["call_id"])
    if not _is_live(part):
        raise Conflict(Said("it is {status} already", status=part["state"]))
    (row,) = mine(doing, APPLICATION.name, application_id=part["application_id"])
    must_be_anothers(doing, row)
    if row["state"] in OVER:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    closed = closed_row(part)
    again = {"application_id": row["application_id"], "state": Stage.IN_REVIEW.value}
    changes = [*closed.changes, Change(APPLICATION.name, again, Says.PART, OWN_STATE)]
    return Done(changes=changes, unsaid=closed.unsaid, about={"part_id": part["part_id"]})


# --- what a reviewer says against it ----------------------------------------------------------------------------------


def _declined(doing: Doing) -> Done:
    """They have something in common with it, or can't judge it."""
    part = standing(PART, doing, whose=Whose.NAME)
    doing.must_hold(REVIEWER, part["call_id"])
    if part["state"] != Part.ASKED:
        raise Conflict(Said("it is {status} already", status=part["state"]))
    told = {"interest": Interest.PART.value, "with_whom": part["title"], "application_id": part["application_id"]}
    row = _conflict(doing, part, **told, why=doing.values["reason"])
    closed = closed_row(part)
    return Done(changes=[*closed.changes, row], unsaid=closed.unsaid, about={"part_id": part["part_id"]})


def _conflict(doing: Doing, of: Row, **told: Any) -> Change:
    row = {"conflict_id": f"conflict:{doing.new_id()}", "call_id": of["call_id"], "reviewer": doing.by.name, **told}
    row["is_invented"] = of["is_invented"]
    return Change(CONFLICT.name, dict.fromkeys(CONFLICT.by_name) | row, views=OWN_STATE)


def _conflict_declared(doing: Doing) -> Done:
    """What a reviewer has been asked already stays asked: that it went would tell them who applies."""
    mine = standing(REVIEWERS, doing, whose=Whose.NAME)
    doing.must_hold(REVIEWER, mine["call_id"])
    told = {name: doing.values.get(name) for name in ("interest", "with_whom", "why")}
    change = _conflict(doing, mine, **told)
    return Done(changes=[change], about={"reviewer_id": mine["reviewer_id"]})


# --- what is declared -------------------------------------------------------------------------------------------------

JUDGE_BY = Field(
    name="judge_by", type=Type.TEXT, title="judge until",
    description="By the clock of the call: `2026-04-01 18:00`. Who has given an address is reminded three days before.",
)  # fmt: skip
_REVIEWS = "reviewing"
"""The page of who reviews."""
ASKED = Notice(
    name="review_asked",
    subject="You are asked to judge something",
    text="You are asked to judge “{title}”. Until the other reviewer has spoken too, nobody is told what you say.",
    table=PART.name,
    when={"state": (Part.ASKED.value,)},
    is_of_new=True,
    page=_REVIEWS,
)
DUE = Reminder(
    notice=Notice(
        name="review_due",
        subject="A review is due soon",
        text="You were asked to judge “{title}”. If you have, nothing more is needed: nobody is told before the other "
        "reviewer has spoken too. If you can't, say so, and somebody else is asked.",
        table=PART.name,
        when={"state": (Part.ASKED.value,)},
        page=_REVIEWS,
    ),
    due="judge_by_time",
    ahead=timedelta(days=3),
)
ASK_ALL = Act(
    name="cooperation_review_ask_all",
    title="Give to reviewers",
    description="Each application that nobody judges yet goes to two reviewers who have no conflict of interest with "
    "it, evenly. Neither is told what the other says until both have spoken.",
    parameters=(CALL_ID, JUDGE_BY),
    table=CALL.name,
    subject=("call_id",),
    role=Role.READER,
    duty=ORGANISER,
    is_lasting=True,
    tells=(ASKED,),
    do=_all_asked,
)
ASK = Act(
    name="cooperation_review_ask",
    title="Ask a reviewer",
    description="In the place of one who judges no more, or as the third where two differ. Who has a conflict of "
    "interest isn't asked.",
    parameters=(APPLICATION_ID, BY, JUDGE_BY),
    table=APPLICATION.name,
    subject=("application_id",),
    role=Role.READER,
    duty=ORGANISER,
    is_lasting=True,
    tells=(ASKED,),
    do=_asked,
)
TAKE = Act(
    name="cooperation_review_take",
    title="Take from the reviewer",
    description="Where a conflict of interest is found late: what they said of it counts no more; ask somebody else.",
    parameters=(REVIEW.by_name["part_id"],),
    table=REVIEW.name,
    subject=("part_id",),
    role=Role.READER,
    duty=ORGANISER,
    is_lasting=True,
    is_final=True,
    do=_taken,
)
DECLINE = Act(
    name="cooperation_review_decline",
    title="I can't judge this",
    description="You have something in common with it, or can't judge it. You are asked no more, and an organiser asks "
    "somebody else.",
    parameters=(PART.by_name["part_id"], REASON),
    table=PART.name,
    subject=("part_id",),
    role=Role.READER,
    duty=REVIEWER,
    is_lasting=True,
    is_unsigned=True,
    do=_declined,
)
DECLARE = Act(
    name="cooperation_conflict_declare",
    title="Declare a conflict of interest",
    description="With a body, a domain or a person: you get no part of what comes from them. What you have been asked "
    "already you can turn down.",
    parameters=(
        REVIEWERS.by_name["reviewer_id"],
        replace(CONFLICT.by_name["interest"], codes=tuple(one for one in Interest if one is not Interest.PART)),
        CONFLICT.by_name["with_whom"],
        CONFLICT.by_name["why"],
    ),
    table=REVIEWERS.name,
    subject=("reviewer_id",),
    role=Role.READER,
    duty=REVIEWER,
    is_lasting=True,
    do=_conflict_declared,
)
ACTS = (ASK_ALL, ASK, TAKE, DECLINE, DECLARE)
