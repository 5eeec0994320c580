"""A thousand invented people attend: places, waiting list and badges of a node agree with what a clerk reckons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.attending import PURPOSE, badges, does, forum, organiser
from tests.support.nodes import rows
from tests.support.people import House

from birlik.clock import SetClock
from birlik.domains.cooperation.model.places import Registration, settled
from birlik.domains.cooperation.simulate import Attendance, attendance
from birlik.domains.cooperation.vocabulary.programme import Attends
from birlik.kernel import acting
from birlik.kernel.access import forms

ACTS = {"registers": "register", "withdraws": "registration_withdraw", "takes": "place_take"}


def test_the_same_crowd_comes_of_the_same_seed_and_much_happens_to_it() -> None:
    made, again = attendance(54), attendance(54)
    assert (made.steps, made.placed) == (again.steps, again.placed)
    assert len(made.names) == 1_000
    assert len(made.placed) <= made.places_n
    done = [step.did for step in made.steps]
    assert done.count("registers") == 1_000
    assert min(done.count("takes"), done.count("withdraws"), len(made.lapsed), len(made.waiting)) >= 20
    assert not made.placed & made.lapsed
    assert not (made.placed | made.lapsed) & made.withdrawn


def played(at: House, entity_id: str, crowd: Attendance) -> dict[int, str]:
    """By who, their registration."""
    node, keys = at.node, dict[int, str]()
    assert isinstance(node.clock, SetClock)
    for step in crowd.steps:
        node.clock.at = step.at
        who = forms.holder(node.access.anyone(), f"{step.who:016x}", "192.0.2.1")
        told: dict[str, Any] = {"registration_id": keys.get(step.who)}
        if step.did == "registers":
            told = {"entity_id": entity_id, "name": crowd.names[step.who], "mail": f"g{step.who}@example.kz",
                    "may_list": crowd.may_list[step.who], "may_keep": True}  # fmt: skip
        ask = acting.asked(node.acts[f"cooperation_{ACTS[step.did]}"], told, who)
        keys[step.who] = at.service.act_now(ask).result["about"]["registration_id"]
    node.clock.at = crowd.ends
    return keys


def becomes(at: House, places_n: int) -> Mapping[str, Attends]:
    """What has become of each by the end: time has passed since the last act, too."""
    made = [
        Registration(registration_id=row["registration_id"], arrived=row["arrived_time"], state=Attends(row["state"]),
                     offered_from=row["offered_from_time"], offered_until=row["offered_until_time"])
        for row in rows(at.node, "cooperation_registration")
    ]  # fmt: skip
    now = at.node.clock.now()
    return {key: each.state for key, each in settled(made, places_n, now).items()}


@pytest.mark.timeout(600)
def test_places_waiting_list_and_badges_agree_with_the_clerk(tmp_path: Path) -> None:
    crowd = attendance(54, people_n=250, places_n=100)  # of a thousand it agrees, too, in two minutes
    with forum(tmp_path / "node", places_n=crowd.places_n) as (at, entity_id):
        keys = played(at, entity_id, crowd)
        state = becomes(at, crowd.places_n)
        told = {who: state[key] for who, key in keys.items()}
        assert {who for who, each in told.items() if each is Attends.PLACED} == crowd.placed
        assert {who for who, each in told.items() if each is Attends.WAITING} == set(crowd.waiting)
        assert {who for who, each in told.items() if each is Attends.LAPSED} == crowd.lapsed
        assert {who for who, each in told.items() if each is Attends.WITHDRAWN} == crowd.withdrawn
        assert badges(at.node) == {crowd.names[who] for who in crowd.placed}
        does(organiser(at), "participants_list", entity_id=entity_id)
        listed = {row["name"] for row in rows(at.node, "cooperation_participant")}
        assert listed == {crowd.names[who] for who in crowd.placed if crowd.may_list[who]}
        does(organiser(at), "registration_open", entity_id=entity_id, places_n=crowd.places_n, purpose=PURPOSE,
             zone="Asia/Almaty")  # fmt: skip
        assert sum(row["state"] == "placed" for row in rows(at.node, "cooperation_registration")) == len(crowd.placed)
