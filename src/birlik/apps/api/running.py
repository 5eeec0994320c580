"""The node itself: what it is, how it is, what it just did; and the acts of its operator."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.responses import Response, StreamingResponse

from birlik import __version__
from birlik.apps.api.acting import done
from birlik.apps.api.operations import Asked, json
from birlik.apps.api.records import body
from birlik.clock import isoformat
from birlik.kernel import alerting, retention
from birlik.kernel.access import devices
from birlik.kernel.node import Node

LATE_S = 60.0
"""A watermark older than this means that following has stopped."""
HEARTBEAT_S = 15.0
STILL_S = 0.5
"""How often a stream looks whether who listens still may: a right that is withdrawn ends it."""
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def lag_s(asked: Asked) -> float:
    node = asked.node
    return max(0.0, (node.clock.now() - node.store.watermark).total_seconds())


async def health(asked: Asked) -> Response:
    """200 where all is well, else 503; an operator is told why."""
    lag, failure = lag_s(asked), asked.face.service.failure
    # A node that has only just started has its first step before it.
    late = min(lag, time.monotonic() - asked.face.opened_s) > max(LATE_S, 20 * asked.node.settings.follow_every_s)
    why = [str(failure)] if failure else []
    why += [f"the figures are {lag:.0f} s behind"] if late else []
    said: dict[str, Any] = {"status": "degraded" if why else "ok"}
    if asked.principal.is_operator:
        said |= {"watermark": asked.node.store.watermark, "watermark_age_s": round(lag, 3), "why": why}
    return json(said, 503 if why else 200, {"cache-control": "no-store"})


async def metrics(asked: Asked) -> Response:
    service = asked.face.service
    lines = [
        *_metric("birlik_deliveries_total", "counter", "Deliveries that are on the disk.", service.deliveries),
        *_metric("birlik_commits_total", "counter", "Commits.", service.commits),
        *_metric("birlik_queue_length", "gauge", "Deliveries that wait for the disk.", service.waiting),
        *_metric("birlik_watermark_lag_seconds", "gauge", "Age of the figures.", round(lag_s(asked), 3)),
        *_metric("process_resident_memory_bytes", "gauge", "Memory of the process.", _resident_bytes()),
        "# HELP birlik_http_requests_total Answers by route and status.",
        "# TYPE birlik_http_requests_total counter",
    ]
    for (method, route, status), count in sorted(asked.face.counts.items()):
        lines.append(f'birlik_http_requests_total{{method="{method}",route="{route}",status="{status}"}} {count}')
    return Response("\n".join(lines) + "\n", 200, {"content-type": PROMETHEUS, "cache-control": "no-store"})


def _metric(name: str, kind: str, words: str, value: float) -> tuple[str, ...]:
    return (f"# HELP {name} {words}", f"# TYPE {name} {kind}", f"{name} {value}")


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def node(asked: Asked) -> Response:
    asked.query()
    own, catalogue = asked.node, asked.node.store.catalogue
    whereabouts = await asyncio.to_thread(_whereabouts, asked) if asked.principal.is_operator else {}
    names = own.views.names
    said = {
        "member": own.settings.member,
        "title": own.settings.title,
        "version": __version__,
        "address": own.settings.address,
        **whereabouts,
        "watermark": own.store.watermark,
        "reader": {"name": asked.principal.name, "role": asked.principal.role, "view": names[asked.principal.view]},
        "views": names if asked.principal.is_operator else [names[asked.principal.view]],
        "domains": [
            {
                "name": d.name,
                "title": d.title,
                "tables": [t.name for t in d.tables],
                "derived": [t.name for t in d.derived],
                "indicators": [i.name for i in d.indicators],
                "alert_rules": [{"name": r.name, "title": r.title} for r in d.alert_rules],
                "pages": [p.name for p in d.pages],
                "intakes": [
                    {"name": i.name, "title": i.title, "media_type": i.media_type, "example": i.example}
                    for i in d.intakes
                ],
                "endpoints": [
                    {"methods": e.methods, "path": e.path, "summary": e.summary, "for_devices": e.devices is not None}
                    for e in d.endpoints
                ],
                "simulations": [{"name": s.name, "title": s.title} for s in d.simulations],
            }
            for d in own.domains
        ],
        "devices_path": devices.path_of(own.domains),
        "alert_rules": [{"name": r.name, "title": r.title} for r in alerting.rules(own)],
        "system_tables": [t for t in catalogue.tables if t.startswith("birlik_")],
    }
    return json(said)


def _whereabouts(asked: Asked) -> dict[str, Any]:
    """By which the command line knows that this is the node of a folder, and that it is the run it means; and what was
    found wrong when it was opened, and mended."""
    store = asked.node.store
    said = {"run": asked.face.service.run, "folder": str(store.folder.resolve()), "mended": store.mended}
    return {**said, "kept": _kept(asked.node)}


def _kept(node: Node) -> dict[str, Any]:
    """Which tables have an end, when the oldest of their rows came, and what was removed and sealed so far."""
    days, seals = retention.kept_by(node), retention.seals_of(node)
    oldest = retention.oldest(node.store.database, days)
    return {
        "tables": [{"name": name, "days": n, "oldest": oldest.get(name)} for name, n in days.items()],
        "removed_to": None if seals is None else seals.removed_to.isoformat(),
        "sealed": {} if seals is None else dict(seals.until),
    }


async def backup(asked: Asked) -> Response:
    """Copy the running node into an empty folder of its own machine."""
    asked.query()
    return json((await done(asked, "birlik_backup", await body(asked))).result["about"])


async def pin(asked: Asked) -> Response:
    """Keep the figures that this reader sees now, for an address that shows them later."""
    asked.query()
    return json((await done(asked, "birlik_pin", {})).result["about"])


async def events(asked: Asked) -> Response:
    """Each new watermark as a server-sent event. `Last-Event-ID` needs no answer: the newest says it all."""
    asked.query()
    return StreamingResponse(
        _events(asked), 200, {"cache-control": "no-store", "x-accel-buffering": "no"}, "text/event-stream"
    )


async def _events(asked: Asked) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n" + _event(isoformat(asked.node.store.watermark))
    source = aiter(asked.face.service.events())
    closing = asyncio.ensure_future(asked.face.closing.wait())
    following = asyncio.ensure_future(anext(source))
    try:
        quiet_s = 0.0
        while True:
            done, _ = await asyncio.wait({closing, following}, timeout=STILL_S, return_when=asyncio.FIRST_COMPLETED)
            if closing in done or not asked.still():
                return
            if following not in done:
                quiet_s += STILL_S
                if quiet_s >= HEARTBEAT_S:
                    quiet_s = 0.0
                    yield b": still here\n\n"
                continue
            yield _event(isoformat(following.result()))
            following = asyncio.ensure_future(anext(source))
    finally:
        for task in (closing, following):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await task
        await source.aclose()  # type: ignore[attr-defined]


def _event(watermark: str) -> bytes:
    return f'event: watermark\nid: {watermark}\ndata: {{"watermark":"{watermark}"}}\n\n'.encode()
