"""Who reads one domain asks the node's own tables, which have rows of every domain."""

from pathlib import Path

import pytest
from tests.support.aviary import AVIARY, CAGE, change, changes
from tests.support.aviary import MEDIA_TYPE as CHANGES
from tests.support.orchard import MEDIA_TYPE, ORCHARD, line
from tests.support.strangers import House, house

from birlik.kernel import pipeline
from birlik.kernel.store.catalogue import Catalogue

TABLES = ("birlik_alert", "birlik_cap_message", "birlik_message", "birlik_quarantine")
PICKED = "\n".join([line("ash-1", "2026-03-01T08:00:00Z", 150.0), "no picking"]).encode()


@pytest.fixture
def at(tmp_path: Path) -> "House":  # type: ignore[misc]
    """Much was picked, so that an alert is open, and a line was refused; a cage was told of."""
    with house(tmp_path / "node", declared=(ORCHARD, AVIARY)) as made:
        for media_type, body in ((MEDIA_TYPE, PICKED), (CHANGES, changes([change(CAGE, cage_id="c1", name="north")]))):
            answer = made.supplier.post("/api/v1/deliveries", content=body, headers={"content-type": media_type})
            assert answer.status_code == 200, answer.text
        pipeline.follow(made.node)
        made.person("birder", "operator", domains="aviary", sources="*")
        made.person("picker", "operator", domains="orchard", sources="*")
        yield made


def seen(at: House, who: str, table: str) -> int:
    return len(at.people[who].rows(table))


@pytest.mark.parametrize("table", TABLES)
def test_they_see_what_is_of_their_domain_and_nothing_else(at: House, table: str) -> None:
    assert seen(at, "picker", table) > 0
    assert seen(at, "birder", table) == (1 if table == "birlik_message" else 0)
    assert at.birder.get(f"/api/v1/tables/{table}/aggregate").status_code in (200, 404)


def test_counts_sources_and_pages_of_alerts_have_no_more(at: House) -> None:
    assert at.birder.get("/api/v1/alerts").json()["data"] == []
    assert at.birder.get("/api/v1/quarantine").json()["data"] == []
    assert "Much was picked" in at.picker.get("/api/v1/alerts").text


def test_who_reads_all_domains_sees_all(at: House) -> None:
    assert {row["media_type"] for row in at.operator.rows("birlik_message")} >= {MEDIA_TYPE, CHANGES}


def test_without_that_they_would_see_it(at: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catalogue, "of_domains", lambda self, principal, name: "")
    assert seen(at, "birder", "birlik_alert") > 0
