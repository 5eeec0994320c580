"""Rights that somebody takes: an administrator for itself, an operator over who gets in, somebody of another state, and
fields that no form has."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.strangers import ACTS, SOURCE, Attack, Client, House, Weaken, each, house

from birlik.kernel import acting, undoing
from birlik.kernel.access import acts
from birlik.kernel.access.standing import ANYONE, Access
from birlik.kernel.acts import Doing
from birlik.kernel.members import Role
from birlik.kernel.policy import MEMBERS, Principal

Patch = pytest.MonkeyPatch
EVERY_ROLE = ("reader", "operator", "steward", "supplier")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("rights") / "node") as made:
        yield made


def holds(at: House, name: str, role: str) -> bool:
    who = at.node.access.of(name)
    return who is not None and who.has(Role(role))


# --- an administrator, for itself -------------------------------------------------------------------------------------


def an_administrator_grants_itself_rows(at: House) -> bool:
    return at.administrator.acts("birlik_grant_add", principal_id="administrator", role="reader").status_code == 200


def an_administrator_makes_another_alone(at: House) -> bool:
    puppet = at.name("puppet")
    at.person(puppet)
    at.administrator.done("birlik_grant_add", principal_id=puppet, role="administrator")
    at.administrator.acts("birlik_grant_confirm", grant_id=at.grant_of(puppet))
    return holds(at, puppet, "administrator")


def whom_one_administrator_made_confirms_itself(at: House) -> bool:
    """The second pair of eyes is the puppet's own."""
    puppet = at.name("puppet")
    client = at.person(puppet)
    at.administrator.done("birlik_grant_add", principal_id=puppet, role="administrator")
    client.acts("birlik_grant_confirm", grant_id=at.grant_of(puppet))
    return holds(at, puppet, "administrator")


def whoever_has_every_role_is_two_by_itself(at: House) -> bool:
    """In a small office one colleague has all five. Only who owns the machine is the second where there is none."""
    busy, puppet = at.name("busy"), at.name("puppet")
    client = at.person(busy, "administrator")
    for role in EVERY_ROLE:
        at.administrator.done("birlik_grant_add", principal_id=busy, role=role,
                              sources="*" if role in ("operator", "steward") else SOURCE)  # fmt: skip
    client = _again(at, busy)
    client.done("birlik_principal_add", principal_id=puppet, name=puppet, kind="person")
    client.done("birlik_grant_add", principal_id=puppet, role="administrator")
    client.acts("birlik_grant_confirm", grant_id=at.grant_of(puppet))
    return holds(at, puppet, "administrator")


def _again(at: House, name: str) -> Client:
    """With another right comes another session."""
    return at.signed_in(at.owner.done("birlik_link_make", principal_id=name)["once"]["link"])


def an_administrator_gets_in_as_its_colleague_by_preview(at: House) -> bool:
    """What is only tried shows no link and no key."""
    asks = ("birlik_link_make", {"principal_id": "operator"}), ("birlik_my_key_add", {"label": "x"})
    said = [at.administrator.post(f"{ACTS}/{name}?preview=true", json=told).text for name, told in asks]
    return any("/link/" in text or '"key":"birlik_' in text for text in said)


def an_account_of_an_unlucky_name_is_everybodys(at: House) -> bool:
    """Whoever has not said who they are is looked up by a name: somebody is called so, and may read."""
    if at.node.access.row(ANYONE) is None:
        at.machine(ANYONE, "reader")
    return at.stranger().get("/api/v1/alerts").status_code == 200


def an_administrator_reads_rows(at: House) -> bool:
    paths = ("/api/v1/tables/birlik_message", "/api/v1/tables/transport_movement", "/api/v1/alerts", "/epcis/v2/events",
             "/api/v1/quarantine", "/transport/overview", "/metrics")  # fmt: skip
    return any(at.administrator.get(path).status_code == 200 for path in paths)


# --- an operator or steward, over who gets in -------------------------------------------------------------------------


def an_operator_undoes_what_an_administrator_did(at: House) -> bool:
    """A withdrawn right comes back."""
    name = at.name("p")
    at.person(name, "reader")
    at.administrator.done("birlik_grant_end", grant_id=at.grant_of(name))
    did = at.operator.rows("birlik_act", act="birlik_grant_end")[0]["act_id"]
    return at.operator.acts("birlik_undo", act_id=did).status_code == 200


def a_steward_hides_or_shows_a_row_of_who_gets_in(at: House) -> bool:
    told = {"table": "birlik_grant", "key": at.grant_of("reader"), "marking": "CLEAR", "audience": "public"}
    return at.steward.acts("birlik_relabel", **told).status_code == 200


def an_operator_reads_who_gets_in(at: House) -> bool:
    tables = ("birlik_grant", "birlik_key", "birlik_principal", "birlik_organisation")
    paths = [f"/api/v1/tables/{t}{rest}" for t in tables for rest in ("", "/aggregate", "/rows/operator")]
    paths += [f"/api/v1/tables/{t}/history/operator" for t in tables]
    paths += [f"/birlik/records/{t}" for t in tables] + ["/birlik/record/birlik_principal/operator"]
    return any(c.get(p).status_code == 200 for p in paths for c in (at.operator, at.steward, at.reader))


def an_operator_delivers_a_right(at: House) -> bool:
    """As the journal keeps acts, in the place of an act."""
    kind = "application/vnd.birlik.changes+json"
    assert kind in at.node.intakes
    body = b'{"act_id":"x","act":"birlik_grant_add","by":"owner","changes":[]}'
    named = at.operator.post("/api/v1/deliveries", params={"intake": kind}, content=body)
    told = at.operator.post("/api/v1/deliveries", content=body, headers={"content-type": kind})
    return named.status_code == 200 or told.json()["failed"] is None


# --- somebody of another state ----------------------------------------------------------------------------------------


def somebody_abroad_becomes_more_than_a_reader(at: House) -> bool:
    name = at.name("abroad")
    at.person(name, state="HUN")
    roles = ("operator", "steward", "administrator")
    answers = [at.administrator.acts("birlik_grant_add", principal_id=name, role=role, sources="*") for role in roles]
    return any(answer.status_code == 200 for answer in answers)


def somebody_abroad_is_given_our_own_view(at: House) -> bool:
    name = at.name("abroad")
    at.person(name, state="HUN")
    told = {"principal_id": name, "role": "reader"}
    views = ("own", "members", "*", "")
    for view in views:
        at.administrator.acts("birlik_grant_add", **told, view=view)
    who = at.node.access.of(name)
    assert who is not None
    return any(view <= MEMBERS for view in who.views)


def somebody_abroad_moves_here(at: House) -> bool:
    told = {"principal_id": "foreign", "name": "Foreign", "state": "KAZ"}
    at.administrator.acts("birlik_principal_change", **told)
    who = at.node.access.of("foreign")
    return who is not None and who.view <= MEMBERS


# --- fields that no form has ------------------------------------------------------------------------------------------

EXTRA: dict[str, Any] = {
    "status": "active", "granted_by": "owner", "made_by": "owner", "hash": "0" * 64, "belongs_to": "supplier",
    "said_time": "2020-01-01T00:00:00Z", "grant_id": "mine", "key_id": "aaaaaaaaaa", "views": 31, "issuer": "x",
    "subject": "x", "device_ids": "truck-17", "labels": {"marking": "CLEAR"}, "by": "owner", "act_id": "mine",
}  # fmt: skip
"""Columns of the rows, and what the journal says of an act: none of it is for who acts to say."""


def fields_of_the_row_beside_those_of_the_act(at: House) -> bool:
    """By JSON: each refused, before anything is done."""
    acts_and_told = (
        (at.administrator, "birlik_grant_add", {"principal_id": "reader", "role": "reader"}),
        (at.administrator, "birlik_key_add", {"principal_id": "azer.rail", "label": "x"}),
        (at.administrator, "birlik_principal_change", {"principal_id": "reader"}),
        (at.supplier, "birlik_devices_add", {"source_id": SOURCE, "devices": "v"}),
        (at.reader, "birlik_my_key_add", {"label": "x"}),
        (at.operator, "birlik_undo", {"act_id": "x"}),
    )
    for client, name, told in acts_and_told:
        takes = {parameter.name for parameter in at.node.acts[name].parameters}
        for field in EXTRA.keys() - takes:
            if client.acts(name, **told, **{field: EXTRA[field]}).status_code != 400:
                return True
    return False


def fields_of_the_row_beside_those_of_the_form(at: House) -> bool:
    """By a page's form: left out."""
    name = at.name("p")
    at.person(name)
    form = {"principal_id": name, "role": "administrator", **{k: v for k, v in EXTRA.items() if isinstance(v, str)}}
    form |= {"-form": at.administrator.form_token}
    assert at.administrator.post("/birlik/act/birlik_grant_add", data=form).status_code == 303
    row = at.administrator.rows("birlik_grant", principal_id=name)[0]
    return row["status"] == "active" or row["granted_by"] != "administrator" or row["grant_id"] == "mine"


def an_act_under_anothers_name(at: House) -> bool:
    """Who did it is who is logged in, whatever the headers say."""
    named = {"birlik-source": "owner", "birlik-by": "owner", "x-remote-user": "owner", "from": "owner"}
    name = at.name("m")
    told = {"principal_id": name, "name": name, "kind": "machine"}
    assert at.administrator.post(f"{ACTS}/birlik_principal_add", json=told, headers=named).status_code == 200
    by = [row["by"] for row in at.operator.rows("birlik_act", act="birlik_principal_add") if name in str(row["about"])]
    return by != ["administrator"]


# --- how a node is weakened -------------------------------------------------------------------------------------------


def granting_to_oneself(patch: Patch) -> None:
    patch.setattr(acts, "must_be_for_another", lambda *told: None)


def one_is_enough(patch: Patch) -> None:
    patch.setattr(acts, "is_machine", lambda doing: True)


def two_by_their_roles(patch: Patch) -> None:
    def every(doing: Doing) -> bool:
        return doing.by.rights is not None and {right.role for right in doing.by.rights} >= set(Role)

    patch.setattr(acts, "is_machine", every)


def anybody_may(patch: Patch) -> None:
    patch.setattr(Principal, "has", lambda *told: True)


def whoever_is_called_so(patch: Patch) -> None:
    patch.setattr(Access, "anyone", lambda self: self.of(ANYONE))


def previews_that_tell(patch: Patch) -> None:
    """As if what is tried were done."""
    patch.setattr("birlik.apps.api.records.bool_of", lambda *told: False)


def undoing_rights(patch: Patch) -> None:
    patch.setattr(undoing, "ACT", replace(undoing.ACT, role=Role.ADMINISTRATOR))


def roles_for_everybody(patch: Patch) -> None:
    patch.setattr(acts, "must_fit", lambda *told: None)


def views_for_everybody(patch: Patch) -> None:
    patch.setattr(Access, "_by_state", lambda self, code, kind, now: (0,))


def fields_that_nobody_knows(patch: Patch) -> None:
    """Those that it doesn't know are passed over."""
    real = acting.asked

    def asked(act: Any, told: Any, by: Any, **more: Any) -> Any:
        names = {field.name for field in act.parameters}
        return real(act, {name: value for name, value in told.items() if name in names}, by, **more)

    patch.setattr(acting, "asked", asked)


def rows_as_they_are_told(patch: Patch) -> None:
    real = acts.grant_row
    patch.setattr(acts, "PROPOSED", "active")
    patch.setattr(acts, "grant_row", lambda *told, **more: {**real(*told, **more), "granted_by": "owner"})


def whoever_the_header_names(patch: Patch) -> None:
    real = acting.line

    def line(node: Any, ask: Any, done: Any) -> Any:
        return real(node, replace(ask, by=replace(ask.by, name="owner")), done)

    patch.setattr(acting, "line", line)


ATTACKS: tuple[tuple[Attack, Weaken], ...] = (
    (an_administrator_grants_itself_rows, granting_to_oneself),
    (an_administrator_makes_another_alone, one_is_enough),
    (whoever_has_every_role_is_two_by_itself, two_by_their_roles),
    (an_administrator_gets_in_as_its_colleague_by_preview, previews_that_tell),
    (an_administrator_reads_rows, anybody_may),
    (an_account_of_an_unlucky_name_is_everybodys, whoever_is_called_so),
    (an_operator_undoes_what_an_administrator_did, undoing_rights),
    (an_operator_reads_who_gets_in, anybody_may),
    (somebody_abroad_becomes_more_than_a_reader, roles_for_everybody),
    (somebody_abroad_is_given_our_own_view, views_for_everybody),
    (fields_of_the_row_beside_those_of_the_act, fields_that_nobody_knows),
    (fields_of_the_row_beside_those_of_the_form, rows_as_they_are_told),
    (an_act_under_anothers_name, whoever_the_header_names),
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


@pytest.mark.parametrize(
    "attack",
    [
        whom_one_administrator_made_confirms_itself,
        somebody_abroad_moves_here,
        an_operator_delivers_a_right,
        a_steward_hides_or_shows_a_row_of_who_gets_in,
    ],
    ids=lambda attack: attack.__name__,
)
def test_it_fails_twice(at: House, attack: Attack) -> None:
    """Two walls stand before these: neither alone is taken down here."""
    assert not attack(at)


def test_what_four_eyes_do_not_hold_stands_in_the_acts_that_an_operator_reads(at: House) -> None:
    """An administrator who means ill makes a machine that reads, and holds its key. No second is asked for that, or no
    one could help out at night. It is seen: by whom, for whom, when."""
    name = at.name("puppet")
    assert at.machine(name, "reader").get("/api/v1/alerts").status_code == 200
    lines = {(row["act"], row["by"]) for row in at.operator.rows("birlik_act")}
    assert {("birlik_grant_add", "administrator"), ("birlik_key_add", "administrator")} <= lines


def test_a_tier_that_ends_takes_its_view_with_it_and_a_clock_set_back_does_not_bring_it_again(at: House) -> None:
    """Of a right with an end: the day after it, and the day before it again."""
    name = at.name("p")
    ends = (at.node.clock.now() + timedelta(hours=1)).isoformat()
    client = at.person(name, "reader", until_time=ends)
    assert client.get("/api/v1/alerts").status_code == 200
    at.node.access.not_before(at.node.clock.now() + timedelta(hours=1))
    assert client.get("/api/v1/alerts").status_code in (401, 403)
    assert at.node.clock.now() < at.node.access.now, "the clock says that it holds still"
