"""Introductions through the node: one asks, the other agrees or declines; only then are addresses told, to the two."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from birlik.domains.cooperation.acts.claims import REASON
from birlik.domains.cooperation.acts.looking import is_it
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.introductions import INTRODUCTION
from birlik.domains.cooperation.events.offers import OFFER, POSTING
from birlik.domains.cooperation.model.fitting_offers import FIT
from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.vocabulary.introductions import MOST_A_DAY, Box, Stage
from birlik.domains.cooperation.vocabulary.offers import Standing
from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Notice, Role
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said

MOST = {"message": 1_000, "my_address": 200, "my_why": 1_000, "reason": 500}
LIVE = (Stage.WAITS, Stage.AGREED)
Row = Mapping[str, Any]


def _asked(doing: Doing) -> Done:
    """Of an offer or need that somebody else has posted; of which of one's own, one may say."""
    wanted = doing.values.get("own_id")
    mine = doing.reader.mine(POSTING.name).to_pylist() if wanted else []
    own = next((row for row in mine if row["offer_id"] == wanted), None)
    if wanted and own is None:
        raise BadRequest(Said("you haven't posted it, or it isn't published"), parameter="own_id")
    return _asks(doing, own)


def _asked_from(doing: Doing) -> Done:
    """By what one has posted oneself."""
    own = standing(POSTING, doing, whose=Whose.NAME)
    if own["offer_id"] is None:
        raise Conflict(Said("it isn't published yet"))
    return _asks(doing, own)


def _asks(doing: Doing, own: Row | None) -> Done:
    _must_be_short(doing)
    offer = _offer(doing)
    owner = _owner(doing, offer["offer_id"])
    if owner == doing.by.name:
        raise BadRequest(Said("that is yours"), parameter="offer_id")
    _must_not_be_many(doing, offer["offer_id"])
    told = {name: doing.values.get(name) for name in ("message",)}
    told |= {"offer_id": offer["offer_id"], "offer_title": offer["title"], "is_invented": offer["is_invented"]}
    told |= {"introduction_id": f"introduction:{doing.new_id()}", "state": Stage.WAITS.value}
    told |= {"sent_from": doing.origin or None, "asked_time": doing.keeper.now}
    if own is not None:
        told |= {"own_id": own["offer_id"], "own_title": own["title"], "rank_n": _rank(doing, own, offer)}
    empty = dict.fromkeys(INTRODUCTION.by_name)
    mine = {**empty, **told, "box": Box.ASKED.value, "whose": doing.by.name, "my_address": doing.values["my_address"]}
    theirs = {**empty, **told, "box": Box.RECEIVED.value, "whose": owner}
    changes = [Change(INTRODUCTION.name, row, views=OWN_STATE) for row in (mine, theirs)]
    about = {"introduction_id": told["introduction_id"], "box": Box.ASKED.value}
    return Done(changes=changes, about=about)


def _must_be_short(doing: Doing) -> None:
    for name, most in MOST.items():
        must_be_short(name, doing.values.get(name), most)


def _offer(doing: Doing) -> Row:
    """As who asks sees it. Raises Unknown, Conflict."""
    found = doing.reader.rows(OFFER.name, where=[is_it("offer_id", doing.values["offer_id"])], limit=1).to_pylist()
    if not found:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=OFFER.name))
    offer: Row = found[0]
    if offer["state"] != Standing.OPEN or offer["closing_time"] <= doing.keeper.now:
        raise Conflict(Said("it isn't open any more"))
    return offer


def _owner(doing: Doing, offer_id: str) -> str:
    found = doing.beyond.rows(POSTING.name, where=[is_it("offer_id", offer_id)], limit=1).to_pylist()
    if not found:
        raise Refused(Said("who posted it can't be asked any more"))
    return str(found[0]["sender"])


def _must_not_be_many(doing: Doing, offer_id: str) -> None:
    """Raises Conflict where it was asked already; Refused where one, or one place, has asked for many within a day."""
    mine = [row for row in doing.reader.mine(INTRODUCTION.name).to_pylist() if row["box"] == Box.ASKED]
    if any(row["offer_id"] == offer_id and row["state"] in LIVE for row in mine):
        raise Conflict(Said("you have asked for it already"))
    if doing.origin:
        where = [is_it("sent_from", doing.origin), is_it("box", Box.ASKED.value)]
        mine += doing.beyond.rows(INTRODUCTION.name, where=where).to_pylist()
    since = doing.keeper.now - timedelta(days=1)
    if len({row["introduction_id"] for row in mine if row["asked_time"] > since}) >= MOST_A_DAY:
        why = Said("{n} introductions were asked for within a day: ask again tomorrow", n=MOST_A_DAY)
        raise Refused(why)


def _rank(doing: Doing, own: Row, offer: Row) -> int | None:
    where = [is_it("offer_id", own["offer_id"]), is_it("other_id", offer["offer_id"])]
    found = doing.reader.rows(FIT.name, where=where, limit=1).to_pylist()
    return int(found[0]["rank_n"]) if found else None


# --- what the two say afterwards --------------------------------------------------------------------------------------


def _mine(doing: Doing, *stages: Stage, box: Box | None = None) -> Row:
    """Raises Unknown, Conflict."""
    row = standing(INTRODUCTION, doing, whose=Whose.NAME)
    if box is not None and row["box"] != box:
        raise Conflict(Said("this is for who was asked"))
    if row["state"] not in stages:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    return row


def _both(row: Row, told: Row, mine: Row, theirs: Row) -> Done:
    """What becomes of both rows, of one's own, and of the other's."""
    about = {name: row[name] for name in INTRODUCTION.key}
    other = Box.ASKED if row["box"] == Box.RECEIVED else Box.RECEIVED
    rows: Sequence[Row] = ({**about, **told, **mine}, {**about, "box": other.value, **told, **theirs})
    return Done(changes=[Change(INTRODUCTION.name, each, Says.PART) for each in rows], about=about)


def _agreed(doing: Doing) -> Done:
    """Now each is told how to reach the other."""
    row = _mine(doing, Stage.WAITS, box=Box.RECEIVED)
    _must_be_short(doing)
    where = [is_it("introduction_id", row["introduction_id"]), is_it("box", Box.ASKED.value)]
    (asker,) = doing.beyond.rows(INTRODUCTION.name, where=where).to_pylist()
    mine = {"my_address": doing.values["my_address"], "their_address": asker["my_address"]}
    return _both(row, {"state": Stage.AGREED.value}, mine, {"their_address": doing.values["my_address"]})


def _declined(doing: Doing) -> Done:
    """The address of who asked was told to nobody and stands in no row any more; older versions go with their days."""
    row = _mine(doing, Stage.WAITS, box=Box.RECEIVED)
    _must_be_short(doing)
    told = {"state": Stage.DECLINED.value, "reason": doing.values["reason"]}
    return _both(row, told, {}, {"my_address": None})


def _withdrawn(doing: Doing) -> Done:
    """Either may, at any time: neither row has an address any more."""
    row = _mine(doing, *LIVE)
    _must_be_short(doing)
    nobody = {"my_address": None, "their_address": None}
    return _both(row, {"state": Stage.WITHDRAWN.value, "reason": doing.values["reason"], **nobody}, {}, {})


def _told(doing: Doing) -> Done:
    """Each says for themself; where the two differ both words stand."""
    row = _mine(doing, Stage.AGREED)
    _must_be_short(doing)
    about = {name: row[name] for name in INTRODUCTION.key}
    said = {"my_outcome": doing.values["my_outcome"], "my_why": doing.values.get("my_why")}
    return Done(changes=[Change(INTRODUCTION.name, {**about, **said}, Says.PART)], about=about)


_WHEN = {"box": (Box.RECEIVED.value,)}
ASKED = Notice(
    name="introduction_asked",
    subject="Somebody asks to be introduced to you",
    text="Somebody asks for an introduction about what you posted: {offer_title}. On the page of the link you read "
    "what they say, and agree or decline. Until you agree nobody is told how to reach anybody.",
    table=INTRODUCTION.name,
    when=_WHEN,
)
AGREED = Notice(
    name="introduction_agreed",
    subject="Your introduction was agreed",
    text="Who posted {offer_title} agrees. How to reach them stands on the page of the link.",
    when={"box": (Box.ASKED.value,)},
)
DECLINED = Notice(
    name="introduction_declined",
    subject="Your introduction was declined",
    text="Who posted {offer_title} has declined. The reason: {reason}.",
    when={"box": (Box.ASKED.value,)},
)
_FIELDS = INTRODUCTION.by_name
_OF = (_FIELDS["introduction_id"], _FIELDS["box"])
_OTHER = replace(OFFER.by_name["offer_id"], title="to whom", description="What they posted: its id here.")
_MESSAGE = replace(_FIELDS["message"], personal=None, title="what you say")
_ADDRESS = replace(_FIELDS["my_address"], personal=None, nullable=False)
_SHARED: dict[str, Any] = {
    "role": Role.READER,
    "by_anyone": True,
    "is_unsigned": True,
    "is_lasting": True,
    "beyond": (POSTING.name, INTRODUCTION.name),
}
_ON_ROW: dict[str, Any] = {**_SHARED, "table": INTRODUCTION.name, "subject": INTRODUCTION.key}
FOLLOWS = "It goes to who posted that, and to nobody else: no steward reads it. Your link says what became of it."
ASK = Act(
    name="cooperation_introduction_ask",
    title="Ask for an introduction",
    description="They read what you say, and agree or decline. Only when they agree are you two told how to reach each "
    "other; nobody else is, ever.",
    parameters=(
        _OTHER,
        replace(_FIELDS["own_id"], title="for which of yours",
                description="What you have posted that it fits: its id here. Leave it empty if you have none."),
        _MESSAGE,
        _ADDRESS,
    ),
    table=INTRODUCTION.name,
    texts=("message",),
    tells=(ASKED,),
    follows=FOLLOWS,
    do=_asked,
    **_SHARED,
)  # fmt: skip
ASK_FROM = replace(
    ASK,
    name="cooperation_introduction_ask_for",
    title="Ask for an introduction for it",
    parameters=(POSTING.by_name["posting_id"], _OTHER, _MESSAGE, _ADDRESS),
    table=POSTING.name,
    subject=("posting_id",),
    do=_asked_from,
)
AGREE = Act(
    name="cooperation_introduction_agree",
    title="Agree",
    description="They are told how to reach you, and you how to reach them.",
    parameters=(*_OF, _ADDRESS),
    tells=(AGREED,),
    do=_agreed,
    **_ON_ROW,
)
DECLINE = Act(
    name="cooperation_introduction_decline",
    title="Decline",
    description="They are told the reason, and not who you are. Their address was told to nobody, and nobody sees it "
    "any more.",
    parameters=(*_OF, REASON),
    tells=(DECLINED,),
    do=_declined,
    **_ON_ROW,
)
WITHDRAW = Act(
    name="cooperation_introduction_withdraw",
    title="Withdraw",
    description="It ends, and nobody sees an address of it here any more. What was told when both agreed can't be "
    "untold.",
    parameters=(*_OF, REASON),
    do=_withdrawn,
    **_ON_ROW,
)
OUTCOME = Act(
    name="cooperation_introduction_outcome",
    title="Say what came of it",
    description="Did you meet? Why not, or what came of it? By this is judged whether what fits is told well. Your "
    "words are read by nobody else.",
    parameters=(*_OF, replace(_FIELDS["my_outcome"], nullable=False), replace(_FIELDS["my_why"], personal=None)),
    texts=("my_why",),
    do=_told,
    **_ON_ROW,
)
ACTS = (ASK, ASK_FROM, AGREE, DECLINE, WITHDRAW, OUTCOME)
