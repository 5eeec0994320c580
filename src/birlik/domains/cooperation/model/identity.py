"""Who is the same as whom, as each view has it: what is the same as the same is the same."""

from collections import Counter

import pyarrow as pa

from birlik.domains.cooperation.events import DECISION, ENTITY_ID, KIND
from birlik.domains.cooperation.model.linking import Decision, Verdict, clusters_of
from birlik.kernel.domain import Derived, Field, Rows, Source, Type

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
    same: dict[str, list[Decision]] = {}
    for row in decisions.to_pylist():
        if row["verdict"] == Verdict.SAME:
            same.setdefault(row["kind"], []).append(Decision(row["left_id"], row["right_id"], Verdict.SAME))
    made = []
    for kind, said in sorted(same.items()):
        first = clusters_of(said).of
        size = Counter(first.values())
        made += [
            {"entity_id": member, "kind": kind, "first_id": of, "records_n": size[of]}
            for member, of in sorted(first.items(), key=lambda item: item[::-1])
        ]
    return pa.Table.from_pylist(made, schema=IDENTITY.schema)
