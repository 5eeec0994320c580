"""Judging an application, blind to each other; and what the organisers decide.

A review that somebody else can have read is no blind one: until both have spoken what a reviewer says lies in the vault
(`Done.unsaid`), so that nobody is told of it, the organisers neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from birlik.domains.cooperation.acts.looking import GIVE, mine, must_be_anothers
from birlik.domains.cooperation.events import OWN_STATE
from birlik.domains.cooperation.events.forums import (
    APPLICATION,
    APPLICATION_ID,
    CONFLICT,
    PART,
    REVIEW,
    REVIEWERS,
)
from birlik.domains.cooperation.model.conflicts import conflicts
from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.model.scoring import MOST_CRITERIA, SCORES, differ, given, mean, unnumbered, written
from birlik.domains.cooperation.vocabulary.calls import HIGHEST, LOWEST, ORGANISER, OVER, REVIEWER, Part, Stage
from birlik.errors import BadRequest, Conflict, Refused
from birlik.kernel.acts import Unsaid
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Notice, Role, Type
from birlik.kernel.editing import standing
from birlik.kernel.tables import Whose
from birlik.said import Said

MOST_CHARACTERS = 1_500
"""Of a reviewer's words: what is held has one length, whatever is said."""
OF_TWO, THIRD = (1, 2), 3
"""Places of reviewers."""
Row = Mapping[str, Any]
Word = tuple[str, str, Row]
"""Of one reviewer: the part, who they are, what they said."""


def _given(doing: Doing) -> Done:
    """One reviewer's word. Where the other's is there too, both are told at once; a third's is told as it comes, since
    nothing of it is blind to anybody but to who gives it."""
    part = standing(PART, doing, whose=Whose.NAME)
    doing.must_hold(REVIEWER, part["call_id"])
    if doing.by.holds(ORGANISER, part["call_id"]):
        raise Refused(Said("you organise this call: somebody else reviews"))
    if part["state"] != Part.ASKED:
        raise Conflict(Said("it is {status} already", status=part["state"]))
    said = {name: value for name, value in doing.values.items() if name != "part_id" and value is not None}
    _checked(said, part)
    word = Unsaid(act=GIVE, subject=part["part_id"], by=doing.by.name, said=said)
    about = {"part_id": part["part_id"]}
    words = _words(doing, part, said)
    if part["place_n"] in OF_TWO and not all(place in words for place in OF_TWO):
        return Done(unsaid=[word], about=about)
    told = [words[place] for place in (OF_TWO if part["place_n"] in OF_TWO else (part["place_n"],))]
    row = {"application_id": part["application_id"], "state": _state(part, words).value}
    changes = [*_told(part, told), Change(APPLICATION.name, row, Says.PART, OWN_STATE)]
    return Done(unsaid=[word], changes=changes, about=about)


def _checked(said: Row, part: Row) -> None:
    """Raises BadRequest with the parameter that is wrong."""
    criteria = unnumbered(part["criteria"])
    try:
        given(said, criteria)
    except KeyError as error:
        name = str(error.args[0])
        of = criteria[SCORES.index(name)]
        raise BadRequest(Said("give {low} to {high} for: {name}", low=LOWEST, high=HIGHEST, name=of),
                         parameter=name) from None  # fmt: skip
    for name in SCORES[len(criteria) :]:
        if said.get(name) is not None:
            raise BadRequest(Said("there are {n} criteria", n=len(criteria)), parameter=name)
    must_be_short("words", said.get("words"), MOST_CHARACTERS)


def _words(doing: Doing, part: Row, said: Row) -> dict[int, Word]:
    """By place, what has been said of the same application, this word among it."""
    words = {part["place_n"]: (part["part_id"], doing.by.name, said)}
    for other, who, place in orjson.loads(part["beside"]):
        theirs = doing.keeper.unsaid(GIVE, other, who) if other != part["part_id"] else None
        if theirs is not None:
            words[place] = (other, who, theirs)
    return words


def _state(part: Row, words: Mapping[int, Word]) -> Stage:
    """Of the application, as what was said of it leaves it."""
    if not all(place in words for place in OF_TWO):
        return Stage.IN_REVIEW
    if THIRD in words:
        return Stage.REVIEWED
    criteria = unnumbered(part["criteria"])
    if not differ(*(given(words[place][2], criteria) for place in OF_TWO)):
        return Stage.REVIEWED
    is_asked = any(place == THIRD for _, _, place in orjson.loads(part["beside"]))
    return Stage.IN_REVIEW if is_asked else Stage.DIFFERS


def _told(part: Row, words: Sequence[Word]) -> list[Change]:
    """Both are told, to each other and to the organisers."""
    criteria = unnumbered(part["criteria"])
    changes = []
    for part_id, _, said in words:
        scores = given(said, criteria)
        mine = {"part_id": part_id, "state": Part.TOLD.value}
        told = {"scores": written(scores, criteria), "mean_score": mean(scores), "words": said.get("words")}
        changes.append(Change(REVIEW.name, {**mine, **told}, Says.PART, OWN_STATE))
        seen = {"my_scores": told["scores"], "my_words": told["words"]}
        for other, _, theirs in words:
            if other != part_id:
                seen |= {"other_scores": written(given(theirs, criteria), criteria), "other_words": theirs.get("words")}
        changes.append(Change(PART.name, {**mine, **seen}, Says.PART, OWN_STATE))
    return changes


# --- what is decided --------------------------------------------------------------------------------------------------


def _decided(doing: Doing) -> Done:
    """By who organises, with reasons, once: whoever comes second is told what was decided."""
    row, verdict = standing(APPLICATION, doing, whose=Whose.DUTY), Stage(doing.values["verdict"])
    doing.must_hold(ORGANISER, row["call_id"])
    must_be_anothers(doing, row)
    _must_be_judged(row, verdict)
    if verdict is Stage.ACCEPTED:
        _must_be_without_conflict(doing, row)
    waited = (doing.keeper.now - row["applied_time"]).total_seconds() / 3_600
    told = {"application_id": row["application_id"], "state": verdict.value, "reasons": doing.values["reasons"]}
    told |= {"told_who": doing.by.name, "decided_time": doing.keeper.now, "waited_h": waited}
    about = {"application_id": row["application_id"]}
    return Done(changes=[Change(APPLICATION.name, told, Says.PART, OWN_STATE)], about=about)


def _must_be_judged(row: Row, verdict: Stage) -> None:
    """What isn't what the call asks for can be declined unread; nothing is accepted unread. Raises Conflict."""
    if row["state"] in OVER:
        raise Conflict(Said("it is {status} already", status=row["state"]))
    if row["state"] == Stage.SENT and verdict is Stage.DECLINED:
        return
    if row["state"] == Stage.DIFFERS:
        raise Conflict(Said("the two reviews are far apart: ask a third before you decide"))
    if row["state"] != Stage.REVIEWED:
        raise Conflict(Said("two reviews have to stand before it is decided"))


def _must_be_without_conflict(doing: Doing, row: Row) -> None:
    """Raises Conflict for a review by who has declared since that they have something in common with it."""
    parts = mine(doing, REVIEW.name, application_id=row["application_id"], state=Part.TOLD.value)
    for part in parts:
        only = {"call_id": row["call_id"], "reviewer": part["reviewer"]}
        (reviewer, *_) = mine(doing, REVIEWERS.name, **only)
        if found := conflicts(reviewer, mine(doing, CONFLICT.name, **only), row):
            named = {"name": part["reviewer"], "what": ", ".join(found)}
            raise Conflict(Said("{name} has a conflict of interest: {what}. Take it from them, and ask somebody else",
                                **named))  # fmt: skip


# --- what is declared -------------------------------------------------------------------------------------------------

_GRADES = tuple(str(n) for n in range(LOWEST, HIGHEST + 1))
_NTH = ("first", "second", "third", "fourth", "fifth")
REVIEW_IT = Act(
    name=GIVE,
    title="Review",
    description="1 to 5 for each criterion, in their order, and your words. Until the other reviewer has spoken too "
    "nobody is told, and you may say otherwise; then the organisers are, and each of you what the other said.",
    parameters=(
        PART.by_name["part_id"],
        *(
            Field(name=name, type=Type.TEXT, codes=_GRADES, title=f"{_NTH[n]} criterion",
                  description="1 is the least, 5 the most; empty where there is no such criterion.")
            for n, name in enumerate(SCORES[:MOST_CRITERIA])
        ),
        Field(name="words", type=Type.TEXT, nullable=False, description="Why, for the organisers and the other "
              "reviewer. The applicant is told the organisers' reasons, not yours."),
    ),
    table=PART.name,
    subject=("part_id",),
    texts=("words",),
    role=Role.READER,
    duty=REVIEWER,
    is_unsaid=True,
    is_lasting=True,
    is_unsigned=True,
    do=_given,
)  # fmt: skip
DECIDED = Notice(
    name="decided",
    subject="What you applied for is decided",
    text="The organisers have decided on what you proposed, “{title}”. What they decided stands behind the link. Their "
    "reasons: {reasons}",
)
DECIDE = Act(
    name="cooperation_decide",
    title="Decide",
    description="Accept or decline, with reasons: the applicant is told both, and neither who reviewed nor what they "
    "said.",
    parameters=(
        APPLICATION_ID,
        Field(name="verdict", type=Type.TEXT, nullable=False, codes=(Stage.ACCEPTED.value, Stage.DECLINED.value),
              description="What becomes of it."),
        Field(name="reasons", type=Type.TEXT, nullable=False, description="Why, for the applicant to read."),
    ),
    table=APPLICATION.name,
    subject=("application_id",),
    texts=("reasons",),
    role=Role.READER,
    duty=ORGANISER,
    is_lasting=True,
    tells=(DECIDED,),
    do=_decided,
)  # fmt: skip
ACTS = (REVIEW_IT, DECIDE)
