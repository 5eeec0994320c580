"""Of works and projects what stands first, in columns that can be counted with."""

import pyarrow as pa
import pytest

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.model.works import PROJECT
from birlik.kernel.domain import Rows


def said(budget: str) -> Rows:
    """A project that is called something and costs something."""
    claims = [{"property": "name", "value": "A bridge"}, {"property": "budget", "value": budget}]
    usual = {"entity_id": "project:1", "kind": "project", "source": "https://a.example/", "status": "published"}
    rows = [{**usual, **claim, "order_n": i, "is_invented": False, "changed_time": 0} for i, claim in enumerate(claims)]
    return pa.table(
        {f.name: pa.array([row.get(f.name) for row in rows], f.type.arrow) for f in CLAIM.fields}, schema=CLAIM.schema
    )


@pytest.mark.parametrize(
    ("budget", "amount", "currency"),
    [
        ("86000000 USD", 86_000_000.0, "USD"),
        ("1250.5 KZT", 1250.5, "KZT"),
        ("40000000", 40_000_000.0, None),
        ("about 20 million dollars", None, None),
        ("86,000,000 USD", None, None),
        ("-5 USD", None, None),
        ("1e9 USD", None, None),
    ],
)
def test_what_a_project_costs_is_a_number_and_a_currency_or_is_left_to_its_words(
    budget: str, amount: float | None, currency: str | None
) -> None:
    (row,) = PROJECT.function({CLAIM.name: said(budget)}).to_pylist()

    assert (row["budget"], row["currency"]) == (amount, currency)
