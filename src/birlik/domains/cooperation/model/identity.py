"""Who is the same as whom, as each view has it: what is the same as the same is the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from birlik.domains.cooperation.events import DECISION, ENTITY_ID, KIND
from birlik.kernel.domain import Derived, Field, Rows, Source, Type

Decision = Mapping[str, Any]

IDENTITY = Derived(
    name="cooperation_identity",
    title="Records of the same",
    description="Of each record that is of the same as another, under which its entity stands.",
    fields=(
        ENTITY_ID,
        KIND,
        Field(name="first_id", type=Type.TEXT, nullable=False, description="The record under which all of them stand."),
        Field(name="records_n", type=Type.INT, unit="1", nullable=False, description="How many are of the same."),
    ),
    key=("entity_id",),
    # Only records of one kind are of the same. A decision may join two large clusters, so that those of its kind are
    # looked at together; there are as many as people and rules have said.
    by="kind",
    sources=(
        Source(
            table=DECISION.name,
            columns=("left_id", "right_id", "kind", "verdict"),
            by="kind",
            in_order=False,
        ),
    ),
    look_back_days=None,
    function=lambda tables: _identities(tables[DECISION.name]),
)


def _identities(decisions: Rows) -> Rows:
    same: dict[str, list[tuple[str, str]]] = {}
    for row in decisions.to_pylist():
        if row["verdict"] == "same":
            same.setdefault(row["kind"], []).append((row["left_id"], row["right_id"]))
    made = [
        {"entity_id": member, "kind": kind, "first_id": cluster[0], "records_n": len(cluster)}
        for kind, pairs in sorted(same.items())
        for cluster in clusters(pairs)
        for member in cluster
    ]
    return pa.Table.from_pylist(made, schema=IDENTITY.schema)


def clusters(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What pairs join, each in order, and they in order of their first.

    >>> clusters([("b", "a"), ("c", "d"), ("d", "b")])
    [['a', 'b', 'c', 'd']]
    """
    joined = list(pairs)
    names = sorted({name for pair in joined for name in pair})
    if not names:
        return []
    at = {name: i for i, name in enumerate(names)}
    left, right = (np.array([at[pair[i]] for pair in joined]) for i in (0, 1))
    graph = coo_array((np.ones(len(joined)), (left, right)), shape=(len(names), len(names)))
    _, label = connected_components(graph, directed=False)
    made: dict[int, list[str]] = {}
    for name, of in zip(names, label.tolist(), strict=True):
        made.setdefault(of, []).append(name)
    return sorted(made.values())


def parted(decisions: Iterable[Decision], left: Sequence[str], right: Sequence[str]) -> Decision | None:
    """A decision by which one of the left is another than one of the right; None where there is none."""
    ones, others = set(left), set(right)
    for row in decisions:
        ends = (row["left_id"], row["right_id"])
        if row["verdict"] == "different" and any(a in ones and b in others for a, b in (ends, ends[::-1])):
            return row
    return None
