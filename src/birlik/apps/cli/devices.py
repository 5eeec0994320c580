"""`device add`: trackers out of a CSV, and a sheet of cards to print, each with the address that its device scans."""

import html
import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from birlik.apps.cli.output import as_json, say
from birlik.apps.cli.reach import API, USUAL, WHERE, Where, address, checked, get, reached
from birlik.errors import BadRequest

STYLE = """
body { font: 10pt sans-serif; margin: 1cm }
ul { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm; padding: 0; list-style: none }
li { display: flex; gap: 4mm; border: .3mm solid #999; border-radius: 2mm; padding: 4mm; break-inside: avoid }
svg { width: 32mm; height: 32mm; flex: none } code { overflow-wrap: anywhere }
"""


def add(
    source: str,
    csv: Path,
    *,
    cards: Annotated[Path, Parameter(help="The file of cards to print; it holds keys, so it is yours only.")] = Path(
        "cards.html"
    ),
    where: Where = WHERE,
) -> None:
    """Make devices out of a CSV, and cards to print.

    Parameters
    ----------
    source
        The source for which they send.
    csv
        A file with the columns id and name, one device a line.
    """
    if cards.exists():
        raise BadRequest(f"{cards} is there already, and its keys may be in use: name another file, --cards FILE")
    with reached(where) as client:
        told = get(client, f"{API}/node")
        path = told["devices_path"]
        if not path:
            raise BadRequest("this node has no protocol by which devices send")
        files = {"-file": (csv.name, csv.read_bytes(), "text/csv")}
        answer = checked(client.post(f"{API}/acts/birlik_devices_add", data={"source_id": source}, files=files)).json()
        made = answer["once"]["devices"]
        base = told.get("address") or address(where) or USUAL
    written = [{**each, "address": f"{base}{path}/{each['key']}"} for each in made]
    with open(os.open(cards, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(sheet(written))
    if where.json:
        as_json({"source": source, "devices": written, "cards": str(cards)})
    else:
        say(f"{len(made)} devices send for {source} from now on; print {cards} and hand the cards out")


def sheet(devices: list[dict[str, str]]) -> str:
    """A page of cards, which needs nothing else: no script, no style from elsewhere."""
    from birlik.kernel.access.devices import scanned
    from birlik.standards import qr

    made = []
    for each in devices:
        said = {name: html.escape(each[name]) for name in ("name", "device_id", "address")}
        code = qr.svg(scanned(each["address"], each["device_id"]))
        made.append(
            f"<li>{code}<div><b>{said['name']}</b><br>{said['device_id']}<br><code>{said['address']}</code></div></li>"
        )
    return f"<!doctype html><meta charset=utf-8><title>birlik</title><style>{STYLE}</style><ul>{''.join(made)}</ul>\n"
