"""What a node keeps of a person goes from all its files, and nothing of anybody else."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from tests.support.erasing import KEY, MARKED, NOTE, agreed, done, holds, lived, opened, opener, others, take
from tests.support.library import BEGIN, loan
from tests.support.nodes import everything, figures, follow, rows
from tests.support.server import browsing

from birlik.clock import SetClock
from birlik.kernel import erasing, upkeep
from birlik.kernel.archiving import sealed
from birlik.kernel.archiving.erasing import cleared


@pytest.fixture
def clock():
    return SetClock(BEGIN + timedelta(days=10))


@pytest.fixture
def before(tmp_path, clock):
    """A node's folder in which a person has left their traces, closed."""
    with opened(tmp_path / "node", clock=clock) as node:
        lived(node)
    return tmp_path / "node"


def test_the_marked_texts_stand_there_before_so_that_they_can_be_missed(before):
    where = {name for name, _ in holds(before)}
    assert {"00000001.journal", "asked"} <= where
    assert {text for _, text in holds(before)} == set(MARKED)


def test_what_is_erased_stands_in_no_file_of_the_node_or_of_a_backup_made_then(before, clock, tmp_path):
    with opened(before, clock=clock) as node:
        agreed(node)
        [made] = done(node)
        assert made.gone.rows_n == 4
        node.backup(tmp_path / "backup")
    assert holds(before) == set()
    assert holds(tmp_path / "backup") == set()


def test_what_is_of_others_stays_for_every_view_and_a_rebuild_says_the_same(before, clock):
    with opened(before, clock=clock) as node:
        stood = {view: others(node, view) for view in ("own", "members")}
        agreed(node)
        done(node)
        follow(node)
        assert {view: others(node, view) for view in ("own", "members")} == stood
        assert [r["loan_id"] for r in rows(node, "library_loan")] == ["l2", "l3", "l6"]
        live = {view: everything(node, view) for view in ("own", "members")}
    for left in before.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(before, opener(clock))
    with opened(before, clock=clock) as node:
        for view, expected in live.items():
            made = everything(node, view, without=("birlik_alert", "birlik_cap_message"))
            assert made == {name: each for name, each in expected.items() if name in made}
    assert holds(before) == set()


def test_it_goes_from_an_archive_that_the_node_wrote_in_all_its_generations(before, clock, tmp_path):
    place = tmp_path / "archive"
    with opened(before, clock=clock) as node:
        clock.advance(timedelta(days=40))
        follow(node)
        sealed.archive(node, place.as_uri())
        take(node, [loan("l9", KEY, day=5, note=NOTE), loan("l10", "card-2", day=6)])
        clock.advance(timedelta(days=40))
        follow(node)
        sealed.archive(node, place.as_uri())
        assert archived(place, "library_loan", 1)["l1"] == KEY
        assert archived(place, "library_loan", 2)["l9"] == KEY
        agreed(node)
        for order in erasing.due(node):
            erasing.do(node, order, lambda made: node.store.commit([made]), (cleared,))
        assert archived(place, "library_loan", 1) == {"l2": "card-1", "l3": "card-2", "l6": "card-1"}
        assert archived(place, "library_loan", 2) == {**archived(place, "library_loan", 1), "l10": "card-2"}
        assert [row["left"] for row in rows(node, "birlik_erasure")] == [None]
        take(node, [loan("l11", "card-2", day=7)])
        follow(node)
        sealed.archive(node, place.as_uri())
        assert "l11" in archived(place, "library_loan", 3)
    for path in place.rglob("*.parquet"):
        assert not any(text in str(pq.read_table(path).to_pylist()) for text in MARKED)


def archived(place, table, generation):
    """By loan, who has it."""
    told = json.loads((place / f"generations/{generation:06d}.json").read_text())
    found = [pq.read_table(place / file["path"]).to_pylist() for file in told["tables"][table]["files"]]
    return {row["loan_id"]: row["reader_id"] for each in found for row in each}


def test_an_archive_that_can_not_be_reached_is_named(before, clock, tmp_path):
    place = tmp_path / "archive"
    with opened(before, clock=clock) as node:
        clock.advance(timedelta(days=40))
        follow(node)
        sealed.archive(node, place.as_uri())
        for path in place.glob("rows/library_loan/*/*.parquet"):
            path.write_bytes(b"no rows")
        agreed(node)
        for order in erasing.due(node):
            erasing.do(node, order, lambda made: node.store.commit([made]), (cleared,))
        [row] = rows(node, "birlik_erasure")
        assert row["status"] == "done"
        assert f"the archive at {place.as_uri()}" in row["left"] or str(place) in row["left"]


def lent(node, **more):
    return {(f["book"], f["month"]): (f["n"], f["version"]) for f in figures(node, "library_lent", **more)}


def test_figures_of_months_that_are_long_over_stand_and_those_of_open_ones_go_on_without_them(before, clock):
    with opened(before, clock=clock) as node:
        clock.advance(timedelta(days=140))
        take(node, [loan("n1", KEY, day=150), loan("n2", "card-1", day=150)])
        follow(node)
        stood, moment = lent(node), clock.now()
        assert (stood["Abai", "2026-03"][0], stood["Abai", "2026-07"][0]) == (4, 2)
        clock.advance(timedelta(hours=30))
        follow(node)
        agreed(node)
        done(node)
        follow(node)
        now = lent(node)
        assert {key: now[key] for key in now if key[1] == "2026-03"} == {
            key: stood[key] for key in stood if key[1] == "2026-03"
        }
        assert now["Abai", "2026-07"] == (1, stood["Abai", "2026-07"][1] + 1)
        assert lent(node, as_of=moment) == stood
    for left in before.glob("store.duckdb*"):
        left.unlink()
    upkeep.rebuild(before, opener(clock))
    with opened(before, clock=clock) as node:
        again = lent(node)
        assert {key: n for key, (n, _) in again.items()} == {key: n for key, (n, _) in now.items()}
    assert holds(before) == set()


def test_what_would_go_is_shown_before_to_who_proposes_and_to_who_confirms(before, clock):
    with opened(before, clock=clock) as node, browsing(node) as client:
        told = {"people": "library_reader", "key": KEY, "ground": "a wish"}
        shown = client.post("/api/v1/acts/birlik_erasure_propose?preview=true", json=told).json()
        assert rows(node, "birlik_erasure") == []
        name = client.post("/api/v1/acts/birlik_erasure_propose", json=told).json()["about"]["erasure_id"]
        asked = {"erasure_id": name}
        confirmed = client.post("/api/v1/acts/birlik_erasure_confirm?preview=true", json=asked).json()
        assert [row["status"] for row in rows(node, "birlik_erasure")] == ["proposed"]
        for preview in (shown, confirmed):
            assert NOTE in str(preview)
            assert "Botagoz" not in str(preview)
