"""From where people apply: counts by state of which none is below five, nor can be told from the whole."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from birlik.domains.cooperation.events.forums import APPLICATION, CALL_ID, CALL_TITLE
from birlik.domains.cooperation.model.tabling import count
from birlik.domains.cooperation.vocabulary.calls import Stage
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type

FEWEST = 5
TOGETHER = "other"
"""States that are counted as one, those that nobody named among them."""
READ = ("call_id", "call_title", "from_state", "state", "is_invented")
APPLICANTS = Derived(
    name="cooperation_applicants",
    title="Applicants by state",
    description="From where people apply for a call. States with fewer than five are counted together.",
    fields=(
        CALL_ID,
        CALL_TITLE,
        Field(name="from_state", type=Type.TEXT, nullable=False,
              description="ISO 3166-1 alpha-3; `other`: all that have fewer than five, or aren't known."),
        count("applications_n", "How many applied, of whom none has withdrawn."),
        Field(name="is_invented", type=Type.BOOL, nullable=False, description="It is of a simulated world."),
    ),
    key=("call_id", "from_state"),
    by="call_id",
    sources=(Source(table=APPLICATION.name, columns=READ, by="call_id", in_order=False),),
    look_back_days=None,
    invented=Invented(column="is_invented"),
    function=lambda tables: _applicants(tables[APPLICATION.name]),
)  # fmt: skip


def together(counts: Mapping[str, int]) -> Mapping[str, int]:
    """By state, none below `FEWEST`: the others are one, and where that would be too few by itself the next smallest
    goes with it. Nothing where all of them are too few.

    >>> together({"KAZ": 9, "TUR": 5, "UZB": 2})
    {'KAZ': 9, 'other': 7}
    >>> together({"KAZ": 3})
    {}
    """
    known = sorted((n, state) for state, n in counts.items() if state and n >= FEWEST)
    rest = sum(counts.values()) - sum(n for n, _ in known)
    while 0 < rest < FEWEST and known:
        n, _ = known.pop(0)
        rest += n
    if rest and rest < FEWEST:
        return {}
    made = {state: n for n, state in sorted(known, key=lambda one: (-one[0], one[1]))}
    return {**made, TOGETHER: rest} if rest else made


def _applicants(rows: Rows) -> Rows:
    by_call: dict[str, list[Mapping[str, object]]] = {}
    for row in rows.to_pylist():
        if row["state"] != Stage.WITHDRAWN:
            by_call.setdefault(row["call_id"], []).append(row)
    made = []
    for call_id, each in sorted(by_call.items()):
        shared = {"call_id": call_id, "call_title": each[0]["call_title"]}
        shared["is_invented"] = any(bool(row["is_invented"]) for row in each)
        counted = together(Counter(str(row["from_state"] or "") for row in each))
        made += [{**shared, "from_state": state, "applications_n": n} for state, n in counted.items()]
    return pa.Table.from_pylist(made, schema=APPLICANTS.schema)
