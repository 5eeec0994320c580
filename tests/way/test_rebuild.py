"""The journal is the node: what is made again from it equals what was made as it came."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from tests.support import traffic
from tests.support.edits import edit_of
from tests.support.nodes import SMALL, delivery, everything, figures, opened, rows

from birlik import assembly
from birlik.clock import SetClock
from birlik.kernel import pipeline, upkeep
from birlik.kernel.registers import ACT, ROWS

GEOFENCE = "kz-nurzholy:queue"
CARRIED = ("birlik_alert", "birlik_cap_message")
"""What no journal tells; a rebuild takes it over from the old store."""


def edit(node, **changes):
    table = node.store.catalogue.tables["transport_geofence"]
    standing = node.store.registers()["transport_geofence"].to_pylist()
    row = {"geofence_id": GEOFENCE, **changes}
    return delivery(edit_of(table, [row], standing), node, media_type=ROWS, source_id="steward")


def lived(node):
    """A fortnight with late messages, repetitions, an edit of a register, a resending and a dismissal."""
    media_types = {intake.name: intake.media_type for intake in node.intakes.values()}
    sent, _ = traffic.worlds()
    for i, message in enumerate(sent):
        node.clock.at = max(node.clock.at, message.at)
        epcis = {"content_type": "application/json", "expects": "document"}
        made = delivery(
            message.body,
            node,
            source_id=message.source_id,
            labels=message.labels,
            media_type=media_types[message.intake],
            parameters=epcis if message.intake == "epcis" else {},
        )
        pipeline.take(node, [made, made] if i % 5 == 0 else [made])
        if i % 7 == 0:
            again = replace(made, source_id="neighbour", received_time=node.clock.at)
            pipeline.take(node, [again])
        if i % 40 == 0:
            pipeline.follow(node)
        if i == 60:
            pipeline.take(node, [edit(node, radius_m=5_000.0)])
    wrong = rows(node, "birlik_quarantine")
    right = traffic.positions([f"truck-00,{traffic.SINCE.isoformat()},44.2,80.3,1"])
    resent = delivery(
        right, node, media_type=traffic.POSITIONS, parameters={"resends": wrong[0]["quarantine_id"]}, source_id="gps"
    )
    dismissed = delivery(
        orjson.dumps({}), node, media_type=ACT, parameters={"dismisses": wrong[1]["quarantine_id"]}, source_id="op"
    )
    pipeline.take(node, [resent, dismissed])
    node.clock.advance(timedelta(hours=3))
    pipeline.follow(node)


def reopener(clock):
    return lambda folder, **more: assembly.open_node(folder, clock=clock, **SMALL, **more)


@pytest.fixture(scope="module")
def node_before(tmp_path_factory):
    """(the folder, what stood in it, the clock) of a node that has lived and is closed."""
    folder, clock = tmp_path_factory.mktemp("node"), SetClock(traffic.SINCE)
    with opened(folder, declared=None, clock=clock) as node:
        lived(node)
        stood = {view: everything(node, view) for view in ("own", "members", "public")}
        versions = figures(node, "tfi1")
        assert {r["status"] for r in stood["own"]["birlik_quarantine"]} == {"open", "resent", "dismissed"}
    return folder, stood, versions, clock


def test_a_store_beside_the_old_one_comes_out_equal_row_by_row(node_before):
    folder, stood, _, clock = node_before
    with opened(folder, declared=None, clock=clock, store_file="beside.duckdb") as again:
        pipeline.follow(again)
        for view, expected in stood.items():
            made = everything(again, view, without=CARRIED)
            for name, wanted in expected.items():
                if name not in CARRIED:
                    assert made[name] == wanted, (view, name)
            assert view == "public" or (made["transport_crossing_episode"] and made["figures of tfi1"])


def test_rebuild_gives_back_the_same_node_alerts_and_versions_included(node_before):
    folder, stood, versions, clock = node_before
    upkeep.rebuild(folder, reopener(clock))
    with opened(folder, declared=None, clock=clock) as again:
        for view, expected in stood.items():
            made = everything(again, view)
            for name, wanted in expected.items():
                assert made[name] == wanted, (view, name)
        assert figures(again, "tfi1") == versions
