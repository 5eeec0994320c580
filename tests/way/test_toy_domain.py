"""A domain is data: declared in a test folder it has routes, commands, pages, exports and documentation of its own."""

import csv
import importlib.util
import io
import json

import httpx
import pyarrow.parquet as pq
import pytest
from tests.conftest import ROOT
from tests.support.nodes import FOR_MEMBERS, follow, opened, rows, take
from tests.support.orchard import GAP, MEAN_GAP, ORCHARD, PICKING, line
from tests.support.server import serving

from birlik import assembly
from birlik.apps.cli.main import run

LINES = [line("ash-1", f"2026-03-0{day}T08:00:00Z", 20.0 * day) for day in range(1, 6)]
API = "/api/v1"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("node"), follow_every_s=3600) as made:
        take(made, LINES, labels=FOR_MEMBERS)
        follow(made)
        yield made


@pytest.fixture(scope="module")
def url(node):
    with serving(node) as address:
        yield address


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as made:
        yield made


def test_its_tables_are_listed_and_described(client):
    named = {t["name"]: t["kind"] for t in client.get(f"{API}/tables").json()["data"]}
    assert (named[PICKING.name], named[GAP.name]) == ("table", "derived")
    described = client.get(f"{API}/tables/{PICKING.name}/schema").json()
    assert [f["name"] for f in described["fields"]] == [f.name for f in PICKING.fields]
    assert next(f["unit"] for f in described["fields"] if f["name"] == "mass_kg") == "kg"


@pytest.mark.parametrize("address", [f"{API}/tables/{PICKING.name}", f"{API}/tables/{GAP.name}"])
def test_its_rows_come_in_every_form(client, address):
    in_json = client.get(address).json()["data"]
    assert in_json
    in_csv = list(csv.DictReader(io.StringIO(client.get(address, params={"format": "csv"}).text)))
    in_parquet = pq.read_table(io.BytesIO(client.get(address, params={"format": "parquet"}).content))
    in_ndjson = [json.loads(t) for t in client.get(address, params={"format": "ndjson"}).text.splitlines()]
    assert len(in_csv) == in_parquet.num_rows == len(in_json)
    assert in_ndjson == in_json
    assert list(in_csv[0]) == in_parquet.column_names == list(in_json[0])
    assert in_parquet.schema.field("mass_kg").metadata[b"unit"] == b"kg"


def test_its_indicator_has_figures_with_unit_n_basis_and_method(client):
    (named,) = client.get(f"{API}/indicators").json()["data"]
    assert (named["name"], named["unit"], named["minimum_n"]) == (MEAN_GAP.name, "h", 2)
    (figure,) = client.get(f"{API}/indicators/{MEAN_GAP.name}").json()["data"]
    assert (figure["value"], figure["n"], figure["basis"], figure["unit"]) == (24.0, 4, "measured", "h")
    assert "value" in client.get(f"{API}/indicators/{MEAN_GAP.name}?format=csv").text.splitlines()[0]
    assert MEAN_GAP.method in client.get(f"{API}/indicators/{MEAN_GAP.name}/method").json()["method"]


def test_it_stands_in_the_openapi(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path in (f"{API}/tables/{PICKING.name}", f"{API}/tables/{GAP.name}", f"{API}/indicators/{MEAN_GAP.name}"):
        assert "get" in paths[path]
    asked = {p["name"] for p in paths[f"{API}/tables/{PICKING.name}"]["get"]["parameters"] if "name" in p}
    assert {"tree_id_orchard", "mass_kg"} <= asked


def test_its_pages_show_its_figures(client):
    assert client.get("/orchard/row/north").status_code == 200
    assert "Mean time between pickings" in client.get(f"/method/{MEAN_GAP.name}").text
    assert "24" in client.get("/orchard/row/-/panel/figures", params={"row": "north"}).text
    assert "ash-1" in client.get("/orchard/row/-/panel/pickings", params={"row": "north"}).text
    assert client.get("/orchard/row/-/chart/gap", params={"row": "north"}).status_code == 200


def test_its_alert_is_opened_and_had_as_cap(client):
    (alert,) = client.get(f"{API}/alerts").json()["data"]
    assert (alert["rule"], alert["key"], alert["headline"]) == (
        "much_picked",
        "ash-1",
        "Much was picked from ash-1",
    )
    cap = client.get(f"{API}/alerts/{alert['alert_id']}/cap")
    assert cap.headers["content-type"].startswith("application/cap+xml")
    assert b"Much was picked from ash-1" in cap.content


def test_its_files_are_recognised_and_what_is_wrong_is_quarantined(client, node):
    answer = client.post(
        f"{API}/deliveries?filename=april.pickings&source=gate",
        content="\n".join([line("oak-9", "2026-03-09T08:00:00Z"), "no picking"]),
    ).json()
    assert (answer["accepted"], len(answer["refused"])) == (1, 1)
    assert answer["refused"][0]["where"]["line"] == 2
    assert [r["source_id"] for r in rows(node, "birlik_quarantine")] == ["gate"]


def told(capsys, *command):
    """What the command says as JSON."""
    capsys.readouterr()
    assert run([*command, "--json"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(("table", "list"), PICKING.name, id="tables"),
        pytest.param(("table", "show", GAP.name), "gap_s", id="rows"),
        pytest.param(("indicator", "list"), MEAN_GAP.name, id="indicators"),
        pytest.param(("indicator", "show", MEAN_GAP.name), "24.0", id="figures"),
        pytest.param(("alert", "list"), "much_picked", id="alerts"),
        pytest.param(("page", "list"), "/orchard/row", id="pages"),
        pytest.param(("source", "list"), "orchardist", id="sources"),
    ],
)
def test_the_command_line_finds_it(url, capsys, command, expected):
    assert expected in told(capsys, *command, "--url", url)


def test_the_reference_documents_it():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    written = "\n".join(reference.pages((ORCHARD,)).values())
    for said in (PICKING.name, PICKING.description, GAP.name, MEAN_GAP.method, "much_picked", "text/vnd.orchard"):
        assert said in written


def test_assembly_does_not_know_it():
    assert ORCHARD.name not in {d.name for d in assembly.domains()}
