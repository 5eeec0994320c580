"""What stands on the page of a project: how far it is, gate by gate, and its money, source by source."""

from typing import Any

from birlik.domains.cooperation.model.standing import MONEY, PASSING, STAND
from birlik.domains.cooperation.pages.products import OF_PROJECT
from birlik.domains.cooperation.vocabulary.gates import GATES
from birlik.kernel.domain import Opening, RowTable, Saying

OF_IT = {"entity_id": "{entity_id}"}
OPEN = {"is_finished": ("false",)}


def _saying(text: str, **more: Any) -> Saying:
    return Saying(text=text, **more)


STANDS = Opening(
    name="stands",
    title="How it stands",
    table=STAND.name,
    fixed=OF_IT,
    sayings=(
        _saying(
            "Of six gates the furthest that it has passed is {gate}[, {gate_on}].",
            when={"gate": tuple(each.value for each in GATES)},
        ),
        _saying("By its stage it has passed none of the six gates yet.", when={"gate": ("none_yet",)}),
        _saying("Which gates it has passed nobody says.", when={"gate": ("unknown",)}),
        _saying("The next is {gate_next}[, until {gate_due}]."),
        _saying("The date for that has passed.", passed="gate_due_time"),
        _saying("{acts_next} must act next[, since {acts_since}]."),
        _saying("Who must act next nobody says.", when={"acts_next": ("",)}),
        _saying("It costs {cost_m} million {currency}."),
        _saying("What it costs nobody says with a currency.", when={"cost_m": ("",)}),
        _saying("**{missing_m} million {currency}** are missing.", least={"missing_m": 1e-6}),
        _saying("No money is missing.", when={"missing_m": ("0.0",)}),
        _saying("What is missing isn't known: nobody says what is committed.", when={"missing_m": ("",)}),
        _saying("Money comes from {financiers}."),
        _saying("{jobs} jobs are said to come."),
        _saying(
            "In {disputed_n} things sources differ: all of them stand below.",
            text_one="In {disputed_n} thing sources differ: all of them stand below.",
            count="disputed_n",
            least={"disputed_n": 1},
        ),
    ),
    text_empty="Nothing that you may see says how it stands.",
)
PASSED = RowTable(
    name="gates",
    title="Gate by gate, as planned and as passed",
    table=PASSING.name,
    fixed=OF_IT,
    columns=("gate", "planned", "passed", "delay_d", "shown_at"),
    order=("gate_n",),
    text_empty="Nobody says when it is to pass a gate, or has passed one. A steward enters that, with its source; a "
    "sheet of projects has columns for it.",
)
SAID_OF_MONEY = RowTable(
    name="money",
    title="What each source says of its money",
    table=MONEY.name,
    fixed=OF_IT,
    columns=("origin", "cost", "committed", "missing_m", "currency", "said"),
    order=("-said", "origin_id"),
    text_empty="Nobody says what it costs, or what is committed.",
)
ON_PROJECT = (STANDS, OF_PROJECT, PASSED, SAID_OF_MONEY)
