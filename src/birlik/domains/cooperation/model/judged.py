"""Pairs of records of which somebody, or a rule, has said whether they are of the same: for how well the rule does."""

import pyarrow.compute as pc

from birlik.domains.cooperation.events import DECISION, KIND, WORLD, WORLDS
from birlik.domains.cooperation.model.tabling import table_of
from birlik.domains.cooperation.vocabulary.words import INVENTED
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type

RULE = "rule"
"""Who has joined what no person has."""
READ = ("left_id", "right_id", "kind", "verdict", "ruled")
JUDGED = Derived(
    name="cooperation_judged",
    title="Pairs that were judged",
    description="Of two records what was said of them, whether a person has looked, and what the rule had done.",
    fields=(
        DECISION.by_name["left_id"],
        DECISION.by_name["right_id"],
        KIND,
        DECISION.by_name["verdict"],
        DECISION.by_name["ruled"],
        Field(name="is_looked_at", type=Type.BOOL, nullable=False, description="A person has said so."),
        WORLD,
    ),
    key=("left_id", "right_id"),
    by="left_id",
    sources=(Source(table=DECISION.name, columns=(*READ, "by"), by="left_id", in_order=False),),
    look_back_days=None,
    invented=Invented(column="world", value="invented"),
    function=lambda tables: _judged(tables[DECISION.name]),
)


def _judged(rows: Rows) -> Rows:
    made = {
        **{name: rows.column(name) for name in READ},
        "is_looked_at": pc.not_equal(rows.column("by"), RULE),
        "world": pc.if_else(pc.starts_with(rows.column("left_id"), INVENTED), *WORLDS),
    }
    return table_of(JUDGED, made)
