"""What trade tells of products, states and projects: equal to the methods, withheld of few, absent and said without."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from starlette.testclient import TestClient
from tests.domains.cooperation.test_industry_door import ID, panel, tell
from tests.support import trading
from tests.support.nodes import FOR_MEMBERS, follow, principal
from tests.support.registry import faults, registry, sent

from birlik.domains.cooperation.model.trading.worlds import World
from birlik.domains.cooperation.plans.priority import PRIORITY, priority, priority_at_once
from birlik.kernel.node import Node
from birlik.methods.complexity import complexity, relatedness_density, sells, trade_complementarity

LAST = trading.PRODUCTS[-1]
PLANT = (
    ("p", "name", "A plant", "2026"), ("p", "state", "KAZ", "2026"), ("p", "budget", "60000000 USD", "2026"),
    ("p", "product", LAST, "2026"),
)  # fmt: skip
MILL = (
    ("q", "name", "A mill", "2026"), ("q", "state", "UZB", "2026"), ("q", "budget", "60000000 USD", "2026"),
    ("q", "product", trading.PRODUCTS[0], "2026"),
)  # fmt: skip


def rows(node: Node, table: str, view: str = "own", **which: Any) -> list[dict[str, Any]]:
    made = node.reader(principal(node, view)).rows(table).to_pylist()
    return [row for row in made if all(row[name] == value for name, value in which.items())]


def load(node: Node, body: bytes, form: str = "trade", **more: Any) -> None:
    assert faults(sent(node, form, body, **more)) == []
    follow(node)


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A node with a year of trade, its codes, and two projects that would make something."""
    with registry(tmp_path_factory.mktemp("trade") / "node") as made:
        load(made, trading.codes(), "codes")
        load(made, trading.sheet())
        tell(made, *PLANT, *MILL)
        yield made


def world() -> World:
    """The same world, put together by hand."""
    states = trading.sellers(110)
    given = np.zeros((110, len(trading.PRODUCTS)))
    for exporter, _, code, value in trading.flows():
        given[states.index(exporter), trading.PRODUCTS.index(code)] += round(value, 2)
    order = np.argsort(states)
    return World("2023", "BACI", "2022", ("202601",), [states[i] for i in order], trading.PRODUCTS, given[order])


# --- products, states, pairs ------------------------------------------------------------------------------------------


def test_a_year_of_trade_says_whether_it_is_whole(traded: Node) -> None:
    (year,) = rows(traded, "cooperation_traded")
    told = {name: year[name] for name in ("year", "dataset", "hs_edition", "vintage", "answer", "exporters_n")}
    assert told == {
        "year": "2023", "dataset": "BACI", "hs_edition": "2022", "vintage": "202601", "answer": "whole",
        "exporters_n": 110,
    }  # fmt: skip


def test_products_are_as_complex_as_the_method_says_and_what_asks_for_more_is_more_complex(traded: Node) -> None:
    found = complexity(world().sold)
    made = {row["hs_code"]: row for row in rows(traded, "cooperation_product")}
    assert [made[code]["complexity"] for code in trading.PRODUCTS] == pytest.approx(found.products.tolist(), abs=1e-8)
    assert made[LAST]["complexity"] > made[trading.PRODUCTS[0]]["complexity"]
    assert made[LAST]["ubiquity_n"] == found.ubiquity[-1]
    assert all(row["complexity_low"] <= row["complexity"] <= row["complexity_high"] for row in made.values())


def test_relatedness_is_told_of_member_and_observer_states(traded: Node) -> None:
    w = world()
    density = relatedness_density(w.sold)
    made = rows(traded, "cooperation_related", state="KAZ")
    assert [row["density"] for row in made] == pytest.approx(density[w.states.index("KAZ")].tolist(), abs=1e-8)
    assert all(row["distance"] == pytest.approx(1 - row["density"]) for row in made)
    known = {row["state"] for row in rows(traded, "cooperation_related")}
    assert known == {"AZE", "HUN", "KAZ", "KGZ", "TKM", "TUR", "UZB"}
    assert [row["is_sold"] for row in made] == sells(w.advantage)[w.states.index("KAZ")].tolist()


def test_trade_fit_is_michaelys_index_of_what_one_sells_and_another_buys(traded: Node) -> None:
    w = world()
    bought = np.zeros((1, len(trading.PRODUCTS)))
    for _, importer, code, value in trading.flows():
        bought[0, trading.PRODUCTS.index(code)] += value if importer == "TUR" else 0
    (pair,) = rows(traded, "cooperation_trade_fit", state="UZB", buyer="TUR")
    expected = trade_complementarity(w.exports[[w.states.index("UZB")]], bought)[0, 0]
    assert pair["fit"] == pytest.approx(expected, abs=1e-5)
    assert rows(traded, "cooperation_trade_fit", state="TUR", buyer="TUR") == []
    assert {row["buyer"] for row in rows(traded, "cooperation_trade_fit")} == {"TUR", "KAZ"}, "no member: DEU"


# --- projects -----------------------------------------------------------------------------------------------------


def test_a_project_that_names_its_product_has_all_three_with_year_and_source(traded: Node) -> None:
    (made,) = rows(traded, "cooperation_made", title="A plant")
    (product,) = rows(traded, "cooperation_product", hs_code=LAST)
    (near,) = rows(traded, "cooperation_related", state="KAZ", hs_code=LAST)
    (fit,) = rows(traded, "cooperation_trade_fit", state="KAZ")
    assert (made["complexity"], made["density"]) == (product["complexity"], near["density"])
    assert (made["fit"], made["buyers_n"]) == (fit["fit"], 1)
    assert (made["complexity_told"], made["nearness_told"]) == ("known", "known")
    assert (made["year"], made["dataset"], made["vintage"], made["hs_edition"], made["exporters_n"]) == (
        "2023", "BACI", "202601", "2022", 110,
    )  # fmt: skip
    assert made["product"] == f"An invented wording: {LAST}"


@pytest.mark.parametrize(("criterion", "column"), [
    ("complexity", "complexity"), ("relatedness", "density"), ("trade_fit", "fit"),
])  # fmt: skip
def test_what_counts_alone_chooses_the_one_that_has_more_of_it(traded: Node, criterion: str, column: str) -> None:
    """Of a budget for one of the two: no other criterion tells them apart."""
    two = ("A plant", "A mill")
    tables = {
        name: traded.reader(principal(traded, "own")).rows(name) for name in ("cooperation_stand", "cooperation_made")
    }
    tables = {name: of.filter(pc.is_in(of.column("title"), pa.array(two))) for name, of in tables.items()}
    nothing = {name: 0.0 for name in PRIORITY.usual if name.startswith("weight_")}
    values = {**PRIORITY.usual, **nothing, f"weight_{criterion}": 1.0}
    best = max(tables["cooperation_made"].to_pylist(), key=lambda row: row[column])["title"]
    for made in (priority_at_once(tables, values), priority(tables, values, lambda done, of: None)):
        assert [row["title"] for row in made.to_pylist() if row["is_picked"]] == [best]


def test_the_first_choice_takes_them_in(node: Node) -> None:
    """A hundred other things being equal, what trade says decides; without trade nothing does."""
    alike = (("q", "name", "A mill", "2026"), ("q", "state", "KAZ", "2026"), ("q", "budget", "60000000 USD", "2026"),
             ("q", "product", trading.PRODUCTS[0], "2026"))  # fmt: skip
    told = (("jobs", "10", "2026"), ("stage", "construction", "2026"))
    tell(node, *PLANT, *alike, *((own, *each) for own in ("p", "q") for each in told))
    before = {row["title"]: row["chosen_share"] for row in rows(node, "cooperation_choice")}
    load(node, trading.sheet())
    after = {row["title"]: row["chosen_share"] for row in rows(node, "cooperation_choice")}
    made = {row["title"]: row for row in rows(node, "cooperation_made")}
    assert before != after
    assert made["A plant"]["complexity"] > made["A mill"]["complexity"]
    assert 0 < after["A plant"] < 1


WHY = [
    pytest.param(("state", "KAZ"), ("product", "999999"), "nobody_sells_it", "nobody_sells_it", id="no such product"),
    pytest.param(("state", "GEO"), ("product", LAST), "known", "no_member_or_observer", id="another state"),
    pytest.param(("jobs", "5"), ("product", LAST), "known", "state_not_said", id="no state"),
]


@pytest.mark.parametrize(("first", "second", "complexity_told", "nearness_told"), WHY)
def test_what_isn_t_known_has_its_reason(
    traded: Node, first: tuple[str, str], second: tuple[str, str], complexity_told: str, nearness_told: str
) -> None:
    own = f"{first[1]}-{second[1]}"
    tell(traded, (own, "name", own, "2026"), (own, *first, "2026"), (own, *second, "2026"), source_id=own)
    (made,) = rows(traded, "cooperation_made", title=own)
    assert (made["complexity_told"], made["nearness_told"]) == (complexity_told, nearness_told)
    assert (made["complexity"] is None) == (complexity_told != "known")
    assert made["density"] is None
    assert (made["fit"] is None) == (first != ("state", "KAZ")), "that is of the state, whatever it makes"


# --- worlds that are not whole ------------------------------------------------------------------------------------


def test_below_a_hundred_states_and_across_editions_nothing_follows_and_the_pages_say_so(
    tmp_path: Path, node: Node, client: TestClient
) -> None:
    tell(node, *PLANT)
    assert "left out" in panel(client, "industry", "trade")
    load(node, trading.sheet(99))
    load(node, trading.sheet(60, edition="2017"))
    assert {row["answer"] for row in rows(node, "cooperation_traded")} == {"few_exporters"}
    for table in ("cooperation_product", "cooperation_related", "cooperation_trade_fit"):
        assert rows(node, table) == []
    (made,) = rows(node, "cooperation_made")
    assert (made["complexity_told"], made["complexity"], made["year"]) == ("no_whole_year", None, None)
    assert "left out" in panel(client, "industry", "trade")
    assert "no year of trade" in panel(client, "project", "product", f"entity_id={ID.replace('solar', 'p')}")


def test_each_view_has_what_follows_from_the_trade_that_it_sees(node: Node) -> None:
    load(node, trading.sheet(99), labels=FOR_MEMBERS)
    load(node, trading.sheet(110).replace(b"BACI", b"OTHER"), source_id="secret")
    assert {row["dataset"]: row["answer"] for row in rows(node, "cooperation_traded")} == {
        "BACI": "few_exporters", "OTHER": "whole",
    }  # fmt: skip
    assert [row["answer"] for row in rows(node, "cooperation_traded", "members")] == ["few_exporters"]
    assert rows(node, "cooperation_product", "members") == []


def test_a_newer_year_takes_the_place_of_the_older_one(node: Node) -> None:
    tell(node, *PLANT)
    load(node, trading.sheet(101))
    (before,) = rows(node, "cooperation_made")
    load(node, trading.sheet(102, year="2024", seed=6))
    load(node, trading.sheet(50, year="2025", seed=7))
    (after,) = rows(node, "cooperation_made")
    assert (before["year"], after["year"], after["exporters_n"]) == ("2023", "2024", 102)
    assert before["complexity"] != after["complexity"]


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def reader(traded: Node) -> Any:
    from tests.support.server import browsing

    with browsing(traded) as made:
        yield made


def test_pages_say_on_which_trade_it_rests(reader: TestClient) -> None:
    said = panel(reader, "industry", "trade")
    assert "trade of 2023" in said
    assert "110 states" in said
    assert "BACI" in said
    of_it = panel(reader, "project", "product", f"entity_id={ID.replace('solar', 'p')}")
    assert f"An invented wording: {LAST}" in of_it
    assert "trade of 2023" in of_it
    assert "2023" in panel(reader, "industry", "trade", "lang=kk")
