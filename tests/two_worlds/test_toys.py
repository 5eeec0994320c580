"""Each kind of principal is answered alike by two nodes that differ in what it may not see only, half of all: by every
route that the application has, whatever is asked for or sent, byte for byte."""

import orjson
import pytest
from starlette.routing import Route
from tests.support import toy_worlds
from tests.support.everywhere import Known, again, client_of, not_walked, nothing_of, rows_seen, send, walked
from tests.support.nodes import principal, rows
from tests.support.sending import rows_n
from tests.support.walking import Walk, differences

from birlik.kernel.store import compiling
from birlik.kernel.store import past as past_module
from birlik.kernel.store import store as store_module
from birlik.kernel.store.reader import StoreReader
from birlik.kernel.store.searching import asking

pytestmark = pytest.mark.two_worlds
API = "/api/v1"
THOROUGH = "members"
"""For whom everything is asked; the others ask of every route what first gave this one something, and nothing."""
KEYS = {
    "aviary_cage": ("s1", "h1"),
    "aviary_bird": ("bs1", "bguest1", "bh1"),
    "aviary_ring": ("rs0", "rs1", "rh1"),
    "aviary_mass": ("bs1",),
    "claims_claim": ("dam0,state", "hidden2,state"),
    "claims_pair": ("ps1", "ph1"),
    "charter_paragraph": ("1", "h1"),
    "charter_saying": ("p1,title", "hidden-p1,title"),
}
WORLD_OF = {
    "administrator": THOROUGH,
    "orchard only": THOROUGH,
    **{view: view for view in toy_worlds.VIEWS if view != THOROUGH},
    "nobody": "public",
    toy_worlds.SUPPLIER: toy_worlds.SUPPLIER,
    "device": toy_worlds.SUPPLIER,
}
"""By kind of principal, in the worlds of which view it walks. Who reads what was done comes before those who do
something in one of the worlds only: a supplier's whole world is another's too."""
SALTED = frozenset({f"{API}/audit/head"})
"""Its root is one of lines that each node has salted for itself."""
OPERATORS = frozenset({"birlik_act", "birlik_shift", "birlik_quarantine", "claims_pair"})
"""Nothing of it is a reader's: what only a node's own operators see, and what nobody has begun."""
DATA = ("json", "csv", "ndjson", "parquet", "xlsx")


def known(whole):
    """Names of what is shown, what is hidden, and what is in neither world."""
    alerts = [row["alert_id"] for view in (THOROUGH, "own") for row in rows(whole, "birlik_alert", view)]
    paths = {
        "name": ["aviary_cage", "aviary_crowd", "picking_gap"],
        "key": ["s1", "h1"],
        "id": [alerts[0], alerts[-1], *(row["quarantine_id"] for row in rows(whole, "birlik_quarantine")[:2])],
        "row": ["north"],
        "act": ["aviary_move"],
    }
    return Known(paths=paths, keys=KEYS, words=("Cage", "secret", "hidden", "Bek", "s1", "dam0", "open", "ash", "oak"))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """By view, the whole world and its own."""
    with toy_worlds.equal_nonces(), toy_worlds.all_worlds(tmp_path_factory.mktemp("worlds")) as made:
        yield made


@pytest.fixture(scope="module")
def thorough(worlds):
    """The two walks of THOROUGH, and the routes that nobody came by."""
    asked, made, missed = known(worlds[THOROUGH][0]), [], []
    for node in worlds[THOROUGH]:
        with client_of(node, toy_worlds.kinds(node)) as client:
            made.append(walked(node, client, THOROUGH, asked))
            missed += not_walked(client, made[-1])
    return (*made, missed)


@pytest.fixture(scope="module")
def quick(worlds, thorough):
    """By kind of principal, the walks through the two worlds of its view."""
    made = {}
    for who, view in WORLD_OF.items():
        walks = []
        for node in worlds[view]:
            with client_of(node, toy_worlds.kinds(node)) as client:
                walks.append(again(client, who, thorough[0]))
        made[who] = tuple(walks)
    return made


@pytest.mark.parametrize("view", toy_worlds.VIEWS)
def test_half_of_all_is_hidden(worlds, view):
    whole, part = worlds[view]
    seen, own = principal(whole, view), principal(whole, "own")
    assert 0.35 < rows_seen(whole, seen) / rows_seen(whole, own) < 0.65
    assert rows_seen(whole, seen) == rows_seen(part, seen)


def test_half_of_all_is_hidden_from_a_supplier(worlds):
    whole, part = (rows_n(node) for node in worlds[toy_worlds.SUPPLIER])
    assert 0.45 < part / whole < 0.65


def test_every_answer_is_the_same_byte_for_byte(thorough):
    one, other, _ = thorough
    assert len(one.answers) > 1_500
    assert differences(one, other) == []


@pytest.mark.parametrize("who", WORLD_OF)
def test_to_every_kind_of_principal(quick, who):
    one, other = quick[who]
    assert len(one.answers) > 200
    assert set(differences(one, other)) <= SALTED


def test_every_route_of_the_application_was_come_by(thorough):
    assert thorough[2] == []


def test_every_data_route_gave_something(worlds, thorough, quick):
    """A 200 with rows, of every table, derived table and indicator, in every form; of figures, alerts and files too."""
    node, answers = worlds[THOROUGH][0], thorough[0].answers
    names = {name: f"{API}/tables/{name}" for name in (*node.store.catalogue.tables, *node.store.catalogue.derived)}
    names |= {name: f"{API}/indicators/{name}" for name in node.store.catalogue.indicators}
    told = 0
    for name, base in names.items():
        asked = {form: answers[f"{base}?format={form}"] for form in DATA}
        statuses = {answer.status for answer in asked.values()}
        if statuses == {403} or (statuses == {200} and b'"data":[]' in asked["json"].body):
            assert name in OPERATORS or name.startswith("birlik_"), name
            continue
        assert statuses == {200}, name
        told += 1
    assert told >= 25
    mine = quick[toy_worlds.SUPPLIER][0].answers
    assert any(n.startswith(f"{API}/mine/") and a.status == 200 and b'"data":[]' not in a.body for n, a in mine.items())
    statuses = {status for a in answers.values() for status in (a.status,)}
    assert {200, 206, 304, 400, 403, 404, 422} <= statuses


def test_words_found_rows_figures_of_them_and_suggestions(worlds, thorough):
    """Of each table that is searched: so scores, counts and facets are among what was compared."""
    node, answers = worlds[THOROUGH][0], thorough[0].answers
    told = {name: orjson.loads(a.body) for name, a in answers.items() if name.startswith(f"{API}/search?")}
    found = [said for said in told.values() if said.get("data")]
    assert {hit["table"] for said in found for hit in said["data"]} == set(node.store.catalogue.searched)
    assert all(said["n"] and said["data"][0]["score"] > 0 for said in found)
    assert {name for said in found for name in said["facets"]} == {"species", "property", "basis", "known_n", "row"}
    assert any("after=" in name for name in told)
    assert orjson.loads(answers[f"{API}/search/suggest?q=Bek"].body)["data"]
    assert not any(said["making"] for said in found)


def test_what_is_hidden_is_answered_as_what_never_was(worlds, thorough):
    node, answers = worlds[THOROUGH][0], thorough[0].answers
    for table, keys in KEYS.items():
        for room in ("rows", "history"):
            named = node.store.catalogue.tables[table]
            nothing = answers[f"{API}/tables/{table}/{room}/{nothing_of(named)}"]
            hidden = [answers[f"{API}/tables/{table}/{room}/{key}"] for key in keys if key.strip("b").startswith("h")]
            assert nothing.status == 404, table
            for answer in hidden:
                assert answer.status == 404, table
                assert set(answer.headers) == set(nothing.headers)


PREDICATES = {
    "rows": (StoreReader, "_seen", "TRUE", f"{API}/tables/orchard_picking?format=json"),
    "groups": (StoreReader, "_seen", "TRUE", f"{API}/tables/orchard_gap/aggregate"),
    "pages": (StoreReader, "_seen", "TRUE", "/claims/held/-/panel/profiles?"),
    "search": (StoreReader, "_seen", "TRUE", "/aviary/record/aviary_cage/h1"),
    "words": (
        store_module,
        "ranking",
        lambda connection, table, bit, wanted: asking.ranking(connection, table, 1, wanted),
        f"{API}/search?q=ash&table=orchard_picking",
    ),
    "feed": (past_module, "seen_by", lambda bit, alias="": "TRUE", f"{API}/tables/aviary_cage/feed"),
    "past": (past_module, "seen_by", lambda bit, alias="": "TRUE", f"{API}/tables/aviary_cage/history/s1"),
    "references": (
        compiling,
        "seen_by",
        lambda bit, alias="": "TRUE",
        f"{API}/tables/aviary_mass?filter=bird_id.changed_time%20IS%20NOT%20NULL",
    ),
}


@pytest.mark.parametrize("what", PREDICATES)
def test_without_the_predicate_it_would_show(worlds, thorough, monkeypatch, what):
    where, name, instead, betrayed = PREDICATES[what]
    assert betrayed in thorough[0].answers
    monkeypatch.setattr(where, name, instead)
    answers = []
    for node in worlds[THOROUGH]:
        with client_of(node, toy_worlds.kinds(node)) as client:  # pages keep what they made ready
            answers.append(Walk(client, THOROUGH).get(betrayed))
    assert answers[0] != answers[1]


def test_a_route_that_nobody_comes_by_is_named(worlds, thorough):
    with client_of(worlds[THOROUGH][0], toy_worlds.kinds(worlds[THOROUGH][0])) as client:
        client.app.router.routes.insert(0, Route("/a/new/route", lambda request: None, methods=["GET", "POST"]))
        assert not_walked(client, thorough[0]) == ["GET /a/new/route", "POST /a/new/route"]


def test_a_plan_that_is_run_gives_the_same_in_both_worlds(worlds):
    """Its result in every form, its states, its page: of the whole world as of the own."""
    made = []
    for node in worlds[THOROUGH]:
        with client_of(node, toy_worlds.kinds(node), start=True) as client:
            walk = Walk(client, THOROUGH)
            told = orjson.loads(
                send(walk, "POST", f"{API}/plans/orchard_harvest/jobs", {"parameters": {"share": 0.5}}).body
            )
            at = f"{API}/jobs/{told['job_id']}"
            job = orjson.loads(walk.get(f"{at}?wait=30").body)
            assert job["state"] == "done", job
            for form in DATA[:-1]:
                assert walk.get(f"{at}/rows?format={form}").status == 200
            assert b"today: " in walk.get(job["page"]).body
            walk.get(f"{at}/events")
            walk.get(f"{API}/jobs")
            made.append(walk)
    assert differences(*made) == []
