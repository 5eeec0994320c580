"""Alerts, and the CAP message of each."""

import asyncio
from typing import Any

from starlette.responses import Response

from birlik.apps.api.operations import API, Asked, json
from birlik.apps.api.rows import rows_of
from birlik.apps.api.sheet import as_json
from birlik.errors import Unknown
from birlik.kernel.domain import Filter

CAP = "application/cap+xml"


async def alerts(asked: Asked) -> Response:
    return await rows_of(asked, asked.node.store.catalogue.tables["birlik_alert"])


async def alert(asked: Asked) -> Response:
    asked.query()
    found = await asyncio.to_thread(_newest, asked, "birlik_alert", "-opened_time")
    return json({**found, "cap": f"{API}/alerts/{found['alert_id']}/cap"})


async def cap(asked: Asked) -> Response:
    """The latest message of an alert, as subscribers got it."""
    asked.query()
    found = await asyncio.to_thread(_newest, asked, "birlik_cap_message", "-place", "-sent_time")
    return Response(str(found["xml"]).encode(), 200, None, CAP)


def _newest(asked: Asked, table: str, *order: str) -> dict[str, Any]:
    where = [Filter(column="alert_id", operator="=", value=asked.path["id"])]
    for row in asked.reader().rows(table, where=where, order=order, limit=1).to_pylist():
        fields = asked.node.store.catalogue.tables[table].by_name
        return {name: as_json(value, fields[name]) for name, value in row.items()}
    raise Unknown("no such alert")
