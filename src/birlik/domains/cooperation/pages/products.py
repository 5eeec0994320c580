"""What trade says: on which year it rests, what projects would make, what is near to what a state sells."""

from typing import Any

from birlik.domains.cooperation.model.trading import made
from birlik.domains.cooperation.model.trading.made import MADE
from birlik.domains.cooperation.model.trading.spaces import ANSWERS, PRODUCT, RELATED, TRADE_FIT, TRADED, WHOLE
from birlik.kernel.domain import Opening, RowTable, Saying

NEWEST = ("-year", "-exporters_n", "-hs_edition", "dataset")
"""As `newest` chooses."""
LEFT_OUT = (
    "No year of trade that you may see is whole (100 states that sell, in one edition of HS): so product complexity, "
    "relatedness and trade fit are left out. A steward loads trade, as the documentation says."
)
THAT_RESTS = "That rests on the trade of {year} between {exporters_n} states ({dataset}, {vintage}; HS {hs_edition})."
RESTS = Opening(
    name="trade",
    title="On which trade that rests",
    table=TRADED.name,
    fixed={"is_enough": "true"},
    order=NEWEST,
    sayings=(
        Saying(
            text="Three more criteria count where they tell projects apart that name their product: its complexity, "
            "its relatedness to what the state sells, and the state's trade fit.",
            when={"answer": (WHOLE,)},
        ),
        Saying(
            text="Two more criteria count where they tell projects apart that name their product: its relatedness to "
            "what the state sells, and the state's trade fit. How complex products are doesn't follow from this trade.",
            when={"answer": tuple(each for each in ANSWERS if each != WHOLE)},
        ),
        Saying(text=THAT_RESTS),
    ),
    text_empty=LEFT_OUT,
)


def _said(told: str, value: str, text: str) -> Saying:
    return Saying(text=text, when={told: (value,)})


UNKNOWN = {
    made.NO_TRADE: "How complex that is, and how near, isn't known: no year of trade that you may see is whole.",
    made.NO_PRODUCT: "How complex that is, and how near, isn't known: nobody sells it in that year.",
    made.NO_ORDER: "How complex that is isn't known: that trade puts states in no order.",
}
FAR = {
    made.NO_STATE: "How near it is to what its state sells isn't known: its state isn't said.",
    made.BEYOND: "How near it is to what {state} sells isn't told: that is told of member and observer states.",
    made.SELLS_NOTHING: "How near it is to what {state} sells isn't known: of that state no sale is loaded.",
}
OF_PROJECT = Opening(
    name="product",
    title="What it would make",
    table=MADE.name,
    fixed={"entity_id": "{entity_id}"},
    order=("hs_code",),
    sayings=(
        Saying(text="It would make {product} (HS {hs_code})."),
        Saying(text="It would make what HS calls {hs_code}.", when={"product": ("",)}),
        Saying(text="{products_n} products are said of it: the others stand under *Products and trade*.",
               least={"products_n": 2}),
        Saying(text="Its complexity is **{complexity}**[, and from {complexity_low} to {complexity_high} if any one "
               "state weren't there]: 0 is the mean of states, 1 a standard deviation."),
        *(_said("complexity_told", value, text) for value, text in UNKNOWN.items()),
        Saying(text="Relatedness is {density}: {state} sells so much of what is near to it already. Distance is "
               "{distance}."),
        Saying(text="{state} sells it already, with an advantage.", when={"is_sold": ("True",)}),
        Saying(text="What {state} sells fits what others buy by {fit}, on average of {buyers_n} states.",
               text_one="What {state} sells fits what one other state buys by {fit}.", count="buyers_n",
               least={"buyers_n": 1}),
        *(_said("nearness_told", value, text) for value, text in FAR.items()),
        Saying(text=THAT_RESTS),
    ),
    text_empty="Nobody says which product it would make: its owner does, with six digits of HS.",
)  # fmt: skip


def of_trade(project_page: str) -> tuple[Any, ...]:
    """The panels of the page on products and trade."""
    return (
        RESTS,
        RowTable(
            name="made",
            title="What projects would make",
            table=MADE.name,
            columns=(
                "title", "state", "hs_code", "product", "complexity", "complexity_low", "complexity_high", "density",
                "fit", "complexity_told", "nearness_told", "year",
            ),
            order=("-world", "-complexity", "entity_id", "hs_code"),
            link=project_page,
            text_empty="Of no project that you may see anybody says which product it would make.",
        ),
        RowTable(
            name="near",
            title="What is near to what a state sells, and not sold yet",
            table=RELATED.name,
            fixed={"is_sold": "false"},
            columns=("state", "hs_code", "product", "density", "complexity", "advantage", "year", "dataset"),
            order=("-year", "-density", "state", "hs_code", "dataset", "hs_edition"),
            limit=8,
            text_empty=LEFT_OUT,
        ),
        RowTable(
            name="fits",
            title="Whose trade fits whose",
            table=TRADE_FIT.name,
            columns=("state", "buyer", "fit", "year", "dataset"),
            order=("-year", "-fit", "state", "buyer", "dataset", "hs_edition"),
            limit=8,
            text_empty=LEFT_OUT,
        ),
        RowTable(
            name="complex",
            title="The most complex products",
            table=PRODUCT.name,
            columns=("hs_code", "product", "complexity", "complexity_low", "complexity_high", "ubiquity_n",
                     "exporters_n", "value_usd", "year", "dataset"),
            order=("-year", "-complexity", "hs_code", "dataset", "hs_edition"),
            limit=8,
            text_empty=LEFT_OUT,
        ),
    )  # fmt: skip
