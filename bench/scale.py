"""Twenty million movements: episodes from nothing, a message's way to the page, twenty readers; and growth from two."""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.result import Result
from bench.servers import Server, hammer, node, quantile

SMALL, LARGE = 2_000_000, 20_000_000
READERS, EACH = 20, 25
EFFECTS = 30
PAGE = "/transport/crossing/kz-nurzholy--cn-khorgos--road"


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        small, small_page, _ = _measured(Path(folder) / "small", SMALL)
        large, large_page, effects = _measured(Path(folder) / "large", LARGE)
    p95, effect = quantile(large_page, 0.95), quantile(effects, 0.95)
    growth, page_growth = large["episodes"] / small["episodes"], p95 / quantile(small_page, 0.95)
    return [
        Result(
            name="crossing episodes of 20 M movements",
            value=large["episodes"],
            unit="s",
            yardstick=f"one window query over the same rows, {large['window']:.3g} s",
            ratio=large["episodes"] / large["window"],
            target="<= 30 s",
            reached=large["episodes"] <= 30,
        ),
        _plain("peak memory of that", large["peak_gb"], "GB", "<= 6 GB", large["peak_gb"] <= 6),
        Result(
            name="recompute, 2 M to 20 M",
            value=growth,
            unit="1",
            yardstick=f"{small['episodes']:.3g} s at 2 M",
            ratio=growth,
            target="<= 12",
            reached=growth <= 12,
        ),
        _plain("a message's effect on the page at 20 M, p95", effect, "s", "< 2 s", effect < 2),
        Result(
            name="page data with 20 readers at 20 M, p95",
            value=p95,
            unit="s",
            yardstick=f"the same at 2 M, {quantile(small_page, 0.95):.3g} s",
            ratio=page_growth,
            target="< 0.25 s, growth <= 2",
            reached=p95 < 0.25 and page_growth <= 2,
        ),
        _plain("everything that follows from 20 M, from nothing", large["all"], "s", "", True),
    ]


def _plain(name: str, value: float, unit: str, target: str, reached: bool) -> Result:
    return Result(name=name, value=value, unit=unit, yardstick="", ratio=None, target=target, reached=reached)


def _measured(folder: Path, rows: int) -> tuple[dict[str, Any], list[float], list[float]]:
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.recompute", str(folder), str(rows)],
        check=True,
        capture_output=True,
        text=True,
    )
    with node(folder) as server:
        paths = _paths(server)
        for path in paths:
            _get(server, path)
        requests = [_request(path) for path in paths]
        _, seconds = hammer(server.port, READERS, lambda i: _turned(requests, i))
        effects = [_effect(server, k) for k in range(EFFECTS)] if rows == LARGE else []
    return json.loads(made.stdout.splitlines()[-1]), seconds, sorted(effects)


def _paths(server: Server) -> list[str]:
    """The page's own fragments and the figures that its charts draw."""
    page = _get(server, PAGE).decode()
    fragments = sorted({m.replace("&amp;", "&") for m in re.findall(r'hx-get="([^"]+)"', page)})
    return [PAGE, *fragments, "/api/v1/indicators/tfi1_day?crossing_id=kz-nurzholy--cn-khorgos--road&direction=a_to_b"]


def _turned(requests: Sequence[bytes], start: int) -> list[bytes]:
    return [requests[(start + k) % len(requests)] for k in range(EACH)]


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()


def _get(server: Server, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
        return bytes(answer.read())


def _effect(server: Server, k: int) -> float:
    """Post a fix inside the queue of a crossing, and wait until the page's own figure counts it."""
    url = "/api/v1/tables/transport_crossing_episode?status=open&limit=1000&fields=object_id"
    started = time.perf_counter()
    _get(server, f"/osmand?id=effect{k:04d}&lat=44.21&lon=80.39&timestamp={int(time.time())}")
    while f"tracker:effect{k:04d}".encode() not in _get(server, url):
        if time.perf_counter() - started > 30:
            raise TimeoutError("the fix never came through")
        time.sleep(0.02)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(run())
