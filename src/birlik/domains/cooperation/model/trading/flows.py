"""Trade summed up: what each state sold of each product, and what states of the registry bought."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.model.loaded import DATASET, PART_ID, TRADE, VINTAGE
from birlik.domains.cooperation.vocabulary.trade import registered
from birlik.kernel.domain import Derived, Field, Rows, Source, Type

YEAR_OF = TRADE.by_name["year"]
EDITION = TRADE.by_name["hs_edition"]
CODE_OF = TRADE.by_name["hs_code"]
CENTS = 100


def _state(description: str) -> Field:
    return Field(name="state", type=Type.TEXT, nullable=False, description=description)


def _value(description: str) -> Field:
    return Field(name="value_usd", type=Type.FLOAT, unit="USD", nullable=False, description=description)


SOLD = Derived(
    name="cooperation_sold",
    title="What states sold",
    description="What each state sold of each product in a year, to whomever, as it is loaded.",
    fields=(
        PART_ID, YEAR_OF, DATASET, EDITION, VINTAGE, _state("Who sold, ISO 3166-1 alpha-3."), CODE_OF,
        _value("In current US dollars."),
    ),
    key=("part_id", "hs_code"),
    by="part_id",
    sources=(
        Source(
            table=TRADE.name,
            columns=("part_id", "year", "dataset", "hs_edition", "vintage", "exporter_iso3", "hs_code", "value_usd"),
            by="part_id",
            in_order=False,
        ),
    ),
    look_back_days=None,
    function=lambda tables: sold(tables[TRADE.name]),
)  # fmt: skip
BOUGHT = Derived(
    name="cooperation_bought",
    title="What states bought",
    description="What member and observer states bought of each product in a year, as those who sold it tell.",
    fields=(
        _state("Who bought, ISO 3166-1 alpha-3."), YEAR_OF, DATASET, EDITION, CODE_OF,
        _value("In current US dollars."),
    ),
    key=("state", "year", "dataset", "hs_edition", "hs_code"),
    by="state",
    sources=(
        Source(
            table=TRADE.name,
            columns=("importer_iso3", "year", "dataset", "hs_edition", "hs_code", "value_usd"),
            by="importer_iso3",
            in_order=False,
        ),
    ),
    look_back_days=None,
    function=lambda tables: bought(tables[TRADE.name]),
)  # fmt: skip


def sold(trade: Rows) -> Rows:
    """`SOLD` out of rows of `TRADE`."""
    named = trade.rename_columns({"exporter_iso3": "state"})
    return _summed(SOLD, named)


def bought(trade: Rows) -> Rows:
    """`BOUGHT` out of rows of `TRADE`."""
    named = trade.rename_columns({"importer_iso3": "state"})
    return _summed(BOUGHT, named.filter(pc.is_in(named.column("state"), pa.array(sorted(registered())))))


def _summed(declared: Derived, trade: Rows) -> Rows:
    """Sums of whole cents, which come out the same in whatever order they are added."""
    by = [name for name in declared.by_name if name != "value_usd"]
    cents = pc.cast(pc.round(pc.multiply(trade.column("value_usd"), float(CENTS))), pa.int64())
    made = trade.select(by).append_column("cents", cents).group_by(by, use_threads=False).aggregate([("cents", "sum")])
    value = pc.divide(pc.cast(made.column("cents_sum"), pa.float64(), safe=False), float(CENTS))
    told: Mapping[str, Rows] = {**{name: made.column(name) for name in by}, "value_usd": value}
    return pa.table({f.name: told[f.name] for f in declared.fields}, schema=declared.schema)
