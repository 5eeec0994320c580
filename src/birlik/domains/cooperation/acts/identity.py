"""Who is the same as whom: said by stewards, joined by rule, asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from birlik.domains.cooperation.acts.claims import kind_of, of
from birlik.domains.cooperation.events import CLAIM, DECISION, PAIR
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.judged import RULE
from birlik.domains.cooperation.model.linking import Decision, Verdict, clusters_of, link, records_of
from birlik.domains.cooperation.vocabulary.words import Kind, is_invented
from birlik.errors import BadRequest, Conflict
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Act, Doing, Done, Filter, Role
from birlik.kernel.editing import standing
from birlik.said import Said


def _decided(doing: Doing, one: str, other: str, verdict: str, why: str) -> tuple[Change, dict[str, Any]]:
    """(the decision, what it is about). Whoever sees both records sees it. Raises BadRequest, Conflict."""
    left, right = sorted((one, other))
    if left == right:
        raise BadRequest(Said("these are one record"), parameter="right_id")
    kinds = {kind_of(doing, each, name) for each, name in ((left, "left_id"), (right, "right_id"))}
    if len(kinds) > 1:
        raise BadRequest(
            Said("one is {left}, the other {right}", left=min(kinds), right=max(kinds)), parameter="right_id"
        )
    if is_invented(left) != is_invented(right):
        raise BadRequest(Said("one of them is invented: what is real is never of the same"), parameter="right_id")
    if verdict == Verdict.SAME:
        _must_be_joinable(doing, left, right)
    about = {"left_id": left, "right_id": right}
    row = {
        **about,
        "kind": min(kinds),
        "verdict": verdict,
        "by": doing.by.name,
        "why": why,
        "score": None,
        "parts": None,
        "ruled": _ruled(doing, about),
        "is_invented": is_invented(left),
    }
    return Change(DECISION.name, row, views=_seen_by_both(doing, left, right)), about


def _ruled(doing: Doing, about: Mapping[str, str]) -> str | None:
    """What the rule had done with a pair before a person spoke; who speaks again changes nothing of that."""
    where = [Filter(column=column, operator="=", value=value) for column, value in about.items()]
    for row in doing.reader.rows(DECISION.name, where=where, limit=1).to_pylist():
        return "linked" if row["by"] == RULE else row["ruled"]
    return "asked" if doing.reader.rows(PAIR.name, where=where, limit=1).num_rows else None


def _seen_by_both(doing: Doing, left: str, right: str) -> int:
    return doing.keeper.seen_by(CLAIM.name, [of(left)]) & doing.keeper.seen_by(CLAIM.name, [of(right)])


def _judged(doing: Doing) -> Done:
    """Somebody says whether two records are of the same."""
    given = doing.values
    change, about = _decided(doing, given["left_id"], given["right_id"], given["verdict"], given["why"])
    return Done(changes=[change], about={**about, "verdict": given["verdict"]})


def _answered(verdict: Verdict, doing: Doing) -> Done:
    """The same of two that wait for it."""
    pair = standing(PAIR, doing)
    if pair["state"] != "waiting":
        raise Conflict(Said("it is {status} already", status=pair["state"]))
    why = doing.values.get("why") or "asked by the rule"
    change, about = _decided(doing, pair["left_id"], pair["right_id"], verdict, why)
    return Done(changes=[change, Change(PAIR.name, {**about, "state": "decided"}, Says.PART)], about=about)


def _linked(doing: Doing) -> Done:
    """Compare all records of one kind, join what is clear, and ask what isn't. A person's word is never overturned."""
    decisions = doing.reader.rows(DECISION.name, order=("changed_time", "left_id")).to_pylist()
    said = [_word(row) for row in decisions]
    kinds = [doing.values["kind"]] if doing.values.get("kind") else COMPARED
    changes = [change for kind in kinds for world in (False, True) for change in _found(doing, kind, world, said)]
    linked_n = sum(change.table == DECISION.name for change in changes)
    return Done(changes=changes, about={"linked_n": linked_n, "asked_n": len(changes) - linked_n})


COMPARED = (Kind.ORGANISATION.value, Kind.PERSON.value)
"""The kinds for which the thresholds were fitted: these are compared where none is named."""


def _found(doing: Doing, kind: str, world: bool, said: Sequence[Decision]) -> Iterator[Change]:
    """world: whether what is invented is compared, which is never compared with what is real."""
    told_of = {"status": "published", "kind": kind, "is_invented": world}
    where = [Filter(column=column, operator="=", value=value) for column, value in told_of.items()]
    claims = doing.reader.rows(CLAIM.name, where=where, columns=("entity_id", "kind", "property", "value", "claim_id"))
    claims = claims.sort_by([("entity_id", "ascending"), ("claim_id", "ascending")])
    if not claims.num_rows:
        return
    records, known = records_of(claims), {decision.pair for decision in said}
    told = link(records, said)
    names = _names(doing, kind)
    for rows, change in ((told.by_rule, _by_rule), (told.asked, _question)):
        for row in rows.tolist():
            left, right = (records.ids[i] for i in told.scored.pairs[row].tolist())
            is_joined = told.clusters.first(left) == told.clusters.first(right)
            if change is _question or (is_joined and (left, right) not in known):
                parts = {"score": float(told.scored.score[row]), "parts": orjson.dumps(told.scored.told(row)).decode()}
                yield change(doing, {"left_id": left, "right_id": right, **parts}, kind, names)


def _by_rule(doing: Doing, row: Mapping[str, Any], kind: str, names: Mapping[str, str]) -> Change:
    why = {"kind": kind, "verdict": Verdict.SAME.value, "by": RULE, "why": "above the upper threshold",
           "is_invented": is_invented(row["left_id"])}  # fmt: skip
    return Change(DECISION.name, {**row, **why}, views=_seen_by_both(doing, row["left_id"], row["right_id"]))


def _question(doing: Doing, row: Mapping[str, Any], kind: str, names: Mapping[str, str]) -> Change:
    called = {"left_name": names.get(row["left_id"]), "right_name": names.get(row["right_id"]),
              "is_invented": is_invented(row["left_id"])}  # fmt: skip
    return Change(PAIR.name, {**row, **called, "state": "waiting"})


def _names(doing: Doing, kind: str) -> Mapping[str, str]:
    """What each record is called."""
    where = [Filter(column="kind", operator="=", value=kind)]
    rows = doing.reader.rows(ENTITY.name, where=where, columns=("entity_id", "name")).to_pylist()
    return {row["entity_id"]: row["name"] for row in rows}


def _must_be_joinable(doing: Doing, left: str, right: str) -> None:
    """Raises Conflict with the decision by which one of theirs is another than one of the others."""
    said = {(row["left_id"], row["right_id"]): row for row in doing.reader.rows(DECISION.name).to_pylist()}
    words = [_word(row) for pair, row in said.items() if pair != (left, right)]
    refused = clusters_of([*words, Decision(left, right, Verdict.SAME)]).refused
    for join in refused:
        if join.pair == (left, right):
            one, other = join.across
            raise Conflict(
                Said(
                    "{left} and {right} were said to be different by {by}: take that back first",
                    left=one,
                    right=other,
                    by=said[join.across]["by"],
                )
            )


def _word(row: Mapping[str, Any]) -> Decision:
    return Decision(row["left_id"], row["right_id"], Verdict(row["verdict"]))


JUDGE = Act(
    name="cooperation_judge",
    title="Same or not",
    description="Say whether two records are of the same. The last word counts, and an act can be undone.",
    parameters=(
        DECISION.by_name["left_id"],
        DECISION.by_name["right_id"],
        DECISION.by_name["verdict"],
        replace(DECISION.by_name["why"], nullable=False),
    ),
    table=DECISION.name,
    role=Role.STEWARD,
    do=_judged,
)


def _verdict(name: str, title: str, verdict: Verdict, description: str, *, reason: bool) -> Act:
    return Act(
        name=f"cooperation_{name}",
        title=title,
        description=description,
        parameters=(
            PAIR.by_name["left_id"],
            PAIR.by_name["right_id"],
            *((replace(DECISION.by_name["why"], nullable=False),) if reason else ()),
        ),
        table=PAIR.name,
        subject=PAIR.key,
        role=Role.STEWARD,
        do=partial(_answered, verdict),
    )


SAME = _verdict("same", "The same", Verdict.SAME, "Both records are of the same.", reason=False)
DIFFERENT = _verdict("different", "Different", Verdict.DIFFERENT, "They are of two, and why is said.", reason=True)
UNSURE = _verdict("unsure", "Unsure", Verdict.UNSURE, "It can't be told now.", reason=False)
LINK = Act(
    name="cooperation_link",
    title="Look for records of the same",
    description="Compare bodies with bodies and people with people, or the records of one kind: what is clear is "
    "joined, what isn't waits for a steward. What a person has said is never overturned.",
    parameters=(replace(CLAIM.by_name["kind"], nullable=True),),
    role=Role.STEWARD,
    is_beside=True,
    do=_linked,
)
ACTS = (JUDGE, LINK, SAME, DIFFERENT, UNSURE)
