"""What projects would make, in codes of HS, and what the newest whole year of trade says of that."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from birlik.domains.cooperation.events import ENTITY_ID, WORLD, WORLDS
from birlik.domains.cooperation.model.choosing.projects import projects
from birlik.domains.cooperation.model.loaded import CODE
from birlik.domains.cooperation.model.said import SAID
from birlik.domains.cooperation.model.standing import READ, TITLE
from birlik.domains.cooperation.model.tabling import count
from birlik.domains.cooperation.model.trading.flows import CODE_OF
from birlik.domains.cooperation.model.trading.spaces import (
    CALLED,
    COMPLEXITY,
    COMPLEXITY_ENDS,
    DENSITY,
    DISTANCE,
    FEW,
    OF_CODES,
    PRODUCT,
    RELATED,
    TRADE_FIT,
    TRADED,
    WHOLE,
    titles,
)
from birlik.domains.cooperation.model.trading.worlds import KEY
from birlik.domains.cooperation.vocabulary.trade import registered
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.kernel.domain import Derived, Field, Invented, Named, Rows, Source, Type
from birlik.quantity import Quantity

KNOWN = "known"
NO_TRADE, NO_PRODUCT, NO_ORDER = "no_whole_year", "nobody_sells_it", "no_order_of_states"
NO_STATE, BEYOND, SELLS_NOTHING = "state_not_said", "no_member_or_observer", "state_sells_nothing"
STATE = Field(name="state", type=Type.TEXT, description="Its state, where it is known.")
PRODUCTS_N = count("products_n", "How many products are said of it.")
Row = Mapping[str, Any]


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


MAKES = Derived(
    name="cooperation_makes",
    title="What projects would make",
    description="Each product that is said of a project, as a code of HS, with the project's state.",
    fields=(ENTITY_ID, TITLE, STATE, CODE_OF, PRODUCTS_N, WORLD),
    key=("entity_id", "hs_code"),
    by="entity_id",
    sources=(READ,),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: makes(tables[SAID.name]),
)
MADE = Derived(
    name="cooperation_made",
    title="What projects would make, by trade",
    description="Of each product that a project would make how complex it is, how near to what its state sells, and "
    "how far that state's trade fits others': by the newest year of trade that is whole.",
    fields=(
        ENTITY_ID,
        TITLE,
        STATE,
        CODE_OF,
        PRODUCTS_N,
        CALLED,
        COMPLEXITY,
        *COMPLEXITY_ENDS,
        DENSITY,
        DISTANCE,
        Field(name="is_sold", type=Type.BOOL, title="sold already",
              description="The state sells it with an advantage already."),
        Field(name="fit", type=Type.FLOAT, unit="1", quantity=Quantity.SHARE, title="trade fit",
              description="How far what its state sells is what the other member and observer states buy, on average."),
        Field(name="buyers_n", type=Type.INT, unit="1", description="How many states that average is of."),
        _text("complexity_told", "Is the complexity known, or why not?", nullable=False,
              codes=(KNOWN, NO_TRADE, NO_PRODUCT, NO_ORDER)),
        _text("nearness_told", "Are relatedness and trade fit known, or why not?", nullable=False,
              codes=(KNOWN, NO_TRADE, NO_PRODUCT, NO_STATE, BEYOND, SELLS_NOTHING)),
        _text("year", "Of which year the trade is."),
        _text("dataset", "Where it is from."),
        _text("vintage", "Which release of it."),
        _text("hs_edition", "In which edition of HS."),
        Field(name="exporters_n", type=Type.INT, unit="1", description="Between how many states that sell."),
        WORLD,
    ),
    key=("entity_id", "hs_code"),
    by="hs_code",
    sources=(
        Source(table=MAKES.name, columns=tuple(MAKES.by_name), by="hs_code",
               in_order=False),
        Source(table=CODE.name, columns=OF_CODES, by="code", in_order=False),
        Source(table=PRODUCT.name, columns=(*KEY, "hs_code", "complexity", "complexity_low", "complexity_high"),
               by="hs_code", in_order=False),
        Source(table=RELATED.name, columns=(*KEY, "state", "hs_code", "density", "distance", "is_sold"), by="hs_code",
               in_order=False),
        Source(table=TRADED.name, columns=(*KEY, "answer", "exporters_n", "vintage")),
        Source(table=TRADE_FIT.name, columns=(*KEY, "state", "fit")),
    ),
    look_back_days=None,
    named=Named(name="title"),
    invented=Invented(column="world", value="invented"),
    function=lambda tables: _made(tables),
)  # fmt: skip


def makes(said: Rows) -> Rows:
    """`MAKES` out of rows of `SAID`."""
    of = said.filter(pc.equal(said.column("kind"), Kind.PROJECT.value))
    made = []
    for project in projects(of):
        products = sorted({str(each["value"]).strip() for each in project.claims if each["property"] == "product"})
        told = {
            "entity_id": project.entity_id,
            "title": project.value("name"),
            "state": project.value("state"),
            "products_n": len(products),
            "world": WORLDS[0] if project.is_invented else WORLDS[1],
        }
        made += [{**told, "hs_code": product} for product in products]
    return pa.Table.from_pylist(made, schema=MAKES.schema)


def newest(years: Sequence[Row]) -> Row | None:
    """Of rows of `TRADED` the one on which all rests: the newest that is whole; of one year the one with the most
    states, then the newer edition. None where none is whole."""
    whole = [row for row in years if row["answer"] != FEW]
    order = sorted(whole, key=lambda row: row["dataset"])
    return max(order, key=lambda row: (row["year"], row["exporters_n"], row["hs_edition"]), default=None)


def _made(tables: Mapping[str, Rows]) -> Rows:
    year = newest(tables[TRADED.name].to_pylist())
    of_year = {} if year is None else {name: year[name] for name in KEY}
    products = {row["hs_code"]: row for row in _of(tables[PRODUCT.name], of_year)}
    related = {(row["state"], row["hs_code"]): row for row in _of(tables[RELATED.name], of_year)}
    fits: dict[str, list[float]] = defaultdict(list)
    for row in _of(tables[TRADE_FIT.name], of_year):
        fits[row["state"]] += [] if row["fit"] is None else [row["fit"]]
    called = titles(tables[CODE.name], of_year.get("hs_edition"))
    made = []
    for row in tables[MAKES.name].to_pylist():
        state, code = row["state"], row["hs_code"]
        product, near, of = products.get(code), related.get((state, code)), sorted(fits.get(state or "", ()))
        told: dict[str, Any] = {**row, "product": called.get(code)}
        told |= {} if year is None else {**of_year, "vintage": year["vintage"], "exporters_n": year["exporters_n"]}
        told["complexity_told"] = _complexity_told(year, product)
        told["nearness_told"] = _nearness_told(year, product, state, near)
        told |= {name: product[name] for name in ("complexity", "complexity_low", "complexity_high")} if product else {}
        if near:
            told |= {name: near[name] for name in ("density", "distance", "is_sold")}
        told |= {"fit": round(sum(of) / len(of), 9), "buyers_n": len(of)} if of else {}
        made.append(told)
    return pa.Table.from_pylist(made, schema=MADE.schema)


def joined(stands: Sequence[Row], made: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of how projects stand, each with what trade says of all that it would make, from and to: `complexity_low`,
    `complexity_high` and so on, None where nothing is known. made: rows of `MADE`."""
    by_project: dict[str, list[Row]] = defaultdict(list)
    for row in made:
        by_project[row["entity_id"]].append(row)
    return [{**row, **_ends(by_project.get(row["entity_id"], ()))} for row in stands]


READ_OF = {
    "complexity": ("complexity_low", "complexity_high"),
    "relatedness": ("density",) * 2,
    "trade_fit": ("fit",) * 2,
}
"""By criterion the columns of `MADE` from which and to which it goes."""
COLUMNS = ("entity_id", "complexity", "complexity_low", "complexity_high", "density", "fit", "world")
"""What is read of `MADE` for that."""


def _ends(made: Sequence[Row]) -> dict[str, float | None]:
    told: dict[str, float | None] = {}
    for name, (low, high) in READ_OF.items():
        # Where no range is known of a value, it is as it is.
        lows = [row[low] if row[low] is not None else row.get(name) for row in made]
        highs = [row[high] if row[high] is not None else row.get(name) for row in made]
        told[f"{name}_low"] = min((each for each in lows if each is not None), default=None)
        told[f"{name}_high"] = max((each for each in highs if each is not None), default=None)
    return told


def _of(rows: Rows, of_year: Mapping[str, str]) -> list[dict[str, Any]]:
    """Those of one year, dataset and edition; none where there is no such year."""
    of = rows if of_year else rows.slice(0, 0)
    for name, value in of_year.items():
        of = of.filter(pc.equal(of.column(name), value))
    found: list[dict[str, Any]] = of.to_pylist()
    return found


def _complexity_told(year: Row | None, product: Row | None) -> str:
    if year is None:
        return NO_TRADE
    if year["answer"] != WHOLE:
        return NO_ORDER
    return KNOWN if product else NO_PRODUCT


def _nearness_told(year: Row | None, product: Row | None, state: str | None, near: Row | None) -> str:
    if year is None:
        return NO_TRADE
    if near is not None:
        return KNOWN
    if state is None:
        return NO_STATE
    if state not in registered():
        return BEYOND
    return NO_PRODUCT if product is None else SELLS_NOTHING
