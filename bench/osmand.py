"""Single fixes over HTTP, each answered when it is durable, beside a server that only says 200."""

import time

from bench.result import Result
from bench.servers import bare, hammer, node, quantile

CONNECTIONS = 400
"""Trackers at once: what commits together grows with them, and a commit costs nearly the same for few as for many."""
EACH = 60


def _requests(start: int) -> "list[list[bytes]]":
    made = []
    for connection in range(CONNECTIONS):
        made.append(
            [
                f"GET /osmand?id=3569380356{connection:05d}&lat={43 + connection / 100:.5f}&lon={70 + k / 100:.5f}"
                f"&timestamp={start + k * 30}&speed=31.2&bearing=90&altitude=540&accuracy=8&batt=77 HTTP/1.1\r\n"
                "Host: 127.0.0.1\r\n\r\n".encode()
                for k in range(EACH)
            ]
        )
    return made


def run() -> list[Result]:
    start = int(time.time()) - 86_400
    first, second = _requests(start), _requests(start + 40_000)
    with bare() as server:
        ceiling, _ = hammer(server.port, CONNECTIONS, lambda i: first[i])
    with node() as server:
        hammer(server.port, 4, lambda i: first[i][:100])
        time.sleep(3)
        at_rest = server.resident_mb()
        ours, seconds = hammer(server.port, CONNECTIONS, lambda i: second[i])
    p99 = quantile(seconds, 0.99)
    return [
        Result(
            name="OsmAnd single fixes, durable",
            value=ours,
            unit="fixes/s",
            yardstick=f"the same HTTP server saying 200, {ceiling:.4g}/s",
            ratio=ours / ceiling,
            target=">= 3000/s",
            reached=ours >= 3000,
        ),
        Result(
            name="OsmAnd, seconds until durable, p99",
            value=p99,
            unit="s",
            yardstick="",
            ratio=None,
            target="<= 0.2 s",
            reached=p99 <= 0.2,
        ),
        Result(
            name="node at rest",
            value=at_rest,
            unit="MB",
            yardstick="",
            ratio=None,
            target="< 600 MB",
            reached=at_rest < 600,
        ),
    ]
