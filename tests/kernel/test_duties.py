"""Roles of a domain's own: held within a row, given by an act or a grant, and never by oneself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import lodge
from tests.support.lodge import KEEPER, LODGE, ROOT
from tests.support.strangers import Client, House, house

from birlik.errors import Misdeclared
from birlik.kernel import checking
from birlik.kernel.domain import Act, Domain, Duty, Party, Role, Table

MINE = "/api/v1/mine/lodge_parcel"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path / "node", declared=(LODGE,)) as made:
        for name in ("asel", "bek", "guest"):
            made.person(name, "reader")
        for name in ("asel", "bek"):
            made.administrator.done("birlik_grant_add", principal_id=name, role="reader", duty=ROOT)
        yield made


def room(who: Client, name: str = "blue") -> str:
    return str(who.done("lodge_let", name=name)["about"]["room_id"])


def seen(who: Client, address: str = MINE) -> list[str]:
    answer = who.get(address)
    assert answer.status_code == 200, answer.text
    return sorted(row["inside"] for row in answer.json()["data"])


def left(at: House, room_id: str, inside: str = "plums") -> str:
    return str(at.guest.done("lodge_leave", room_id=room_id, inside=inside)["about"]["parcel_id"])


def test_who_begins_a_row_tends_it_and_no_other(at: House) -> None:
    left(at, room(at.asel))
    left(at, room(at.bek, "red"), "pears")
    assert (seen(at.asel), seen(at.bek), seen(at.guest)) == (["plums"], ["pears"], ["pears", "plums"])


@pytest.mark.parametrize("who", ["steward", "operator", "reader", "administrator", "foreign"])
def test_no_role_reads_what_is_for_whom_its_rows_name(at: House, who: str) -> None:
    left(at, room(at.asel))
    assert seen(at.people[who]) == []
    refused = at.people[who].get("/api/v1/tables/lodge_parcel")
    assert refused.status_code == 403
    assert "lodge_parcel" not in at.people[who].get("/api/v1/tables").text


def test_whoever_owns_the_machine_reads_it(at: House) -> None:
    left(at, room(at.asel))
    assert [row["inside"] for row in at.owner.rows("lodge_parcel")] == ["plums"]


def test_a_duty_is_given_and_taken_within_a_row(at: House) -> None:
    blue = room(at.asel)
    left(at, blue)
    at.asel.done("lodge_entrust", room_id=blue, who="bek")
    assert seen(at.bek) == ["plums"]
    at.asel.done("lodge_relieve", room_id=blue, who="bek")
    assert seen(at.bek) == [], "gone at the next request"
    assert at.bek.acts("lodge_open", parcel_id=left(at, blue)).status_code == 403


def test_what_asks_for_a_duty_is_for_who_holds_it_there(at: House) -> None:
    blue, red = room(at.asel), room(at.bek, "red")
    assert at.guest.acts("lodge_entrust", room_id=blue, who="guest").status_code == 403
    assert at.bek.acts("lodge_entrust", room_id=blue, who="guest").status_code == 403
    assert at.steward.acts("lodge_entrust", room_id=blue, who="guest").status_code == 403
    assert at.bek.acts("lodge_entrust", room_id=red, who="guest").status_code == 200
    assert "lodge_open" not in at.steward.get("/api/v1/acts").text


def test_nobody_gives_themselves_a_duty(at: House) -> None:
    blue = room(at.asel)
    at.administrator.done("birlik_grant_add", principal_id="bek", role="reader", duty=KEEPER)
    told = at.bek.acts("lodge_entrust", room_id=blue, who="bek")
    assert told.status_code == 403
    assert "themselves" in told.json()["detail"]


def test_a_duty_that_is_granted_for_all_rows_is_held_within_each(at: House) -> None:
    left(at, room(at.asel))
    at.administrator.done("birlik_grant_add", principal_id="guest", role="reader", duty=KEEPER)
    left(at, room(at.bek, "red"), "pears")
    at.person("deputy", "reader")
    assert seen(at.deputy) == []
    at.administrator.done("birlik_grant_add", principal_id="deputy", role="reader", duty=KEEPER)
    assert seen(at.deputy) == ["pears", "plums"]


def test_a_duty_gives_no_role(at: House) -> None:
    """Who may read nothing reads nothing for having a room: an act can't make a reader."""
    at.person("nadir")
    blue = room(at.asel)
    at.asel.done("lodge_entrust", room_id=blue, who="nadir")
    assert at.nadir.get("/api/v1/tables/lodge_room").status_code == 403
    assert at.nadir.acts("lodge_relieve", room_id=blue, who="asel").status_code == 403


def test_who_looks_through_somebodys_eyes_sees_what_their_roles_see(at: House) -> None:
    left(at, room(at.asel), "a letter")
    assert "a letter" in at.asel.get("/lodge/parcels?whole=1").text
    at.steward.post("/see-as", data={"who": "asel", "-form": at.steward.form_token})
    assert "a letter" not in at.steward.get("/lodge/parcels?whole=1").text


def test_a_page_tells_what_is_theirs_from_what_is_entrusted_to_them(at: House) -> None:
    blue = room(at.asel)
    left(at, blue, "a letter")
    at.asel.done("lodge_leave", room_id=blue, inside="an apple")
    own = at.asel.get("/lodge/parcels/-/panel/left").text
    assert ("an apple" in own, "a letter" in own) == (True, False)
    kept = at.asel.get("/lodge/parcels/-/panel/parcels").text
    assert ("an apple" in kept, "a letter" in kept) == (True, True)
    assert "a letter" not in at.guest.get("/lodge/parcels/-/panel/parcels").text


def test_the_table_of_acts_does_not_say_who_left_it(at: House) -> None:
    left(at, room(at.asel))
    (line,) = at.operator.rows("birlik_act", act="lodge_leave")
    assert line["by"] == "anyone"
    assert "guest" not in {row["source_id"] for row in at.operator.rows("birlik_message")}


def test_it_ends_with_a_withdrawn_grant(at: House) -> None:
    blue = room(at.asel)
    left(at, blue)
    (grant,) = at.administrator.rows("birlik_grant", principal_id="asel", within=blue)
    assert (grant["duty"], grant["granted_by"]) == (KEEPER, "asel")
    at.administrator.done("birlik_grant_end", grant_id=grant["grant_id"])
    assert seen(at.asel) == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"duty": "lodge_king"}, "lodge_landlord, lodge_keeper"),
        ({"duty": KEEPER, "within": "room:none"}, "no such row in Rooms"),
        ({"duty": KEEPER, "role": "steward"}, "the duty gives no role"),
        ({"within": "room:none"}, "within a row it is a duty"),
    ],
)
def test_a_grant_of_what_is_no_duty_is_refused(at: House, told: dict[str, Any], why: str) -> None:
    answer = at.administrator.acts("birlik_grant_add", **{"principal_id": "guest", "role": "reader", **told})
    assert answer.status_code in (400, 422)
    assert why in answer.json()["detail"]


def test_what_an_organiser_sees_is_not_kept_of_them(at: House) -> None:
    """What is theirs to read is not about them."""
    left(at, room(at.asel), "a letter")
    assert "a letter" not in at.asel.get("/account/kept").text


# --- what is misdeclared ----------------------------------------------------------------------------------------------


def _domain(**more: Any) -> Domain:
    told: dict[str, Any] = {"tables": LODGE.tables, "duties": LODGE.duties, "pages": LODGE.pages, "acts": LODGE.acts}
    return Domain(name="lodge", title="Lodge", role=Role.READER, **{**told, **more})


def duty(name: str, table: str) -> Duty:
    return Duty(name=name, title="", description="", table=table)


def _with(table: Table, **more: Any) -> tuple[Table, ...]:
    from dataclasses import replace

    return tuple(replace(t, **more) if t is table else t for t in LODGE.tables)


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        (_domain(duties=()), "there is no duty 'lodge_keeper'"),
        (_domain(duties=(*LODGE.duties, duty("king", "lodge_room"))), "begins with"),
        (_domain(duties=(*LODGE.duties, duty("lodge_king", "no"))), "no table 'no'"),
        (_domain(tables=_with(lodge.NOTE, party=None)), "no party says whom"),
        (_domain(tables=_with(lodge.NOTE, party=Party(duty=KEEPER))), "who a column names"),
    ],
)  # fmt: skip
def test_what_names_no_duty_is_refused_at_assembly(domain: Domain, why: str) -> None:
    assert any(why in fault for fault in checking.faults([domain]))


def test_an_act_that_gives_what_could_be_undone_is_refused() -> None:
    from dataclasses import replace

    from birlik.kernel.access import giving
    from birlik.kernel.acts import Done
    from birlik.kernel.domain import Given

    act: Act = replace(lodge.ENTRUST, is_lasting=False)
    done = Done(gives=[Given(duty=KEEPER, to="bek")])
    made = giving.changes(act, done, by="asel", act_id="1", duties={}, tables={}, who=lambda n: None, standing=list)
    with pytest.raises(Misdeclared, match="lasting"):
        list(made)
