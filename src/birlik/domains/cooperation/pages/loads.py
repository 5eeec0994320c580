"""The page on what stewards load: code lists and trade, with their sources and vintages."""

from birlik.domains.cooperation.model.loaded import LOADED, TRADE
from birlik.domains.cooperation.model.trading.spaces import TRADED
from birlik.kernel.domain import Fresh, Page, RowTable

OLD_AFTER_S = 400 * 86_400.0
"""Trade is told by the year."""
LOADS = Page(
    name="trade",
    title="Trade and codes",
    question="Which trade and which code lists are loaded here, from where, and of which vintage?",
    fresh=Fresh(table=LOADED.name, time="changed_time"),
    old_after_s=OLD_AFTER_S,
    panels=(
        RowTable(
            name="years",
            title="Years of trade, and whether complexity follows",
            table=TRADED.name,
            columns=(
                "year", "dataset", "vintage", "hs_edition", "exporters_n", "products_n", "value_usd",
                "answer",
            ),
            order=("-year", "-exporters_n", "dataset", "hs_edition"),
            text_empty="No trade is loaded.",
        ),
        RowTable(
            name="loaded",
            title=LOADED.title,
            table=LOADED.name,
            columns=("title", "what", "dataset", "vintage", "hs_edition", "rows_n", "value_usd"),
            order=("what", "title", "part_id"),
            text_empty="Nothing is loaded: birlik ships no list of codes and no trade, whose licences are others'. A "
            "steward loads them. Until then what needs them is left out.",
        ),
        RowTable(
            name="traded",
            title="The largest flows",
            table=TRADE.name,
            columns=(
                "year",
                "exporter_iso3",
                "importer_iso3",
                "hs_code",
                "hs_edition",
                "value_usd",
                "dataset",
                "vintage",
            ),
            order=("-value_usd", "part_id", "importer_iso3", "hs_code"),
            text_empty="No trade is loaded.",
        ),
    ),
    order=40,
)  # fmt: skip
