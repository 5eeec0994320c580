"""What suppliers and devices send in two worlds, in one of which a rival has sent it all before."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient
from tests.support.everywhere import API
from tests.support.walking import VIEW, Answered, Walk

from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import EVERY_RIGHT, Kind, Principal, Right

RIVAL = "rival"
"""Who sends the same, and other things under the same names."""
MEMBERS = {"birlik-marking": "GREEN", "birlik-audience": "members"}
LABELS: Mapping[str, Mapping[str, str]] = {
    "own": {"birlik-source": RIVAL},
    "members": {"birlik-source": RIVAL, **MEMBERS},
}
"""How a rival's rows may be hidden: from all but the node's own, and from who only sends."""


@dataclass(frozen=True, slots=True)
class Played:
    """One world, in which everything was sent."""

    walks: Mapping[str, Walk]
    """By who sends what they are answered; by `…, then` what they find afterwards."""
    rows_n: int
    """All that there is, hidden or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """One request that writes."""

    address: str
    body: bytes | Mapping[str, Any] = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


def kinds(node: Node) -> dict[str, Principal]:
    """By name, everybody who sends for a source that is called as they are; a rival, and two who read."""
    own, members = node.views.index("own"), node.views.index("members")

    def one(name: str, view: int, *roles: Role, kind: Kind = Kind.MACHINE, **more: Any) -> Principal:
        rights = tuple(Right(role=r, sources=frozenset({name} if r is Role.SUPPLIER else ())) for r in roles)
        return Principal(name=name, role=roles[0], view=view, views=(view,), rights=rights, kind=kind, **more)

    made = (
        one("supplier", members, Role.SUPPLIER),
        one("supplier here", own, Role.SUPPLIER),
        one("supplying reader", members, Role.SUPPLIER, Role.READER, kind=Kind.PERSON),
        one("device", members, Role.SUPPLIER, kind=Kind.DEVICE, device_ids=frozenset({"device-1"})),
        one("reader", members, Role.READER, kind=Kind.PERSON),
        Principal(name=RIVAL, role=Role.OPERATOR, rights=EVERY_RIGHT),
        node.operator,
    )
    return {who.name: who for who in made}


def sent(client: TestClient, who: str, sendings: Iterable[Sending], labels: Mapping[str, str] | None = None) -> Walk:
    """What each is answered, by its place and address. labels: of all, whatever they say themselves."""
    made = Walk(client, who)
    for n, one in enumerate(sendings):
        given: dict[str, Any] = {"content": one.body} if isinstance(one.body, bytes) else {"json": one.body}
        own = one.headers if labels is None else {k: v for k, v in one.headers.items() if k not in MEMBERS} | labels
        told = {VIEW: who, **own}
        got = client.request(one.method, one.address, headers=told, follow_redirects=False, **given)
        made.answers[f"{n} {one.method} {one.address}"] = Answered(got.status_code, dict(got.headers), got.content)
    return made


def looked(client: TestClient, who: str, addresses: Sequence[str], **also: str) -> Walk:
    """What each address gives, and what those beside it give that an answer leads to."""
    made = Walk(client, who)
    for address in addresses:
        answer = made.get(address)
        for pattern, to in also.items():
            for name in re.findall(rf'"{pattern}":"([^"]+)"', answer.body.decode("utf-8", "replace")):
                made.get(to.format(name))
    return made


def rows_n(node: Node) -> int:
    """How many rows there are for anybody, but for those of the registers that birlik ships."""
    reader, catalogue = node.reader(node.operator), node.store.catalogue
    return sum(reader.count(table.name) for table in catalogue.tables.values() if table.facts is None)


def own_pages(node: Node) -> list[str]:
    """All that is somebody's own, and what suppliers and readers look at beside."""
    catalogue = node.store.catalogue
    owned = [t.name for t in catalogue.tables.values() if t.party is not None]
    owned += [i.name for i in catalogue.indicators.values() if i.party is not None]
    made = [f"{API}/mine/{name}{form}" for name in owned for form in ("", "?format=csv")]
    made += [f"/birlik/mine{part}" for part in ("", *(f"/-/panel/{p.name}?" for p in _panels(node)))]
    return [*made, f"{API}/sources", f"{API}/quarantine", "/try", "/account"]


def _panels(node: Node) -> Sequence[Any]:
    own = next(domain for domain in node.domains if domain.name == "birlik")
    return next(page for page in own.pages if page.name == "mine").panels
