"""A data folder such as a release leaves behind, small and with all kinds of rows; and what the node said of it.

Each release keeps one in `tests/fixtures/data_folders/`: `tools/data_folder.py` makes it. The releases after it must
open the folder and say the same.
"""

import json
import random
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import zstandard
from tests.support.edits import edit_of
from tests.support.nodes import FOR_MEMBERS, HIDDEN, SMALL, delivery, principal, rows
from tests.support.nodes import figures as figures_of
from tests.support.traffic import epcis, fixes, positions

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.node import Node
from birlik.kernel.policy import Labels, Marking
from birlik.kernel.registers import ACT, ROWS
from birlik.kernel.store import FILE
from birlik.kernel.tables import Table

FOLDERS = Path(__file__).resolve().parents[1] / "fixtures" / "data_folders"
ANSWERS = "answers.json.zst"
SINCE = datetime(2026, 3, 2, tzinfo=UTC)
VIEWS = ("own", "members", "public", "customs_of_kgz")
NAMED = Labels(marking=Marking.AMBER, audience=("customs_of_kgz",))
SETTINGS = """\
member = "KAZ"
name = "Қазақстан"
segment_bytes = 16384
body_limit_bytes = 100000
views = ["customs_of_kgz"]

[sources.agency]
marking = "GREEN"
audience = ["members"]
every_s = 3600

[[webhooks]]
url = "http://127.0.0.1:9/"
"""


def release_folders() -> list[str]:
    """The releases of which a folder is kept, oldest first."""
    return sorted((p.name for p in FOLDERS.iterdir()), key=lambda name: [int(n) for n in name.split(".")])


def unpacked(release: str, folder: Path) -> Path:
    """A copy of a release's folder, as that release left it behind."""
    shutil.copytree(FOLDERS / release, folder, ignore=shutil.ignore_patterns(ANSWERS))
    packed = folder / f"{FILE}.zst"
    (folder / FILE).write_bytes(zstandard.ZstdDecompressor().stream_reader(packed.read_bytes()).read())
    packed.unlink()
    return folder


def answers(release: str) -> dict[str, Any]:
    """What that release said of its folder: {"moment", "pinned", "rows", "figures"}."""
    packed = (FOLDERS / release / ANSWERS).read_bytes()
    said: dict[str, Any] = json.loads(zstandard.ZstdDecompressor().stream_reader(packed).read())
    return said


def made(folder: Path) -> None:
    """Make the folder of this release, packed, with its answers beside it."""
    folder.mkdir(parents=True)
    (folder / settings.FILE).write_text(SETTINGS, encoding="utf-8")
    clock = SetClock(SINCE)
    node = assembly.open_node(folder, clock=clock, **SMALL)
    try:
        pinned = lived(node, clock)
        said = said_by(node, pinned)
    finally:
        node.close()
    packer = zstandard.ZstdCompressor(level=19)
    (folder / ANSWERS).write_bytes(packer.compress(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)))
    (folder / f"{FILE}.zst").write_bytes(packer.compress((folder / FILE).read_bytes()))
    for left in (FILE, "journal/lock"):
        (folder / left).unlink()
    shutil.rmtree(folder / "spill", ignore_errors=True)


def said_by(node: Node, pinned: datetime) -> dict[str, Any]:
    """What a node says, view by view, as JSON knows it. Times that the clock sets are the folder's own."""
    catalogue = node.store.catalogue
    said: dict[str, Any] = {
        "moment": node.clock.now(),
        "pinned": pinned,
        "rows": {view: {name: _told(node, table, view) for name, table in catalogue.tables.items()} for view in VIEWS},
        "figures": {
            view: {
                name: figures_of(node, name, view, as_of=pinned)
                for name, declared in catalogue.indicators.items()
                if not declared.live
            }
            for view in VIEWS
        },
    }
    plain: dict[str, Any] = orjson.loads(orjson.dumps(said))
    return plain


def _told(node: Node, table: Table, view: str) -> list[dict[str, Any]]:
    """A table's rows; of a register those that were edited here, since each release ships facts of its own."""
    found = rows(node, table.name, view)
    if table.facts is None:
        return found
    keys = ", ".join(f'"{name}"' for name in table.key)
    edited = set(node.store.database.all(f'SELECT {keys} FROM "{table.name}" WHERE seq > 0'))
    return [row for row in found if tuple(row[name] for name in table.key) in edited]


def lived(node: Node, clock: SetClock) -> datetime:
    """Ten days of a node. Returns the moment of its pin."""
    pinned = SINCE
    for at, message in _sent(node):
        clock.at = max(clock.at, at)
        if message == "follow":
            pipeline.follow(node)
        elif message == "pin":
            pipeline.follow(node)
            for view in VIEWS:
                pinned = node.store.pin(principal(node, view))
        else:
            sent = delivery(message["body"], node, **{k: v for k, v in message.items() if k != "body"})
            pipeline.take(node, [sent])
    _acts(node)
    clock.advance(timedelta(hours=3))
    pipeline.follow(node)
    return pinned


def _sent(node: Node) -> Iterator[tuple[datetime, Any]]:
    """(when, what) in order: what suppliers send, and between it `follow` and `pin`."""
    media = {intake.name: intake.media_type for intake in node.intakes.values()}
    made = [*_traffic(media), *_events(media), *_odd(media), *_stewards(node)]
    made += [(SINCE + timedelta(hours=h), "follow") for h in range(12, 240, 12)]
    made.append((SINCE + timedelta(days=8, hours=1), "pin"))
    yield from sorted(made, key=lambda entry: entry[0])


def _traffic(media: Mapping[str, str]) -> Iterator[tuple[datetime, Any]]:
    """Trucks by tracker: some for members, some for a named view, some hidden; one sends single fixes."""
    dice = random.Random(6)
    for i in range(14):
        start = SINCE + timedelta(hours=14 * i)
        lines = fixes(f"truck-{i:02}", start, 2 + dice.random() * 4, dice, every_min=30)
        labels = (FOR_MEMBERS, HIDDEN, NAMED)[i % 3]
        yield (
            start + timedelta(hours=9),
            {"body": positions(lines), "source_id": "gps", "labels": labels, "media_type": media["positions"]},
        )
    late = fixes("truck-00", SINCE + timedelta(hours=3, minutes=3), 9, dice, every_min=45)
    yield (
        SINCE + timedelta(days=9),
        {"body": positions(late), "source_id": "late", "labels": FOR_MEMBERS, "media_type": media["positions"]},
    )
    for i in range(16):
        at = SINCE + timedelta(days=8, minutes=10 * i)
        query = json.dumps({"id": "beacon", "lat": "43.3", "lon": "76.9", "timestamp": str(int(at.timestamp()))})
        yield at, {"body": query, "source_id": "beacon", "labels": FOR_MEMBERS, "media_type": media["osmand"]}


def _events(media: Mapping[str, str]) -> Iterator[tuple[datetime, Any]]:
    """Customs' events: seven trucks a day, of two to five hours; on the eighth day all take a day."""
    for day in range(8):
        lines = ["object_id,time,place,activity"]
        for i in range(7):
            start = SINCE + timedelta(days=day, hours=i)
            hours = 24 if day == 7 else 2 + (i * 3 + day) % 4
            told = (("kz-nurzholy", "arrive", 0.0), ("kz-nurzholy", "inspect", 0.3), ("kz-nurzholy", "depart", 0.6))
            told += (("cn-khorgos", "arrive", 0.7), ("cn-khorgos", "depart", 1.0))
            lines += [
                f"KZ {day}{i:02} ABC 02,{(start + timedelta(hours=hours * share)).isoformat()},own:{place},{activity}"
                for place, activity, share in told
            ]
        at = SINCE + timedelta(days=day, hours=11 if day < 7 else 31)
        body = "\n".join(lines).encode()
        yield at, {"body": body, "source_id": "agency", "labels": FOR_MEMBERS, "media_type": media["border_events"]}
    names = "NOM_VAG,DATE_OP,KOP_VMD,STAN_OP,INDEX_POEZD,VES_GRZ"
    for day, code in ((2, "02"), (3, "03"), (4, "02")):
        body = f"{names}\n52687431,2026-03-0{day} 05:00:00,{code},708507,7085-023-7077,64500".encode()
        labels = FOR_MEMBERS if day != 3 else HIDDEN
        yield (
            SINCE + timedelta(days=day),
            {"body": body, "source_id": "railway", "labels": labels, "media_type": media["dislocation"]},
        )
    number = "urn:uuid:11111111-0000-4000-8000-00000000000"
    for i, (last, step) in enumerate(((1, "departing"), (1, "arriving"), (2, "arriving"))):
        at = SINCE + timedelta(days=5, hours=i)
        yield (
            at,
            {
                "body": epcis(f"{number}{last}", at, step),
                "source_id": "shipper",
                "labels": FOR_MEMBERS if i else HIDDEN,
                "media_type": media["epcis"],
                "parameters": {"content_type": "application/json", "expects": "document"},
            },
        )


def _odd(media: Mapping[str, str]) -> Iterator[tuple[datetime, Any]]:
    """What is refused: rows with a wrong time and place, an unknown form, a body over the limit; and a repetition."""
    at = SINCE + timedelta(days=6, hours=5)
    wrong = positions(["truck-00,yesterday,44.2,80.3,1", f"truck-00,{SINCE.isoformat()},99,80.3,1", "Ақтау,,,,"])
    for labels in (FOR_MEMBERS, HIDDEN, FOR_MEMBERS):
        yield at, {"body": wrong, "source_id": "gps", "labels": labels, "media_type": media["positions"]}
    yield at, {"body": b"{]", "source_id": "shipper", "media_type": media["epcis"]}


def _stewards(node: Node) -> Iterator[tuple[datetime, Any]]:
    """Edits of registers: a zone drawn wider, a place renamed, a place of our own."""
    edits = (
        ("transport_geofence", {"geofence_id": "kz-nurzholy:queue", "radius_m": 5_000.0}),
        ("transport_place", {"place_id": "kz-nurzholy", "name": "Нұр Жолы"}),
    )
    for hour, (name, row) in enumerate(edits):
        table = node.store.catalogue.tables[name]
        body = edit_of(table, [row], node.store.registers()[name].to_pylist())
        yield SINCE + timedelta(days=4, hours=hour), {"body": body, "media_type": ROWS, "source_id": "steward"}


def _acts(node: Node) -> None:
    """A body over the limit; of the quarantine one entry is corrected and sent again, one dismissed, the rest open."""
    limit = node.settings.body_limit_bytes
    large = delivery(b"", node, source_id="gps", media_type=node.recognise(positions([]), "p.csv", {})[0].media_type)
    pipeline.refuse_large(node, large, b"\x07" * 32, limit + 1, limit)
    first, second, *_ = rows(node, "birlik_quarantine")
    right = positions([f"truck-00,{SINCE.isoformat()},44.2,80.3,1"])
    media = node.recognise(right, "p.csv", {})[0].media_type
    resent = delivery(right, node, media_type=media, source_id="gps", parameters={"resends": first["quarantine_id"]})
    act = orjson.dumps({})
    dismissed = delivery(act, node, media_type=ACT, source_id="op", parameters={"dismisses": second["quarantine_id"]})
    pipeline.take(node, [resent, dismissed])
