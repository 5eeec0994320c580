"""`export`: every table and every figure of a node as Parquet, with a dictionary, while it serves."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from birlik.apps.cli import streaming
from birlik.apps.cli.output import as_json, progress, say
from birlik.apps.cli.reach import API, WHERE, Where, get, reached
from birlik.errors import BadRequest

if TYPE_CHECKING:
    import httpx

DICTIONARY, CONTENTS = "dictionary.csv", "contents.json"
COLUMNS = ("file", "field", "type", "unit", "description", "term", "codes", "key")


def export(folder: Path, *, where: Where = WHERE) -> None:
    """Write every table and every figure as Parquet, with a dictionary of their fields, while the node serves.

    Each file is of one moment, its own; what stands in `contents.json` when all are there.

    Parameters
    ----------
    folder
        A folder that is not there yet, or is empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest(f"{folder} is not empty; name a new folder")
    with reached(where) as client:
        node = get(client, f"{API}/node")
        tables = [get(client, table["schema"]) for table in get(client, f"{API}/tables")["data"]]
        figures = get(client, f"{API}/indicators")["data"]
        asked = [(f"tables/{t['name']}.parquet", f"{API}/tables/{t['name']}", t) for t in tables]
        asked += [(f"figures/{i['name']}.parquet", i["figures"], i) for i in figures]
        with progress("files", len(asked)) as shown:
            files = []
            for name, path, declared in asked:
                files.append(_written(client, folder, name, path, declared))
                shown.advance()
    _dictionary(folder, [(name, declared) for name, _, declared in asked])
    contents = {
        "node": node["title"],
        "member": node["member"],
        "view": node["reader"]["view"],
        "version": node["version"],
        "exported_time": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
    }
    import orjson

    with streaming.whole(folder / CONTENTS) as file:
        file.write(orjson.dumps(contents, option=orjson.OPT_INDENT_2))
    if where.json:
        as_json(contents)
        return
    size = sum(file["size_bytes"] for file in files)
    say(f"{folder} holds {len(tables)} tables and {len(figures)} figures, {size:,} bytes")
    say(f"{folder / DICTIONARY} says what their fields mean")


def _written(client: "httpx.Client", folder: Path, name: str, path: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    from pyarrow import parquet

    out = folder / name
    out.parent.mkdir(parents=True, exist_ok=True)
    with streaming.whole(out) as file:
        streaming.form(client, path, (), "parquet", file)
    said = parquet.ParquetFile(out)
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "file": name,
        "title": declared["title"],
        "rows_n": said.metadata.num_rows,
        "watermark": said.schema_arrow.metadata[b"watermark"].decode(),
        "size_bytes": out.stat().st_size,
        "sha256": digest,
    }


def _dictionary(folder: Path, files: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    with streaming.whole(folder / DICTIONARY) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
        writer.writeheader()
        for name, declared in files:
            for field in _fields(declared):
                writer.writerow(
                    {**field, "file": name, "field": field["name"], "codes": " ".join(field.get("codes", ()))}
                )
        text.detach()


def _fields(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of a table its fields; of an indicator its dimensions and measures."""
    if "fields" in declared:
        for field in declared["fields"]:
            yield {**field, "key": "yes" if field["name"] in declared["key"] else ""}
        return
    for field in declared["dimensions"]:
        yield {**field, "key": "yes"}
    yield from declared["measures"]
    yield from declared["kept"]
