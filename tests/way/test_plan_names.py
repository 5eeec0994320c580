"""What a result calls by name leads to its page, as it is called now; what its reader doesn't see is no way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, CAGE, MEDIA_TYPE, PAGE, change, changes
from tests.support.aviary import BIRD as BIRDS
from tests.support.census import CENSUS
from tests.support.nodes import NOON, delivery, follow, opened
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.kernel import checking, pipeline
from birlik.kernel.domain import Page, RowTable
from birlik.kernel.own import OWN

CAGE_PAGE = Page(
    name="cage",
    title="A cage",
    question="Who lives in it?",
    parameters=("cage_id",),
    about=CAGE.name,
    panels=(RowTable(name="birds", title="Birds", table=BIRDS.name),),
)
DOMAIN = replace(AVIARY, pages=(PAGE, CAGE_PAGE), plans=(CENSUS,), catalogue=None)
ADDRESS = "/aviary/plan/aviary_census"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with opened(tmp_path / "node", declared=(DOMAIN,), clock=SetClock(NOON), open=True) as node:
        told = [
            change(CAGE, cage_id="a", name="Aspen"),
            change(BIRDS, bird_id="o1", name="Hoot", species="owl", cage_id="a"),
        ]
        pipeline.take(node, [delivery(changes(told), node, media_type=MEDIA_TYPE)])
        follow(node)
        with browsing(node) as made:
            yield made


def test_a_thing_that_a_result_names_is_called_as_its_page_is_and_leads_there(client: TestClient) -> None:
    at = client.post(ADDRESS, data={"more": "1"}, follow_redirects=False).headers["location"]
    job = at.rpartition("/")[2]
    while not client.get(f"/api/v1/jobs/{job}?wait=10").json()["is_over"]:
        pass
    assert '<a href="/aviary/cage/a">' in client.get(at).text
    (row,) = client.get(f"/api/v1/jobs/{job}/rows").json()["data"]
    assert (row["called"], row["birds_n"], row["today_birds_n"]) == ("cage a", 2, 1)


def test_a_name_that_leads_to_no_page_or_by_no_field_is_refused() -> None:
    wrong = replace(CENSUS, named={"called": ("castle", "castle_id")})
    told = checking.faults((replace(DOMAIN, plans=(wrong,)), OWN))
    assert told == [
        "plan aviary_census: 'castle_id' is none of its fields",
        "plan aviary_census: 'castle' is no page of its domain about a row, so 'called' leads nowhere",
    ]
