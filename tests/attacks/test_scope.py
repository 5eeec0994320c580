"""Beyond what was granted: a key's scope, network and end; a right in another domain; what a device may do.

Each attack fails, and succeeds against a node that the test's own patch has weakened, so that it is known to be tried.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.support.strangers import DEVICE_ID, FIX, NOW, SOURCE, THEIRS, Attack, House, Weaken, each, house

from birlik.kernel import acting
from birlik.kernel.access import acts, devices, own_keys, standing
from birlik.kernel.access.standing import Access
from birlik.kernel.policy import Principal
from birlik.kernel.store.catalogue import Catalogue

Patch = pytest.MonkeyPatch
SENDS = {"sources": SOURCE}
CSV = b"id,name\nvan-1,Van\n"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("scope") / "node") as made:
        yield made


# --- the attacks: each says whether it has succeeded ------------------------------------------------------------------


def a_key_for_reading_sends(at: House) -> bool:
    key = at.machine(at.name("m"), "supplier", granted=SENDS, acts="read")
    return any(a.status_code != 403 for a in (key.get(f"/osmand?id=1&{FIX}"), key.post("/api/v1/deliveries")))


def a_key_for_sending_reads(at: House) -> bool:
    key = at.machine(at.name("m"), "operator", granted=SENDS, acts="send")
    paths = ("/api/v1/tables/birlik_message", "/api/v1/alerts", "/epcis/v2/events", "/birlik/records/birlik_act",
             "/openapi.json", "/metrics", "/api/v1/events")  # fmt: skip
    return any(key.get(path).status_code == 200 for path in paths)


def a_key_for_sending_acts(at: House) -> bool:
    key = at.machine(at.name("m"), "operator", granted=SENDS, acts="send")
    return key.acts("birlik_devices_add", source_id=SOURCE, devices=at.name("van")).status_code == 200


def a_key_for_one_source_sends_for_another(at: House) -> bool:
    key = at.machine(at.name("m"), "supplier", granted={"sources": f"{SOURCE},{THEIRS}"}, sources=SOURCE)
    return key.get(f"/osmand?id=1&{FIX}", headers={"birlik-source": THEIRS}).status_code == 200


def a_key_from_another_network(at: House) -> bool:
    name = at.name("m")
    at.machine(name, "supplier", granted=SENDS, networks="10.1.0.0/16")
    assert at.by_key(at.keys[name], address="10.1.2.3").get(f"/osmand?id=1&{FIX}").status_code == 200
    tricks = ({}, {"x-forwarded-for": "10.1.2.3"}, {"forwarded": "for=10.1.2.3"}, {"x-real-ip": "10.1.2.3"})
    keys = (at.by_key(at.keys[name], **more) for more in tricks)
    return any(key.get(f"/osmand?id=1&{FIX}").status_code == 200 for key in keys)


def a_key_after_its_end(at: House) -> bool:
    ends = (at.node.clock.now() - timedelta(seconds=1)).isoformat()
    key = at.machine(at.name("m"), "supplier", granted=SENDS, until_time=ends)
    return key.get(f"/osmand?id=1&{FIX}").status_code == 200


def a_key_outlives_its_end_in_the_next_one(at: House) -> bool:
    """A contract ends in June, and in March its key is exchanged."""
    ends = at.node.clock.now() + timedelta(days=90)
    key = at.machine(at.name("m"), "supplier", granted=SENDS, until_time=ends.isoformat())
    text = key.headers["authorization"].partition("_")[2].partition("_")[0]
    said = at.administrator.done("birlik_key_rotate", key_id=text)
    assert at.by_key(said["once"]["key"]).get(f"/osmand?id=1&{FIX}").status_code == 200
    row = at.administrator.rows("birlik_key", key_id=said["about"]["key_id"])[0]
    return row["until_time"] is None or row["until_time"] > ends.strftime("%Y-%m-%dT%H:%M:%SZ")


def a_key_that_was_ended(at: House) -> bool:
    key = at.machine(at.name("m"), "supplier", granted=SENDS)
    assert key.get(f"/osmand?id=1&{FIX}").status_code == 200
    text = key.headers["authorization"].partition("_")[2].partition("_")[0]
    at.administrator.done("birlik_key_end", key_id=text)
    return key.get(f"/osmand?id=1&{FIX}").status_code == 200


def a_key_of_whose_right_was_withdrawn(at: House) -> bool:
    name = at.name("m")
    key = at.machine(name, "supplier", granted=SENDS)
    assert key.get(f"/osmand?id=1&{FIX}").status_code == 200
    at.administrator.done("birlik_grant_end", grant_id=at.grant_of(name))
    return key.get(f"/osmand?id=1&{FIX}").status_code == 200


def a_key_makes_one_without_its_bounds(at: House) -> bool:
    """Found on a machine within the network for which it is."""
    name = at.name("m")
    at.machine(name, "supplier", granted=SENDS, networks="10.1.0.0/16")
    found = at.by_key(at.keys[name], address="10.1.2.3").acts("birlik_my_key_add", label="mine")
    return found.status_code == 200 and at.by_key(found.json()["once"]["key"]).get("/api/v1/acts").status_code == 200


def a_right_in_one_domain_acts_in_another(at: House) -> bool:
    """An operator of water alone undoes, dismisses and ends what is of any domain."""
    someone = at.person(at.name("p"), "steward", domains="water")
    mine = {act["name"] for act in someone.get("/api/v1/acts").json()["data"]}
    return bool(mine & {"birlik_undo", "birlik_relabel", "birlik_register_edit", "birlik_quarantine_dismiss"})


def a_right_in_one_domain_reads_another(at: House) -> bool:
    someone = at.person(at.name("p"), "reader", domains="water")
    paths = ("/api/v1/tables/transport_movement", "/api/v1/tables/transport_movement/aggregate", "/epcis/v2/events",
             "/transport/overview")  # fmt: skip
    return any(someone.get(path).status_code == 200 for path in paths)


def a_device_sends_as_another(at: House) -> bool:
    return any(
        answer.status_code == 200
        for answer in (
            at.device.get(f"/osmand?id=truck-18&{FIX}"),
            at.device.get(f"/osmand?deviceid=truck-18&{FIX}"),
            at.device.get(f"/osmand?id={DEVICE_ID}&id=truck-18&{FIX}"),
            at.device.post("/osmand", data={"id": "truck-18", "lat": "44", "lon": "80", "timestamp": "1772442000"}),
            at.device.post(f"/osmand?id={DEVICE_ID}", json={"device_id": "truck-18", "location": {
                "timestamp": "2026-03-02T09:00:00Z", "coords": {"latitude": 44, "longitude": 80}}}),
            at.device.post("/osmand", json={"position": {"latitude": 44, "longitude": 80, "fixTime":
                "2026-03-02T09:00:00Z"}, "device": {"uniqueId": "truck-18"}}),
        )
    )  # fmt: skip


def a_device_sends_what_no_device_does(at: House) -> bool:
    fix = b"x"
    answers = (
        at.device.post("/api/v1/deliveries", params={"intake": "osmand"}, content=fix),
        at.device.post("/epcis/v2/events", json={"type": "ObjectEvent"}),
        at.device.post("/epcis/v2/capture", json={"type": "EPCISDocument"}),
    )
    return any(answer.status_code != 403 for answer in answers)


def a_device_makes_devices(at: House) -> bool:
    return at.device.acts("birlik_devices_add", source_id=SOURCE, devices=at.name("van")).status_code == 200


def a_supplier_sends_for_anothers_source(at: House) -> bool:
    """By every way in which a source can be said, whether there is such a source or not, and in the same words."""
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/osmand?id=1&{FIX}", {}),
        ("POST", "/osmand", {"data": {"id": "1", "lat": "44", "lon": "80", "timestamp": "1772442000"}}),
        ("POST", "/api/v1/deliveries?intake=epcis", {"content": b"{}"}),
        ("POST", "/api/v1/deliveries", {"files": {"file": ("a.csv", CSV)}, "data": {"source": THEIRS}}),
        ("POST", "/epcis/v2/events", {"json": {"type": "ObjectEvent"}}),
        ("POST", "/epcis/v2/capture", {"json": {"type": "EPCISDocument"}}),
    ]
    for method, path, body in ways:
        for source in (THEIRS, "no-such-source"):
            said = f"{path}{'&' if '?' in path else '?'}source={source}"
            answers = (
                at.supplier.request(method, path, headers={"birlik-source": source}, **body),
                at.supplier.request(method, said, **body),
                at.supplier.request(method, said, headers={"birlik-source": source}, **body),
            )
            for answer in answers:
                if answer.status_code != 403 or answer.json()["detail"] != f"{source!r} is not a source of yours":
                    return True
    return _came_from(at, THEIRS)


def _came_from(at: House, source: str) -> bool:
    return bool(at.operator.rows("birlik_message", source_id=source))


def a_supplier_makes_devices_of_anothers_source(at: House) -> bool:
    return at.supplier.acts("birlik_devices_add", source_id=THEIRS, devices=at.name("van")).status_code == 200


def a_supplier_takes_anothers_device(at: House) -> bool:
    """It knows the id of the device of another supplier."""
    made = at.operator.done("birlik_devices_add", source_id=THEIRS, devices=at.name("van"))
    key = made["once"]["devices"][0]["key"]
    rows = [row for row in at.administrator.rows("birlik_principal", source_id=THEIRS) if row["device_ids"]]
    got = at.supplier.acts("birlik_device_key", principal_id=rows[-1]["principal_id"])
    return got.status_code == 200 or at.by_key(key).get(f"/osmand?id={rows[-1]['device_ids']}&{FIX}").status_code != 200


# --- how a node is weakened -------------------------------------------------------------------------------------------


def keys_for_anything(patch: Patch) -> None:
    for room in ("api.operations", "api.endpoints", "api.intake", "web.app"):
        patch.setattr(f"birlik.apps.{room}.must_be_for", lambda *told: None)


def keys_without_a_scope(patch: Patch) -> None:
    patch.setattr(standing, "scoped", lambda principal, key: principal)


def any_network(patch: Patch) -> None:
    patch.setattr(standing, "_is_within", lambda *told: True)


def a_clock_that_stands(patch: Patch) -> None:
    patch.setattr(Access, "now", property(lambda self: NOW - timedelta(seconds=30)))


def keys_that_forget_their_end(patch: Patch) -> None:
    real = acts.key_made
    patch.setattr(acts, "key_made", lambda *told, **more: real(*told, **{**more, "until_time": None}))


def rights_that_are_remembered(patch: Patch) -> None:
    patch.setattr(Access, "of_key", _remembered(Access.of_key))


def _remembered(real: object) -> object:
    """What a key was good for once, it is good for."""
    seen: dict[str, object] = {}

    def of_key(self: Access, text: str, address: str) -> object:
        if text not in seen and (found := real(self, text, address)) is not None:  # type: ignore[operator]
            seen[text] = found
        return seen.get(text)

    return of_key


def keys_that_make_keys(patch: Patch) -> None:
    patch.setattr(own_keys, "must_be_in_person", lambda by: None)


def rights_in_any_domain(patch: Patch) -> None:
    patch.setattr(acting, "_domain_of", lambda act: "")


def tables_of_any_domain(patch: Patch) -> None:
    patch.setattr(Catalogue, "may_read", lambda *told: True)


def devices_like_others(patch: Patch) -> None:
    patch.setattr(Principal, "is_device", False)


def sources_that_nobody_checks(patch: Patch) -> None:
    for room in ("bodies", "endpoints"):
        patch.setattr(f"birlik.apps.api.{room}.must_send_for", lambda *told: None)


def sources_of_anybody(patch: Patch) -> None:
    patch.setattr(devices, "must_be_theirs", lambda *told: None)


def devices_of_anybody(patch: Patch) -> None:
    def one(doing: devices.Doing) -> object:
        key = doing.values["principal_id"]
        return {"principal_id": key, "name": key, "belongs_to": None, "device_ids": "x", "kind": "device"}

    patch.setattr(devices, "_one", one)


ATTACKS: tuple[tuple[Attack, Weaken], ...] = (
    (a_key_for_reading_sends, keys_for_anything),
    (a_key_for_sending_reads, keys_for_anything),
    (a_key_for_sending_acts, keys_without_a_scope),
    (a_key_for_one_source_sends_for_another, keys_without_a_scope),
    (a_key_from_another_network, any_network),
    (a_key_after_its_end, a_clock_that_stands),
    (a_key_outlives_its_end_in_the_next_one, keys_that_forget_their_end),
    (a_key_that_was_ended, rights_that_are_remembered),
    (a_key_of_whose_right_was_withdrawn, rights_that_are_remembered),
    (a_key_makes_one_without_its_bounds, keys_that_make_keys),
    (a_right_in_one_domain_acts_in_another, rights_in_any_domain),
    (a_right_in_one_domain_reads_another, tables_of_any_domain),
    (a_device_sends_as_another, devices_like_others),
    (a_device_sends_what_no_device_does, devices_like_others),
    (a_device_makes_devices, devices_like_others),
    (a_supplier_sends_for_anothers_source, sources_that_nobody_checks),
    (a_supplier_makes_devices_of_anothers_source, sources_of_anybody),
    (a_supplier_takes_anothers_device, devices_of_anybody),
)


@each(ATTACKS)
def test_it_fails(at: House, attack: Attack, weaken: Weaken) -> None:
    assert not attack(at)


@each(ATTACKS)
def test_it_succeeds_against_a_node_that_is_weakened(
    at: House, attack: Attack, weaken: Weaken, monkeypatch: Patch
) -> None:
    weaken(monkeypatch)
    assert attack(at)


@pytest.mark.parametrize("hours", [-1, 10**6, 10**15])
def test_two_keys_hold_together_for_a_while_and_not_for_ever(at: House, hours: int) -> None:
    key = at.machine(at.name("m"), "supplier", granted=SENDS)
    text = key.headers["authorization"].partition("_")[2].partition("_")[0]
    assert at.administrator.acts("birlik_key_rotate", key_id=text, hours=hours).status_code == 400
