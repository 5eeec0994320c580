"""Offers and needs: posted by an account or a form, held until a steward publishes or returns them, changed and
withdrawn by who posted them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.domains.cooperation.acts.claims import REASON
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.offers import CONTENT, OFFER, POSTING
from birlik.domains.cooperation.model.alike import alike
from birlik.domains.cooperation.model.offering import checked
from birlik.domains.cooperation.vocabulary.offers import Standing
from birlik.errors import Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Filter, Notice, Role
from birlik.kernel.editing import standing
from birlik.kernel.policy import Labels, Marking, Views
from birlik.kernel.tables import Whose
from birlik.said import Said

NAMES = tuple(f.name for f in CONTENT)
Row = Mapping[str, Any]


def _posted(doing: Doing) -> Done:
    said = checked(doing.values, NAMES, doing.keeper.now)
    told: dict[str, Any] = {
        "posting_id": f"posting:{doing.new_id()}",
        "sender": doing.by.name,
        "sent_from": doing.origin or None,
    }
    told["is_invented"] = doing.keeper.is_exercise
    row = dict.fromkeys(POSTING.by_name) | said | told | _waits(doing, said)
    return Done(changes=[Change(POSTING.name, row, views=OWN_STATE)], about={"posting_id": row["posting_id"]})


def _waits(doing: Doing, said: Row) -> dict[str, Any]:
    told = {"state": "held", "held_time": doing.keeper.now, "reason": None}
    return told | {"alike": alike(said["title"], said["words"])}


# --- what its sender does later ---------------------------------------------------------------------------------------


def _mine(doing: Doing) -> Row:
    """Of what they have posted. Raises Unknown, Outdated, Conflict."""
    row = standing(POSTING, doing, whose=Whose.NAME)
    if row["state"] == "withdrawn":
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _changed(doing: Doing) -> Done:
    """It waits again. What was published stands as it is until a steward publishes this."""
    row = _mine(doing)
    given = {name: doing.values[name] for name in NAMES if doing.values.get(name) is not None}
    said = checked({**row, **given}, NAMES, doing.keeper.now)
    about = {"posting_id": row["posting_id"]}
    if all(row[name] == value for name, value in said.items()):
        return Done(about=about)
    return Done(changes=[Change(POSTING.name, {**about, **said, **_waits(doing, said)}, Says.PART)], about=about)


def _taken_back(doing: Doing) -> Done:
    """And what was published of it stands no more."""
    row, about = _mine(doing), {"posting_id": doing.values["posting_id"]}
    changes = [Change(POSTING.name, {**about, "state": "withdrawn", "reason": doing.values["reason"]}, Says.PART)]
    if row["offer_id"] is not None:
        ended = {"offer_id": row["offer_id"], "state": Standing.WITHDRAWN.value}
        changes.append(Change(OFFER.name, ended, Says.PART))
    return Done(changes=changes, about=about)


# --- what a steward does ----------------------------------------------------------------------------------------------


def _held(doing: Doing) -> Row:
    row = standing(POSTING, doing)
    if row["state"] != "held":
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _published(doing: Doing) -> Done:
    row = _held(doing)
    offer_id = row["offer_id"] or f"offer:{doing.new_id()}"
    told = {name: row[name] for name in (*NAMES, "closing_time", "is_invented")}
    told |= {"offer_id": offer_id, "state": Standing.OPEN.value}
    # It was posted to be found: by everybody who may read here. A steward may say otherwise afterwards.
    everybody = Views(doing.keeper.views).of(Labels(marking=Marking.CLEAR, audience=("public",)))
    about = {"posting_id": row["posting_id"]}
    done = {**about, "state": "published", "offer_id": offer_id}
    changes = [Change(OFFER.name, told, views=everybody), Change(POSTING.name, done, Says.PART)]
    return Done(changes=changes, about=about)


def _returned(doing: Doing) -> Done:
    row = _held(doing)
    return Done(changes=[_goes_back(row, doing)], about={"posting_id": row["posting_id"]})


def _goes_back(row: Row, doing: Doing) -> Change:
    told = {"posting_id": row["posting_id"], "state": "returned", "reason": doing.values["reason"]}
    return Change(POSTING.name, told, Says.PART)


def _all_returned(column: str) -> Any:
    """All that waits and agrees with one in a column."""

    def do(doing: Doing) -> Done:
        row, about = _held(doing), {"posting_id": doing.values["posting_id"]}
        if row[column] is None:
            return Done(changes=[_goes_back(row, doing)], about=about)
        told = (("state", "held"), (column, row[column]))
        where = [Filter(column=name, operator="=", value=value) for name, value in told]
        found = doing.reader.rows(POSTING.name, where=where).to_pylist()
        return Done(changes=[_goes_back(each, doing) for each in found], about=about)

    return do


PUBLISHED = Notice(
    name="offer_published",
    subject="What you posted is published",
    text="A steward has read what you posted, and has published it: {title}. On the page of it stands what fits it, "
    "and why.",
)
RETURNED = Notice(
    name="offer_returned",
    subject="What you posted was returned",
    text="A steward has read what you posted, and has not published it. The reason: {reason}. You can change it, and "
    "it waits again.",
)
POSTING_ID = POSTING.by_name["posting_id"]
POST = Act(
    name="cooperation_offer_post",
    title="Post an offer or a need",
    description="What you offer, or what you seek. Once a steward has published it everybody who may read here "
    "sees it, and not who you are: that passes by an introduction, when both of you agree.",
    parameters=CONTENT,
    table=POSTING.name,
    texts=("words",),
    role=Role.READER,
    by_anyone=True,
    do=_posted,
)
CHANGE = Act(
    name="cooperation_offer_change",
    title="Change",
    description="It waits for a steward again, as you say it now. What was published before stands until then.",
    parameters=(POSTING_ID, *(replace(f, nullable=True) for f in CONTENT)),
    table=POSTING.name,
    subject=("posting_id",),
    texts=("words",),
    role=Role.READER,
    by_anyone=True,
    do=_changed,
)
WITHDRAW = Act(
    name="cooperation_offer_withdraw",
    title="Withdraw",
    description="It waits no more, and what was published of it stands no more.",
    parameters=(POSTING_ID, REASON),
    table=POSTING.name,
    subject=("posting_id",),
    role=Role.READER,
    by_anyone=True,
    forgets_address=True,
    do=_taken_back,
)
PUBLISH = Act(
    name="cooperation_offer_publish",
    title="Publish",
    description="Everybody who may read here sees it, and not who sent it.",
    parameters=(POSTING_ID,),
    table=POSTING.name,
    subject=("posting_id",),
    role=Role.STEWARD,
    tells=(PUBLISHED,),
    do=_published,
)
RETURN = Act(
    name="cooperation_offer_return",
    title="Return",
    description="It goes back to its sender, with a reason.",
    parameters=(POSTING_ID, REASON),
    table=POSTING.name,
    subject=("posting_id",),
    role=Role.STEWARD,
    tells=(RETURNED,),
    do=_returned,
)
RETURN_SAME = replace(
    RETURN,
    name="cooperation_offer_return_alike",
    title="Return all that say the same",
    description="All that wait and say the same, but for numbers and links, go back with one reason.",
    do=_all_returned("alike"),
)
RETURN_FROM = replace(
    RETURN,
    name="cooperation_offer_return_from",
    title="Return all from one place",
    description="All that wait and came from the same place go back with one reason.",
    do=_all_returned("sent_from"),
)
ACTS = (POST, CHANGE, WITHDRAW, PUBLISH, RETURN, RETURN_SAME, RETURN_FROM)
