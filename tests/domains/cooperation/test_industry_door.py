"""Behind the door of industry: which first and how firm, gates and money as they are said, who must act next."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.test_access_browser import serious
from tests.apps.web.test_browser import Visit, chromium
from tests.apps.web.test_issuers import free_port, running
from tests.support.nodes import FOR_MEMBERS, follow, principal
from tests.support.people import House
from tests.support.registry import TODAY, sent

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking

__all__ = ["chromium"]

FOR_ALL = Labels(marking=Marking.CLEAR, audience=("public",))
HEAD = "id,kind,property,value,source,said\n"
ID = "project:ministry:solar"
OTHER = "https://b.example/2"
SOLAR = (
    ("name", "A solar park", "2026-01-01"),
    ("state", "KAZ", "2026-01-01"),
    ("budget", "60000000 USD", "2026-01-01"),
    ("committed", "20000000 USD", "2026-01-01"),
    ("passed_idea", "2024-01", "2026-01-01"),
    ("passed_study", "2025-01-15", "2026-01-01"),
    ("planned_study", "2024-12-15", "2026-01-01"),
    ("planned_permits", "2026-06", "2026-01-01"),
    ("acts_next", "Ministry of Energy", "2026-02-03"),
    ("jobs", "300", "2026-01-01"),
)


def sheet(*claims: tuple[str, str, str, str], source: str = "https://a.example/1") -> bytes:
    rows = [f"{own},project,{name},{value},{source},{said}" for own, name, value, said in claims]
    return (HEAD + "\n".join(rows) + "\n").encode()


def of(own: str, said: Any) -> list[tuple[str, str, str, str]]:
    return [(own, *each) for each in said]


def tell(node: Node, *claims: tuple[str, str, str, str], **more: Any) -> None:
    receipt = sent(node, "sheet", sheet(*claims, **{k: more.pop(k) for k in ("source",) if k in more}), **more)
    assert not receipt.refused, receipt.refused
    follow(node)


def rows(node: Node, table: str, view: str = "own") -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = node.reader(principal(node, view)).rows(table).to_pylist()
    return made


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(client: TestClient, page: str, name: str, query: str = "") -> str:
    answer = client.get(f"/cooperation/{page}/-/panel/{name}?{query}")
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


# --- how a project stands -----------------------------------------------------------------------------------------


def test_a_project_stands_at_the_furthest_gate_that_a_source_says_with_what_is_missing(node: Node) -> None:
    tell(node, *of("solar", SOLAR))
    (made,) = rows(node, "cooperation_stand")
    assert {n: made[n] for n in ("gate", "gate_on", "gate_next", "gate_due", "acts_next", "acts_since")} == {
        "gate": "study", "gate_on": "2025-01-15", "gate_next": "permits", "gate_due": "2026-06",
        "acts_next": "Ministry of Energy", "acts_since": "2026-02-03",
    }  # fmt: skip
    assert (made["cost_m"], made["currency"], made["committed_m"], made["missing_m"]) == (60.0, "USD", 20.0, 40.0)


def test_no_currency_is_converted_and_nothing_is_made_up(node: Node) -> None:
    tell(node, ("a", "budget", "60000000 USD", "2026"), ("a", "committed", "20000000 EUR", "2026"))
    tell(node, ("b", "budget", "60000000", "2026"), ("c", "name", "A road", "2026"), source_id="other")
    made = {r["entity_id"].rsplit(":", 1)[1]: r for r in rows(node, "cooperation_stand")}
    assert [made[k]["missing_m"] for k in "abc"] == [None, None, None]
    assert [made[k]["is_costed"] for k in "abc"] == [True, False, False]
    assert {made[k]["gate"] for k in "abc"} == {"unknown"}


def test_what_sources_say_of_its_money_stands_side_by_side(node: Node, client: TestClient) -> None:
    tell(node, *of("solar", SOLAR))
    other = (("solar", "budget", "75000000 USD", "2026-03-01"),)
    tell(node, *of("solar", SOLAR), source_id="ministry")  # the same again changes nothing
    rest = sheet(*other, source=OTHER).split(b"\n", 1)[1]
    receipt = sent(node, "sheet", sheet(*of("solar", SOLAR)) + rest)
    assert not receipt.refused
    follow(node)
    said = {r["origin"]: (r["cost"], r["committed"], r["missing_m"]) for r in rows(node, "cooperation_money")}
    assert said == {
        "https://a.example/1": ("60000000 USD", "20000000 USD", 40.0),
        "https://b.example/2": ("75000000 USD", None, None),
    }
    page = panel(client, "project", "money", f"entity_id={ID}")
    assert "60 000 000 USD" in page
    assert "75 000 000 USD" in page


def test_gates_have_the_plan_and_what_was_beside_it_with_the_evidence(node: Node) -> None:
    tell(node, *of("solar", SOLAR))
    made = {r["gate"]: r for r in rows(node, "cooperation_gate")}
    assert len(made) == 6
    study = made["study"]
    assert (study["planned"], study["passed"], study["delay_d"]) == ("2024-12-15", "2025-01-15", 31.0)
    assert study["shown_at"] == "https://a.example/1"
    assert study["passed_on"] - study["before_on"] == 365
    assert made["permits"]["before_on"] == study["passed_on"]
    assert (made["finance"]["planned"], made["finance"]["is_passed"], made["finance"]["before_on"]) == (
        None, False, None,
    )  # fmt: skip


# --- which first, and how firm -------------------------------------------------------------------------------------


def many(n: int, cost: str = "30000000 USD") -> list[tuple[str, str, str, str]]:
    return [
        row
        for i in range(n)
        for row in of(
            f"p{i}", (("name", f"Plant {i}", "2026"), ("budget", cost, "2026"), ("jobs", str(100 - i), "2026"))
        )
    ]


def test_the_choice_of_the_page_keeps_to_its_budget_and_says_how_firm_each_is(node: Node) -> None:
    tell(node, *many(5), ("free", "name", "No cost is known", "2026"))
    made = rows(node, "cooperation_choice")
    assert sum(r["cost_m"] for r in made if r["is_picked"]) <= 100.0
    assert {r["firm"] for r in made if r["title"] == "No cost is known"} == {"left_out"}
    assert all(r["chosen_low"] <= r["chosen_share"] <= r["chosen_high"] for r in made if r["firm"] != "left_out")


def test_each_view_has_the_choice_of_what_it_sees(node: Node) -> None:
    tell(node, *many(3), labels=FOR_MEMBERS)
    assert {r["firm"] for r in rows(node, "cooperation_choice", "members")} == {"core"}
    hidden = [("best", "budget", "90000000 USD", "2026"), ("best", "jobs", "100000", "2026")]
    hidden += [("best", "passed_operation", "2026", "2026")]
    before = rows(node, "cooperation_choice", "members")
    tell(node, *hidden, source_id="secret")
    assert rows(node, "cooperation_choice", "members") == before
    assert len(rows(node, "cooperation_choice")) == 4


def test_the_front_page_says_how_many_are_firm_and_what_is_missing(node: Node, client: TestClient) -> None:
    assert "Propose the first project" in panel(client, "industry", "firm")
    tell(node, *of("solar", SOLAR))
    said = panel(client, "industry", "firm")
    assert "1 project is firm" in said
    assert "USD 40 m are missing for those 1 of which" in said
    assert "1 жоба берік" in panel(client, "industry", "firm", "lang=kk")


def test_who_must_act_next_and_dates_that_have_passed(node: Node, client: TestClient) -> None:
    tell(node, *of("solar", SOLAR), ("b", "name", "A road", "2026"), ("b", "state", "UZB", "2026"))
    said = panel(client, "projects_waiting", "waiting", "filter=state%20%3D%20'KAZ'%20AND%20cost_m%20>%205")
    assert "Ministry of Energy" in said
    assert "A road" not in said
    assert "A solar park" in panel(client, "projects_waiting", "late")
    assert "A solar park" not in panel(client, "projects_waiting", "ahead")


def test_the_page_of_a_project_begins_in_words(node: Node, client: TestClient) -> None:
    tell(node, *of("solar", SOLAR))
    said = panel(client, "project", "stands", f"entity_id={ID}")
    assert "Of six gates the furthest that it has passed is study" in said
    assert "Ministry of Energy must act next, since 3 Feb 2026" in said
    assert "40 million USD are missing" in said
    assert "study 2024-12-15 2025-01-15 31 a.example" in panel(client, "project", "gates", f"entity_id={ID}")


def test_where_enough_is_committed_nothing_is_missing_and_that_is_known(node: Node, client: TestClient) -> None:
    tell(node, ("rich", "name", "A rich road", "2026"), ("rich", "budget", "5000000 USD", "2026"),
         ("rich", "committed", "7000000 USD", "2026"))  # fmt: skip
    said = panel(client, "project", "stands", f"entity_id={ID.replace('solar', 'rich')}")
    assert "No money is missing." in said
    assert "isn't known" not in said.split("No money")[1]
    assert "0 million" not in said


# --- figures ------------------------------------------------------------------------------------------------------


def figure(node: Node, name: str, **dims: str) -> dict[str, Any]:
    made = node.reader(principal(node, "own")).figures(name).to_pylist()
    (found,) = [r for r in made if all(r[k] == v for k, v in dims.items())]
    return dict(found)


def test_money_missing_sums_what_is_known_in_one_currency_and_counts_the_rest(node: Node) -> None:
    tell(
        node,
        *of("a", (("budget", "60000000 USD", "2026"), ("committed", "20000000 USD", "2026"))),
        *of("b", (("budget", "10000000 USD", "2026"),)),
        *of("c", (("budget", "500000000 KZT", "2026"), ("committed", "600000000 KZT", "2026"))),
    )
    usd = figure(node, "money_missing", currency="USD")
    assert (usd["value"], usd["n"], usd["uncommitted_n"], usd["cost_m"]) == (40.0, 1, 1, 70.0)
    assert figure(node, "money_missing", currency="KZT")["value"] == 0.0


def test_projects_are_counted_by_gate_and_the_late_ones_told(node: Node) -> None:
    tell(node, *of("solar", SOLAR), ("b", "stage", "identification", "2026"), ("c", "stage", "cancelled", "2026"))
    study = figure(node, "projects_by_gate", gate="study")
    assert (study["value"], study["awaiting_n"], study["late_n"]) == (1.0, 1, 1)
    assert figure(node, "projects_by_gate", gate="none_yet")["value"] == 1.0
    assert figure(node, "projects_by_gate", gate="unknown")["finished_n"] == 1


def test_time_at_a_gate_counts_who_still_waits_and_is_withheld_of_few(node: Node) -> None:
    claims = [(f"p{i}", "passed_idea", "2026-01-01", "2026") for i in range(6)]
    claims += [(f"p{i}", "passed_study", f"2026-0{i + 2}-01", "2026") for i in range(4)]
    tell(node, *claims)
    made = figure(node, "gate_time", gate="study")
    assert (made["n"], made["through_n"]) == (6, 4)
    assert made["value"] == 90.0  # the third of six: two wait still
    assert figure(node, "gate_time", gate="permits")["value"] is None


def test_delays_are_the_median_of_those_that_passed(node: Node) -> None:
    claims = [(f"p{i}", "planned_study", "2026-01-01", "2026") for i in range(6)]
    claims += [(f"p{i}", "passed_study", f"2026-01-{1 + 10 * i // 2:02d}", "2026") for i in range(5)]
    tell(node, *claims)
    made = figure(node, "gate_delay", gate="study")
    assert (made["value"], made["n"], made["late_n"], made["undated_n"]) == (10.0, 5, 4, 1)


# --- who comes by keyboard ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A closed node of the registry, where everybody may read what is public."""
    folder = tmp_path_factory.mktemp("industry") / "node"
    with running(
        folder, free_port(), "https://id.example", name="localhost", declared=(DOMAIN,), clock=SetClock(TODAY)
    ) as made:
        made.does("public_open")
        for i, jobs in enumerate((900, 700, 100)):
            told = [("name", f"Plant {i}", "2026"), ("budget", "60000000 USD", "2026"), ("jobs", str(jobs), "2026")]
            told += [(f"passed_{gate}", "2025", "2026") for gate in ("idea", "study")[: 2 - i // 2] if i]
            tell(made.node, *of(f"p{i}", told), source_id=f"s{i}", labels=FOR_ALL)
        yield made


@pytest.mark.browser
def test_a_weight_is_moved_by_keyboard_on_a_phone_and_the_link_keeps_it(chromium: Any, at: House) -> None:
    reader = Visit(chromium, at.base, viewport={"width": 390, "height": 844})
    reader.go("/industry")
    before = reader.page.locator(".weights-said").inner_text()
    assert "of 3 are chosen" in before
    reader.page.locator("#weights-set-weight_jobs").focus()
    reader.page.keyboard.press("End")
    reader.page.locator(".weights-enters").first.wait_for()
    assert reader.page.evaluate("document.activeElement.id") == "weights-set-weight_jobs"
    assert "1 enter and 1 leave" in reader.page.locator("#said").inner_text()
    assert "set-weight_jobs=10" in reader.page.url
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(reader) == []
    reader.context.close()
    plainly = Visit(chromium, at.base, viewport={"width": 390, "height": 844}, java_script_enabled=False)
    plainly.page.goto(f"{at.base}/cooperation/industry?whole=1&set-weight_jobs=10")
    assert "1 enter and 1 leave" in plainly.page.locator(".weights-said").inner_text()
    plainly.page.get_by_role("button", name="Choose again").press("Enter")
    plainly.page.wait_for_url("**set-weight_jobs=10**")
    assert "1 enter and 1 leave" in plainly.page.locator(".weights-said").inner_text()
    plainly.context.close()
