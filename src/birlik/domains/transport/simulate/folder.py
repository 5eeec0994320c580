"""A play as files: what suppliers send, and the truth beside it."""

import json
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from birlik.domains.transport.simulate.playing import Play
from birlik.domains.transport.simulate.telling import TRACKERS
from birlik.kernel.intake import Delivery


def write(folder: Path, play: Play) -> int:
    """Write `messages/` (files as their suppliers name them), `fixes.jsonl` (single fixes) and `truth/`.

    A line of `deliveries.jsonl` and of `fixes.jsonl` is one delivery in the order of arrival: when it arrived, its
    source, media type and parameters, and its file or its text. Returns: how many deliveries there are.
    """
    messages, truth = folder / "messages", folder / "truth"
    messages.mkdir(parents=True, exist_ok=True)
    truth.mkdir(exist_ok=True)
    n = 0
    with (folder / "deliveries.jsonl").open("w") as files, (folder / "fixes.jsonl").open("w") as fixes:
        for n, delivery in enumerate(play.deliveries(), 1):
            if delivery.source_id == TRACKERS:
                fixes.write(_line(delivery, text=delivery.body.decode()))
                continue
            name = delivery.filename or f"{n}"
            (messages / name).write_bytes(delivery.body)
            files.write(_line(delivery, file=name))
    expected = dict(play.refused_expected)
    refused = pa.table({"reason": list(expected), "n": pa.array(list(expected.values()), pa.int64())})
    for name, table in (("passages", play.truth), ("refused_expected", refused)):
        _table(truth, name, table)
    return n


def _line(delivery: Delivery, **more: str) -> str:
    told = {
        "received_time": delivery.received_time.isoformat(),
        "source_id": delivery.source_id,
        "media_type": delivery.media_type,
        "parameters": dict(delivery.parameters),
        **more,
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _table(folder: Path, name: str, table: pa.Table) -> None:
    parquet.write_table(table, folder / f"{name}.parquet")
    csv.write_csv(table, folder / f"{name}.csv")
