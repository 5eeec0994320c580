"""How far the figures are, said with every answer; and late messages that correct the past, in whatever order."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from tests.support import traffic
from tests.support.nodes import NOON, delivery, everything, figures, follow, opened, rows, take
from tests.support.orchard import line

from birlik.apps.api.app import create_app
from birlik.clock import SetClock, isoformat
from birlik.kernel import pipeline
from birlik.kernel.service import Service

LATE = datetime(2026, 3, 31, tzinfo=UTC)


def positions(node, lines):
    return delivery(traffic.positions(lines), node, media_type=traffic.POSITIONS, source_id="gps")


@pytest.mark.parametrize("seed", range(3))
def test_fixes_in_any_order_and_any_parts_come_out_as_all_at_once(tmp_path, seed):
    dice = random.Random(seed)
    lines = []
    for i in range(8):
        lines += traffic.fixes(f"truck-{i}", traffic.SINCE + timedelta(hours=5 * i), 2 + i / 2, dice)
    with opened(tmp_path / "once", declared=None, clock=SetClock(LATE)) as once:
        pipeline.take(once, [positions(once, lines)])
        pipeline.follow(once)
        expected = {n: v for n, v in everything(once).items() if _follows(once, n)}
        assert expected["figures of tfi1"]
        assert len(rows(once, "transport_crossing_episode")) >= 8
    shuffled = dice.sample(lines, len(lines))
    cuts = sorted(dice.sample(range(len(lines)), 5))
    with opened(tmp_path / "parts", declared=None, clock=SetClock(LATE)) as parts:
        for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True):
            pipeline.take(parts, [positions(parts, shuffled[start:end])])
            pipeline.follow(parts)
        assert {n: v for n, v in everything(parts).items() if _follows(parts, n)} == expected


def _follows(node, name):
    """Derived from movements; how many messages brought them is another matter."""
    indicators = {
        f"figures of {i.name}" for i in node.store.catalogue.indicators.values() if i.source != "birlik_message"
    }
    return name in node.store.catalogue.derived or name in indicators


def test_a_fix_three_weeks_late_corrects_the_crossing_and_the_figure_says_so(tmp_path):
    dice = random.Random(7)
    with opened(tmp_path, declared=None, clock=SetClock(traffic.SINCE + timedelta(days=5))) as node:
        tracks = [traffic.fixes(f"truck-{i}", traffic.SINCE + timedelta(hours=8 * i), 3, dice) for i in range(7)]
        *in_time, late = tracks
        pipeline.take(node, [positions(node, [fix for track in in_time for fix in track])])
        said = pipeline.follow(node)
        (before,) = _months(node)
        node.clock.advance(timedelta(weeks=3))
        pipeline.take(node, [positions(node, late)])
        corrected = pipeline.follow(node)
        (after,) = _months(node)
        (then,) = _months(node, as_of=said)
    assert (before["n"], before["version"]) == (6, 1)
    assert (after["n"], after["version"], after["valid_from"]) == (7, 2, corrected)
    assert (then["n"], then["value"], then["valid_to"]) == (6, before["value"], corrected)


def _months(node, **more):
    return [f for f in figures(node, "tfi1", **more) if f["month"] == "2026-03" and f["mode"] == "road"]


def test_nothing_that_came_before_the_watermark_is_outside_it(tmp_path):
    with opened(tmp_path) as node:
        take(node, [line("ash-1", "2026-03-01T08:00:00Z"), line("ash-1", "2026-03-01T10:00:00Z")])
        watermark = follow(node)
        assert watermark == node.clock.now()
        assert all(m["received_time"] <= watermark for m in rows(node, "birlik_message"))
        assert len(rows(node, "orchard_gap")) == 1


def test_a_delivery_that_still_waits_holds_the_watermark_back(tmp_path):
    with opened(tmp_path) as node:
        service = Service(node)
        waiting = delivery([line("ash-1", "2026-03-01T08:00:00Z")], node)
        service.submit(waiting, pipeline.prepare(node, waiting))
        node.clock.advance(timedelta(minutes=5))
        assert service.follow() == waiting.received_time == NOON


def test_every_answer_carries_the_watermark(tmp_path):
    with opened(tmp_path) as node:
        take(node, [line("ash-1", "2026-03-01T08:00:00Z"), line("ash-1", "2026-03-01T10:00:00Z")])
        watermark = isoformat(follow(node))
        app = create_app(Service(node))
        with TestClient(app, base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)) as client:
            for room in ("tables/orchard_picking", "tables/orchard_gap", "indicators/picking_gap"):
                answer = client.get(f"/api/v1/{room}")
                assert answer.headers["birlik-watermark"] == watermark
                assert answer.json()["watermark"] == watermark
            assert client.get("/api/v1/node").json()["watermark"] == watermark
