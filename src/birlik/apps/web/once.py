"""What is shown once: a device's address as a QR code, as its app scans it."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from markupsafe import Markup

from birlik.kernel.access.devices import scanned
from birlik.kernel.node import Node


@dataclass(frozen=True, slots=True)
class Card:
    """To be cut out and stuck to a device."""

    device_id: str
    name: str
    address: str
    """What is typed in where nothing is scanned: without the id, which has a field of its own."""
    code: Markup


def cards(node: Node, base: str, told: Mapping[str, Any]) -> Sequence[Card]:
    """Of the devices that an act has made; none where it made none."""
    path = device_path(node)
    return [_card(f"{base}{path}", each) for each in told.get("devices", ())]


def device_path(node: Node) -> str:
    """Where devices send: the first address that is declared for them."""
    return next((e.path for d in node.domains for e in d.endpoints if e.devices is not None), "")


def _card(base: str, told: Mapping[str, str]) -> Card:
    address = f"{base}/{told['key']}"
    return Card(told["device_id"], told["name"], address, code(scanned(address, told["device_id"])))


def code(text: str) -> Markup:
    """A QR code as an SVG for a page: black on white in every theme, since cameras want that."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, svgns=False, border=3, light="#fff", omitsize=True)
    return Markup(out.getvalue().decode())  # nosec B704 # an SVG that the library drew
