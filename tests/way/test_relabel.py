"""A steward says who may see a row, whoever has sent it: who newly sees it gets it, who no longer may loses it."""

from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, CAGE, MEDIA_TYPE, change, changes
from tests.support.nodes import FOR_MEMBERS, HIDDEN, SMALL, delivery, everything, figures, follow, opened, rows, take
from tests.support.orchard import MEAN_GAP, ORCHARD, line

from birlik import assembly
from birlik.apps.serve import application
from birlik.clock import SetClock
from birlik.kernel import pipeline, upkeep
from birlik.kernel.service import Service

RELABEL = "/api/v1/acts/birlik_relabel"
DAYS = [line("ash-1", f"2026-03-0{day}T08:00:00Z", 20.0) for day in range(1, 5)]
KEY = "ash-1,2026-03-03T08:00:00+00:00"
TOYS = (AVIARY, ORCHARD)


@contextmanager
def lived(folder):
    """A bird that members see in a cage that they see, and pickings of which they see all."""
    with opened(folder, declared=TOYS, follow_every_s=3600) as made:
        housed = [change(CAGE, cage_id="c1", name="north"), change(BIRD, bird_id="b1", name="Bek", cage_id="c1")]
        say(made, housed, FOR_MEMBERS)
        take(made, DAYS, labels=FOR_MEMBERS)
        follow(made)
        yield made


@pytest.fixture
def node(tmp_path):
    with lived(tmp_path / "node") as made:
        yield made


@contextmanager
def served(node):
    app = application(Service(node), start=True)
    with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000)) as made:
        yield made


@pytest.fixture
def client(node):
    with served(node) as made:
        yield made


def say(node, items, labels):
    pipeline.take(node, [delivery(changes(items), node, media_type=MEDIA_TYPE, labels=labels, source_id="keeper")])


def relabel(client, table, key, marking, audience=""):
    return client.post(RELABEL, json={"table": table, "key": key, "marking": marking, "audience": audience})


def test_who_no_longer_may_loses_it_its_past_too_and_what_follows(node, client):
    answer = relabel(client, "aviary_bird", "b1", "RED")
    assert (answer.status_code, answer.json()["changes_n"]) == (200, 1)
    follow(node)
    assert rows(node, "aviary_bird", "members") == []
    assert [r["birds_n"] for r in rows(node, "aviary_crowd", "members")] == [0]
    assert [r["birds_n"] for r in rows(node, "aviary_crowd")] == [1]
    members = node.reader(type(node.operator)(name="m", role=node.operator.role, view=1))
    assert members.history(BIRD, {"bird_id": "b1"}).num_rows == 0


def test_who_newly_may_gets_it(node, client):
    say(node, [change(BIRD, bird_id="b2", name="Aru", cage_id="c1")], HIDDEN)
    assert [r["bird_id"] for r in rows(node, "aviary_bird", "members")] == ["b1"]
    relabel(client, "aviary_bird", "b2", "CLEAR", "public")
    follow(node)
    assert [r["bird_id"] for r in rows(node, "aviary_bird", "members")] == ["b1", "b2"]
    assert [r["birds_n"] for r in rows(node, "aviary_crowd", "members")] == [2]
    assert [r["bird_id"] for r in rows(node, "aviary_bird", "public")] == ["b2"]


def test_rows_that_are_appended_are_relabelled_and_figures_follow(node, client):
    assert [f["n"] for f in figures(node, MEAN_GAP.name, "members")] == [3]
    assert relabel(client, "orchard_picking", KEY, "AMBER+STRICT").status_code == 200
    follow(node)
    assert len(rows(node, "orchard_picking", "members")) == 3
    assert [f["n"] for f in figures(node, MEAN_GAP.name, "members")] == [2]
    assert [f["n"] for f in figures(node, MEAN_GAP.name)] == [3]


def test_its_source_may_say_others_later_and_an_older_message_says_nothing(node, client):
    relabel(client, "orchard_picking", KEY, "AMBER+STRICT")
    take(node, DAYS, labels=FOR_MEMBERS)
    assert len(rows(node, "orchard_picking", "members")) == 3, "the same message again is a repetition"
    take(node, DAYS[2:3], labels=FOR_MEMBERS)
    assert len(rows(node, "orchard_picking", "members")) == 4, "its own source says it anew"


def test_a_rebuild_relabels_again(tmp_path):
    with lived(tmp_path / "node") as node, served(node) as client:
        relabel(client, "aviary_bird", "b1", "RED")
        relabel(client, "orchard_picking", KEY, "AMBER+STRICT")
        follow(node)
        before = told(node)

    def again(folder, **more):
        return assembly.open_node(folder, declared=TOYS, clock=SetClock(), **{**SMALL, **more})

    upkeep.rebuild(tmp_path / "node", again, lambda n, of: None)
    with opened(tmp_path / "node", declared=TOYS) as rebuilt:
        assert told(rebuilt) == before


def told(node):
    without = ("birlik_alert", "birlik_cap_message")
    return {view: everything(node, view, without=without) for view in ("own", "members")}


@pytest.mark.parametrize(
    ("table", "key", "audience", "status"),
    [
        ("aviary_bird", "moon", "", 404),
        ("moon", "b1", "", 400),
        ("birlik_act", "x", "", 409),
        ("aviary_bird", "b1", "moon", 400),
    ],
    ids=["no row", "no table", "the node's own", "no audience"],
)
def test_what_can_not_be_meant_is_refused(client, node, table, key, audience, status):
    assert relabel(client, table, key, "GREEN", audience).status_code == status
    assert rows(node, "birlik_act") == []


def test_a_record_leads_to_its_form_and_a_row_begins_with_labels(client, node):
    page = client.get("/aviary/record/aviary_bird/b1").text
    assert "/birlik/act/birlik_relabel?table=aviary_bird&amp;key=b1" in page
    form = client.get("/birlik/act/birlik_relabel?table=aviary_bird&key=b1").text
    assert 'value="aviary_bird"' in form
    assert '<option value="GREEN">' in form
    told = {"name": "Aru", "cage_id": "c1", "-marking": "GREEN", "-audience": "members"}
    client.post("/aviary/act/aviary_bird_begin", data=told)
    assert {r["name"] for r in rows(node, "aviary_bird", "members")} == {"Bek", "Aru"}
    wrong = client.post("/aviary/act/aviary_bird_begin", data={**told, "-audience": "moon"})
    assert (wrong.status_code, "no view" in wrong.text) == (422, True)
