"""What a node keeps of a person goes from all its files, and nothing of anybody else."""

import json
import shutil
from datetime import timedelta
from functools import partial

import pyarrow.parquet as pq
import pytest
from tests.support import nodes
from tests.support.library import BEGIN, LIBRARY, MEDIA_TYPE, loan, reader
from tests.support.nodes import FOR_MEMBERS, everything, follow, rows

from birlik.clock import SetClock
from birlik.kernel import acting, erasing, upkeep
from birlik.kernel.archiving import sealed
from birlik.kernel.archiving.erasing import cleared
from birlik.kernel.members import Role
from birlik.kernel.policy import Principal, Right
from birlik.kernel.store.frames import Unreadable, scan

opened = partial(nodes.opened, declared=(LIBRARY,))
take = partial(nodes.take, media_type=MEDIA_TYPE)
KEY, NAME, PHONE, NOTE = "card-4711", "Zhanar Qyzylova", "+7 701 555 0199", "left her scarf"
MARKED = (KEY, NAME, PHONE, NOTE)
MADE_ONCE = ("birlik_message", "birlik_act", "birlik_erasure")


def steward(name):
    return Principal(name=name, role=Role.STEWARD, rights=(Right(role=Role.STEWARD, sources=None),))


def act(node, name, by, **told):
    ask = acting.asked(node.acts[f"birlik_{name}"], told, by)
    made = acting.prepared(node, ask)
    if isinstance(made, acting.Receipt):
        return made.result
    node.store.commit([made])
    return made.decoded.result


def agreed(node, key=KEY, people="library_reader"):
    """One steward proposes, another confirms. Returns the erasure's id."""
    told = act(node, "erasure_propose", steward("aigul"), people=people, key=key, ground="order 17 of 2026")
    act(node, "erasure_confirm", steward("serik"), erasure_id=told["about"]["erasure_id"])
    return told["about"]["erasure_id"]


def done(node):
    """Whatever is due, at once."""
    return [erasing.do(node, order, lambda made: node.store.commit([made])) for order in erasing.due(node)]


def lived(node):
    """A person among others: with them in messages, alone, twice, refused, changed by hand, told of."""
    take(node, [reader(KEY, NAME, PHONE), reader("card-1", "Aset", "111")])
    take(node, [reader("card-2", "Botagoz", "222")], labels=FOR_MEMBERS)
    take(node, [loan("l1", KEY, note=NOTE), loan("l2", "card-1"), loan("l3", "card-2", "Qozy")], labels=FOR_MEMBERS)
    follow(node)
    take(node, [loan("l4", KEY, day=1, note=NOTE)])
    take(node, [loan("l5", KEY, "Qozy", day=2), f"loan;no line of {KEY};;", f"of {NAME}, too short", "nobody's; fault"])
    take(node, f"all;of;it;is;wrong;and;says;{KEY}".encode())
    take(node, [loan("l1", KEY, note=NOTE), loan("l6", "card-1", day=3)], source_id="neighbour", labels=FOR_MEMBERS)
    follow(node)


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def holds(folder, texts=MARKED):
    """Where any of the texts stands in a folder: in bytes as they lie, in frames unpacked, in the store asked."""
    found = set()
    for path in files(folder):
        body = path.read_bytes()
        if path.suffix == ".journal":
            for frame in scan(path):
                assert not isinstance(frame, Unreadable)
                body += b"".join(repr(record).encode() + record.body for record in frame.records)
        if path.suffix == ".zip":
            import zipfile

            with zipfile.ZipFile(path) as packed:
                body += b"".join(packed.read(name) for name in packed.namelist())
        found |= {(path.name, text) for text in texts if text.encode() in body or text.encode("utf-16-le") in body}
    with_store = folder / "store.duckdb"
    if with_store.exists():
        found |= {("asked", text) for text in texts if asked(with_store, text)}
    return found


def asked(file, text):
    """Which columns of a store, opened on a copy, have a text in any of their rows."""
    import duckdb

    copy = file.with_name("looked.duckdb")
    shutil.copyfile(file, copy)
    try:
        with duckdb.connect(str(copy), read_only=True) as store:
            columns = store.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'VARCHAR'"
            ).fetchall()
            return [
                (table, column)
                for table, column in columns
                if store.execute(f'SELECT 1 FROM "{table}" WHERE contains("{column}", ?) LIMIT 1', [text]).fetchall()
            ]
    finally:
        copy.unlink()


def others(node, view="own"):
    """All rows but those of the person, and what the node says of its own messages and acts."""
    made = everything(node, view, without=MADE_ONCE)
    return {
        name: [
            {n: v for n, v in row.items() if n != "message_id"}
            for row in each
            if not any(text in str(row) for text in MARKED)
        ]
        for name, each in made.items()
        if not name.startswith("figures")
    }


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
    upkeep.rebuild(before, lambda folder, **more: nodes.assembly.open_node(folder, declared=(LIBRARY,), clock=clock,
                                                                           **nodes.SMALL, **more))  # fmt: skip
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
