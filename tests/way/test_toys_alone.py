"""A node that has the toy domains and no other: every face works, on a folder that only its settings describe."""

import csv
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import orjson
import pyarrow.parquet as pq
import pytest
from tests.conftest import ROOT
from tests.support import aviary, claims, quay
from tests.support.nodes import FOR_MEMBERS, SMALL, delivery, everything
from tests.support.orchard import MEAN_GAP, line
from tests.support.walking import FORMATS, client_of, walk

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline

NAMED = (
    "tests.support.deep:DEEP_AVIARY",
    "tests.support.claims:CLAIMS",
    "tests.support.orchard:ORCHARD",
    "tests.support.quay:CARRYING",
)
TOYS = assembly.domains(NAMED)
API = "/api/v1"
KNOWN = {
    "name": ["aviary_cage", "aviary_bird", MEAN_GAP.name, "birlik_shift"],
    "key": ["north", "b1"],
    "row": ["north"],
    "act": ["aviary_move"],
    "indicator": [MEAN_GAP.name],
    "subject": ["dam"],
}
PICKED = [line("ash-1", f"2026-03-0{day}T08:00:00Z", 20.0 * day) for day in range(1, 6)]
HOUSED = [
    aviary.change(aviary.CAGE, cage_id="north", name="North", area_m2=4.25),
    aviary.change(aviary.CAGE, cage_id="south", name="South"),
    aviary.change(aviary.BIRD, bird_id="b1", name="Bek", species="owl", cage_id="north"),
]
SEEN = {
    "quay_sighting": [["a", "z1", 1, 5], ["a", "z3", 30, 4], ["b", "z1", 49, 7]],
    "quay_rate": [["east", 0, 3]],
    "quay_tag": [["a", 1, "red"]],
}
NAMED_THERE = ("aviary_cage", "claims_pair", "orchard_gap", "much_picked", "claims_same", "quay_level", "holds until")
OF_DAM = {"subject": "dam", "property": "state", "sayer": "press"}
SAID = [
    ("whole", {**OF_DAM, "value": "open", "said_time": "2026-03-01T00:00:00Z"}),
    (
        "whole",
        {**OF_DAM, "value": "shut", "said_time": "2026-03-02T00:00:00Z", "valid_until": "2026-03-03T00:00:00Z"},
    ),
]
PAIR = {"pair_id": "p1", "left": "Aru", "right": "Аru", "state": "waiting"}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("BIRLIK_")} | {
    "BIRLIK_THREADS": "2",
    "BIRLIK_MEMORY_LIMIT": "400MB",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Its settings name its domains; nothing is handed to assembly."""
    made = tmp_path_factory.mktemp("toys") / "node"
    settings.write_new(made, "KAZ")
    with (made / settings.FILE).open("a") as file:
        file.write(f"domains = {json.dumps(NAMED)}\n")
    with_rows(made)
    return made


def with_rows(folder):
    clock = SetClock()
    node = assembly.open_node(folder, clock=clock, **SMALL)
    try:
        housed = delivery(aviary.changes(HOUSED), node, media_type=aviary.MEDIA_TYPE, labels=FOR_MEMBERS)
        seen = delivery(orjson.dumps(SEEN), node, media_type=quay.MEDIA_TYPE, labels=FOR_MEMBERS)
        said = delivery(claims.told(SAID), node, media_type=claims.MEDIA_TYPE, labels=FOR_MEMBERS)
        picked = delivery("\n".join([*PICKED, "no picking"]), node, labels=FOR_MEMBERS)
        pipeline.take(node, [picked, housed, seen, said])
        clock.advance(timedelta(minutes=1))
        pipeline.follow(node)
    finally:
        node.close()


@pytest.fixture(scope="module")
def node(folder):
    clock = SetClock()
    clock.advance(timedelta(hours=1))
    made = assembly.open_node(folder, clock=clock, **SMALL)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(node):
    with client_of(node) as made:
        yield made


def birlik(*arguments, code=0):
    """The command line as people call it; only the folder's settings tell it of the toys."""
    command = [sys.executable, "-m", "birlik", *map(str, arguments)]
    environment = ENVIRONMENT | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert ran.returncode == code, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
    assert "Traceback" not in ran.stderr
    return json.loads(ran.stdout) if "--json" in arguments and ran.stdout else ran.stdout + ran.stderr


def test_the_node_has_the_domains_that_its_settings_name(node):
    assert [d.name for d in node.domains] == ["aviary", "claims", "orchard", "quay", "birlik"]
    assert not {name for name in node.store.catalogue.tables if name.startswith("transport")}


@pytest.mark.parametrize("view", ["own", "members", "public"])
def test_whatever_can_be_asked_is_answered(node, client, view):
    """Every route of the OpenAPI, every table and indicator in every form, every page and panel."""
    answers = walk(node, client, view, KNOWN).answers
    assert len(answers) > 300
    assert {name: a.status for name, a in answers.items() if a.status >= 500} == {}
    for table in ("aviary_cage", "aviary_crowd", "orchard_gap", "quay_level", "birlik_quarantine"):
        assert {answers[f"{API}/tables/{table}?format={form}"].status for form in FORMATS[:4]} == {200}
    assert answers["/aviary/cages"].status == answers["/orchard/row/north"].status == 200


def pages_of(node):
    """Every page there is, and the pages that no domain declares: of rows, lists, forms and methods."""
    for domain in node.domains:
        for page in domain.pages:
            yield f"/{domain.name}/{page.name}" + "".join(f"/{KNOWN[name][0]}" for name in page.parameters)
        for table in domain.tables:
            if table.is_kept:
                yield f"/{domain.name}/records/{table.name}"
    yield from ("/aviary/record/aviary_cage/north", "/aviary/record/aviary_bird/b1", "/aviary/act/aviary_cage_begin")
    yield from ("/aviary/act/aviary_cage_end?key=north", "/claims/act/claims_pair_begin")
    yield from (f"/method/{MEAN_GAP.name}", "/about", "/api", "/search?q=north", "/try")


def test_every_page_is_shown_in_two_languages(node, client):
    for address in pages_of(node):
        said = {}
        for language in ("en", "kk"):
            got = client.get(address, headers={"accept-language": language})
            assert got.status_code == 200, (address, language, got.text[-2000:])
            assert f'<html lang="{language}"' in got.text
            said[language] = re.sub(r"<[^>]*>", "", got.text)
        assert said["en"] != said["kk"], address
    whole = client.get("/aviary/cages?whole=1", headers={"accept-language": "kk"}).text
    assert "Торлар мен құстар" in whole
    assert "жапалақ" in whole
    assert "Bek" in whole


def test_the_reference_is_written_of_them_alone():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    pages = reference.pages(TOYS)
    written = "\n".join(pages.values())
    for said in (*NAMED_THERE, MEAN_GAP.method):
        assert said in written
    declared = "\n".join(pages[name] for name in ("tables.md", "derived.md", "indicators.md", "pages.md", "intakes.md"))
    assert "transport" not in declared


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(("table", "list"), "aviary_cage", id="tables"),
        pytest.param(("table", "show", "aviary_crowd"), "birds_n", id="rows"),
        pytest.param(("record", "show", "aviary_bird", "b1", "--history"), "Bek", id="record"),
        pytest.param(("indicator", "show", MEAN_GAP.name), "24.0", id="figures"),
        pytest.param(("alert", "list"), "much_picked", id="alerts"),
        pytest.param(("table", "show", "quay_level"), "8.25", id="carried"),
        pytest.param(("table", "show", "claims_claim"), "open", id="what holds still"),
        pytest.param(("page", "list"), "/claims/pairs", id="pages"),
        pytest.param(("source", "list"), "orchardist", id="sources"),
        pytest.param(("act", "list"), "claims_same", id="acts"),
        pytest.param(("quarantine", "list"), "not tree,row,time,kg", id="quarantine"),
    ],
)
def test_the_command_line_finds_them(copied, command, expected):
    assert expected in json.dumps(birlik(*command, "--data", copied, "--json"))


@pytest.fixture(scope="module")
def copied(folder, tmp_path_factory):
    """A folder for commands, which open it themselves."""
    made = tmp_path_factory.mktemp("copied") / "node"
    shutil.copytree(folder, made)
    return made


def test_commands_write_export_archive_compute_and_rebuild(folder, tmp_path):
    at = tmp_path / "node"
    settings.write_new(at, "KAZ")
    with (at / settings.FILE).open("a") as file:
        file.write(f"domains = {json.dumps(NAMED)}\n")
    with_rows(at)
    assert "done" in birlik("act", "do", "aviary_move", "cage_id=north", "to_cage_id=south", "--data", at)
    birlik("act", "do", "claims_pair_begin", *(f"{n}={v}" for n, v in PAIR.items()), "--data", at)
    birlik("act", "do", "claims_same", "pair_id=p1", "--data", at)
    more = tmp_path / "april.pickings"
    more.write_text(line("oak-9", "2026-03-09T08:00:00Z"))
    assert birlik("ingest", more, "--data", at, "--json")["files"][0]["accepted"] == 1

    out = tmp_path / "exported"
    birlik("export", out, "--data", at)
    (bird,) = pq.read_table(out / "tables" / "aviary_bird.parquet").to_pylist()
    assert bird["cage_id"] == "south"
    fields = {row["file"] for row in csv.DictReader(io.StringIO((out / "dictionary.csv").read_text()))}
    assert {"tables/claims_pair.parquet", f"figures/{MEAN_GAP.name}.parquet"} <= fields

    before = everything_of(at)
    assert "taken again" in birlik("rebuild", at)
    assert everything_of(at) == before

    archive, computed = tmp_path / "archive", tmp_path / "computed"
    birlik("archive", archive, "--data", at)
    named = [part for name in NAMED for part in ("--domain", name)]
    birlik("compute", "quay_peak", "--archive", archive, "--view", "own", "--out", tmp_path / "peaks", *named)
    (peaks,) = (tmp_path / "peaks").rglob("*.parquet")
    assert {row["crate"]: row["level"] for row in pq.read_table(peaks).to_pylist()} == {"a": 5.0, "b": 8.25}
    birlik("compute", "orchard_gap", "--archive", archive, "--view", "own", "--out", computed, *named)
    (attached,) = birlik("attach", computed, "--data", at, "--json")["data"]
    assert attached["name"] == "orchard_gap"
    assert all(f["ok"] for f in birlik("doctor", at, "--json")["findings"])


def everything_of(folder):
    node = assembly.open_node(folder, **SMALL)
    try:
        pipeline.follow(node)
        return everything(node, without=("birlik_alert", "birlik_cap_message"))
    finally:
        node.close()


def test_a_domain_that_is_not_there_is_told_with_those_that_are(tmp_path):
    at = tmp_path / "node"
    birlik("init", at, "--member", "KAZ")
    with (at / settings.FILE).open("a") as file:
        file.write('domains = ["moon"]\n')
    assert "module:NAME" in birlik("table", "list", "--data", at, code=2)
