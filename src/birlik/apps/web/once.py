"""What is shown once: a device's address as a QR code, as its app scans it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from birlik.kernel.access.devices import path_of, scanned
from birlik.kernel.node import Node
from birlik.standards import qr


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
    path = path_of(node.domains)
    return [_card(f"{base}{path}", each) for each in told.get("devices", ())]


def _card(base: str, told: Mapping[str, str]) -> Card:
    address = f"{base}/{told['key']}"
    picture = Markup(qr.svg(scanned(address, told["device_id"])))  # nosec B704 # an SVG that the library drew
    return Card(told["device_id"], told["name"], address, picture)
