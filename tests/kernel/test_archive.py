"""Sealed months as Parquet at a URI; what is computed of them is what the node says, storey by storey."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from tests.support import aviary, quay
from tests.support.nodes import FOR_MEMBERS, HIDDEN, figures, follow, opened, rows, take

from birlik.clock import SetClock
from birlik.errors import BadRequest, StoreUnavailable, Unknown
from birlik.kernel import upkeep
from birlik.kernel.archiving import computing, manifest, sealed
from birlik.kernel.archiving.computing import Embedded, Order
from birlik.kernel.archiving.location import Location
from birlik.kernel.node import Node

APRIL = 31 * 24
"""Hours from the quay's start to the next month."""
SIGHTINGS = [("a", "z1", 1, 5), ("a", "z3", 90, 4), ("b", "z1", 30, 7), ("c", "z2", 700, 2), ("a", "z1", 5, 1)]
HIDDEN_ONES = [("b", "z3", 40, 3), ("d", "z1", 41, 9)]


def tell(node: Node, labels=FOR_MEMBERS, **told: list[tuple[object, ...]]) -> None:
    assert take(node, orjson.dumps(told), media_type=quay.MEDIA_TYPE, labels=labels).failed is None


@pytest.fixture
def node(tmp_path):
    clock = SetClock(datetime(2026, 4, 1, 12, tzinfo=UTC))
    with opened(tmp_path / "node", declared=(quay.QUAY,), clock=clock) as node:
        tell(node, quay_sighting=SIGHTINGS, quay_rate=[("east", 1, 2), ("west", 3, 5)], quay_tag=[("a", 1, "red")])
        tell(node, HIDDEN, quay_sighting=HIDDEN_ONES, quay_tag=[("b", 2, "blue")])
        follow(node)
        yield node


def archived(node: Node, folder: Path, view: str | None = None) -> manifest.Manifest:
    return sealed.archive(node, str(folder), view).manifest


def computed(node: Node, name: str, archive: Path, out: Path, view: str = "own") -> list[dict[str, object]]:
    order = Order(name=name, archive=Location(str(archive)), view=view, out=Location(str(out)))
    made = computing.compute(node.store.catalogue, order, Embedded())
    tables = [pq.read_table(out / file.path).to_pylist() for file in made.rows.files]
    return sorted((row for table in tables for row in table), key=str)


@pytest.mark.parametrize("view", ["own", "members"])
@pytest.mark.parametrize("name", [derived.name for derived in quay.QUAY.derived])
def test_what_is_computed_of_an_archive_is_what_the_node_says(node, tmp_path, name, view):
    archived(node, tmp_path / "archive")
    made = computed(node, name, tmp_path / "archive", tmp_path / "out", view)
    assert made
    assert made == sorted(rows(node, name, view), key=str)


def test_figures_are_computed_with_all_their_storeys(node, tmp_path):
    archived(node, tmp_path / "archive")
    made = computed(node, "quay_due", tmp_path / "archive", tmp_path / "out")
    assert made
    said = [{name: row[name] for name in made[0]} for row in figures(node, "quay_due")]
    assert made == sorted(said, key=str)


def test_a_month_is_sealed_when_the_watermark_has_passed_its_end(node, tmp_path):
    tell(node, quay_sighting=[("a", "z1", APRIL, 5)])
    follow(node)
    made = archived(node, tmp_path / "archive")
    assert (made.begin, made.end) == (quay.START, datetime(2026, 4, 1, tzinfo=UTC))
    assert made.tables["quay_sighting"].rows_n == len(SIGHTINGS) + len(HIDDEN_ONES)
    assert {file.month for file in made.tables["quay_sighting"].files} == {"2026-03"}
    folders = {path.parent.name for path in (tmp_path / "archive" / "rows" / "quay_sighting").rglob("*.parquet")}
    assert folders == {"month=2026-03"}


def test_what_comes_late_is_an_addendum_of_a_new_generation_and_no_file_is_rewritten(node, tmp_path):
    archive = tmp_path / "archive"
    first = archived(node, archive)
    before = {path: path.read_bytes() for path in archive.rglob("*.parquet")}
    tell(node, quay_sighting=[("c", "z1", 60, 8)])
    follow(node)
    second = archived(node, archive)
    assert (first.generation, second.generation) == (1, 2)
    assert [file.generation for file in second.tables["quay_sighting"].files] == [1, 2]
    assert second.tables["quay_sighting"].files[1].rows_n == 1
    assert {path: path.read_bytes() for path in before} == before
    assert json.loads((archive / "generations" / "000001.json").read_bytes())["generation"] == 1
    assert computed(node, "quay_bill", archive, tmp_path / "out") == sorted(rows(node, "quay_bill"), key=str)


def test_a_row_that_is_relabelled_stands_once_under_its_new_labels_and_its_old_generation_stays(node, tmp_path):
    archive, shown = tmp_path / "archive", tmp_path / "shown"
    archived(node, archive)
    archived(node, shown, "members")
    before = {path: path.read_bytes() for path in archive.rglob("*.parquet")}
    # Their own source hides what all members saw, and shows what was hidden.
    tell(node, HIDDEN, quay_sighting=SIGHTINGS[:1])
    tell(node, FOR_MEMBERS, quay_sighting=HIDDEN_ONES[:1])
    follow(node)
    made, for_members = archived(node, archive), archived(node, shown, "members")
    assert (made.generation, made.tables["quay_sighting"].rows_n) == (2, len(SIGHTINGS) + len(HIDDEN_ONES))
    assert for_members.tables["quay_sighting"].rows_n == len(SIGHTINGS)
    assert {path: path.read_bytes() for path in before} == before
    for view, place in (("own", archive), ("members", archive), ("members", shown)):
        said = computed(node, "quay_visit", place, tmp_path / f"{place.name}-{view}", view)
        assert said == sorted(rows(node, "quay_visit", view), key=str), (view, place)


def test_a_month_that_ended_meanwhile_comes_whole_whenever_its_rows_came(node, tmp_path):
    tell(node, quay_sighting=[("a", "z1", APRIL + 3, 5)])
    follow(node)
    archived(node, tmp_path / "archive")
    node.clock.advance(timedelta(days=31))
    follow(node)
    made = archived(node, tmp_path / "archive")
    assert [(f.month, f.rows_n) for f in made.tables["quay_sighting"].files] == [("2026-03", 7), ("2026-04", 1)]
    assert computed(node, "quay_visit", tmp_path / "archive", tmp_path / "out") == sorted(
        rows(node, "quay_visit"), key=str
    )


def test_where_nothing_is_new_no_generation_is_written_and_archiving_removes_nothing(node, tmp_path):
    stood = rows(node, "quay_sighting")
    archived(node, tmp_path / "archive")
    written = sorted((tmp_path / "archive").rglob("*"))
    again = sealed.archive(node, str(tmp_path / "archive"))
    assert (again.manifest.generation, dict(again.added)) == (1, {})
    assert sorted((tmp_path / "archive").rglob("*")) == written
    assert rows(node, "quay_sighting") == stood


def test_all_rows_are_for_their_owner_only(node, tmp_path):
    archived(node, tmp_path / "archive")
    for path in (tmp_path / "archive").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_is_written_for_a_view_may_be_read_by_others(node, tmp_path):
    before = os.umask(0o077)
    try:
        archived(node, tmp_path / "archive", "members")
    finally:
        os.umask(before)
    for path in (tmp_path / "archive").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_what_is_written_for_a_view_holds_its_rows_and_no_sign_of_others(node, tmp_path):
    made = archived(node, tmp_path / "archive", "members")
    held = pq.read_table(tmp_path / "archive" / "rows" / "quay_sighting").to_pylist()
    assert [row["crate"] for row in held if row["crate"] == "d"] == []
    assert len(held) == len(SIGHTINGS)
    assert {row["views"] for row in held} == {2}
    assert (made.to_seq, dict(made.views)) == (None, {"members": 2})
    said = computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out", "members")
    assert said == sorted(rows(node, "quay_bill", "members"), key=str)
    with pytest.raises(Unknown, match="no rows for the view 'own'; it has members"):
        computed(node, "quay_bill", tmp_path / "archive", tmp_path / "other")


def test_an_edit_of_a_register_is_a_new_file_of_a_new_generation(node, tmp_path):
    from tests.support.nodes import delivery

    from birlik.kernel import pipeline
    from birlik.kernel.registers import ROWS

    archived(node, tmp_path / "archive")
    row = {"zone": "z1", "name": "z1", "gate": "west", "limit": 3}
    body = orjson.dumps({"table": "quay_zone", "rows": [row]})
    pipeline.take(node, [delivery(body, node, media_type=ROWS, labels=FOR_MEMBERS)])
    follow(node)
    made = archived(node, tmp_path / "archive")
    assert made.generation == 2
    assert computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out") == sorted(
        rows(node, "quay_bill"), key=str
    )


def lie(archive: Path, change) -> None:
    told = json.loads((archive / "manifest.json").read_bytes())
    change(told["tables"]["quay_sighting"])
    (archive / "manifest.json").write_text(json.dumps(told))


def too_many(told) -> None:
    told["files"][0]["rows_n"] += 1
    told["rows_n"] += 1


def another_hash(told) -> None:
    told["files"][0]["sha256"] = "0" * 64


def another_type(told) -> None:
    told["columns"] = [[n, "double" if n == "weight" else kind] for n, kind in told["columns"]]


def another_sum(told) -> None:
    told["rows_n"] += 1


def no_file(told) -> None:
    told["files"][0]["path"] = "rows/quay_sighting/month=2026-03/gone.parquet"


def outside(told) -> None:
    told["files"][0]["path"] = "../../etc/passwd"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (too_many, "has 7 rows, and its manifest says 8"),
        (another_hash, "has another hash than its manifest says"),
        (another_type, "has other columns than its manifest says: weight double, weight int64"),
        (another_sum, "quay_sighting has 8 rows, and its files 7"),
        (no_file, "gone.parquet is missing"),
        (outside, "does not lie in it"),
    ],
)
def test_a_manifest_that_lies_is_found_out(node, tmp_path, change, said):
    archived(node, tmp_path / "archive")
    lie(tmp_path / "archive", change)
    with pytest.raises(StoreUnavailable, match=said):
        computed(node, "quay_visit", tmp_path / "archive", tmp_path / "out")
    assert not (tmp_path / "out" / "result.json").exists()
    assert list((tmp_path / "out").rglob("*.parquet")) == []


def test_what_was_asked_for_twice_is_made_once_and_another_asks_for_another_place(node, tmp_path):
    archived(node, tmp_path / "archive")
    computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out")
    stood = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == stood
    with pytest.raises(BadRequest, match="stands quay_bill of generation 1 for own; name a new place"):
        computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out", "members")


def test_only_the_result_is_left_at_its_place(node, tmp_path):
    archived(node, tmp_path / "archive")
    computed(node, "quay_bill", tmp_path / "archive", tmp_path / "out")
    said = json.loads((tmp_path / "out" / "result.json").read_bytes())
    left = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.parquet")}
    assert left == {file["path"] for file in said["rows"]["files"]}


def test_what_is_not_declared_is_refused_with_the_nearest(node, tmp_path):
    archived(node, tmp_path / "archive")
    with pytest.raises(Unknown, match="did you mean quay_bill"):
        computed(node, "quay_bil", tmp_path / "archive", tmp_path / "out")


def test_an_archive_that_is_ahead_of_a_restored_node_is_left_alone(node, tmp_path):
    node.store.backup(tmp_path / "backup")
    tell(node, quay_sighting=[("c", "z1", 60, 8)])
    follow(node)
    archived(node, tmp_path / "archive")
    upkeep.restore(tmp_path / "backup", tmp_path / "restored")
    restored = opened(tmp_path / "restored", declared=(quay.QUAY,), clock=node.clock)
    with restored as older, pytest.raises(BadRequest, match="is ahead of this node"):
        archived(older, tmp_path / "archive")


class Interrupted(Embedded):
    """Somebody else computes the same meanwhile."""

    def __init__(self, meanwhile) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def derived(self, *asked):
        made = super().derived(*asked)
        self.meanwhile()
        return made


def test_two_who_compute_the_same_at_once_leave_one_whole_result(node, tmp_path):
    archive, out = tmp_path / "archive", tmp_path / "out"
    archived(node, archive)
    order = Order(name="quay_bill", archive=Location(str(archive)), view="own", out=Location(str(out)))
    meanwhile = Interrupted(lambda: computing.compute(node.store.catalogue, order, Embedded()))
    computing.compute(node.store.catalogue, order, meanwhile)
    assert computed(node, "quay_bill", archive, out) == sorted(rows(node, "quay_bill"), key=str)


def test_a_run_that_was_broken_off_leaves_nothing_that_anyone_would_read(node, tmp_path):
    archive, out = tmp_path / "archive", tmp_path / "out"
    archived(node, archive)
    order = Order(name="quay_bill", archive=Location(str(archive)), view="own", out=Location(str(out)))

    def broken() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        computing.compute(node.store.catalogue, order, Interrupted(broken))
    assert [path for path in out.rglob("*") if path.is_file()] == []
    stray = archive / "rows" / "quay_sighting" / "month=2026-03" / "000002-stray-0000.parquet"
    stray.write_bytes(b"half a file")
    assert computed(node, "quay_bill", archive, out) == sorted(rows(node, "quay_bill"), key=str)


def test_a_place_that_can_not_be_opened_is_named(node):
    with pytest.raises(BadRequest, match="is no place that can be opened"):
        sealed.archive(node, "nowhere://x")


def test_what_is_kept_is_archived_as_it_stands_and_what_follows_from_it_is_computed(tmp_path):
    cage, bird = aviary.CAGE, aviary.BIRD
    with opened(tmp_path / "node", declared=(aviary.AVIARY,)) as node:
        for labels, *items in (
            (FOR_MEMBERS, aviary.change(cage, minute=1, cage_id="c1", name="old")),
            (FOR_MEMBERS, aviary.change(cage, minute=2, cage_id="c1", name="new")),
            (FOR_MEMBERS, aviary.change(bird, minute=3, bird_id="b1", cage_id="c1", name="one")),
            (HIDDEN, aviary.change(bird, minute=4, bird_id="b2", cage_id="c1", name="two")),
        ):
            assert take(node, aviary.changes(items), media_type=aviary.MEDIA_TYPE, labels=labels).failed is None
        follow(node)
        made = archived(node, tmp_path / "archive")
        (file,) = made.tables[cage.name].files
        assert [row["name"] for row in pq.read_table(tmp_path / "archive" / file.path).to_pylist()] == ["new"]
        for view, birds in (("own", 2), ("members", 1)):
            said = computed(node, aviary.CROWD.name, tmp_path / "archive", tmp_path / view, view)
            assert said == rows(node, aviary.CROWD.name, view)
            assert [row["birds_n"] for row in said] == [birds]
