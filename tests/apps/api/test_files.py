"""Files that leave are whole: every row, in every form, with what they are; and parts of one file fit together."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient
from tests.apps.api.conftest import PUBLIC, calling, deliver, opened, sightings

from birlik.apps.api import making
from birlik.apps.api.spool import FOLDER
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.node import Node

ROWS = "/api/v1/tables/toy_sighting"
FIGURES = "/api/v1/indicators/mean_dust_g"
MANY = 2_500


def rows_in(form: str, content: bytes) -> list[dict[str, Any]]:
    if form == "parquet":
        return list(pq.read_table(io.BytesIO(content)).to_pylist())
    if form == "ndjson":
        return [json.loads(line) for line in content.splitlines()]
    if form == "geojson":
        return [feature["properties"] for feature in json.loads(content)["features"]]
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        heading, *rest = sheet.iter_rows(values_only=True)
        return [dict(zip(heading, row, strict=False)) for row in rest]
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def many() -> list[dict[str, object]]:
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    one = sightings(1)[0]
    return [
        {**one, "toy_id": f"toy-{i:05}", "seen_time": (begin + dt.timedelta(minutes=i)).isoformat()}
        for i in range(MANY)
    ]


FORMS = ("csv", "csv-excel", "ndjson", "geojson", "xlsx", "parquet")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_every_row_however_many_there_are(client: TestClient, node: Node, form: str) -> None:
    deliver(node, many())
    answer = client.get(f"{ROWS}?format={form}")
    assert answer.status_code == 200
    assert {row["toy_id"] for row in rows_in(form, answer.content)} == {f"toy-{i:05}" for i in range(MANY)}
    assert "link" not in answer.headers


@pytest.mark.parametrize("form", FORMS)
def test_a_file_of_many_rows_is_the_same_where_a_process_of_its_own_writes_it(
    client: TestClient, node: Node, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(node, many())
    alone = client.get(f"{ROWS}?format={form}&order=toy_id").content
    children, real = [], making._in_child
    monkeypatch.setattr(making, "_in_child", lambda *given: (children.append(given[0]), real(*given))[1])
    monkeypatch.setattr(making, "FEW_CELLS", 1)
    monkeypatch.setattr(making, "BLOCK_ROWS", 1_000)
    other = client.get(f"{ROWS}?format={form}&order=toy_id,shelf_id").content
    assert rows_in(form, other) == rows_in(form, alone)
    # Parquet is written by compiled code, which lets others go on.
    assert len(children) == (form != "parquet")


@pytest.fixture
def settled(filled: Node) -> Iterator[TestClient]:
    """A client of a node in which nothing goes on by itself: its service isn't started."""
    with calling(filled) as client:
        yield client


def test_who_asks_again_or_by_head_gets_the_same_bytes_and_their_tag(client: TestClient, filled: Node) -> None:
    head = client.head(f"{ROWS}?format=parquet")
    assert (head.content, head.headers["accept-ranges"]) == (b"", "bytes")
    first = client.get(f"{ROWS}?format=parquet")
    assert first.headers["etag"] == head.headers["etag"]
    assert not first.headers["etag"].startswith("W/")
    assert len(first.content) == int(head.headers["content-length"])
    assert client.get(f"{ROWS}?format=parquet").content == first.content
    assert client.get(f"{ROWS}?format=parquet", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_a_download_goes_on_where_it_broke_though_the_node_took_rows_meanwhile(
    client: TestClient, filled: Node
) -> None:
    begun = client.get(f"{ROWS}?format=parquet")
    tag = begun.headers["etag"]
    deliver(filled, sightings(3, toy="late"))
    rest = client.get(f"{ROWS}?format=parquet", headers={"range": "bytes=100-", "if-range": tag})
    assert (rest.status_code, rest.content) == (206, begun.content[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(begun.content) - 1}/{len(begun.content)}"
    held = client.get(f"{ROWS}?format=parquet", headers={"range": "bytes=0-9", "if-match": tag})
    assert (held.status_code, held.content) == (206, begun.content[:10])
    now = client.get(f"{ROWS}?format=parquet")
    assert now.headers["etag"] != tag
    assert len(rows_in("parquet", now.content)) == 13


def test_parts_of_two_files_are_never_given_for_one(client: TestClient, filled: Node) -> None:
    address = f"{ROWS}?format=csv"
    begun = client.get(address)
    again = client.get(address, headers={"range": "bytes=10-"})
    assert (again.status_code, again.content) == (206, begun.content[10:])
    deliver(filled, sightings(3, toy="late"))
    changed = client.get(address)
    assert client.get(address, headers={"range": "bytes=10-"}).status_code == 412
    gone = {"range": "bytes=10-", "if-match": '"never"'}
    assert client.get(address, headers=gone).json()["detail"].startswith("what this address gives has changed")
    whole = client.get(address, headers={"range": "bytes=10-", "if-range": '"never"'})
    assert (whole.status_code, whole.content) == (200, changed.content)


def test_who_goes_on_with_what_was_never_begun_here_is_told(client: TestClient, filled: Node) -> None:
    assert client.get(f"{ROWS}?format=csv", headers={"range": "bytes=10-"}).status_code == 412
    assert client.get(f"{ROWS}?format=csv", headers={"range": "bytes=0-3"}).content == b"toy_"


@pytest.mark.parametrize(
    ("asked", "status", "given"),
    [("bytes=-5", 206, slice(-5, None)), ("bytes=5-2", 200, slice(None)), ("bytes=0-1,4-5", 200, slice(None)),
     ("lines=1-2", 200, slice(None)), ("bytes=0-99999999", 206, slice(None)), ("bytes=-", 200, slice(None))],
)  # fmt: skip
def test_a_range_is_what_rfc_9110_says(client: TestClient, filled: Node, asked: str, status: int, given: slice) -> None:
    whole = client.get(f"{ROWS}?format=csv").content
    answer = client.get(f"{ROWS}?format=csv", headers={"range": asked})
    assert (answer.status_code, answer.content) == (status, whole[given])


def test_a_range_behind_the_end_is_told_the_size(client: TestClient, filled: Node) -> None:
    size = len(client.get(f"{ROWS}?format=csv").content)
    answer = client.get(f"{ROWS}?format=csv", headers={"range": f"bytes={size}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{size}")


def test_a_change_that_a_reader_does_not_see_leaves_the_file_and_its_tag(client: TestClient, filled: Node) -> None:
    tag = client.get(f"{ROWS}?format=parquet&toy_id=bear-001").headers["etag"]
    deliver(filled, sightings(3, toy="late"))
    assert isinstance(filled.clock, SetClock)
    filled.clock.at += dt.timedelta(hours=1)
    pipeline.follow(filled)
    again = client.get(f"{ROWS}?format=parquet&toy_id=bear-001", headers={"if-none-match": tag})
    assert (again.status_code, again.headers["birlik-watermark"]) == (304, "2026-01-01T01:01:00Z")


def test_the_spool_is_bounded_private_and_cleaned_at_the_start(tmp_path: Path) -> None:
    with opened(tmp_path / "node", spool_bytes=60_000) as node:
        deliver(node, many())
        spool = node.store.folder / FOLDER
        spool.mkdir()
        (spool / "left-behind").write_bytes(b"x")
        with calling(node) as client:
            assert list(spool.iterdir()) == []
            assert spool.stat().st_mode & 0o777 == 0o700
            for shelf in range(40):
                answer = client.get(f"{ROWS}?format=csv&toy_id__lt=toy-00{100 + shelf}")
                assert answer.status_code == 200
                assert sum(path.stat().st_size for path in spool.iterdir()) <= 60_000
            assert all(path.stat().st_mode & 0o777 == 0o600 for path in spool.iterdir())
            refused = client.get(f"{ROWS}?format=csv")
            assert refused.status_code == 503
            assert "spool_bytes" in refused.json()["detail"]
            assert sum(path.stat().st_size for path in spool.iterdir()) <= 60_000


def test_what_lies_unread_for_long_is_dropped(tmp_path: Path) -> None:
    with opened(tmp_path / "node", spool_kept_s=0.000_001) as node:
        deliver(node, sightings(5), labels=PUBLIC)
        with calling(node) as client:
            tag = client.get(f"{ROWS}?format=csv").headers["etag"]
            assert client.get(f"{ROWS}?format=csv", headers={"if-match": tag}).status_code == 412
            assert list((node.store.folder / FOLDER).iterdir()) == []


# --- what a file says of itself ---------------------------------------------------------------------------------


def test_parquet_says_of_whom_and_when_it_is(client: TestClient, filled: Node) -> None:
    schema = pq.read_table(io.BytesIO(client.get(f"{ROWS}?format=parquet&whole=true").content)).schema
    said = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert (said["name"], said["node"], said["member"]) == ("toy_sighting", "KAZ", "KAZ")
    assert (said["watermark"], said["as_of"]) == ("2026-01-01T00:01:00Z", "2026-01-01T00:01:00Z")
    assert "whole=true" in said["query"]
    figures = pq.read_table(io.BytesIO(client.get(f"{FIGURES}?format=parquet").content)).schema.metadata
    assert (figures[b"unit"], figures[b"interval"]) == (b"g", b"plus and minus a tenth")


def test_xlsx_has_numbers_times_and_texts_as_what_they_are(client: TestClient, filled: Node) -> None:
    deliver(filled, [{**sightings(1)[0], "toy_id": '=HYPERLINK("x")', "notes": "\x07bell", "seen_time": "2026-02-01"}])
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{ROWS}?format=xlsx").content))
    heading, first = book.worksheets[0].iter_rows(max_row=2)
    of = {name.value: cell for name, cell in zip(heading, first, strict=True)}
    assert (of["toy_id"].value, of["toy_id"].data_type) == ('=HYPERLINK("x")', "s")
    assert of["seen_time"].value == dt.datetime.fromisoformat("2026-02-01")
    assert (of["dust_g"].value, of["count_n"].value, of["whole"].value) == (0.5, 0, True)
    assert of["notes"].value == "\N{REPLACEMENT CHARACTER}bell"
    about = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert (about["node"], about["watermark"]) == ("KAZ", "2026-01-01T00:01:00Z")
    assert ("dust_g", "float", "g", "How dusty.", None) in list(book["about"].iter_rows(values_only=True))


def test_xlsx_refuses_what_a_sheet_can_not_hold(client: TestClient, node: Node) -> None:
    deliver(node, [{**sightings(1)[0], "notes": "x" * 32_768}])
    long = client.get(f"{ROWS}?format=xlsx")
    assert (long.status_code, "32,767 characters" in long.json()["detail"]) == (400, True)
    with node.store.database.transaction() as cursor:
        columns = "toy_id, seen_time, shelf_id, seq, message_no, views"
        cursor.execute(
            f"INSERT INTO toy_sighting ({columns}) SELECT 'n' || range, now(), 's1', 1, 1, 1 FROM range(1048575)"
        )
    refused = client.get(f"{ROWS}?format=xlsx")
    assert (refused.status_code, refused.json()["parameter"]) == (400, "format")
    assert "1,048,575 rows and this has 1,048,576" in refused.json()["detail"]


def test_csv_for_excel_is_marked_and_runs_no_formula(client: TestClient, node: Node) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "plain", "a=b"]
    deliver(node, [{**sightings(1)[0], "toy_id": name, "dust_g": -0.5} for name in names])
    content = client.get(f"{ROWS}?format=csv-excel").content
    assert content.startswith(b"\xef\xbb\xbftoy_id,")
    rows = rows_in("csv-excel", content)
    expected = {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "plain", "a=b"}
    assert {row["toy_id"] for row in rows} == expected
    assert {row["dust_g"] for row in rows} == {"-0.5"}
    plain = rows_in("csv", client.get(f"{ROWS}?format=csv").content)
    assert {row["toy_id"] for row in plain} == set(names)


def test_gzip_is_not_sent_to_who_refuses_it(tmp_path: Path) -> None:
    from starlette.testclient import TestClient as Client

    from birlik.apps.serve import application
    from birlik.kernel.service import Service

    with opened(tmp_path / "node") as node:
        deliver(node, sightings(60))
        client = Client(application(Service(node)), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 5000))
        for refusal in ("gzip;q=0", "*;q=1, gzip;q=0", "gzip; q=0.0, br"):
            for path in (ROWS, "/openapi.json", f"{ROWS}?limit=50&format=csv"):
                assert "content-encoding" not in client.get(path, headers={"accept-encoding": refusal}).headers
        assert client.get("/openapi.json", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
        whole = client.get(f"{ROWS}?format=csv", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in whole.headers
        assert len(whole.content) == int(whole.headers["content-length"])
