"""What is sent to hold a node up holds up nobody: a tracker beside each bomb waits less than a second."""

import gzip
import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.server import server

from birlik import assembly, settings

pytestmark = pytest.mark.alone
WAIT_S = 1.0
LIMIT_S = 5.0
WARM = 20
HEADER = b"device_id,timestamp,latitude,longitude,speed\n"


def sheet(rows: int, columns: int) -> bytes:
    """A spreadsheet of a few hundred kB with so many cells: a row is written once and repeats."""
    row = b"<row>" + b'<c t="inlineStr"><is><t>a</t></is></c>' * columns + b"</row>"
    return workbook({"xl/worksheets/sheet1.xml": b"<sheetData>" + row * rows + b"</sheetData>"})


def workbook(parts: dict[str, bytes]) -> bytes:
    ns = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {ns.decode()} xmlns:r="{rel}">'
        f'<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        **{name: b"<worksheet " + ns + b">" + body + b"</worksheet>" for name, body in parts.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in whole.items():
            archive.writestr(name, text)
    return packed.getvalue()


def deep_gpx(levels: int) -> bytes:
    return (
        b'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk>' + b"<a>" * levels + b"</a>" * levels + b"</trk></gpx>"
    )


def entities() -> bytes:
    lines = [b'<!DOCTYPE gpx [<!ENTITY a0 "' + b"x" * 1000 + b'">']
    lines += [b'<!ENTITY a%d "%s">' % (i, (b"&a%d;" % (i - 1)) * 10) for i in range(1, 12)]
    return b"".join(lines) + b"]><gpx><trk><name>&a11;</name></trk></gpx>"


def points(n: int) -> bytes:
    point = b'<trkpt lat="44" lon="80"><time>never</time></trkpt>'
    return b"<gpx><trk><name>t</name><trkseg>" + point * n + b"</trkseg></trk></gpx>"


JSON = b'[{"device_id":1,"timestamp":2,"latitude":3,"longitude":4}'
WIDE = HEADER.strip() + b"," + b"a," * 1_000_000
SHEET = "xl/worksheets/sheet1.xml"
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a spreadsheet of 240 kB with millions of cells": ("a.xlsx", lambda: sheet(1_500, 1_300)),
    "a spreadsheet of one row that never ends": ("a.xlsx", lambda: sheet(1, 2_000_000)),
    "a spreadsheet that unpacks to half a gigabyte": ("a.xlsx", lambda: workbook({SHEET: b" " * 2**29})),
    "a gzip of zeros": ("a.csv", lambda: gzip.compress(bytes(2**28))),
    "one giant row": ("a.csv", lambda: HEADER + b"1," * 8_000_000),
    "a header of a million columns": ("a.csv", lambda: WIDE + b"\n1,2\n"),
    "a million lines that are no positions": ("a.csv", lambda: HEADER + b"1,never,44,80,1\n" * 1_000_000),
    "quotes that never close": ("a.csv", lambda: HEADER + b'"\n' * 500_000),
    "JSON a million deep": ("a.json", lambda: b"[" * 1_000_000),
    "JSON of a million odd things": ("a.json", lambda: JSON + b",1" * 1_000_000 + b"]"),
    "GPX a hundred thousand deep": ("a.gpx", lambda: deep_gpx(100_000)),
    "GPX with entities of entities": ("a.gpx", entities),
    "GPX of 300,000 points that are none": ("a.gpx", lambda: points(300_000)),
    "nothing known": ("a.bin", lambda: b"\x89" * 20_000_000),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("bombs") / "node"
    settings.write_new(folder, "KAZ")
    assembly.open_node(folder).close()
    with (folder / settings.FILE).open("a") as file:
        file.write(f"decode_limit_s = {LIMIT_S}\n")
    with server(folder) as (address, _):
        yield address


class Tracker(threading.Thread):
    """Sends a fix as soon as the last is acknowledged, and notes the longest wait."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.longest_s, self.sent = url, 0.0, 0
        self.done, self.warm = threading.Event(), threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            while not self.done.is_set():
                began = time.perf_counter()
                fix = {"id": "beside", "lat": "44.2", "lon": "80.4", "timestamp": str(1_767_225_600 + self.sent)}
                assert client.get("/osmand", params=fix).status_code == 200
                self.sent += 1
                if self.warm.is_set():
                    self.longest_s = max(self.longest_s, time.perf_counter() - began)
                elif self.sent == WARM:
                    self.warm.set()


@pytest.mark.parametrize("name", BOMBS)
def test_a_tracker_beside_a_bomb_waits_less_than_a_second(url: str, name: str) -> None:
    filename, make = BOMBS[name]
    bomb = make()
    tracker = Tracker(url)
    tracker.start()
    assert tracker.warm.wait(60)
    try:
        answer = httpx.post(f"{url}/api/v1/deliveries", params={"filename": filename}, content=bomb, timeout=300)
    finally:
        tracker.done.set()
        tracker.join(130)
    assert answer.status_code in (200, 400, 413), answer.text
    assert answer.status_code != 200 or answer.json()["refused"]
    assert not tracker.is_alive()
    assert tracker.sent > WARM
    assert tracker.longest_s < WAIT_S, f"{tracker.longest_s:.2f} s beside {len(bomb)} bytes"
