"""What fits what, and why: a derived table, made of the offers and needs that a view sees."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from birlik.domains.cooperation.events.offers import CONTENT, OFFER, OFFER_ID, WHAT
from birlik.domains.cooperation.model.matching.fits import OF_OTHER, fits
from birlik.domains.cooperation.model.matching.parts import WEIGHTS
from birlik.domains.cooperation.model.tabling import count
from birlik.kernel.domain import Derived, Field, Invented, Rows, Source, Type
from birlik.kernel.meant import Meant

READ = (
    "offer_id", "side", "what", "title", "words", "lang", "sector", "phase", "amount_least", "amount_most", "currency",
    "from_state", "states", "capacity_n", "opens_day", "closes_day", "closing_time", "state", "is_invented",
)  # fmt: skip
_CONTENT = {f.name: f for f in CONTENT}
_OF_PART = {
    "near": "How near the texts are: the share of pairs of the same two languages that are less near.",
    "same_sector": "Are they of one sector?",
    "same_phase": "How near are the stages?",
    "same_place": "Are they in one state, or does one name the other's?",
}


def _text(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.TEXT, description=description, **more)


def _share(name: str, description: str, **more: Any) -> Field:
    return Field(name=name, type=Type.FLOAT, unit="1", description=description, **more)


def _fits(tables: Mapping[str, Rows]) -> Rows:
    by_kind: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in tables[OFFER.name].to_pylist():
        by_kind[row["what"]].append(row)
    made = [fit for _, rows in sorted(by_kind.items()) for fit in fits(rows)]
    return pa.Table.from_pylist(made, schema=FIT.schema)


FIT = Derived(
    name="cooperation_fit",
    method=2,
    title="What fits what",
    description="For each offer and need its best fits among those that the reader sees, with the parts of the sum by "
    "which they are ranked, and the two sentences that met.",
    fields=(
        OFFER_ID,
        _text("other_id", "What fits it: its id here.", nullable=False),
        WHAT,
        *(replace(_CONTENT[name], name=f"other_{name}", nullable=True) for name in OF_OTHER),
        Field(name="closing_time", type=Type.TIME, nullable=False, description="When the first of the two has closed."),
        Field(name="closes_day", type=Type.DAY, nullable=False, description="The last day of that."),
        count("rank_n", "Its rank among what fits."),
        _share("sum_least", "The least that the sum of its parts can be.", nullable=False),
        _share("sum_most", "The most: what isn't known is between the two.", nullable=False),
        *(_share(name, _OF_PART[name]) for name in WEIGHTS),
        _text("near_rests_on", "On what the nearness rests.", nullable=False,
              codes=("pairs_here", "constant", "nothing")),
        _text("unsure_of", "Conditions of which it isn't known whether they hold."),
        _text("our_sentence", "The sentence of the first that met"),
        _text("their_sentence", "this one of the other."),
        Field(name="capacity_n", type=Type.INT, unit="1",
              description="With how many at once the first can go on, where they say it."),
        Field(name="other_capacity_n", type=Type.INT, unit="1", description="And the other."),
        Field(name="is_invented", type=Type.BOOL, nullable=False, description="Both are of a simulated world."),
    ),
    key=("offer_id", "other_id"),
    by="what",
    sources=(
        Source(table=OFFER.name, columns=READ, by="what", in_order=False,
               meant=Meant(texts=("title", "words"), language="lang")),
    ),
    look_back_days=None,
    invented=Invented(column="is_invented"),
    function=_fits,
)  # fmt: skip
