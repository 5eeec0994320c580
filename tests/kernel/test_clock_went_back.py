"""A clock that was ahead and has come back: nothing that the node says is of a future that never was."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.alerting_toy import Toy, make  # noqa: F401 - a fixture
from tests.support.nodes import FOR_MEMBERS, NOON, everything, figures, follow, opened, principal, take
from tests.support.orchard import line

from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.alerting import send_due

AHEAD = timedelta(days=400)


def pickings(*hours, tree="ash-1", **more):
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [line(tree, (start + timedelta(hours=h)).isoformat(), **more) for h in hours]


def versions(node, view="own"):
    """All that is kept of the figures, whatever the moment."""
    names = "row, month, version, value, n, valid_from, valid_to, pinned"
    sql = f"SELECT {names} FROM figure_picking_gap WHERE view = ? ORDER BY row, month, valid_from"
    return node.store.database.all(sql, [node.views.index(view)])


def times(node):
    told = "SELECT valid_from FROM figure_picking_gap UNION ALL SELECT valid_to FROM figure_picking_gap"
    told += " UNION ALL SELECT opened_time FROM birlik_alert UNION ALL SELECT updated_time FROM birlik_alert"
    told += " UNION ALL SELECT closed_time FROM birlik_alert UNION ALL SELECT due_time FROM birlik_outbox"
    return [t for (t,) in node.store.database.all(told) if t is not None]


def as_said(node, moment):
    said = figures(node, "picking_gap", as_of=moment)
    return [{name: value for name, value in figure.items() if name != "valid_to"} for figure in said]


def lived(node, *, jumps):
    """Two hours of a node, in which its clock is a year ahead for a while, or isn't."""
    said = []
    take(node, pickings(0, 2, 4))
    take(node, pickings(0, 1, row="south"), labels=FOR_MEMBERS)
    said.append(follow(node, minutes=1))
    node.clock.advance(timedelta(hours=2))
    ahead = AHEAD if jumps else timedelta()
    node.clock.advance(ahead)
    take(node, pickings(10))
    take(node, pickings(10, 30, row="east", tree="oak-1", kg=200.0), labels=FOR_MEMBERS)
    said.append(follow(node, minutes=1))
    node.clock.advance(timedelta(hours=2))
    take(node, pickings(11))
    said.append(follow(node, minutes=1))
    node.store.pin(principal(node, "own"))
    take(node, pickings(12))
    said.append(follow(node, minutes=1))
    node.clock.advance(-ahead)
    return said


@pytest.mark.parametrize("reopened", [False, True], ids=["running", "started again"])
def test_no_figure_is_valid_from_the_future(tmp_path, reopened):
    with opened(tmp_path / "plain") as node:
        plain_said = lived(node, jumps=False)
        follow(node)
        plain = {view: everything(node, view, without=("birlik_message", "birlik_alert", "birlik_cap_message"))
                 for view in ("own", "members")}  # fmt: skip
        before = as_said(node, plain_said[0])
    clock = SetClock(NOON)
    with opened(tmp_path / "jumped", clock=clock) as node:
        said = lived(node, jumps=True)
        if not reopened:
            follow(node)
    with opened(tmp_path / "jumped", clock=clock) as node:
        now = follow(node)
        assert now < NOON + timedelta(days=1)
        assert [t for t in times(node) if t > now] == []
        for view, expected in plain.items():
            assert everything(node, view, without=("birlik_message", "birlik_alert", "birlik_cap_message")) == expected
        assert as_said(node, said[0]) == before
        # At each moment one version of a figure stands, and those that stand now began by now.
        for row, month in {(v[0], v[1]) for v in versions(node)}:
            mine = [v for v in versions(node) if (v[0], v[1]) == (row, month)]
            assert [v[6] for v in mine[:-1]] == [v[5] for v in mine[1:]]
            assert mine[-1][6] is None
        node.clock.advance(timedelta(hours=2))
        take(node, pickings(20))
        corrected = follow(node)
        assert [t for t in times(node) if t > corrected] == []
        north = [f for f in figures(node, "picking_gap") if f["row"] == "north"]
        assert [(f["n"], f["valid_from"]) for f in north] == [(6, corrected)]
        assert [f["n"] for f in figures(node, "picking_gap", as_of=now) if f["row"] == "north"] == [5]


def test_an_alert_that_opened_ahead_closes_now_and_is_forgotten_in_time(make):  # noqa: F811
    toy: Toy = make()
    toy.shows(5.0, gauge="before")
    toy.clock.advance(AHEAD)
    toy.shows(5.0, 9.0, gauge="ahead")
    toy.clock.advance(-AHEAD)
    toy.shows(1.0, gauge="ahead")
    now = toy.clock.now().replace(second=0)
    (closed,) = [a for a in toy.alerts() if a["key"] == "ahead"]
    assert (closed["status"], closed["closed_time"]) == ("closed", now)
    of_it = [m for m in toy.rows("birlik_cap_message") if m["alert_id"] == closed["alert_id"]]
    in_order = [m["msg_type"] for m in sorted(of_it, key=lambda m: m["place"])]
    assert in_order == ["Alert", "Update", "Cancel"]
    assert max(of_it, key=lambda m: m["place"])["sent_time"] == now
    toy.clock.advance(timedelta(hours=2))  # the rule says nothing any more of the other
    pipeline.follow(toy.node)
    toy.pass_time(days=30)
    assert [a for a in toy.alerts() if a["status"] == "open"] == []
    assert [a for a in toy.alerts() if a["opened_time"] > toy.clock.now()] == []


def test_an_alert_that_is_not_judged_ahead_is_not_remembered_until_then(make):  # noqa: F811
    toy: Toy = make()
    toy.shows(5.0)
    toy.clock.advance(AHEAD)
    toy.take("other", 1.0)
    pipeline.follow(toy.node)  # nothing of g within an hour: unjudged since a year from now
    toy.clock.advance(-AHEAD)
    toy.pass_time(hours=3)
    toy.pass_time(days=30)
    assert [a["status"] for a in toy.alerts() if a["key"] == "g"] == ["closed"]


def test_what_waits_for_a_subscriber_does_not_wait_a_year(make):  # noqa: F811
    toy: Toy = make(webhooks=({"url": "http://127.0.0.1:9/", "view": "own"},), webhook_backoff_s=60.0)
    toy.clock.advance(AHEAD)
    toy.shows(5.0)
    send_due(toy.node)
    toy.clock.advance(-AHEAD)
    toy.shows(1.0)
    assert max(row["due_time"] for row in toy.outbox()) <= toy.clock.now()
    toy.pass_time(minutes=2)
    heads = toy.node.store.database.all(
        "SELECT m.msg_type FROM birlik_outbox o JOIN birlik_cap_message m USING (message_id) WHERE attempts > 0"
    )
    assert heads == [("Alert",)]
    send_due(toy.node)
    told = toy.node.store.database.all(
        "SELECT m.msg_type, o.attempts FROM birlik_outbox o JOIN birlik_cap_message m USING (message_id) ORDER BY place"
    )
    assert told == [("Alert", 2), ("Cancel", 0)]


def test_a_feed_that_sent_ahead_can_go_quiet_and_is_not_fresh(make):  # noqa: F811
    toy: Toy = make()
    for _ in range(20):
        toy.shows(1.0)
    toy.clock.advance(AHEAD)
    toy.shows(1.0, 1.0)
    toy.clock.advance(-AHEAD)
    toy.pass_time(minutes=1)
    reader = toy.node.reader(toy.node.operator)
    (source,) = reader.sources().to_pylist()
    assert source["messages_n"] == 22
    assert source["last_time"] <= toy.clock.now()
    (counted,) = reader.counts("birlik_message", ("source_id",)).to_pylist()
    assert (counted["n"], counted["last_time"]) == (22, source["last_time"])
    toy.pass_time(hours=6)
    assert [a["status"] for a in toy.alerts(rule="feed_quiet")] == ["open"]


@pytest.mark.parametrize("back_s", [0.5, 20, 90, 4000])
def test_a_clock_that_is_set_back_a_little_costs_no_version(tmp_path, back_s):
    with opened(tmp_path) as node:
        take(node, pickings(0, 2, 4))
        said = follow(node)
        node.clock.advance(timedelta(hours=3))
        take(node, pickings(10))
        follow(node)
        node.clock.advance(-timedelta(seconds=back_s))
        now = pipeline.follow(node)
        node.clock.advance(timedelta(minutes=2))
        take(node, pickings(11))
        pipeline.follow(node)
        assert [t for t in times(node) if t > now + timedelta(minutes=2)] == []
        assert [f["n"] for f in figures(node, "picking_gap", as_of=said)] == [2]
        assert [f["n"] for f in figures(node, "picking_gap")] == [4]
