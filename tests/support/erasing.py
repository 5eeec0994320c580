"""A person who has left traces in a library's node, the two who have them erased, and where traces are looked for."""

import shutil
import zipfile
from functools import partial

import duckdb
from tests.support import nodes
from tests.support.library import LIBRARY, MEDIA_TYPE, loan, reader
from tests.support.nodes import FOR_MEMBERS, everything, follow

from birlik import assembly
from birlik.kernel import acting, erasing
from birlik.kernel.intake import Receipt
from birlik.kernel.members import Role
from birlik.kernel.policy import Principal, Right
from birlik.kernel.store.frames import Unreadable, scan

opened = partial(nodes.opened, declared=(LIBRARY,))
take = partial(nodes.take, media_type=MEDIA_TYPE)
KEY, NAME, PHONE, NOTE = "card-4711", "Zhanar Qyzylova", "+7 701 555 0199", "left her scarf"
MARKED = (KEY, NAME, PHONE, NOTE)
MADE_ONCE = ("birlik_message", "birlik_act", "birlik_erasure")


def opener(clock):
    """For who opens a folder by itself: a rebuild, a removal."""
    return lambda folder, **more: assembly.open_node(folder, declared=(LIBRARY,), clock=clock, **nodes.SMALL, **more)


def steward(name):
    return Principal(name=name, role=Role.STEWARD, rights=(Right(role=Role.STEWARD, sources=None),))


def act(node, name, by, /, **told):
    ask = acting.asked(node.acts[name], told, by)
    made = acting.prepared(node, ask)
    if isinstance(made, Receipt):
        return made.result
    node.store.commit([made])
    return made.decoded.result


def agreed(node, key=KEY, people="library_reader"):
    """One steward proposes, another confirms. Returns the erasure's id."""
    told = act(node, "birlik_erasure_propose", steward("aigul"), people=people, key=key, ground="order 17 of 2026")
    act(node, "birlik_erasure_confirm", steward("serik"), erasure_id=told["about"]["erasure_id"])
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
            with zipfile.ZipFile(path) as packed:
                body += b"".join(packed.read(name) for name in packed.namelist())
        found |= {(path.name, text) for text in texts if text.encode() in body or text.encode("utf-16-le") in body}
    with_store = folder / "store.duckdb"
    if with_store.exists():
        asked = told_by(with_store)
        found |= {("asked", text) for text in texts if text in asked}
    return found


def told_by(file):
    """All that stands in a store, opened on a copy, as one text: whatever the type of the column."""
    copy = file.with_name("looked.duckdb")
    shutil.copyfile(file, copy)
    try:
        with duckdb.connect(str(copy), read_only=True) as store:
            tables = store.execute(
                """SELECT table_name, list('CAST("' || column_name || '" AS VARCHAR)') FROM information_schema.columns
                GROUP BY ALL"""
            ).fetchall()
            return "\x1f".join(
                text or ""
                for name, columns in tables
                for text in store.execute(
                    f"""SELECT string_agg(concat_ws(chr(31), {", ".join(columns)}), chr(31)) FROM "{name}" """
                ).fetchone()
            )
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
