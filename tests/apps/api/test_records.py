"""A row of a kept table over HTTP: begun, changed, ended; its past, what refers to it, and what may not be told."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import HERE
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, delivery, opened, principal, rows
from tests.support.server import serving

from birlik.apps.api.app import create_app
from birlik.apps.cli.main import run
from birlik.kernel import pipeline
from birlik.kernel.service import Service

API = "/api/v1"
CAGES, BIRDS, RINGS = (f"{API}/tables/{name}/rows" for name in ("aviary_cage", "aviary_bird", "aviary_ring"))


@pytest.fixture
def node(tmp_path):
    with opened(tmp_path / "node", declared=(AVIARY,), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node):
    app = create_app(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=HERE, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def cage(client):
    return begun(client, CAGES, name="north", area_m2=4.0)


def begun(client, address, **row):
    answer = client.post(address, json=row)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def get(client, address):
    return client.get(address).json()["data"]


def test_a_row_begins_under_a_name_that_tells_nothing(client):
    first, second = (begun(client, CAGES, name="x").rpartition("/")[2] for _ in range(2))
    assert first != second
    assert len(first) == 16
    assert not first.isdigit()


def test_a_change_keeps_what_it_does_not_say(client, cage):
    assert client.patch(cage, json={"name": "south"}).json()["data"]["area_m2"] == 4.0
    assert (get(client, cage)["name"], get(client, cage)["area_m2"]) == ("south", 4.0)


def test_an_edit_of_an_older_version_is_412(client, cage):
    seen = client.get(cage).headers["etag"]
    assert client.patch(cage, json={"name": "south"}, headers={"if-match": seen}).status_code == 200
    late = client.patch(cage, json={"area_m2": 9.0}, headers={"if-match": seen})
    assert (late.status_code, late.json()["kind"]) == (412, "Outdated")
    assert get(client, cage)["area_m2"] == 4.0
    now = client.get(cage).headers["etag"]
    assert client.patch(cage, json={"area_m2": 9.0}, headers={"if-match": now}).status_code == 200


def test_an_act_that_is_sent_twice_is_done_once(client, node):
    twice = [client.post(CAGES, json={"name": "x"}, headers={"idempotency-key": "k1"}) for _ in range(2)]
    assert {a.json()["about"]["cage_id"] for a in twice} == {twice[0].json()["about"]["cage_id"]}
    assert [a.json()["repeated"] for a in twice] == [False, True]
    assert len(rows(node, CAGE.name)) == 1


@pytest.mark.parametrize(
    ("told", "parameter"),
    [
        pytest.param({}, "name", id="what is needed is missing"),
        pytest.param({"name": 3}, "name", id="of another type"),
        pytest.param({"name": "x", "colour": "red"}, "colour", id="no such field"),
        pytest.param(
            {"name": "x", "changed_time": "2026-01-01T00:00:00Z"}, "changed_time", id="the version's own time"
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_happens(client, node, told, parameter):
    answer = client.post(CAGES, json=told)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)
    assert rows(node, CAGE.name) == []


def test_what_is_not_in_the_list_of_codes_is_refused(client, cage):
    answer = client.post(BIRDS, json={"species": "dragon"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "species")


def test_a_row_cannot_refer_to_what_is_not_there(client):
    answer = client.post(BIRDS, json={"name": "Bek", "cage_id": "nowhere"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "cage_id")


def test_what_is_referred_to_cannot_end_first(client, cage):
    bird = begun(client, BIRDS, name="Bek", cage_id=cage.rpartition("/")[2])
    refused = client.delete(cage)
    assert refused.status_code == 409
    assert bird.rpartition("/")[2] in refused.json()["detail"]
    assert client.delete(bird).status_code == 200
    assert client.delete(cage).status_code == 200
    assert client.get(cage).status_code == 404


def test_what_hangs_on_a_row_ends_with_it_where_it_is_declared_so(client, cage):
    bird = begun(client, BIRDS, name="Bek", cage_id=cage.rpartition("/")[2])
    ring = begun(client, RINGS, ring_id="KZ-1", bird_id=bird.rpartition("/")[2], colour="red")
    assert client.delete(bird).json()["changes_n"] == 2
    assert client.get(ring).status_code == 404


def test_a_record_leads_to_what_it_refers_to_and_to_what_refers_to_it(client, cage):
    bird = begun(client, BIRDS, name="Bek", cage_id=cage.rpartition("/")[2])
    of_bird, of_cage = client.get(bird).json(), client.get(cage).json()
    assert of_bird["references"]["cage_id"]["href"] == cage
    assert of_bird["references"]["cage_id"]["data"]["name"] == "north"
    assert (of_cage["inverse"]["birds"]["n"], of_cage["inverse"]["birds"]["data"][0]["href"]) == (1, bird)


def test_the_past_of_a_row_stays(client, node, cage):
    node.clock.advance(timedelta(hours=1))
    then = node.clock.now()
    node.clock.advance(timedelta(hours=1))
    client.patch(cage, json={"name": "south"})
    client.delete(cage)
    versions = client.get(cage.replace("/rows/", "/history/")).json()["data"]
    assert [v["ended"] for v in versions] == [True, False, False]
    assert versions[1]["says"] == ["cage_id", "name", "changed_time"]
    assert versions[2]["known_from"] == node.operator.name
    assert client.get(cage).status_code == 404
    assert get(client, f"{cage}?as_of={then:%Y-%m-%dT%H:%M:%SZ}")["name"] == "north"
    listed = client.get(f"{API}/tables/aviary_cage", params={"as_of": f"{then:%Y-%m-%dT%H:%M:%SZ}"}).json()["data"]
    assert [r["name"] for r in listed] == ["north"]


def test_what_holds_at_a_moment_may_be_asked(client, cage):
    key = cage.rpartition("/")[2]
    for month, keeper in ((1, "Aida"), (3, "Bolat")):
        since = f"2026-0{month}-01T00:00:00Z"
        begun(client, f"{API}/tables/aviary_tenure/rows", cage_id=key, since_time=since, keeper=keeper)

    def keepers(**asked):
        return [r["keeper"] for r in client.get(f"{API}/tables/aviary_tenure", params=asked).json()["data"]]

    assert sorted(keepers()) == ["Aida", "Bolat"]
    assert keepers(holds_at="2026-02-10T00:00:00Z") == ["Aida"]
    assert keepers(holds_at="2026-03-10T00:00:00Z") == ["Bolat"]
    assert keepers(holds_at="2025-12-10T00:00:00Z") == []


def test_an_act_of_many_rows_is_all_or_nothing(client, cage, node):
    key = cage.rpartition("/")[2]
    other = begun(client, CAGES, name="south").rpartition("/")[2]
    for name in ("Aru", "Bek"):
        begun(client, BIRDS, name=name, cage_id=key)
    bad = client.post(f"{API}/acts/aviary_move", json={"cage_id": key, "to_cage_id": "nowhere"})
    assert bad.status_code == 400
    assert {r["cage_id"] for r in rows(node, BIRD.name)} == {key}
    assert client.post(f"{API}/acts/aviary_move", json={"cage_id": key, "to_cage_id": other}).status_code == 200
    assert {r["cage_id"] for r in rows(node, BIRD.name)} == {other}
    again = client.post(f"{API}/acts/aviary_move", json={"cage_id": key, "to_cage_id": other})
    assert (again.status_code, again.json()["detail"]) == (409, "nobody lives there")


def test_each_act_leaves_a_line_that_says_who_did_what_when(client, cage, node):
    node.clock.advance(timedelta(minutes=1))
    client.patch(cage, json={"name": "south"})
    lines = client.get(f"{API}/tables/birlik_act", params={"order": "acted_time"}).json()["data"]
    assert [line["act"] for line in lines] == ["aviary_cage_begin", "aviary_cage_change"]
    assert {line["by"] for line in lines} == {node.operator.name}
    assert lines[0]["about"] == {"cage_id": cage.rpartition("/")[2]}


def test_the_acts_are_listed_with_their_parameters_and_stand_in_the_openapi(client):
    listed = {a["name"]: a for a in client.get(f"{API}/acts").json()["data"]}
    assert [p["name"] for p in listed["aviary_move"]["parameters"]] == ["cage_id", "to_cage_id"]
    paths = client.get("/openapi.json").json()["paths"]
    assert {"patch", "delete", "get"} <= paths[f"{API}/tables/{{name}}/rows/{{key}}"].keys()


def test_a_rebuild_finds_acts_again_as_they_were_done(node, client, cage, tmp_path):
    bird = begun(client, BIRDS, name="Bek", cage_id=cage.rpartition("/")[2])
    client.patch(cage, json={"name": "south"})
    begun(client, RINGS, ring_id="KZ-1", bird_id=bird.rpartition("/")[2])
    client.delete(bird)
    before = {name: rows(node, name) for name in (*(t.name for t in AVIARY.tables), "birlik_act")}
    copy = tmp_path / "copy"
    node.store.backup(copy)
    (copy / "birlik.duckdb").unlink(missing_ok=True)
    with opened(copy, declared=(AVIARY,), clock=node.clock) as again:
        assert {name: rows(again, name) for name in before} == before


# --- what is hidden -------------------------------------------------------------------------------------------


def say(node, *items, labels):
    pipeline.take(node, [delivery(changes(items), node, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")])


def test_a_hidden_target_reads_as_ended(node):
    from birlik.apps.api.records import _references

    say(node, change(CAGE, cage_id="c1", name="secret"), labels=HIDDEN)
    say(node, change(BIRD, bird_id="b1", name="Bek", cage_id="c1"), labels=FOR_MEMBERS)
    reader = node.reader(principal(node, "members"))
    (bird,) = reader.rows(BIRD.name).to_pylist()
    assert _references(node, reader, BIRD, bird)["cage_id"] == {"table": CAGE.name, "ended": True}


def test_who_acted_is_not_told_to_those_who_see_only_what_came_of_it(node, client):
    place = client.post(
        CAGES, json={"name": "north"}, headers={"birlik-marking": "GREEN", "birlik-audience": "members"}
    )
    key = {"cage_id": place.json()["about"]["cage_id"]}
    told = {view: node.reader(principal(node, view)).history(CAGE, key).to_pylist() for view in ("own", "members")}
    assert [v["known_from"] for v in told["own"]] == [node.operator.name]
    assert [(v["name"], v["known_from"], v["known_time"]) for v in told["members"]] == [("north", None, None)]


def test_suppliers_rows_that_refer_to_nothing_go_to_quarantine_with_their_place(node):
    say(
        node,
        change(CAGE, cage_id="c1", name="here"),
        change(BIRD, bird_id="b1", name="in a cage of the same message", cage_id="c1"),
        change(BIRD, bird_id="b2", name="lost", cage_id="c9"),
        labels=HIDDEN,
    )
    assert [r["bird_id"] for r in rows(node, BIRD.name)] == ["b1"]
    (entry,) = rows(node, "birlik_quarantine")
    assert (entry["kind"], entry["field"]) == ("Dangling", "cage_id")


def test_a_suppliers_end_of_what_is_held_is_refused_and_what_hangs_on_it_ends_with_it(node):
    say(node, change(CAGE, cage_id="c1", name="here"), change(BIRD, bird_id="b1", cage_id="c1"), labels=HIDDEN)
    say(node, change(CAGE, "end", minute=1, cage_id="c1"), labels=HIDDEN)
    assert [r["cage_id"] for r in rows(node, CAGE.name)] == ["c1"]
    say(node, change(CAGE, "end", minute=2, cage_id="c1"), change(BIRD, "end", minute=2, bird_id="b1"), labels=HIDDEN)
    assert rows(node, CAGE.name) == rows(node, BIRD.name) == []


# --- the command line -----------------------------------------------------------------------------------------


def test_the_command_line_does_what_the_address_does(node, capsys):
    with serving(node) as url:
        assert run(["act", "do", "aviary_cage_begin", "name=north", "area_m2=4", "--url", url]) == 0
        (row,) = rows(node, CAGE.name)
        assert (row["name"], row["area_m2"]) == ("north", 4.0)
        assert row["cage_id"] in capsys.readouterr().out
        assert run(["act", "do", "aviary_cage_change", f"cage_id={row['cage_id']}", "name=3", "--url", url]) == 0
        assert run(["record", "show", CAGE.name, row["cage_id"], "--url", url]) == 0
        assert "name: 3" in capsys.readouterr().out
        assert run(["record", "show", CAGE.name, row["cage_id"], "--history", "--url", url]) == 0
        assert capsys.readouterr().out.count(node.operator.name) == 2
        assert run(["act", "list", "--url", url]) == 0
        assert "aviary_move" in capsys.readouterr().out


def test_what_the_command_line_is_told_wrong_is_one_sentence(node, capsys):
    with serving(node) as url:
        assert run(["act", "do", "aviary_fly", "--url", url]) == 2
        assert "birlik act list" in capsys.readouterr().err
        assert run(["act", "do", "aviary_cage_begin", "name=x", "area_m2=wide", "--url", url]) == 2
        assert "area_m2" in capsys.readouterr().err
