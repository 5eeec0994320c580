"""Pages as their readers get them, without a browser."""

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.apps.web.conftest import CROSSING, QUIET

from birlik.apps.serve import application
from birlik.apps.web.ask import MOST_MORE, Ask
from birlik.apps.web.memo import Memo
from birlik.apps.web.panels import sentence, table
from birlik.apps.web.security import HEADERS
from birlik.apps.web.sight import Sight
from birlik.apps.web.words import words
from birlik.domains.transport.pages import CROSSING as CROSSING_PAGE
from birlik.kernel.domain import Clause, RowTable, Sentence
from birlik.kernel.node import Node
from birlik.kernel.service import Service

PAGE = f"/transport/crossing/{CROSSING}"
ASKED = f"crossing_id={CROSSING}&direction=a_to_b"
EVERY_PAGE = (
    "/transport/overview",
    PAGE,
    "/transport/sources",
    "/method/tfi1",
    "/search?q=khorgos",
    "/transport/nowhere",
)
PANELS = tuple(panel.name for panel in CROSSING_PAGE.panels)


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(pages: TestClient, name: str, query: str = ASKED, page: str = "crossing") -> str:
    answer = pages.get(f"/transport/{page}/-/panel/{name}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page_has_the_headers_and_nothing_inline(pages: TestClient, address: str) -> None:
    answer = pages.get(address)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|https?://(?!www\.w3\.org)", answer.text)


def test_the_root_shows_the_doors_and_each_leads_to_its_first_page(pages: TestClient) -> None:
    assert "Borders now" in pages.get("/").text
    assert pages.get("/transport", follow_redirects=False).headers["location"] == "/transport/overview"


def test_the_frame_comes_at_once_and_its_panels_by_themselves(pages: TestClient) -> None:
    found = re.findall(r'hx-get="[^"]*/-/panel/([a-z]+)\?', pages.get(PAGE).text)
    assert tuple(found) == PANELS


def test_the_sentence_says_the_figures_of_the_api(pages: TestClient) -> None:
    rows = pages.get(f"/api/v1/indicators/tfi1_day?{ASKED}&order=-exit_day").json()["data"]
    newest = next(row for row in rows if row["value"] is not None)
    said = plain(panel(pages, "now"))
    assert plain(words("en", []).duration(newest["value"])) in said
    waiting = pages.get(f"/api/v1/indicators/waiting_now?{ASKED}").json()["data"][0]
    assert f"{waiting['value']:.0f} are waiting" in said


def test_a_panel_says_its_period_n_basis_moment_method_downloads_and_permalink(pages: TestClient) -> None:
    made = panel(pages, "months")
    said = plain(made)
    for word in ("March 2026", "n = ", "reported", "as of", "Method", "CSV", "Parquet", "PNG", "SVG", "Permalink"):
        assert word in said
    assert 'href="/method/tfi1"' in made


@pytest.mark.parametrize("form", ["CSV", "Parquet", "PNG", "SVG"])
def test_every_download_of_a_panel_is_there(pages: TestClient, form: str) -> None:
    href = re.search(rf'<a href="([^"]+)" download>{form}<', panel(pages, "trend"))
    assert href is not None
    answer = pages.get(html.unescape(href[1]))
    starts = {"CSV": b"crossing_id", "Parquet": b"PAR1", "PNG": b"\x89PNG", "SVG": b"<svg"}[form]
    assert answer.status_code == 200
    assert answer.content.startswith(starts)


def test_a_tag_stands_while_what_the_reader_sees_does(pages: TestClient) -> None:
    address = f"/transport/crossing/-/panel/trend?{ASKED}"
    tag = pages.get(address).headers["etag"]
    assert pages.get(address, headers={"if-none-match": tag}).status_code == 304
    tags = pages.get(f"/transport/crossing/-/tags/all?{ASKED}").json()["panels"]
    assert f'"{tags["trend"]}"' == tag
    assert set(tags) == set(PANELS)


def test_what_is_withheld_says_why(pages: TestClient) -> None:
    assert "Withheld: n < 5" in plain(panel(pages, "week", f"crossing_id={CROSSING}&direction=b_to_a"))


def test_an_empty_panel_says_what_would_be_here(pages: TestClient) -> None:
    said = plain(panel(pages, "trend", f"crossing_id={QUIET}&direction=a_to_b"))
    assert "No finished crossing yet." in said


def test_a_long_list_shows_more_where_it_is_asked_to(web_node: Node) -> None:
    rows = RowTable(name="open", title="", table="transport_crossing_episode", limit=2)
    sight = sight_of(web_node, CROSSING)
    first = table.rows(rows, sight)
    assert first.grid is not None
    assert len(first.grid.rows) == 2
    assert first.values["more"].address == f"{PAGE}?more=2#open"
    most = table.rows(rows, replace(sight, ask=replace(sight.ask, more=MOST_MORE)))
    assert most.grid is not None
    assert len(most.grid.rows) > 2
    assert most.values["more"] is None


def test_the_list_of_who_is_inside_begins_with_who_entered_first(pages: TestClient) -> None:
    rows = pages.get(f"/api/v1/tables/transport_crossing_episode?{ASKED}&status=open&order=entry_time").json()["data"]
    said = plain(panel(pages, "open"))
    assert rows
    assert sorted(said.index(row["object_id"]) for row in rows) == [said.index(row["object_id"]) for row in rows]


def test_each_cause_has_its_whisker(pages: TestClient) -> None:
    spec = pages.get(f"/transport/crossing/-/chart/causes.json?{ASKED}").json()
    drawn = [(layer["mark"]["type"], layer["encoding"].get("x2", {}).get("field")) for layer in spec["layer"]]
    assert ("rule", "high") in drawn
    row = pages.get(f"/api/v1/indicators/causes?{ASKED}").json()["data"][-1]
    causes = [name.removesuffix("_low_h") for name in row if name.endswith("_low_h")]
    assert causes
    assert all(row[f"{c}_low_h"] <= row[f"{c}_h"] <= row[f"{c}_high_h"] for c in causes)


def test_what_came_from_outside_is_escaped(pages: TestClient) -> None:
    made = panel(pages, "quarantine", "", page="sources")
    assert "&lt;b&gt;no time&lt;/b&gt;" in made
    assert "<b>no time" not in made


def test_the_public_sees_nothing_of_the_operators_rows(pages: TestClient, public_pages: TestClient) -> None:
    said = plain(panel(public_pages, "now"))
    assert "No crossing in this direction yet." in said
    assert "no time" not in panel(public_pages, "quarantine", "", page="sources")
    assert "on average" in plain(panel(pages, "now"))
    assert "Nur Zholy → Khorgos" not in plain(panel(public_pages, "crossings", "", page="overview"))


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        pytest.param("/transport/crossing/nowhere", 404, "nothing at this address", id="no such crossing"),
        pytest.param("/transport/elsewhere", 404, "nothing at this address", id="no such page"),
        pytest.param("/method/none", 404, "nothing at this address", id="no such indicator"),
        pytest.param(f"{PAGE}?direction=up", 400, "a_to_b, b_to_a", id="what a parameter takes is said"),
        pytest.param(f"{PAGE}?as_of=soon", 400, "as_of", id="no time"),
        pytest.param(f"/transport/crossing/-/panel/none?{ASKED}", 404, "could not be made", id="no such panel"),
    ],
)
def test_an_error_says_what_and_the_way_out(pages: TestClient, address: str, status: int, said: str) -> None:
    answer = pages.get(address)
    assert answer.status_code == status
    assert said in plain(answer.text)


@pytest.mark.parametrize(
    ("address", "to"),
    [
        pytest.param("/transport/", "/transport", id="a room"),
        pytest.param("/transport//", "/transport", id="two of them"),
        pytest.param("/transport/overview/?lang=kk", "/transport/overview?lang=kk", id="a page, and what it asks"),
        pytest.param("/transport/elsewhere/", "/transport/elsewhere", id="no page, which is said there"),
    ],
)
def test_an_address_with_a_slash_behind_it_leads_to_that_without(pages: TestClient, address: str, to: str) -> None:
    answer = pages.get(address, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, to)
    assert pages.post(address.partition("?")[0], follow_redirects=False).status_code in (403, 404, 405)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("khorgos", "Nur Zholy – Khorgos", id="a part of the name"),
        pytest.param("қорғас", "Nur Zholy – Khorgos", id="in another language"),
        pytest.param("Хоргос", "Nur Zholy – Khorgos", id="in Cyrillic"),
        pytest.param("Xorgos", "Nur Zholy – Khorgos", id="in another spelling"),
        pytest.param("Нур жолы", "Nur Zholy – Khorgos", id="in letters of a neighbour's alphabet"),
        pytest.param("kz 100 nur 10", "Nur Zholy – Khorgos, ", id="an object, by what its source calls it"),
        pytest.param("boyuk kesik", "Böyük Kəsik", id="without its marks"),
        pytest.param("TFI1", "Time at a border crossing", id="an indicator by its code"),
        pytest.param("sources", "Sources", id="a page"),
    ],
)
def test_the_search_box_finds(pages: TestClient, text: str, found: str) -> None:
    assert found in plain(pages.get("/search", params={"q": text, "lang": "en"}).text)


def test_a_language_that_was_chosen_is_kept(pages: TestClient) -> None:
    answer = pages.get(f"{PAGE}?lang=kk")
    assert '<html lang="kk"' in answer.text
    assert "Нұр жолы – Қорғас" in answer.text
    assert "birlik_lang=kk" in answer.headers["set-cookie"]
    pages.cookies.clear()


@pytest.mark.parametrize("name", ["trend", "months", "week", "causes"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "kk"])
def test_a_chart_is_a_specification_that_takes_its_figures_by_address(
    pages: TestClient, name: str, theme: str, language: str
) -> None:
    answer = pages.get(f"/transport/crossing/-/chart/{name}.json?{ASKED}&theme={theme}&lang={language}")
    spec = answer.json()
    addresses = set(re.findall(r'"url": "(/api/v1/[^"]+)"', json.dumps(spec)))
    assert addresses
    assert all(pages.get(address).json()["data"] for address in addresses)
    assert spec["usermeta"]["embedOptions"]["formatLocale"]["decimal"] == {"en": ".", "kk": ","}[language]


def marked(layer: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return layer["mark"], layer["encoding"]


def test_a_series_draws_the_interval_of_every_figure(pages: TestClient) -> None:
    spec = pages.get(f"/transport/crossing/-/chart/trend.json?{ASKED}").json()
    ends = {(m["type"], str(e.get("y2", {}).get("field"))) for m, e in map(marked, spec["layer"])}
    assert {kind for kind, end in ends if end.removeprefix("median_") == "high"} == {"area", "rule"}


def test_a_sentence_of_clauses_leaves_out_what_has_nothing_to_say(web_node: Node) -> None:
    clauses = (
        Clause(indicator="tfi1_day", text="**{value}** on {period}[, {against_usual}]."),
        Clause(indicator="waiting_now", text="{value} waiting[, the oldest for {oldest_h}[, since {no_measure}]]."),
    )
    panel = Sentence(name="now", title="In short", clauses=clauses)
    busy = plain(str(sentence.content(panel, sight_of(web_node, CROSSING)).values["sentence"]))
    assert re.search(r"^\d+ h( \d+ min)? on \d+ Mar 2026\. \d+ waiting, the oldest for [^,]+\.$", busy)
    quiet = sentence.content(panel, sight_of(web_node, QUIET))
    assert quiet.empty
    assert quiet.values["sentence"] == ""


def test_a_permalink_shows_nothing_of_now_as_of_then(pages: TestClient, web_node: Node) -> None:
    app = application(Service(web_node), start=True)  # to pin is an act, which a service does that has started
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as started:
        moment = started.post("/api/v1/pin").json()["as_of"]
    asked = f"{ASKED}&as_of={moment}"
    assert "waiting" in plain(panel(pages, "now"))
    assert "waiting" not in plain(panel(pages, "now", asked))
    assert "since it is kept in no version" in plain(panel(pages, "open", asked))
    assert "since it is kept in no version" not in plain(panel(pages, "trend", asked))
    overview = panel(pages, "crossings", f"as_of={moment}", page="overview")
    assert "it can only be seen as it is now" in plain(overview)
    assert "No crossing has been seen" not in plain(overview)
    assert "<tbody" not in overview
    links = [html.unescape(link) for link in re.findall(r'href="(/api/v1/[^"]+)"', overview)]
    assert links
    assert {pages.get(link).status_code for link in links} == {200}


def test_the_sentence_leads_to_the_figure_that_it_says(pages: TestClient) -> None:
    assert "/api/v1/indicators/tfi1_day?" in panel(pages, "now")


def test_nothing_came_in_the_future() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert words("en", []).ago(now + timedelta(seconds=6), now) == "1 second ago"


def sight_of(node: Node, crossing_id: str) -> Sight:
    domain = node.domains[0]
    page = next(p for p in domain.pages if p.name == "crossing")
    given = {"crossing_id": crossing_id, "direction": "a_to_b"}
    folders = [d.catalogue for d in node.domains if d.catalogue is not None]
    ask = Ask(domain=domain, page=page, given=given)
    return Sight(node=node, principal=node.operator, words=words("en", folders), ask=ask, memo=Memo())


def test_a_picture_that_leaves_says_what_it_is_of_and_whose(pages: TestClient) -> None:
    answer = pages.get(f"/transport/crossing/-/picture/trend.svg?{ASKED}")
    said = plain(answer.text)
    for words_ in ("Nur Zholy – Khorgos", ", h ", "n = ", "reported", "Records of: border-guard", "birlik, Kazakhstan"):
        assert words_ in said
    assert "127.0.0.1" in said
    assert "Licence of the figures: not stated" in said


def test_a_doubtful_published_value_does_not_scale_the_months(pages: TestClient) -> None:
    spec = pages.get(f"/transport/crossing/-/chart/months.json?{ASKED}").json()
    doubtful = [layer for layer in spec["layer"] if "?" in json.dumps(layer.get("data", {}).get("values", []))]
    assert doubtful
    assert all("value" in layer["encoding"]["y"] for layer in doubtful)


def test_the_foot_of_a_page_says_which_software_licence_and_where_to_ask(web_node: Node) -> None:
    settings = web_node.settings.model_copy(update={"contact": "desk@example.kz", "licence": "CC BY 4.0"})
    app = application(Service(replace(web_node, settings=settings)))
    client = TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))
    for address in ("/transport/overview", "/search?q=x", "/about"):
        said = plain(client.get(address).text)
        for words_ in ("Documentation", "API", "birlik 0.", "Apache-2.0", "CC BY 4.0", "desk@example.kz"):
            assert words_ in said
    about = client.get("/about").text
    assert 'href="/method/tfi1"' in about
    assert "Kazakhstan" in about


def test_every_page_says_how_fresh_its_data_are(pages: TestClient) -> None:
    for address in (PAGE, "/transport/overview", "/transport/sources"):
        assert re.search(r"Last record \d+ (second|minute|hour)s? ago", plain(pages.get(address).text)), address
    assert pages.get(f"/transport/crossing/-/tags/all?{ASKED}").json()["fresh"].startswith("Last record")


def test_a_registers_row_says_its_id_its_unit_once_and_leads_to_the_page_about_it(pages: TestClient) -> None:
    """Elsewhere an id is read as the name that goes with it; on its own page it is what it is."""
    html = pages.get("/transport/record/transport_place/kz-nurzholy").text
    said = plain(html)
    assert "place id kz-nurzholy Our id." in said
    assert "precision, km 4" in said
    assert "place id unlocode –" in said
    assert said.count("place id unlocode") == 1, "what a fact leaves empty was never said"
    crossing = pages.get(f"/transport/record/transport_crossing/{CROSSING}").text
    assert f'<a href="{PAGE}">Border crossing</a>' in crossing
