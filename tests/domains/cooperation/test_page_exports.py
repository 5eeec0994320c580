"""The pages of the registry offer each form in which there is something to give, and no other."""

import re

from starlette.testclient import TestClient
from tests.support.nodes import follow
from tests.support.registry import sent

from birlik.domains.cooperation.model.leaving import PROJECTS, WORKS
from birlik.domains.cooperation.wire import forms, oc4ids
from birlik.domains.cooperation.wire.form import statements
from birlik.kernel.node import Node

BIB = b"@article{a1, title={Waters of the Aral}, author={Asan, Uson}, year={2021}, doi={10.5555/12345678}}"


OF_ANY = ("Cite this", "Follow by feed")


def offered(client: TestClient, address: str) -> dict[str, str]:
    (row,) = re.findall(r'<p class="leaving">(.*?)</p>', client.get(address).text, re.S)
    return {text: href for href, text in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', row) if text not in OF_ANY}


def test_a_work_leaves_in_three_forms_and_each_link_answers(node: Node, client: TestClient) -> None:
    assert sent(node, "bibtex", BIB).accepted
    follow(node)
    (work,) = client.get("/api/v1/tables/cooperation_work").json()["data"]
    links = offered(client, f"/cooperation/work/{work['entity_id']}")
    assert list(links) == ["BibTeX", "RIS", "CSL-JSON", "JSON-LD"]
    for address in links.values():
        assert "Waters of the Aral" in client.get(address).text


CSL = (
    """[{"id": "a1", "type": "book", "title": "Winds", "issued": {"date-parts": [[2021, 3, 4]]}, "DOI": "10.5555/1"}]"""
)


def test_a_bibtex_that_is_made_here_has_a_year_and_says_one_date_when_it_is_read_again(
    node: Node, client: TestClient
) -> None:
    assert sent(node, "csl_json", CSL.encode()).accepted
    follow(node)
    (work,) = client.get("/api/v1/tables/cooperation_work").json()["data"]
    made = client.get(offered(client, f"/cooperation/work/{work['entity_id']}")["BibTeX"]).text
    assert "year = 2021," in made
    assert "date = {2021-03-04}," in made
    (piece,) = forms.FORMS["bibtex"].cut(made.encode()).pieces
    said = statements(forms.FORMS["bibtex"], forms.FORMS["bibtex"].document(piece))
    assert [one.value for one in said if one.property == "issued"] == ["2021-03-04"]


def test_an_event_is_offered_to_calendars_only_where_its_day_is_known(client: TestClient) -> None:
    rows = client.get("/api/v1/tables/cooperation_entity", params={"kind": "event", "limit": 1000}).json()["data"]
    exact = {row["entity_id"]: len(row["start"] or "") == 10 for row in rows}
    assert set(exact.values()) == {True, False}
    for entity_id in (next(e for e in exact if exact[e]), next(e for e in exact if not exact[e])):
        links = offered(client, f"/cooperation/entity/{entity_id}")
        assert ("iCalendar" in links) == exact[entity_id]
        if exact[entity_id]:
            assert client.get(links["iCalendar"]).text.count("BEGIN:VEVENT") == 1
        assert client.get(f"/calendar/event/{entity_id}").status_code == (200 if exact[entity_id] else 404)


def test_the_forms_that_pages_know_are_those_that_the_wire_has() -> None:
    assert set(forms.WORKS) == WORKS
    assert {oc4ids.OC4IDS.name} == PROJECTS
