"""What a browser keeps on its disk: nothing of who has signed in; styles and scripts, which are everybody's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.orchard import ORCHARD
from tests.support.strangers import House, house

ADDRESSES = (
    "/",
    "/orchard/row/north",
    "/orchard/row/-/panel/pickings?row=north",
    "/account",
    "/search?q=ash",
    "/api/v1",
    "/api/v1/tables/orchard_picking",
    "/api/v1/tables/orchard_picking?format=csv",
    "/api/v1/sources",
    "/api/v1/search?q=ash",
    "/openapi.json",
    "/no/such/page",
)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "node", declared=(ORCHARD,)) as made:
        yield made


@pytest.mark.parametrize("who", ["reader", "operator", "foreign"])
def test_nothing_that_is_shown_to_who_has_signed_in_is_stored(at: House, who: str) -> None:
    assert at.people[who].get("/orchard/row/north").status_code == 200
    for address in ADDRESSES:
        answer = at.people[who].get(address)
        assert answer.headers["cache-control"] == "no-store", address


def test_programs_and_nobody_in_particular_may_ask_whether_what_they_have_still_holds(at: House) -> None:
    assert at.supplier.get("/api/v1/mine/birlik_message").headers["cache-control"] == "private, no-cache"


def test_what_is_everybodys_is_kept(at: House) -> None:
    for name in ("birlik.css", "main.js", "birlik.svg"):
        answer = at.reader.get(f"/static/{name}")
        assert answer.status_code == 200
        assert "no-store" not in answer.headers["cache-control"]
