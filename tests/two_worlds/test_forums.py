"""Who registered is known to themself and the organisers: in two worlds, of which one has others who did, too, no page,
file, feed, count or calendar differs for anybody else."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support import toy_worlds
from tests.support.attending import ANNOUNCED, PURPOSE
from tests.support.everywhere import client_of
from tests.support.nodes import follow, opened
from tests.support.registry import TODAY
from tests.support.walking import Walk, differences

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.vocabulary.programme import EVENT_ORGANISER
from birlik.kernel import acting, pipeline
from birlik.kernel.access import forms
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import NOBODY, OWN, Principal, Right

pytestmark = pytest.mark.two_worlds
TABLES = ("opening", "hall", "talk", "session", "registration", "badge", "participant", "event")
FORMATS = ("json", "csv", "ndjson", "parquet", "xlsx")
PAGES = ("forums", "events", "event/{event}", "my_registrations", "organise", "event_desk/{event}")
PANELS = ("forums/-/panel/next", "forums/-/panel/now", "forums/-/panel/led")
SHOWN, HIDDEN = "Aida Shown", ("Omar Hidden", "Kim Hidden", "Leyla Hidden")


def does(node: Node, who: Principal, act: str, sent_as: str, **told: Any) -> str:
    """One act, named, so that its rows are called alike in both worlds; returns the id of its row."""
    name = act if act.startswith("birlik_") else f"cooperation_{act}"
    ask = acting.asked(node.acts[name], told, who, sent_as=sent_as,
                       labels=toy_worlds.LABELS["public"], origin="")  # fmt: skip
    made = acting.prepared(node, ask)
    if not isinstance(made, acting.Prepared):
        return str(next(iter(made.result["about"].values())))
    (receipt,) = node.store.commit([made])
    return str(next(iter(receipt.result["about"].values())))


def person(name: str, role: Role = Role.READER, view: int = OWN) -> Principal:
    return Principal(name=name, role=role, view=view, views=(view,), rights=(Right(role=role),))


def everybody(node: Node) -> Principal:
    return person("anyone", view=node.views.index("public"))


DANA, OTHER, STEWARD = person("dana"), person("other"), person("sagat", Role.STEWARD)
COLLEAGUE = person("serik", Role.STEWARD)


def organiser(event: str) -> Principal:
    """Who has opened registration for it."""
    return replace(STEWARD, duties=frozenset({(EVENT_ORGANISER, event)}))


def play(node: Node, *, whole: bool) -> str:
    does(node, node.operator, "birlik_principal_add", "p", principal_id=STEWARD.name, name="Sagat", kind="person",
         state="KAZ")  # fmt: skip
    event = does(node, STEWARD, "event_announce", "a", **ANNOUNCED)
    pipeline.follow(node)
    told = {"entity_id": event, "places_n": 50, "purpose": PURPOSE, "zone": "Asia/Almaty"}
    does(node, STEWARD, "registration_open", "o", **told)
    said = {"entity_id": event, "mail": "a@example.kz", "affiliation": "Taraz", "may_keep": True}
    for n, name in enumerate((HIDDEN[0], SHOWN, *HIDDEN[1:])):
        node.clock.at = TODAY + timedelta(minutes=n + 1)  # type: ignore[attr-defined]
        if name == SHOWN:
            does(node, DANA, "register", "dana", name=name, may_list=True, **said)
        elif whole:
            guest = forms.holder(everybody(node), f"{n:016x}", "192.0.2.1")
            key = does(node, guest, "register", f"g{n}", name=name, may_list=False, **said)
            if n == 2:
                does(node, guest, "registration_withdraw", "w", registration_id=key)
    node.clock.at = TODAY + timedelta(hours=1)  # type: ignore[attr-defined]
    guest = forms.holder(everybody(node), "f" * 16, "192.0.2.2")  # in both worlds, so that forms are a source in both
    does(node, guest, "register", "f", name="Sara Shown", may_list=False, **said)
    does(node, organiser(event), "participants_list", "l", entity_id=event)
    follow(node)
    return event


def addresses(event: str) -> list[str]:
    """All but the list of who sends: how many forms came in, of whatever, is told there to readers of the own state."""
    made = [f"/cooperation/{page.format(event=event)}?whole=1" for page in PAGES]
    made += [f"/cooperation/{panel}" for panel in PANELS]
    made += ["/", "/forums", "/-/doors/forums", "/metrics", "/search?q=Hidden", "/search?q=Aida"]
    for table in TABLES:
        base = f"/api/v1/tables/cooperation_{table}"
        made += [f"{base}?format={form}" for form in FORMATS]
        made += [f"{base}/feed", f"{base}?limit=1", f"{base}?name=Omar%20Hidden", f"{base}/count", f"{base}?limit=0"]
        made += [f"/api/v1/mine/cooperation_{table}?format={form}" for form in FORMATS]
        made += [f"/cooperation/records/cooperation_{table}?whole=1"]
    made += [f"/api/v1/indicators/{name}" for name in ("events_ahead", "events_led")]
    made += ["/calendar/events.ics", f"/calendar/event/{event}", "/api/v1/person/mine"]
    return [*made, "/api/v1/search?q=Hidden", "/api/v1/search/suggest?q=Omar", "/api/v1/audit/head"]


def counted(walk: Walk) -> list[bytes]:
    """What is counted, without the memory that the process takes."""
    return [line for line in walk.answers["/metrics"].body.splitlines() if not line.startswith(b"process_resident")]


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Walk, Walk]]:
    folder, made = tmp_path_factory.mktemp("forums"), dict[str, list[Walk]]()
    with toy_worlds.equal_nonces(), ExitStack() as stack:
        for whole in (True, False):
            node = stack.enter_context(opened(folder / str(whole), declared=(DOMAIN,), clock=SetClock(TODAY)))
            event = play(node, whole=whole)
            public = node.views.index("public")
            kinds = {
                "dana": DANA,
                "other": OTHER,
                "member": person("member", view=node.views.index("members")),
                "anyone": person("anyone", view=public),
                "nobody": replace(NOBODY),
                "colleague": COLLEAGUE,
                "organiser": organiser(event),
            }
            with client_of(node, kinds) as client:
                for name in kinds:
                    walk = Walk(client, name)
                    for address in addresses(event):
                        walk.get(address)
                    made.setdefault(name, []).append(walk)
    return {name: (walks[0], walks[1]) for name, walks in made.items()}


@pytest.mark.parametrize("who", ["dana", "other", "member", "anyone", "nobody", "colleague"])
def test_that_others_have_registered_tells_nobody_else_anything(
    walks: Mapping[str, tuple[Walk, Walk]], who: str
) -> None:
    one, other = walks[who]
    assert len(one.answers) > 100
    differ = differences(one, other)
    if "/metrics" in differ:  # what a process holds in memory isn't told by what is in the store
        assert counted(one) == counted(other)
        differ.remove("/metrics")
    assert differ == []
    said = b"".join(answer.body for answer in one.answers.values())
    assert b"Kim Hidden" not in said
    assert b"Leyla Hidden" not in said
    assert b"a@example.kz" not in said or who == "dana"


def test_who_organises_the_event_sees_them_all(walks: Mapping[str, tuple[Walk, Walk]]) -> None:
    one, other = walks["organiser"]
    address = "/api/v1/mine/cooperation_registration?format=csv"
    assert all(name.encode() in one.answers[address].body for name in HIDDEN)
    assert b"Hidden" not in other.answers[address].body
    badges = one.answers["/api/v1/mine/cooperation_badge?format=csv"].body
    assert b"Omar Hidden" in badges
    assert b"Kim Hidden" not in badges  # withdrawn


def test_who_has_registered_sees_their_own(walks: Mapping[str, tuple[Walk, Walk]]) -> None:
    mine = walks["dana"][0].answers["/api/v1/mine/cooperation_registration?format=csv"]
    assert SHOWN.encode() in mine.body


def test_who_may_be_listed_is_listed_for_everybody(walks: Mapping[str, tuple[Walk, Walk]]) -> None:
    listed = walks["anyone"][0].answers["/api/v1/tables/cooperation_participant?format=csv"].body
    assert SHOWN.encode() in listed
