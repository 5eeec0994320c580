"""`birlik search`: rows by their words, of a node opened here."""

import json

import pytest

from birlik import settings
from birlik.apps.cli.main import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BIRLIK_MEMORY_LIMIT", "400MB")
    settings.write_new(tmp_path / "node", "KAZ")
    return str(tmp_path / "node")


def test_a_place_is_found_in_any_script_and_narrowed_by_its_facets(folder, capsys):
    assert run(["search", "Қорғас", "--table", "transport_place", "--data", folder, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {hit["facets"]["country"] for hit in found["data"]} >= {"KAZ"}
    assert run(["search", "khorgos", "--facet", "country=CHN", "--data", folder, "--json"]) == 0
    narrowed = json.loads(capsys.readouterr().out)
    assert {hit["facets"]["country"] for hit in narrowed["data"]} == {"CHN"}
    assert run(["search", "khorgos", "--data", folder]) == 0
    assert "found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(["search"], "say what to look for", id="nothing"),
        pytest.param(["search", "x", "--facet", "country"], "facet=value", id="half a facet"),
        pytest.param(["search", "x", "--facet", "no=such"], "no parameter 'no'", id="no facet"),
    ],
)
def test_what_cant_be_asked_is_one_sentence(folder, capsys, asked, said):
    assert run([*asked, "--data", folder]) == 2
    assert said in capsys.readouterr().err
