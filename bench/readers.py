"""Page data for twenty readers: signed in on a closed node, beside the same on an open one, in turns."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.result import Result
from bench.servers import hammer, node, quantile
from bench.world import commit, movements
from birlik import assembly, settings
from birlik.apps.cli.in_process import opened
from birlik.clock import SystemClock
from birlik.kernel import pipeline
from birlik.kernel.access import sessions
from birlik.kernel.store import Vault

ROWS, READERS, EACH, TURNS = 1_000_000, 20, 40, 3
CROSSING = {"crossing_id": "kz-nurzholy--cn-khorgos--road", "direction": "a_to_b"}
ADDRESSES = (
    f"/transport/crossing/-/tags/all?{urlencode(CROSSING)}",
    f"/api/v1/indicators/tfi1_day?{urlencode(CROSSING)}&limit=100",
    "/transport/overview/-/tags/all",
    "/api/v1/indicators/waiting_now?limit=100",
)


def _requests(cookie: str = "") -> list[bytes]:
    said = f"Cookie: {cookie}\r\n" if cookie else ""
    return [
        f"GET {ADDRESSES[k % len(ADDRESSES)]} HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}\r\n".encode() for k in range(EACH)
    ]


def _made(folder: Path) -> None:
    settings.write_new(folder, "KAZ")
    made = assembly.open_node(folder)
    try:
        for i, rows in enumerate(movements(ROWS, at_once=100_000)):
            commit(made, rows, b"bench %d" % i)
        pipeline.follow(made)
    finally:
        made.close()


def _people(folder: Path) -> list[str]:
    """A cookie of each."""
    with opened(folder) as client:
        for n in range(READERS):
            who: dict[str, Any] = {"principal_id": f"reader{n}"}
            client.post("/api/v1/acts/birlik_principal_add", json={**who, "kind": "person", "name": f"Reader {n}"})
            client.post("/api/v1/acts/birlik_grant_add", json={**who, "role": "reader"})
    lasting = sessions.Lasting(timedelta(hours=2), timedelta(hours=12))
    vault, now, cookie = Vault(folder), SystemClock().now(), sessions.cookie_name(settings.read(folder))
    try:
        return [f"{cookie}={sessions.begin(vault, f'reader{n}', now, lasting, about={})}" for n in range(READERS)]
    finally:
        vault.close()


def run() -> list[Result]:
    taken: dict[str, list[float]] = {"open": [], "signed in": []}
    with tempfile.TemporaryDirectory() as made:
        first, second = Path(made) / "open", Path(made) / "closed"
        _made(first)
        shutil.copytree(first, second, ignore=shutil.ignore_patterns("*.sock"))
        cookies = _people(second)
        with node(first) as bare, node(second, is_open=False) as closed:
            for turn in range(TURNS + 1):
                for name, server in (("open", bare), ("signed in", closed)):
                    cookie = cookies if name == "signed in" else [""] * READERS
                    _, seconds = hammer(server.port, READERS, lambda i, c=cookie: _requests(c[i]))  # type: ignore[misc]
                    if turn:  # the first fills what is kept
                        taken[name].append(quantile(seconds, 0.95))
    ours, theirs = min(taken["signed in"]), min(taken["open"])
    return [
        Result(
            name="page data, p95, 20 readers who have signed in",
            value=ours,
            unit="s",
            yardstick=f"the same on an open node of {ROWS:,} rows, {theirs:.4g} s",
            ratio=ours / theirs,
            target="<= 1.1 x",
            reached=ours <= 1.1 * theirs,
        )
    ]
