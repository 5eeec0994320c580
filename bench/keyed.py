"""Single fixes with a device's own key in the path of a closed node, beside the same on an open one."""

import json
import tempfile
import time
from pathlib import Path

from bench.osmand import CONNECTIONS, EACH
from bench.result import Result
from bench.servers import hammer, node, quantile
from birlik import settings
from birlik.apps.cli.in_process import opened

TURNS = 3


def _requests(start: int, paths: list[str]) -> list[list[bytes]]:
    return [
        [
            f"GET {path}?id={_id(i)}&lat={43 + i / 100:.5f}&lon={70 + k / 100:.5f}&timestamp={start + k * 30}"
            "&speed=31.2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            for k in range(EACH)
        ]
        for i, path in enumerate(paths)
    ]


def _id(connection: int) -> str:
    return f"3569380356{connection:05d}"


def _devices(folder: Path) -> list[str]:
    """The path of each, with its key."""
    told = {"source_id": "fleet", "devices": "\n".join(_id(i) for i in range(CONNECTIONS))}
    with opened(folder) as client:
        answer = client.post("/api/v1/acts/birlik_devices_add", json=told)
        made = json.loads(answer.content)["once"]["devices"]
    return [f"/osmand/{each['key']}" for each in made]


def run() -> list[Result]:
    """In turns, so that both see the same machine; the best of each."""
    start = int(time.time()) - 86_400
    rates: dict[str, list[float]] = {"open": [], "keyed": []}
    slowest = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "node"
        settings.write_new(folder, "KAZ")
        keyed = _devices(folder)
        with node() as bare, node(folder, is_open=False) as closed:
            for turn in range(TURNS + 1):
                asked = {
                    "open": (bare.port, _requests(start + turn * 10_000, ["/osmand"] * CONNECTIONS)),
                    "keyed": (closed.port, _requests(start + turn * 10_000, keyed)),
                }
                for name, (port, requests) in asked.items():
                    rate, seconds = hammer(port, CONNECTIONS, lambda i, r=requests: r[i])  # type: ignore[misc]
                    if turn:  # the first compiles and fills caches
                        rates[name].append(rate)
                        slowest += [quantile(seconds, 0.99)] if name == "keyed" else []
    ours, theirs = max(rates["keyed"]), max(rates["open"])
    return [
        Result(
            name="single fixes with a device's key, durable",
            value=ours,
            unit="fixes/s",
            yardstick=f"the same on an open node, {theirs:.4g}/s; p99 {min(slowest):.3g} s",
            ratio=ours / theirs,
            target=">= 0.85 x",
            reached=ours >= 0.85 * theirs,
        )
    ]
