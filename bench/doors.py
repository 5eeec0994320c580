"""The first page of each door of the registry, with all its panels, among 10⁵ entities of the kinds that doors show."""

from collections.abc import Mapping

import pyarrow as pa
from starlette.testclient import TestClient

from bench.registry import READERS, among, claims_of, node_of
from bench.result import Result
from bench.servers import quantile
from bench.timing import timed
from birlik.apps.serve import application
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.service import Service

ENTITIES = 100_000
TARGET_S = 0.25
KINDS = (
    "organisation",
    "organisation",
    "organisation",
    "work",
    "work",
    "work",
    "person",
    "event",
    "commitment",
    "project",
)
"""Of ten entities one after the other; of projects a hundredth of all is costed, as many as a plan is asked for."""
STATES = ("QMA", "QMB", "QMC", "QMD", "QME", "QMF", "QMG")
STAGES = ("identification", "preparation", "implementation", "completion")


def run() -> list[Result]:
    with node_of(ENTITIES, _claims) as node, TestClient(
        application(Service(node), start=True), base_url="http://127.0.0.1:8080", client=("127.0.0.1", 50_000)
    ) as client:  # fmt: skip
        return [_door(client, door.name, f"/{DOMAIN.name}/{door.pages[0]}?whole=1") for door in DOMAIN.doors]


def _door(client: TestClient, name: str, address: str) -> Result:
    def page() -> None:
        answer = client.get(address)
        assert 'class="panel' in answer.text, answer.text
        assert "aria-busy" not in answer.text

    first = timed(page)
    value = quantile(among(page), 0.95)
    return Result(
        name=f"first page of the door {name} with all its panels, {ENTITIES:,} entities, {READERS} readers, p95",
        value=value,
        unit="s",
        yardstick=f"the very first, alone: {first:.3g} s",
        ratio=None,
        target=f"< {TARGET_S} s",
        reached=value < TARGET_S,
    )


def _claims(first: int, last: int) -> pa.Table:
    told = [(KINDS[k % len(KINDS)], k, *said) for k in range(first, last) for said in _said(k).items()]
    kinds, numbers, said, values = zip(*told, strict=True)
    return claims_of(first * 8, kinds, numbers, said, values)


def _said(k: int) -> Mapping[str, str]:
    kind, state, day = KINDS[k % len(KINDS)], STATES[k % 7], f"202{5 + k % 3}-{1 + k % 12:02}-{1 + k % 28:02}"
    of: Mapping[str, Mapping[str, str]] = {
        "organisation": {"name": f"Body {k}", "type": "fund", "seat": f"Town {k % 999}", "state": state},
        "person": {"name": f"Person {k}", "state": state},
        "work": {"name": f"On the water of town {k % 999}", "author": f"Author {k % 9_999}", "issued": day},
        "event": {"name": f"Forum {k}", "type": "forum", "start": day, "place": f"Town {k % 999}", "state": state},
        "commitment": {"text": f"Open a fund in town {k % 999}", "due": day, "owner": state,
                       "made_at": f"event:{k // 10 * 10 + 7:08}"},
        "project": {"name": f"Plant {k}", "stage": STAGES[k // 10 % 4], "state": state,
                    **({"budget": f"{1 + k % 90}000000 USD"} if k % 100 == 9 else {})},
    }  # fmt: skip
    return of[kind]
