"""Two worlds that differ in hidden rows only, about half of all, answer a reader of the others with the same bytes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support import traffic
from tests.support.nodes import delivery, opened, principal, rows
from tests.support.walking import Walk, client_of, differences, walk

from birlik import assembly
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.policy import OWN
from birlik.kernel.store.reader import StoreReader

pytestmark = pytest.mark.two_worlds
TRANSPORT = assembly.domains(("transport",))
EMPTY = frozenset({"birlik_quarantine", "birlik_act", "birlik_shift", "birlik_plan", "transport_meeting"})
"""What only a node's own operators see, or nobody has saved; and nobody here is both tracked and told by a post."""
CROSSING = "kz-nurzholy--cn-khorgos--road"
FOLLOWED_AFTER = (3, 9, 12.5, 12.75, 12.8)
"""Days: in the midst of it, with everything, and twice when a feed has been quiet for hours."""
HIDDEN_EVENT, SHOWN_EVENT = (f"urn:uuid:11111111-0000-4000-8000-00000000000{n}" for n in (3, 1))


def play(node, sent):
    """Take what was sent, in the order of its coming; now and then bring the figures up to date."""
    media_types = {intake.name: intake.media_type for intake in node.intakes.values()}
    waiting = list(sent)
    for days in FOLLOWED_AFTER:
        moment = traffic.SINCE + timedelta(days=days)
        now, waiting = [s for s in waiting if s.at <= moment], [s for s in waiting if s.at > moment]
        deliveries = []
        for message in now:
            node.clock.at = message.at
            deliveries.append(
                delivery(
                    message.body,
                    node,
                    source_id=message.source_id,
                    labels=message.labels,
                    media_type=media_types[message.intake],
                    parameters=parameters(message),
                )
            )
        pipeline.take(node, deliveries)
        node.clock.at = moment
        pipeline.follow(node)
    assert not waiting


def parameters(message):
    return {"content_type": "application/json", "expects": "document"} if message.intake == "epcis" else {}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """(the whole world, the world that has only what the members may see)"""
    everything, seen = traffic.worlds()
    folder = tmp_path_factory.mktemp("worlds")
    clocks = SetClock(traffic.SINCE), SetClock(traffic.SINCE)
    with (
        opened(folder / "all", declared=TRANSPORT, clock=clocks[0]) as whole,
        opened(folder / "seen", declared=TRANSPORT, clock=clocks[1]) as part,
    ):
        play(whole, everything)
        play(part, seen)
        yield whole, part


@pytest.fixture(scope="module")
def clients(worlds):
    with client_of(worlds[0]) as one, client_of(worlds[1]) as other:
        yield one, other


def known(world):
    """Values of the parameters of paths: some that the reader sees, some that are hidden, some that nobody knows."""
    alerts = [r["alert_id"] for v in ("members", "own") for r in rows(world, "birlik_alert", v)]
    catalogue = world.store.catalogue
    return {
        "id": [*alerts[:6], *(r["quarantine_id"] for r in rows(world, "birlik_quarantine"))],
        "name": [*catalogue.tables, *catalogue.derived, *catalogue.indicators],
        "crossing_id": [CROSSING],
        "event_id": [SHOWN_EVENT, HIDDEN_EVENT],
        "capture_id": [r["capture_id"] for r in rows(world, "transport_capture_job")],
        "epc": ["urn:birlik:object:wagon_1520:52687431"],
        "biz_step": ["arriving", "departing"],
        "disposition": ["in_transit"],
        "event_type": ["ObjectEvent"],
        "biz_location": ["urn:birlik:place:unlocode:KZDOS"],
        "read_point": ["urn:birlik:place:unlocode:KZDOS"],
    }


@pytest.fixture(scope="module")
def walks(worlds, clients):
    asked = known(worlds[0])
    for world, client in zip(worlds, clients, strict=True):
        # An operator looks first: what was kept ready for one reader must not be shown to another.
        for address in (f"/transport/crossing/{CROSSING}", "/transport/overview", "/transport/sources"):
            client.get(address)
        assert world is not None
    return tuple(walk(w, c, "members", asked) for w, c in zip(worlds, clients, strict=True))


def test_half_of_all_rows_are_hidden(worlds):
    whole, part = (w.store.database.all("SELECT count(*) FROM transport_movement")[0][0] for w in worlds)
    assert 0.35 < part / whole < 0.65
    assert rows(worlds[0], "birlik_alert", "own") != rows(worlds[1], "birlik_alert", "own")
    assert len(rows(worlds[0], "birlik_quarantine")) > len(rows(worlds[1], "birlik_quarantine"))


def test_every_answer_is_the_same_byte_for_byte(walks):
    assert len(walks[0].answers) > 300
    assert differences(*walks) == []


@pytest.mark.parametrize("kind", ["tables", "derived", "indicators"])
def test_every_data_route_has_something_to_show(worlds, walks, kind):
    room = "indicators" if kind == "indicators" else "tables"
    for name in getattr(worlds[0].store.catalogue, kind):
        if name in EMPTY:
            continue
        answer = walks[0].answers[f"/api/v1/{room}/{name}?format=json"]
        if not worlds[0].store.catalogue.may_read(principal(worlds[0], "members"), name):
            assert answer.status == 403, name
            continue
        assert answer.status == 200, name
        assert b'"data":[]' not in answer.body, name


def test_pages_pages_of_rows_alerts_and_errors_are_among_them(walks):
    answers = walks[0].answers
    told = {status: sum(a.status == status for a in answers.values()) for status in (200, 304, 400, 403, 404)}
    assert all(told.values()), told
    assert any("after=" in name for name in answers)
    assert any(name.endswith("/cap") and a.status == 200 for name, a in answers.items())
    assert answers[f"/transport/crossing/{CROSSING}"].status == 200
    assert not any(b"-hidden-" in a.body for name, a in answers.items() if "hidden" not in name)


def test_a_hidden_thing_is_answered_as_one_that_is_not_there(walks):
    answers = walks[0].answers
    for name in ("alerts/{}", "quarantine/{}"):
        nothing = answers[f"/api/v1/{name.format('no-such-thing')}"]
        hidden = [a for n, a in answers.items() if n.startswith(f"/api/v1/{name.format('')}") and a.status == 404]
        assert len(hidden) > 1
        assert {(a.status, len(a.body.replace(b"no-such-thing", b""))) for a in hidden} >= {
            (404, len(nothing.body.replace(b"no-such-thing", b"")))
        }


def sees_all(monkeypatch):
    """The reader's predicate taken out."""
    monkeypatch.setattr(StoreReader, "_seen", "TRUE")


def shows_own_figures(monkeypatch):
    """The view taken out of the question for figures."""
    real = StoreReader._figures

    def figures(self, *a, **more):
        own = replace(self.principal, view=OWN)
        return real(StoreReader(self._database, self._catalogue, own, self.watermark), *a, **more)

    monkeypatch.setattr(StoreReader, "_figures", figures)


@pytest.mark.parametrize(
    ("take_out", "betrayed"),
    [
        pytest.param(sees_all, "/api/v1/tables/transport_movement?format=json", id="rows"),
        pytest.param(sees_all, "/api/v1/tables/transport_leg?format=ndjson", id="derived rows"),
        pytest.param(sees_all, "/api/v1/sources?", id="sources"),
        pytest.param(shows_own_figures, "/api/v1/indicators/tfi1?format=csv", id="figures"),
        pytest.param(shows_own_figures, "/api/v1/indicators/coverage?format=parquet", id="figures about sources"),
        pytest.param(
            shows_own_figures, f"/transport/crossing/-/panel/months?crossing_id={CROSSING}", id="figures on a page"
        ),
    ],
)
def test_without_the_predicate_it_would_show(worlds, walks, monkeypatch, take_out, betrayed):
    assert betrayed in walks[0].answers
    take_out(monkeypatch)
    with client_of(worlds[0]) as one_client, client_of(worlds[1]) as other_client:  # pages keep what they made ready
        one, other = (Walk(client, "members").get(betrayed) for client in (one_client, other_client))
    assert one.status == other.status == 200
    assert one.body != other.body
