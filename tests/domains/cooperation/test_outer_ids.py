"""Ids that others give are held to their check digits or syntax."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.registry import registry
from tests.support.server import browsing

from birlik.domains.cooperation.vocabulary.outer_ids import OUTER_IDS
from birlik.errors import Malformed

RIGHT = [
    ("ror", "https://ror.org/05dxps055", "05dxps055"),
    ("ror", "042NB2S44", "042nb2s44"),
    ("orcid", "0000000218250097", "0000-0002-1825-0097"),
    ("orcid", "https://orcid.org/0000-0002-1694-233X", "0000-0002-1694-233X"),
    ("doi", "doi:10.1000/ABC(5)", "10.1000/abc(5)"),
    ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15"),
    ("wikidata", "https://www.wikidata.org/wiki/Q42", "Q42"),
    ("grid", "grid.5335.0", "grid.5335.0"),
]
WRONG = [
    ("ror", "05dxps056"),
    ("ror", "05dxpl055"),
    ("orcid", "0000-0002-1825-0098"),
    ("orcid", "0000-0002"),
    ("doi", "11.1000/abc"),
    ("doi", "10.1000/"),
    ("lei", "213800KUD8LAJWSQ9D16"),
    ("wikidata", "P31"),
    ("wikidata", "Q0"),
    ("grid", "5335.0"),
]


@pytest.mark.parametrize(("kind", "text", "written"), RIGHT)
def test_an_id_that_is_right_is_written_in_one_way(kind: str, text: str, written: str) -> None:
    assert OUTER_IDS[kind](text) == written


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_an_id_that_is_wrong_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Malformed):
        OUTER_IDS[kind](text)


def test_who_says_an_id_by_a_form_is_told_too(tmp_path: Path) -> None:
    told = {"entity_id": "org:OTS", "property": "ror", "value": "05dxps056", "source": "https://ror.org/"}
    with registry(tmp_path / "node") as node, browsing(node) as client:
        assert isinstance(client, TestClient)
        answer = client.post("/api/v1/acts/cooperation_say", json=told)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "value")
