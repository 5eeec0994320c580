"""What follows from the trade of a year: is it whole, how complex are products, how near to a state, who fits whom."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from birlik.domains.cooperation.model.loaded import CODE, DATASET
from birlik.domains.cooperation.model.tabling import count
from birlik.domains.cooperation.model.trading.flows import BOUGHT, CODE_OF, EDITION, SOLD, YEAR_OF
from birlik.domains.cooperation.model.trading.worlds import KEY, World, told, worlds
from birlik.domains.cooperation.vocabulary.trade import FEWEST_EXPORTERS, HS, registered
from birlik.kernel.domain import Derived, Field, Rows, Source, Type
from birlik.methods.complexity import Undefined, products_without_each, relatedness_density, trade_complementarity
from birlik.quantity import Quantity

WHOLE, FEW = "whole", "few_exporters"
ANSWERS = (WHOLE, FEW, *(each.name.lower() for each in Undefined))
Row = dict[str, Any]


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def _number(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description, **more)


def _share(name: str, description: str, **more: Any) -> Field:
    return _number(name, description, quantity=Quantity.SHARE, **more)


VALUE = Field(name="value_usd", type=Type.FLOAT, unit="USD", nullable=False, description="In current US dollars.")
STATE = _text("state", "The state, ISO 3166-1 alpha-3.", nullable=False)
COMPLEXITY = _number("complexity", "Product complexity (PCI): standard deviations of states' complexity from its mean; "
                     "empty where there is no order of states.")  # fmt: skip
COMPLEXITY_ENDS = (
    _number("complexity_low", "The least that it would be if any one state weren't there."),
    _number("complexity_high", "The most that it would be."),
)
DENSITY = _share("density", "Relatedness: of all nearness of the product to others, the share of those that the state "
                 "sells with an advantage.", title="relatedness")  # fmt: skip
DISTANCE = _share("distance", "How far the product is from what the state sells: one less relatedness.")
CALLED = _text("product", "What the code stands for, in the words of the list that is loaded.")
OF_CODES = ("scheme", "edition", "code", "lang", "title")
CODES = Source(table=CODE.name, columns=OF_CODES)
OF_SOLD = Source(
    table=SOLD.name,
    columns=("year", "dataset", "hs_edition", "vintage", "state", "hs_code", "value_usd"),
    by="year",
    in_order=False,
)


def _derived(name: str, title: str, description: str, *fields: Field, key: Sequence[str], **more: Any) -> Derived:
    more = {"sources": (OF_SOLD,), **more}
    return Derived(
        name=name,
        title=title,
        description=description,
        fields=(YEAR_OF, DATASET, EDITION, *fields),
        key=(*KEY, *key),
        by="year",
        look_back_days=None,
        **more,
    )


def _each(rows_of: Callable[[World], Sequence[Row]], fields: Callable[[], Any]) -> Callable[[Mapping[str, Rows]], Rows]:
    """By world what is told of it; where codes are read, too, what each stands for."""

    def make(tables: Mapping[str, Rows]) -> Rows:
        made: list[Row] = []
        for world in worlds(tables[SOLD.name]):
            rows = [{**world.key, **row} for row in rows_of(world)]
            called = titles(tables[CODE.name], world.hs_edition) if CODE.name in tables else {}
            made += [{**row, "product": called.get(row.get("hs_code", ""))} for row in rows] if called else rows
        return pa.Table.from_pylist(made, schema=fields())

    return make


def titles(codes: Rows, edition: str | None) -> dict[str, str]:
    """By code of HS what it stands for: in that edition, else in the newest; in English, if it is. codes: of `CODE`."""
    order = sorted(
        (row for row in codes.to_pylist() if row["scheme"] == HS),
        key=lambda row: (row["edition"] == edition, row["edition"], row["lang"] == "en", row["lang"], row["title"]),
    )
    return {row["code"]: row["title"] for row in order}


# --- is it whole? -----------------------------------------------------------------------------------------------------


def _year(world: World) -> Sequence[Row]:
    reason = world.complexity.reason if world.is_whole else None
    answer = WHOLE if world.is_whole else FEW
    return [
        {
            "answer": answer if reason is None else reason.name.lower(),
            "is_enough": world.is_whole,
            "exporters_n": len(world.states),
            "products_n": len(world.products),
            "value_usd": float(np.round(world.exports.sum(), 2)),
            "vintage": ", ".join(world.vintages),
        }
    ]


TRADED: Derived = _derived(
    "cooperation_traded",
    "Years of trade",
    "The trade of each year, by dataset and edition of HS: how many states sell, and does complexity follow from it? "
    f"Below {FEWEST_EXPORTERS} of them nothing follows.",
    _text("answer", "`whole`, or why no complexity follows from it.", codes=ANSWERS, nullable=False),
    Field(name="is_enough", type=Type.BOOL, nullable=False, title="whole", description="Do enough states sell?"),
    count("exporters_n", "States that sell anything."),
    count("products_n", "Products that anybody sells."),
    VALUE,
    _text("vintage", "Which releases of the dataset."),
    key=(),
    function=_each(_year, lambda: TRADED.schema),
)

# --- products ---------------------------------------------------------------------------------------------------------


def _products(world: World) -> Sequence[Row]:
    if not world.is_whole:
        return []
    found = world.complexity
    low, high = products_without_each(world.sold) if found.reason is None else (found.products, found.products)
    columns = {
        "hs_code": world.products,
        "complexity": told(found.products),
        "complexity_low": told(low),
        "complexity_high": told(high),
        "ubiquity_n": found.ubiquity.tolist(),
        "exporters_n": (world.exports > 0).sum(axis=0).tolist(),
        "value_usd": np.round(world.exports.sum(axis=0), 2).tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


PRODUCT: Derived = _derived(
    "cooperation_product",
    "Products, by complexity",
    "Of each product that is sold how complex it is, by who sells it and what else they sell.",
    CODE_OF,
    CALLED,
    COMPLEXITY,
    *COMPLEXITY_ENDS,
    count("ubiquity_n", "States that sell it with an advantage: their share of it is at least that of all states."),
    count("exporters_n", "States that sell any of it."),
    VALUE,
    key=("hs_code",),
    sources=(OF_SOLD, CODES),
    function=_each(_products, lambda: PRODUCT.schema),
)

# --- states and products ----------------------------------------------------------------------------------------------


def _related(world: World) -> Sequence[Row]:
    at = [i for i, state in enumerate(world.states) if state in registered()]
    if not (world.is_whole and at):
        return []
    density, of_products = relatedness_density(world.sold, world.sold[at]), told(world.complexity.products)
    return [
        {
            "state": world.states[i],
            "hs_code": product,
            "advantage": advantage,
            "is_sold": bool(is_sold),
            "complexity": complexity,
            "density": near,
            "distance": None if near is None else told(np.array([1 - near]))[0],
        }
        for i, nearness in zip(at, density, strict=True)
        for product, advantage, is_sold, complexity, near in zip(
            world.products, told(world.advantage[i]), world.sold[i], of_products, told(nearness), strict=True
        )
    ]


RELATED: Derived = _derived(
    "cooperation_related",
    "Products and states",
    "How near each product is to what a member or observer state sells already.",
    STATE,
    CODE_OF,
    CALLED,
    _number("advantage", "Its share of what the state sells, over its share of what all sell (Balassa)."),
    Field(name="is_sold", type=Type.BOOL, nullable=False, title="sold already",
          description="The state sells it with an advantage already."),
    COMPLEXITY,
    DENSITY,
    DISTANCE,
    key=("state", "hs_code"),
    sources=(OF_SOLD, CODES),
    function=_each(_related, lambda: RELATED.schema),
)  # fmt: skip

# --- states and states ------------------------------------------------------------------------------------------------


def _fits(tables: Mapping[str, Rows]) -> Rows:
    buys: dict[tuple[str, ...], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in tables[BOUGHT.name].to_pylist():
        buys[tuple(row[name] for name in KEY)][row["state"]][row["hs_code"]] = row["value_usd"]
    made = [{**w.key, **row} for w in worlds(tables[SOLD.name]) for row in _pairs(w, buys[tuple(w.key.values())])]
    return pa.Table.from_pylist(made, schema=TRADE_FIT.schema)


def _pairs(world: World, buys: Mapping[str, Mapping[str, float]]) -> Sequence[Row]:
    at = [i for i, state in enumerate(world.states) if state in registered()]
    buyers = sorted(state for state, of in buys.items() if sum(of.values()) > 0)
    if not (world.is_whole and at and buyers):
        return []
    imports = np.array([[buys[buyer].get(product, 0.0) for product in world.products] for buyer in buyers])
    fit = trade_complementarity(world.exports[at], imports)
    return [
        {"state": world.states[i], "buyer": buyer, "fit": value}
        for i, of in zip(at, fit, strict=True)
        for buyer, value in zip(buyers, told(of), strict=True)
        if buyer != world.states[i]
    ]


TRADE_FIT = _derived(
    "cooperation_trade_fit",
    "Whose trade fits whose",
    "How far what one member or observer state sells to the world is what another one buys of the world (Michaely).",
    STATE,
    _text("buyer", "Who buys, ISO 3166-1 alpha-3.", nullable=False),
    _share("fit", "1 where the shares of products agree, 0 where they have none in common.", title="trade fit"),
    key=("state", "buyer"),
    sources=(
        OF_SOLD,
        Source(
            table=BOUGHT.name,
            columns=("year", "dataset", "hs_edition", "state", "hs_code", "value_usd"),
            by="year",
            in_order=False,
        ),
    ),
    function=_fits,
)
