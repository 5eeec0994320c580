"""A reader's own expression on a page's list of rows: what it finds, what is said at its field, what it may not do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, CAGE, MASS, MEDIA_TYPE, change, changes
from tests.support.claims import CLAIMS
from tests.support.nodes import delivery, opened
from tests.support.server import browsing

from birlik.apps.serve import application
from birlik.apps.web.panels.filtering import examples
from birlik.kernel import pipeline
from birlik.kernel.domain import RowTable
from birlik.kernel.filtering import read
from birlik.kernel.node import Node, StoreReader
from birlik.kernel.query import TooCostly, checked
from birlik.kernel.service import Service
from birlik.kernel.tables import shown_fields

BIRDS = "/aviary/records/aviary_bird"
SECRET = replace(MASS, public_fields=("bird_id", "source_id", "basis", "changed_time"))
"""A table whose mass nobody is shown."""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    tables = tuple(SECRET if table.name == MASS.name else table for table in AVIARY.tables)
    aviary = replace(AVIARY, tables=tables, catalogue=None)
    with opened(tmp_path / "node", declared=(aviary, CLAIMS), follow_every_s=3600) as made:
        items = [
            change(CAGE, cage_id="c1", name="north"),
            change(CAGE, cage_id="c2", name="south"),
            *(
                change(
                    BIRD, bird_id=f"b{i}", name=f"Bek {i}", species=("owl", "finch")[i % 2], cage_id=f"c{1 + i // 3}"
                )
                for i in range(6)
            ),
            change(MASS, bird_id="b1", source_id="keeper", basis="measured", mass_g=410.0),
        ]
        pipeline.take(made, [delivery(changes(items), made, media_type=MEDIA_TYPE, source_id="keeper")])
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def asked(client: TestClient, text: str, page: str = BIRDS, **more: str) -> str:
    return client.get(page, params={"whole": "1", "filter": text, **more}).text


def birds(html: str) -> list[str]:
    return sorted(re.findall(r"/aviary/record/aviary_bird/(b\d)", html))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("species = 'owl'", ["b0", "b2", "b4"], id="a code"),
        pytest.param("cage_id.name = 'south' AND NOT species = 'owl'", ["b3", "b5"], id="a field behind a reference"),
        pytest.param("name LIKE '%5' OR bird_id IN ('b0')", ["b0", "b5"], id="text"),
        pytest.param("changed_time < TIMESTAMP('2020-01-01T00:00:00Z')", [], id="none"),
    ],
)
def test_a_list_shows_the_rows_that_fit(client: TestClient, text: str, found: list[str]) -> None:
    html = asked(client, text)
    assert birds(html) == found
    assert ("No row fits." in html) is not bool(found)
    assert f'name="filter" value="{text}"' in unescape(html), "it stays in its field"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("specie = 'owl'", "no field 'specie'; did you mean species?"),
        ("species = 'howl'", "species is one of finch, owl, crane, not 'howl'; did you mean owl?"),
        ("species = ", "this is no CQL2"),
        ("name", "it has to be true or false"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_the_page_holds(client: TestClient, text: str, said: str) -> None:
    answer = client.get(BIRDS, params={"whole": "1", "filter": text})
    html = unescape(answer.text)
    error = re.search(r'id="rows-filter-error" role="alert">([^<]*)', html)
    assert (answer.status_code, birds(html)) == (200, [])
    assert error is not None
    assert said in error[1]
    assert 'aria-invalid="true"' in html
    assert "No row fits." not in html, "what can't be asked has no answer, not an empty one"


def test_the_download_and_the_permalink_have_the_same_rows(client: TestClient) -> None:
    html = asked(client, "species = 'owl'")
    csv = re.search(r'<a href="([^"]+)" download>CSV', html)
    assert csv is not None
    lines = client.get(unescape(csv[1])).text.splitlines()
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["b0", "b2", "b4"]
    link = re.search(r'<a href="([^"]+)#rows" class="permalink"', html)
    assert link is not None
    assert parse_qs(urlsplit(unescape(link[1])).query)["filter"] == ["species = 'owl'"]


def test_without_javascript_the_form_keeps_what_else_the_address_says(client: TestClient) -> None:
    html = asked(client, "species = 'owl'", as_of="2026-04-01T12:00:00Z")
    form = re.search(r'<form class="filter" method="get" action="([^"]+)">(.*?)</form>', html, re.S)
    assert form is not None
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    assert (form[1], hidden) == (f"{BIRDS}#rows", {"as_of": "2026-04-01T12:00:00Z", "whole": "1"})


def test_of_more_rows_than_are_shown_it_says_how_many_there_are(node: Node, client: TestClient) -> None:
    (page,) = (p for d in node.domains for p in d.pages if p.name == "cages")
    small = RowTable(name="birds", title="Birds", table=BIRD.name, limit=2)
    domain = next(d for d in node.domains if d.name == "aviary")
    object.__setattr__(domain, "pages", (replace(page, panels=(small,)),))
    with TestClient(application(Service(node)), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as again:
        html = again.get("/aviary/cages", params={"whole": "1", "filter": "species = 'owl'"}).text
    assert "n = 2 of 3" in html


def test_a_page_of_several_lists_has_a_filter_for_each(client: TestClient) -> None:
    html = client.get("/aviary/cages", params={"whole": "1", "filter-birds": "name = 'Bek 4'"}).text
    assert birds(html) == ["b4"]
    assert "/aviary/record/aviary_cage/c2" in html, "the other list stands as it was"


def test_a_queue_is_filtered_too_and_an_act_leads_back_to_it(client: TestClient) -> None:
    for name in ("Aru", "Bek"):
        pair = {"pair_id": name, "left": name, "right": f"{name} LLP", "state": "waiting"}
        assert client.post("/api/v1/tables/claims_pair/rows", json=pair).status_code == 201
    html = asked(client, "left = 'Bek'", "/claims/pairs")
    assert ("record/claims_pair/Aru" in html, "record/claims_pair/Bek" in html) == (False, True)
    back = re.search(r'name="-back" value="([^"]+)"', html)
    assert back is not None
    assert "filter=left+%3D+%27Bek%27" in unescape(back[1])


def test_what_is_shown_to_nobody_can_not_be_asked_for(client: TestClient) -> None:
    html = unescape(asked(client, "mass_g > 400", "/aviary/records/aviary_mass"))
    assert "no field 'mass_g'" in html
    assert "410" not in client.get("/aviary/records/aviary_mass?whole=1").text


def test_an_expression_has_so_much_time_and_says_so_where_it_takes_longer(
    node: Node, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def ended(reader: StoreReader, seconds: float) -> StoreReader:
        given.append(seconds)
        raise TooCostly("this took longer than a question may take", parameter="filter")

    monkeypatch.setattr(StoreReader, "within", ended)
    html = unescape(asked(client, "species = 'owl'"))
    assert 'id="rows-filter-error" role="alert">this took longer than a question may take<' in html
    assert set(given) == {node.settings.query_s}
    assert birds(client.get(f"{BIRDS}?whole=1").text) != [], "who asks for nothing of their own has no such limit"


def test_every_example_that_is_offered_can_be_asked(node: Node) -> None:
    def fields_of(name: str) -> Mapping[str, object]:
        return shown_fields(node.store.catalogue.declared(name))

    tables = [*node.store.catalogue.tables.values(), *node.store.catalogue.derived.values()]
    for table in tables:
        points = bool(table.latitude and table.longitude)
        for text in examples(fields_of(table.name), fields_of, points, "2026-03-01"):  # type: ignore[arg-type]
            checked(read(text), table.name, fields_of, has_points=points)  # type: ignore[arg-type]
