"""Devices by their keys, and what suppliers and readers do about devices and keys of their own: answered alike whether
a rival has devices of the same ids, which have sent the same."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.support.strangers import DEVICE_ID, FIX, KEY, SOURCE, Client, House, house

from birlik.kernel import pipeline
from birlik.kernel.store.reader import StoreReader

pytestmark = pytest.mark.two_worlds
RIVALS = "rivals"
DRAWN = (KEY, re.compile(r"(?<=\"key_id\":\")[a-z0-9]{10}|birlik_[a-z0-9]{10}|\b[0-9a-f]{12,64}\b"))
"""What is drawn at random, each time anew."""
STEADY = ("content-type", "location", "retry-after")
Told = tuple[int, dict[str, str], str]


def told(answer: object) -> Told:
    text = answer.text  # type: ignore[attr-defined]
    for drawn in DRAWN:
        text = drawn.sub("…", text)
    return answer.status_code, {n: answer.headers[n] for n in STEADY if n in answer.headers}, text  # type: ignore[attr-defined]


def rival(at: House) -> str:
    """Another supplier, whose devices are called the same and have sent the same; returns one of them."""
    made = at.administrator.done("birlik_supplier_add", principal_id="rival.rail", name="Rival", sources=RIVALS)
    who = at.by_key(made["once"]["key"])
    ids = [DEVICE_ID, "truck-18", "truck-19"]
    cards = who.done("birlik_devices_add", source_id=RIVALS, devices="\n".join(ids))["once"]["devices"]
    for card in cards:
        for minute in range(4):
            at.stranger().get(f"/osmand/{card['key']}?id={card['device_id']}&{fix(minute)}")
    who.post("/api/v1/deliveries?intake=positions", content=b"object_id,time,latitude,longitude\n,,,")
    rows = at.administrator.rows("birlik_principal", source_id=RIVALS)
    return str(rows[0]["principal_id"])


def fix(minute: int) -> str:
    return FIX.replace("1772442000", str(1772442000 + 60 * minute))


def sent(at: House, theirs: str) -> Iterator[Told]:
    """theirs: a device that is the rival's, or that there is not."""
    key = at.keys["device"]
    for minute in (1, 1, 2):
        yield told(at.stranger().get(f"/osmand/{key}?id={DEVICE_ID}&{fix(minute)}"))
    yield told(at.device.post(f"/osmand?id={DEVICE_ID}&{fix(3)}"))
    yield told(at.device.get(f"/osmand?id={DEVICE_ID}&lat=x&lon=80&timestamp=1"))
    yield told(at.stranger().get(f"/osmand/{key}?id=truck-18&{fix(1)}"))
    yield told(at.supplier.get(f"/osmand?id=truck-19&{fix(1)}"))
    supplier: Client = at.supplier
    yield told(supplier.acts("birlik_devices_add", source_id=SOURCE, devices="truck-18,Second"))
    yield told(supplier.acts("birlik_devices_add", source_id=SOURCE, devices="truck-18"))
    yield told(supplier.acts("birlik_devices_add", source_id=RIVALS, devices="truck-20"))
    own = supplier.get("/api/v1/mine/birlik_principal").json()["data"]
    mine = next(row["principal_id"] for row in own if row["device_ids"] == "truck-18")
    for device in (mine, theirs):
        yield told(supplier.acts("birlik_device_identify", principal_id=device, device_ids="truck-19"))
        yield told(supplier.acts("birlik_device_key", principal_id=device))
        yield told(supplier.acts("birlik_device_end", principal_id=device))
    for who in (at.reader, at.foreign):
        yield told(who.acts("birlik_my_key_add", label="mine"))
        yield told(who.acts("birlik_my_key_end", key_id="no-such"))
        yield told(who.acts("birlik_pin"))


def found(at: House) -> Iterator[Told]:
    """What each finds afterwards."""
    pages = [f"/api/v1/mine/{name}" for name in ("birlik_message", "birlik_quarantine", "birlik_principal", "coverage")]
    pages += [f"/birlik/mine/-/panel/{name}?" for name in ("deliveries", "refused", "devices")]
    pages += ["/api/v1/tables/transport_movement", "/api/v1/sources", "/birlik/mine"]
    for who in (at.supplier, at.device, at.foreign):
        for page in pages:
            yield told(who.get(page))


def both(stack: ExitStack, paths: pytest.TempPathFactory) -> tuple[list[Told], ...]:
    made = []
    for whole in (True, False):
        at = stack.enter_context(house(paths.mktemp("house") / "node"))
        theirs = rival(at) if whole else "device-0123456789ab"
        answers = list(sent(at, theirs))
        pipeline.follow(at.node)
        made.append([*answers, *found(at)])
    return tuple(made)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Told], ...]]:
    with ExitStack() as stack:
        yield both(stack, tmp_path_factory)


def test_nobody_is_told_of_a_rivals_devices(answered):
    one, other = answered
    assert len(one) > 50
    assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == []
    assert {status for status, _, _ in one} >= {200, 400, 403, 404}
    assert any("truck-17" in text and '"accepted_n":1' in text for _, _, text in one) or any(
        DEVICE_ID in t for *_, t in one
    )


def test_without_what_keeps_it_it_would_show(tmp_path_factory: pytest.TempPathFactory, monkeypatch) -> None:
    monkeypatch.setattr(StoreReader, "_sees", lambda self, table: "TRUE")
    with ExitStack() as stack:
        one, other = both(stack, tmp_path_factory)
    assert one != other
