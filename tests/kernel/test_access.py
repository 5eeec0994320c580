"""Who somebody is at a moment: grants begin and end, tiers change, clocks go back, keys have a scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.nodes import SMALL
from tests.support.orchard import ORCHARD

from birlik import assembly, settings
from birlik.clock import SetClock, SystemClock
from birlik.errors import Conflict
from birlik.kernel import acting, upkeep
from birlik.kernel.access import standing
from birlik.kernel.members import Role, State, Tenure, Tier
from birlik.kernel.node import Node
from birlik.kernel.policy import MEMBERS, OBSERVERS, OWN, PARTNERS, PUBLIC
from birlik.kernel.service import Service

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = "10.1.2.3"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    settings.write_new(tmp_path / "node", "KAZ")
    node = assembly.open_node(
        tmp_path / "node", declared=(ORCHARD,), clock=SetClock(NOW), open=False, views=("desk",), **SMALL
    )
    service = Service(node)
    service.start()
    yield service
    service.stop()
    node.close()


def act(service: Service, what: str, by: Any = None, /, **told: Any) -> dict[str, Any]:
    node = service.node
    ask = acting.asked(acting.act_named(node, f"birlik_{what}"), told, by or node.operator)
    made: dict[str, Any] = service.act_now(ask).result
    return made


def person(service: Service, name: str, role: str, **more: Any) -> str:
    state = more.pop("state", "KAZ")
    act(service, "principal_add", principal_id=name, kind="person", name=name, state=state)
    return str(act(service, "grant_add", principal_id=name, role=role, **more)["about"]["grant_id"])


def machine(service: Service, name: str = "rail", **scope: Any) -> str:
    act(service, "principal_add", principal_id=name, kind="machine", name=name)
    act(service, "grant_add", principal_id=name, role="supplier", sources="one,two")
    return str(act(service, "key_add", principal_id=name, label="its key", **scope)["once"]["key"])


def move(node: Node, to: datetime) -> None:
    assert isinstance(node.clock, SetClock)
    node.clock.at = to


def test_a_grant_holds_from_when_it_begins_until_it_ends(running: Service) -> None:
    node = running.node
    begins, ends = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    person(running, "dana", "reader", from_time=begins.isoformat(), until_time=ends.isoformat())
    held = []
    for minutes in (0, 60, 119, 120):
        move(node, NOW + timedelta(minutes=minutes))
        who = node.access.of("dana")
        assert who is not None
        held.append(who.has(Role.READER))
    assert held == [False, True, True, False]


def test_a_clock_that_is_set_back_revives_nothing(running: Service) -> None:
    node = running.node
    person(running, "dana", "reader", until_time=(NOW + timedelta(hours=1)).isoformat())
    move(node, NOW + timedelta(hours=2))
    assert not node.access.of("dana").has(Role.READER)  # type: ignore[union-attr]
    move(node, NOW)
    assert not node.access.of("dana").has(Role.READER)  # type: ignore[union-attr]


def test_a_state_that_changes_its_tier_is_seen_otherwise_at_midnight(
    running: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = running.node
    tiers = (Tier.PARTNER, Tier.OBSERVER, Tier.MEMBER)
    days = (date(2020, 1, 1), date(2026, 3, 2), date(2026, 3, 3))
    held = tuple(Tenure(tier=t, since=d, note="", source="") for t, d in zip(tiers, days, strict=True))
    state = State(code="HUN", name_en="Hungary", language="hu", tiers=held)
    monkeypatch.setitem(node.access._states, "HUN", state)
    person(running, "janos", "reader", state="HUN")
    seen = []
    for moment in (NOW, datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC),
                   datetime(2026, 3, 3, tzinfo=UTC)):  # fmt: skip
        move(node, moment)
        who = node.access.of("janos")
        assert who is not None
        seen.append(who.view)
    assert seen == [PARTNERS, PARTNERS, OBSERVERS, MEMBERS]
    told = node.access.tier_change("janos")
    assert told is not None, "those whom it touches are told"
    assert told[1].since == date(2026, 3, 2)


def test_somebody_reads_one_view_at_a_time_chosen_among_their_own(running: Service) -> None:
    node = running.node
    person(running, "dana", "reader")
    act(running, "grant_add", principal_id="dana", role="reader", view="desk")
    desk = node.views.index("desk")
    assert node.access.of("dana").views == (OWN, desk)  # type: ignore[union-attr]
    assert node.access.of("dana", desk).view == desk  # type: ignore[union-attr]
    assert node.access.of("dana", MEMBERS).view == OWN, "not one of theirs"  # type: ignore[union-attr]


def test_somebody_of_another_state_is_reader_or_supplier_here_and_nothing_else(running: Service) -> None:
    for role in ("operator", "steward", "administrator"):
        with pytest.raises(Exception, match="somebody of another state"):
            person(running, f"{role}.abroad", role, state="HUN")


def test_a_key_gets_in_with_its_scope_from_its_network_until_its_end(running: Service) -> None:
    node = running.node
    ends = NOW + timedelta(hours=1)
    key = machine(running, networks="10.1.0.0/16", sources="one", until_time=ends.isoformat())
    who, _ = node.access.of_key(key, HERE) or (None, "")
    assert who is not None
    assert who.sources == {"one"}
    assert node.access.of_key(key, "10.2.0.1") is None
    assert node.access.of_key(key, "::ffff:10.1.2.3") is not None
    move(node, ends)
    assert node.access.of_key(key, HERE) is None


def test_a_wrong_letter_in_a_key_is_no_key(running: Service) -> None:
    key = machine(running)
    for n in (0, 8, 20, 40, len(key) - 1):
        wrong = key[:n] + ("x" if key[n] != "x" else "y") + key[n + 1 :]
        assert running.node.access.of_key(wrong, HERE) is None


def test_two_keys_hold_together_while_one_takes_the_place_of_the_other(running: Service) -> None:
    node = running.node
    old = machine(running)
    key_id = old.split("_")[1]
    new = str(act(running, "key_rotate", key_id=key_id, hours=2)["once"]["key"])
    assert node.access.of_key(old, HERE) is not None
    assert node.access.of_key(new, HERE) is not None
    move(node, NOW + timedelta(hours=2))
    assert node.access.of_key(old, HERE) is None
    assert node.access.of_key(new, HERE) is not None


def test_who_has_ended_takes_grants_and_keys_along(running: Service) -> None:
    node = running.node
    key = machine(running)
    act(running, "principal_end", principal_id="rail")
    assert node.access.of_key(key, HERE) is None
    for table in ("birlik_grant", "birlik_key"):
        assert node.reader(node.operator).rows(table).num_rows == 0


def test_an_administrator_is_made_by_two(running: Service) -> None:
    node = running.node
    person(running, "aigul", "administrator")  # by who owns the machine, who stands for both
    by = node.access.of("aigul")
    act(running, "principal_add", by, principal_id="serik", kind="person", name="serik")
    grant = act(running, "grant_add", by, principal_id="serik", role="administrator")["about"]["grant_id"]
    assert not node.access.of("serik").has(Role.ADMINISTRATOR)  # type: ignore[union-attr]
    with pytest.raises(Exception, match="another administrator confirms"):
        act(running, "grant_confirm", by, grant_id=grant)
    act(running, "grant_confirm", grant_id=grant)
    assert node.access.of("serik").has(Role.ADMINISTRATOR)  # type: ignore[union-attr]


def test_a_thousand_devices_come_of_one_file_and_each_sends_under_its_own_id(running: Service) -> None:
    node = running.node
    key = machine(running)
    supplier, _ = node.access.of_key(key, HERE) or (None, "")
    told = "id;name\n" + "\n".join(f"86{n:013d};Truck {n}" for n in range(1_000))
    ask = acting.asked(acting.act_named(node, "birlik_devices_add"), {"source_id": "one"}, supplier, file=told.encode())  # type: ignore[arg-type]
    made = running.act_now(ask).result["once"]["devices"]
    assert len({card["key"] for card in made}) == 1_000
    device, _ = node.access.of_key(made[7]["key"], HERE) or (None, "")
    assert device is not None
    assert (device.sources, device.device_ids) == ({"one"}, {"860000000000007"})
    assert not device.has(Role.READER)
    with pytest.raises(Exception, match="not a source of yours"):
        act(running, "devices_add", supplier, source_id="three", devices="1,x")
    with pytest.raises(Exception, match="already"):
        act(running, "devices_add", supplier, source_id="one", devices="860000000000007,again")
    act(running, "device_end", supplier, principal_id=device.name)
    assert node.access.of_key(made[7]["key"], HERE) is None


def test_a_secret_is_in_the_vault_and_in_nothing_else(running: Service) -> None:
    node = running.node
    key = machine(running)
    from birlik.kernel.access.keys import hash_of

    (row,) = node.reader(node.operator).rows("birlik_key").to_pylist()
    assert row["hash"] not in (key, hash_of(key))
    for file in (node.store.folder / "journal").glob("*.journal"):
        assert hash_of(key).encode() not in file.read_bytes()
    assert node.store.vault.get("sealed", row["hash"]) == {"value": hash_of(key)}


@contextmanager
def restored(node: Node, folder: Path) -> Iterator[Service]:
    node.store.backup(folder / "backup")
    upkeep.restore(folder / "backup", folder / "again")
    again = assembly.open_node(folder / "again", declared=(ORCHARD,), clock=SystemClock(), open=False,
                               views=("desk",), **SMALL)  # fmt: skip
    service = Service(again)
    service.start()
    try:
        yield service
    finally:
        service.stop()
        again.close()


def test_what_was_restored_is_held_until_somebody_confirms_it(running: Service, tmp_path: Path) -> None:
    key = machine(running)
    person(running, "dana", "reader")
    with restored(running.node, tmp_path) as service:
        access = service.node.access
        assert access.of_key(key, HERE) is None
        assert not access.of("dana").has(Role.READER)  # type: ignore[union-attr]
        act(service, "restore_confirm")
        assert access.of_key(key, HERE) is not None
        assert access.of("dana").has(Role.READER)  # type: ignore[union-attr]


def test_or_one_by_one_and_what_nobody_confirms_stays_held(running: Service, tmp_path: Path) -> None:
    key = machine(running)
    dana = person(running, "dana", "reader")
    person(running, "serik", "reader")
    with restored(running.node, tmp_path) as service:
        access = service.node.access
        act(service, "grant_confirm", grant_id=dana)
        assert access.of("dana").has(Role.READER)  # type: ignore[union-attr]
        assert not access.of("serik").has(Role.READER)  # type: ignore[union-attr]
        with pytest.raises(Conflict, match="it holds already"):
            act(service, "grant_confirm", grant_id=dana)
        act(service, "key_confirm", key_id=key.split("_")[1])
        who, _ = access.of_key(key, HERE) or (None, "")
        assert who is not None
        assert not who.has(Role.SUPPLIER), "the key holds; what it may do waits for its grant"
        access.changed()  # all is read anew, as at the next start
        held = {name: not access.of(name).has(Role.READER) for name in ("dana", "serik")}  # type: ignore[union-attr]
        assert held == {"dana": False, "serik": True}


def test_roles_are_said_first_by_the_widest() -> None:
    assert standing.FIRST[0] is Role.ADMINISTRATOR
    assert set(standing.FIRST) == set(Role)


def test_everybody_reads_what_is_public_once_a_steward_says_so(running: Service) -> None:
    node = running.node
    assert node.access.anyone().is_nobody
    act(running, "public_open")
    who = node.access.anyone()
    assert (who.view, who.has(Role.READER), who.is_operator) == (PUBLIC, True, False)
    with pytest.raises(Exception, match="already"):
        act(running, "public_open")
    act(running, "public_close")
    assert node.access.anyone().is_nobody
    act(running, "public_open")
    assert node.access.anyone().view == PUBLIC, "and again"


def test_somebody_of_another_state_makes_a_key_of_their_own(running: Service) -> None:
    node = running.node
    person(running, "janos", "reader", state="HUN")
    key = str(act(running, "my_key_add", node.access.of("janos"), label="notebook")["once"]["key"])
    who, key_id = node.access.of_key(key, HERE) or (None, "")
    assert who is not None
    assert (who.name, who.view) == ("janos", OBSERVERS)
    act(running, "my_key_end", node.access.of("janos"), key_id=key_id)
    assert node.access.of_key(key, HERE) is None


def test_many_grants_of_one_role_are_one_right_for_all_their_sources(running: Service) -> None:
    """What each request asks of rights looks at all of them."""
    person(running, "dana", "supplier", sources="one")
    for told in ({"role": "supplier", "sources": "two,three"}, {"role": "reader"}, {"role": "reader", "sources": ""}):
        act(running, "grant_add", principal_id="dana", **told)
    act(running, "grant_add", principal_id="dana", role="supplier", sources="four", domains="orchard")
    who = running.node.access.of("dana")
    assert who is not None
    held = {(right.role, right.domains): right.sources for right in who.held}
    assert len(held) == len(who.held) == 3
    assert held[Role.SUPPLIER, None] == {"one", "two", "three"}
    assert held[Role.SUPPLIER, frozenset({"orchard"})] == {"four"}
    assert who.sources == {"one", "two", "three", "four"}
    act(running, "grant_add", principal_id="dana", role="operator", sources="*")
    who = running.node.access.of("dana")
    assert who is not None
    assert who.sources is None
