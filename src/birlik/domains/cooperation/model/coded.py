"""What two coders, blind to each other, read of each promise: the last round of it that is over."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from birlik.domains.cooperation.events import AXIS, ENTITY_ID, ROUND, ROUND_ID, WORLD
from birlik.domains.cooperation.events import CODED as CODES
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.vocabulary.words import Round
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type


def _code(name: str, description: str) -> Field:
    return Field(name=name, type=Type.TEXT, codes=CODES, description=description)


READ = (
    "round_id", "entity_id", "axis", "first_coder", "second_coder", "state", "first_code", "second_code",
    "first_done_on", "second_done_on", "judged_code", "judged_done_on", "changed_time",
)  # fmt: skip
CODED = Derived(
    name="cooperation_coded",
    title="Coded",
    description="What two coders read of each promise, each for themselves, and what holds where that is settled: they "
    "agree, or somebody else has judged. What is said of a claim later changes nothing here.",
    fields=(
        ENTITY_ID,
        AXIS,
        ROUND_ID,
        Field(name="first_coder", type=Type.TEXT, description="One coder, where they have coded."),
        Field(name="second_coder", type=Type.TEXT, description="The other."),
        _code("first_code", "What the one said."),
        _code("second_code", "What the other said."),
        _code("settled_code", "What both say, or who judged between them; empty where that is open."),
        Field(name="done_on", type=Type.TEXT, description="When it was done; of two days the later one."),
        Field(name="made_on", type=Type.TEXT, description="When it was promised."),
        Field(name="due_until_time", type=Type.TIME, description="The last instant at which it is due."),
        Field(name="changed_time", type=Type.TIME, nullable=False, description="When the codes were told."),
        WORLD,
    ),
    key=("entity_id", "axis"),
    invented=Invented(column="world", value="invented"),
    by="entity_id",
    sources=(
        Source(table=ROUND.name, columns=READ, by="entity_id", in_order=False),
        Source(
            table=COMMITMENT.name,
            columns=("entity_id", "made_on", "due_until_time", "world"),
            by="entity_id",
            in_order=False,
        ),
    ),
    look_back_days=None,
    function=lambda tables: _coded(tables[ROUND.name], tables[COMMITMENT.name]),
)
OVER = frozenset({Round.AGREED, Round.DIFFERS, Round.ADJUDICATED, Round.ONCE})


def _coded(rounds: Rows, commitments: Rows) -> Rows:
    promised = {row["entity_id"]: row for row in commitments.to_pylist()}
    said: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rounds.to_pylist():
        if row["state"] in OVER and row["entity_id"] in promised:
            said[row["entity_id"], row["axis"]].append(row)
    last = [max(of, key=lambda row: (row["changed_time"], row["round_id"])) for _, of in sorted(said.items())]
    return pa.Table.from_pylist([_row(row, promised[row["entity_id"]]) for row in last], schema=CODED.schema)


def _row(of: Mapping[str, Any], promised: Mapping[str, Any]) -> dict[str, Any]:
    first, second = of["first_code"], of["second_code"]
    settled = of["judged_code"] or (first if first == second else None)
    days = {of["first_done_on"] if first == settled else None, of["second_done_on"] if second == settled else None}
    named = [of[f"{side}_coder"] if of[f"{side}_code"] else None for side in ("first", "second")]
    return {
        **{name: of[name] for name in ("entity_id", "axis", "round_id", "first_code", "second_code", "changed_time")},
        "first_coder": named[0],
        "second_coder": named[1],
        "settled_code": settled,
        "done_on": of["judged_done_on"] or max(filter(None, days), default=None) if settled else None,
        **{name: promised[name] for name in ("made_on", "due_until_time", "world")},
    }
