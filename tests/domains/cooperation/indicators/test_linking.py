"""How well the rule joins, from what people have said since: counted by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from birlik.domains.cooperation.events import DECISION
from birlik.domains.cooperation.indicators.linking import LINKING_PRECISION, LINKING_RECALL
from birlik.domains.cooperation.model.judged import JUDGED
from birlik.kernel.domain import Indicator, Rows

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
Word = tuple[str, str, str | None]
"""(verdict, by whom, what the rule had done)"""


def judged(words: Sequence[Word], begin: str = "org:") -> Rows:
    names = ("left_id", "right_id", "kind", "verdict", "by", "ruled")
    made = [
        dict(zip(names, (f"{begin}{i}", f"{begin}{i}x", "organisation", *word), strict=True))
        for i, word in enumerate(words)
    ]
    fields = [DECISION.schema.field(name).with_nullable(True) for name in names]
    assert JUDGED.function is not None
    made_rows: Rows = JUDGED.function({DECISION.name: pa.Table.from_pylist(made, schema=pa.schema(fields))})
    return made_rows


def told(indicator: Indicator, rows: Rows) -> dict[str, object]:
    assert indicator.function is not None
    (row,) = indicator.function(rows, NOW).to_pylist()
    made: dict[str, object] = row
    return made


NINE_OF_TEN: Sequence[Word] = [("same", "aigul", "linked")] * 9 + [("different", "aigul", "linked")]
OTHERS: Sequence[Word] = [
    ("same", "rule", None),
    ("same", "rule", None),
    ("unsure", "bek", "linked"),
    ("same", "bek", "asked"),
    ("same", "bek", "asked"),
    ("different", "bek", "asked"),
    ("same", "bek", None),
]


def test_precision_is_of_what_the_rule_joined_and_a_person_looked_at() -> None:
    found = told(LINKING_PRECISION, judged([*NINE_OF_TEN, *OTHERS]))
    assert (found["value"], found["n"], found["right_n"]) == (0.9, 10, 9)
    # Wilson's interval of 9 in 10 at 95 %.
    assert (found["low"], found["high"]) == (pytest.approx(0.5958, abs=1e-4), pytest.approx(0.9821, abs=1e-4))
    assert (found["unsure_n"], found["unseen_n"]) == (1, 2)


def test_recall_is_of_what_people_say_is_the_same() -> None:
    found = told(LINKING_RECALL, judged([*NINE_OF_TEN, *OTHERS]))
    # Nine that the rule had joined, two of which it had asked, one that people found.
    assert (found["value"], found["n"]) == (0.75, 12)
    assert (found["linked_n"], found["asked_n"], found["people_n"]) == (9, 2, 1)


def test_where_nobody_has_looked_neither_is_known() -> None:
    rows = judged([("same", "rule", None)] * 3)
    for indicator, words in ((LINKING_PRECISION, "Nobody has looked"), (LINKING_RECALL, "No pair is known")):
        found = told(indicator, rows)
        assert (found["value"], found["low"], found["high"], found["n"]) == (None, None, None, 0)
        assert words in str(found["linking_note"])
        assert found["unseen_n"] == 3


def test_what_is_invented_is_told_apart() -> None:
    rows = pa.concat_tables([judged(NINE_OF_TEN), judged([("same", "bek", "asked")], "invented:org:")])
    assert LINKING_PRECISION.function is not None
    worlds = {row["world"]: row["n"] for row in LINKING_PRECISION.function(rows, NOW).to_pylist()}
    assert worlds == {"real": 10, "invented": 0}
