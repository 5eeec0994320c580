"""Rounds of coding: opened by a steward, coded by two, each for themselves, judged by a third where they differ.

A code that somebody else can have read is no blind one. So while a round is open what a coder says lies where nobody
is told of it (`Done.unsaid`), not even that there is something; an earlier code counts for nothing in a later round,
and when a round is over neither coder can say another word in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from birlik.domains.cooperation.acts.claims import REASON, of
from birlik.domains.cooperation.events import CLAIM, CODING, OWN_STATE, ROUND, SAID
from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.model.saying import USUAL, checked, claim_of
from birlik.domains.cooperation.vocabulary.words import Axis, Kind, Progress, Round, SourceKind, Status
from birlik.errors import BadRequest, Conflict, Refused, Unknown
from birlik.kernel.access.tables import PRINCIPAL
from birlik.kernel.acts import Unsaid
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Field, Filter, Role, Type
from birlik.kernel.editing import standing
from birlik.said import Said

SIDES = ("first", "second")
MOST_CHARACTERS = 1_000
"""Of a text that a coder writes: what is held has one length, whatever is said."""
REPLACED = "coded anew by two coders, blind to each other"


def _is(column: str, value: str) -> Filter:
    return Filter(column=column, operator="=", value=value)


# --- opening ----------------------------------------------------------------------------------------------------------


def _opened(doing: Doing) -> Done:
    given = doing.values
    entity_id, axis = given["entity_id"], Axis(given["axis"])
    coders = sorted((given["first_coder"], given["second_coder"]))
    said = _known(doing, entity_id)
    for name in ("first_coder", "second_coder"):
        if not doing.keeper.stands(PRINCIPAL.name, {"principal_id": given[name]}):
            raise BadRequest(Said("nobody is called {name} here", name=repr(given[name])), parameter=name)
    if coders[0] == coders[1]:
        raise BadRequest(Said("two coders are two people"), parameter="second_coder")
    rounds = doing.reader.rows(ROUND.name, where=[of(entity_id), _is("axis", axis)]).to_pylist()
    if any(row["state"] == Round.OPEN for row in rounds):
        raise Conflict(Said("a round of this is open already: it ends when both have coded, or a steward ends it"))
    round_id = f"round:{doing.new_id()}"
    shared = {
        "round_id": round_id,
        "entity_id": entity_id,
        "text": said.get("text") or said.get("name"),
        "axis": axis.value,
        "earlier": " ".join(_standing_claims(doing, rounds)) or None,
        "is_invented": bool(said["is_invented"]),
    }
    named = {f"{side}_coder": coder for side, coder in zip(SIDES, coders, strict=True)}
    row = dict.fromkeys(ROUND.by_name) | shared | named | {"state": Round.OPEN.value, "opened_by": doing.by.name}
    asked = {**shared, "state": "asked", "done_when": said.get("done_when"), "shown_by": said.get("shown_by")}
    pairs = zip(SIDES, coders, reversed(coders), strict=True)
    asks = [{**asked, "coding_id": coding_id(round_id, s), "coder": one, "other": other} for s, one, other in pairs]
    return Done(
        changes=[Change(ROUND.name, row), *(Change(CODING.name, ask, views=OWN_STATE) for ask in asks)],
        # Both begin as they would be if nothing were said: what is said then takes a place of the same length.
        unsaid=[Unsaid(act=CODE[axis].name, subject=ask["coding_id"], by=ask["coder"]) for ask in asks],
        about={"round_id": round_id},
    )


def coding_id(round_id: str, side: str) -> str:
    """Of what one of the two is asked."""
    return f"{round_id}:{side}"


def _known(doing: Doing, entity_id: str) -> dict[str, Any]:
    """What stands first of a commitment, as who acts sees it. Raises BadRequest."""
    where = [of(entity_id), _is("status", Status.PUBLISHED), _is("kind", Kind.COMMITMENT)]
    claims = doing.reader.rows(CLAIM.name, where=where, order=("order_n", "claim_id")).to_pylist()
    if not claims:
        raise BadRequest(Said("nothing is known of a commitment {name}", name=repr(entity_id)), parameter="entity_id")
    first = {claim["property"]: claim["value"] for claim in reversed(claims)}
    return first | {"is_invented": any(claim["is_invented"] for claim in claims)}


def _standing_claims(doing: Doing, rounds: list[dict[str, Any]]) -> list[str]:
    """Claims of earlier rounds that stand."""
    ids = [row[f"{who}_claim"] for row in rounds for who in (*SIDES, "judged") if row[f"{who}_claim"]]
    if not ids:
        return []
    where = [Filter(column="claim_id", operator="in", value=ids), _is("status", Status.PUBLISHED)]
    return sorted(doing.reader.rows(CLAIM.name, where=where).column("claim_id").to_pylist())


# --- coding -----------------------------------------------------------------------------------------------------------


def _coded(axis: Axis, doing: Doing) -> Done:
    """One coder's word. Where the other's is there too, both are told at once."""
    asked = _asked(doing, axis)
    side = asked["coding_id"].rpartition(":")[2]
    other_side = SIDES[1 - SIDES.index(side)]
    mine = {name: value for name, value in doing.values.items() if name != "coding_id" and value is not None}
    _checked(axis, asked, mine)
    word = Unsaid(act=doing_name(axis), subject=asked["coding_id"], by=doing.by.name, said=mine)
    about = {"coding_id": asked["coding_id"]}
    theirs = doing.keeper.unsaid(doing_name(axis), coding_id(asked["round_id"], other_side), asked["other"])
    if theirs is None:
        return Done(unsaid=[word], about=about)
    codes = {side: (doing.by.name, mine), other_side: (asked["other"], theirs)}
    return Done(unsaid=[word], changes=_told(doing, asked, axis, codes), about=about)


def _asked(doing: Doing, axis: Axis) -> Mapping[str, Any]:
    """What this coder is asked; of another's nobody is told that it is there. Raises Unknown, Conflict."""
    found = doing.reader.mine(CODING.name, where=[_is("coding_id", doing.values["coding_id"])]).to_pylist()
    if not found or found[0]["axis"] != axis:
        raise Unknown(Said("no such row in {table}, or none that you may see", table=CODING.name))
    if found[0]["state"] != "asked":
        raise Conflict(Said("the round is over: its codes are told. A steward may open another"))
    row: Mapping[str, Any] = found[0]
    return row


def _checked(axis: Axis, asked: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A code as a claim says it. Raises BadRequest."""
    for name in ("source", "quote", "note"):
        must_be_short(name, given.get(name), MOST_CHARACTERS)
    if given.get("done_on") and given[axis.value] != Progress.DONE:
        raise BadRequest(Said("only what is done was done on a day"), parameter="done_on")
    said = {f.name: None for f in SAID} | dict(USUAL)
    said |= {"entity_id": asked["entity_id"], "kind": Kind.COMMITMENT.value, "property": axis.value}
    said |= {"value": given[axis.value], "holds_from": given.get("done_on"), "is_invented": asked["is_invented"]}
    said |= {name: given.get(name) for name in ("source", "quote", "note", "source_place")}
    said["source_kind"] = given.get("source_kind") or said["source_kind"]
    try:
        return {**checked(said), "is_invented": asked["is_invented"]}
    except BadRequest as error:
        renamed = {"value": axis.value, "holds_from": "done_on"}
        raise BadRequest(error.args[0], parameter=renamed.get(error.parameter or "", error.parameter)) from None


Codes = Mapping[str, tuple[str, Mapping[str, Any]]]
"""By side, who has coded, and what they said."""


def _told(doing: Doing, asked: Mapping[str, Any], axis: Axis, codes: Codes, reason: str | None = None) -> list[Change]:
    """What becomes of a round that is over. asked: of its row, or of one coder's."""
    views = doing.keeper.seen_by(ROUND.name, [_is("round_id", asked["round_id"])])
    told: dict[str, Any] = {"round_id": asked["round_id"], "state": _state(axis, codes).value, "reason": reason}
    changes = []
    for n, (side, (coder, given)) in enumerate(sorted(codes.items())):
        claim = claim_of(f"claim:{doing.new_id(n)}", _checked(axis, asked, given) | {"coder": coder})
        told |= {f"{side}_code": given[axis.value], f"{side}_done_on": given.get("done_on")}
        told[f"{side}_claim"] = claim["claim_id"]
        changes.append(Change(CLAIM.name, claim, views=views))
    changes += _replaced(doing, asked, changes[0].row["claim_id"]) if changes else []
    over = [{"coding_id": coding_id(asked["round_id"], side), "state": "over"} for side in SIDES]
    return [
        *changes,
        Change(ROUND.name, told, Says.PART, views),
        *(Change(CODING.name, each, Says.PART, OWN_STATE) for each in over),
    ]


def _state(axis: Axis, codes: Codes) -> Round:
    if len(codes) < 2:
        return Round.ONCE if codes else Round.EMPTY
    values = {given[axis.value] for _, given in codes.values()}
    return Round.AGREED if len(values) == 1 else Round.DIFFERS


def _replaced(doing: Doing, asked: Mapping[str, Any], by: str) -> list[Change]:
    """Claims of the round before stand no more."""
    ended = {"status": Status.SUPERSEDED.value, "superseded_by": by, "reason": REPLACED}
    ids = (asked["earlier"] or "").split()
    seen = {each: doing.keeper.seen_by(CLAIM.name, [_is("claim_id", each)]) for each in ids}
    return [Change(CLAIM.name, {"claim_id": each, **ended}, Says.PART, seen[each]) for each in ids]


# --- ending and judging -----------------------------------------------------------------------------------------------


def _ended(doing: Doing) -> Done:
    """A steward waits no longer: what was said is told."""
    row = standing(ROUND, doing)
    if row["state"] != Round.OPEN:
        raise Conflict(Said("the round is {status} already", status=row["state"]))
    _must_be_another(doing, row)
    axis = Axis(row["axis"])
    codes = {}
    for side in SIDES:
        coder = row[f"{side}_coder"]
        said = doing.keeper.unsaid(doing_name(axis), coding_id(row["round_id"], side), coder)
        if said is not None:
            codes[side] = (coder, said)
    return Done(
        changes=_told(doing, row, axis, codes, doing.values["reason"]),
        about={"round_id": row["round_id"]},
    )


def _must_be_another(doing: Doing, row: Mapping[str, Any]) -> None:
    """Raises Refused."""
    if doing.by.name in (row["first_coder"], row["second_coder"]):
        raise Refused(Said("you are one of its coders: somebody else does this"))


def _judged(axis: Axis, doing: Doing) -> Done:
    """A third says what holds where the two differ."""
    row, given = standing(ROUND, doing), doing.values
    if row["axis"] != axis:
        raise Conflict(Said("this round is of the other axis"))
    if row["state"] != Round.DIFFERS:
        raise Conflict(Said("there is nothing to judge: the round is {status}", status=row["state"]))
    _must_be_another(doing, row)
    between = "{first_coder}: {first_code}; {second_coder}: {second_code}. ".format_map(row) + given["reason"]
    said = _checked(axis, row, {**given, "source_kind": SourceKind.ADJUDICATION.value})
    claim = claim_of(f"claim:{doing.new_id()}", said | {"coder": doing.by.name, "note": between})
    judged = {
        "round_id": row["round_id"],
        "state": Round.ADJUDICATED.value,
        "judge": doing.by.name,
        "judged_code": given[axis.value],
        "judged_done_on": given.get("done_on"),
        "judged_claim": claim["claim_id"],
        "reason": given["reason"],
    }
    views = doing.keeper.seen_by(ROUND.name, [_is("round_id", row["round_id"])])
    return Done(
        changes=[Change(CLAIM.name, claim, views=views), Change(ROUND.name, judged, Says.PART)],
        about={"round_id": row["round_id"]},
    )


# --- acts -------------------------------------------------------------------------------------------------------------


def doing_name(axis: Axis) -> str:
    """Of the act by which one codes on an axis."""
    return f"cooperation_code_{axis.value}"


DONE_ON = Field(
    name="done_on",
    type=Type.TEXT,
    description="When it was done, as exact as the source has it; where you say that it is done, and it is known.",
)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the acts of one axis are called, and say."""

    code: str
    judge: str
    value: str


WORDS = {
    Axis.PROGRESS: _Words("Code how far it is", "Judge how far it is", "What has become of it; `unknown` is no fault."),
    Axis.LEGAL_STATUS: _Words("Code how far it binds", "Judge how far it binds", "How far the promise binds."),
}


def _value(axis: Axis) -> tuple[Field, ...]:
    value = Field(name=axis.value, type=Type.TEXT, nullable=False, codes=axis.codes, description=WORDS[axis].value)
    return (value, DONE_ON) if axis is Axis.PROGRESS else (value,)


SOURCES = tuple(f for f in CLAIM.fields if f.name in ("source", "quote", "source_place"))
NOTE = CLAIM.by_name["note"]
ASKED_KIND = replace(
    CLAIM.by_name["source_kind"],
    nullable=True,
    codes=tuple(kind for kind in SourceKind if kind is not SourceKind.ADJUDICATION),
)


def _code(axis: Axis) -> Act:
    return Act(
        name=doing_name(axis),
        title=WORDS[axis].code,
        description="What you read of it, with your source. Until the other coder has coded too nobody is told, and "
        "you may say otherwise; then both codes are published under your names.",
        parameters=(CODING.by_name["coding_id"], *_value(axis), *SOURCES, ASKED_KIND, NOTE),
        table=CODING.name,
        subject=("coding_id",),
        texts=("quote", "note"),
        role=Role.READER,
        is_unsaid=True,
        is_lasting=True,
        do=partial(_coded, axis),
    )


def _judge(axis: Axis) -> Act:
    return Act(
        name=f"cooperation_judge_{axis.value}",
        title=WORDS[axis].judge,
        description="The two coders differ: say what holds, and why. Neither of them can.",
        parameters=(ROUND.by_name["round_id"], *_value(axis), *SOURCES, REASON),
        table=ROUND.name,
        subject=("round_id",),
        texts=("quote", "reason"),
        role=Role.STEWARD,
        do=partial(_judged, axis),
    )


CODE = {axis: _code(axis) for axis in Axis}
JUDGE = {axis: _judge(axis) for axis in Axis}
OPEN = Act(
    name="cooperation_round_open",
    title="Ask two to code",
    description="Two people read it anew, each for themselves; what is public already doesn't count. Who may see their "
    "codes when both stand is said by the form.",
    parameters=tuple(ROUND.by_name[name] for name in ("entity_id", "axis", "first_coder", "second_coder")),
    table=ROUND.name,
    role=Role.STEWARD,
    is_lasting=True,
    do=_opened,
)
END = Act(
    name="cooperation_round_end",
    title="Wait no longer",
    description="End the round: what was coded is published, and no more can be. With one code there is no agreement.",
    parameters=(ROUND.by_name["round_id"], REASON),
    table=ROUND.name,
    subject=("round_id",),
    role=Role.STEWARD,
    is_lasting=True,
    do=_ended,
)
ACTS = (OPEN, END, *CODE.values(), *JUDGE.values())
