"""Rows that refer to others, end them or are one with them are answered alike, whatever is there that the sender may
not see: half of all is hidden, and a rival has sent the same before."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from tests.support import aviary, claims, deep, quay, toy_worlds
from tests.support.everywhere import API, client_of
from tests.support.nodes import NOON, opened
from tests.support.orchard import MEDIA_TYPE as PICKED
from tests.support.orchard import line
from tests.support.sending import LABELS, MEMBERS, RIVAL, Played, Sending, kinds, looked, own_pages, rows_n, sent
from tests.support.walking import Walk, differences

from birlik.apps.api import intake as deliveries
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.intake import Delivery, Intake, Receipt
from birlik.kernel.policy import Principal, Views
from birlik.kernel.store.reader import StoreReader

pytestmark = pytest.mark.two_worlds
WHO = ("supplier", "supplying reader", "supplier here")
FOREIGN = ("supplier", "supplying reader")
READ = ("aviary_cage", "aviary_bird", "aviary_ring", "aviary_crowd", "claims_claim", "orchard_picking", "quay_visit")
Made = aviary.change


def delivered(media_type: str, body: bytes, **labels: str) -> Sending:
    return Sending(address=f"{API}/deliveries?{urlencode({'intake': media_type})}", body=body, headers=labels)


def cage(name: str, minute: int = 100) -> dict[str, object]:
    return Made(aviary.CAGE, cage_id=name, name=f"Cage {name}", minute=minute)


def bird(name: str, in_cage: str, minute: int = 101) -> dict[str, object]:
    return Made(aviary.BIRD, bird_id=name, name=name, species="owl", cage_id=in_cage, minute=minute)


def rows_of(who: str) -> Iterator[Sending]:
    """Rows whose keys name no source: who sends them second sends nothing new."""
    tree = f"tree-{WHO.index(who)}"
    lines = [line(tree, f"2026-03-01T{hour:02}:30:00Z", 9.0) for hour in range(3)]
    seen = {"quay_sighting": [[tree, "z1", 7, 5]], "quay_rate": [["west", 9, WHO.index(who)]], "quay_tag": []}
    said = {"subject": tree, "property": "state", "sayer": "press", "basis": "measured", "value": "open",
            "said_time": "2026-03-09T00:00:00Z"}  # fmt: skip
    for labels in ({}, MEMBERS):
        yield delivered(PICKED, "\n".join(lines).encode(), **labels)
        yield delivered(PICKED, "\n".join([*lines, "no picking"]).encode(), **labels)
        yield delivered(quay.MEDIA_TYPE, orjson.dumps(seen), **labels)
        yield delivered(claims.MEDIA_TYPE, claims.told([("whole", said)]), **labels)


def changes_of(who: str) -> Iterator[Sending]:
    """Rows that refer to what is there: to what is seen, to one's own, to a rival's, to nothing; and ends of them."""
    n = WHO.index(who)
    own, lost = f"own{n}", f"lost{n}"
    for labels in ({}, MEMBERS):
        suffix = "m" if labels else "o"
        for items in (
            [cage(f"{own}{suffix}"), cage(f"{lost}{suffix}")],
            [bird(f"a{n}{suffix}", f"{own}{suffix}"), bird(f"b{n}{suffix}", "s1")],
            [bird(f"c{n}{suffix}", "rival"), bird(f"d{n}{suffix}", "h0")],
            [bird(f"e{n}{suffix}", "nowhere")],
            [Made(aviary.RING, ring_id=f"r{n}{suffix}", bird_id=f"a{n}{suffix}", colour="red", minute=102)],
        ):
            yield delivered(aviary.MEDIA_TYPE, aviary.changes(items), **labels)
        for there in (f"{own}{suffix}", "s2", "rival", "h1", "nowhere"):
            inside = {"@id": there, "birds": [{"name": f"of {there}", "rings": [{"colour": "blue"}]}]}
            yield delivered(deep.MEDIA_TYPE, orjson.dumps(inside), **labels)


def ends_of(who: str) -> Iterator[Sending]:
    """In a rival's birds have moved in meanwhile, and have been said to have ended."""
    n = WHO.index(who)
    for suffix, labels in (("o", {}), ("m", MEMBERS)):
        ended = [Made(aviary.CAGE, "end", cage_id=f"lost{n}{suffix}", minute=200)]
        yield delivered(aviary.MEDIA_TYPE, aviary.changes(ended), **labels)
        moved = [Made(aviary.BIRD, "part", bird_id=f"a{n}{suffix}", cage_id="s3", minute=201)]
        yield delivered(aviary.MEDIA_TYPE, aviary.changes(moved), **labels)
        back = [bird(f"f{n}{suffix}", f"own{n}{suffix}", minute=202)]
        yield delivered(aviary.MEDIA_TYPE, aviary.changes(back), **labels)
        gone = [Made(aviary.BIRD, "end", bird_id=f"f{n}{suffix}", minute=203)]
        yield delivered(aviary.MEDIA_TYPE, aviary.changes(gone), **labels)


def rivals_first(who: str) -> list[Sending]:
    return [delivered(aviary.MEDIA_TYPE, aviary.changes([cage("rival")])), *rows_of(who)]


def rivals_second(who: str) -> Iterator[Sending]:
    """Behind the back of who has sent: birds in their cages, another name, an end."""
    n = WHO.index(who)
    for suffix in ("o", "m"):
        items = [
            bird(f"rival{n}{suffix}", f"lost{n}{suffix}", minute=150),
            Made(aviary.CAGE, "part", cage_id=f"own{n}{suffix}", name="Renamed in secret", minute=151),
            Made(aviary.RING, ring_id=f"rivals{n}{suffix}", bird_id=f"a{n}{suffix}", colour="black", minute=152),
        ]
        yield delivered(aviary.MEDIA_TYPE, aviary.changes(items))
        yield delivered(
            aviary.MEDIA_TYPE, aviary.changes([Made(aviary.CAGE, "end", cage_id=f"own{n}{suffix}", minute=160)])
        )


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[Played, ...]]]:
    """By how the rival's rows are hidden, of both worlds what each is answered who sends; and what is there then."""
    with ExitStack() as stack:
        yield {hidden: both(stack, tmp_path_factory, hidden) for hidden in LABELS}


def both(stack: ExitStack, paths: pytest.TempPathFactory, hidden: str, who: Sequence[str] = WHO) -> tuple[Played, ...]:
    return tuple(_played(stack, paths.mktemp("world"), hidden, who, whole=whole) for whole in (True, False))


def _played(stack: ExitStack, folder: Path, hidden: str, senders: Sequence[str], *, whole: bool) -> Played:
    clock = SetClock(NOON)
    more = {"follow_every_s": 3_600.0, "reads_per_s": 0.0, "views": toy_worlds.NAMED}
    node = stack.enter_context(opened(folder, declared=toy_worlds.TOYS, clock=clock, **more))
    toy_worlds.play(node, "members", whole=whole)
    client = stack.enter_context(client_of(node, kinds(node), start=True))
    made: dict[str, Walk] = {}
    references = [who for who in senders if who in FOREIGN and hidden == "own"]
    if whole:
        for who in senders:
            sent(client, RIVAL, rivals_first(who), LABELS[hidden])
    clock.advance(timedelta(hours=1))
    for who in senders:
        made[who] = sent(client, who, [*rows_of(who), *(changes_of(who) if who in references else ())])
    for who in references:
        if whole:
            assert all(
                a.status == 200 for a in sent(client, RIVAL, rivals_second(who), LABELS[hidden]).answers.values()
            )
        clock.advance(timedelta(minutes=1))
        made[f"{who}, ends"] = sent(client, who, ends_of(who))
    pipeline.follow(node)
    for who in senders:
        made[f"{who}, then"] = looked(client, who, own_pages(node))
    pages = [*own_pages(node), *(f"{API}/tables/{name}" for name in READ), f"{API}/tables/aviary_cage/history/own0m"]
    made["reader, then"] = looked(client, "reader", [*pages, f"{API}/tables/birlik_message", f"{API}/alerts"])
    return Played(made, rows_n(node))


@pytest.mark.parametrize("hidden", LABELS)
@pytest.mark.parametrize("who", [*WHO, *(f"{who}, ends" for who in FOREIGN), *(f"{who}, then" for who in WHO)])
def test_who_sends_is_told_nothing_of_what_they_do_not_see(answered, hidden, who):
    if hidden == "members" and who not in answered[hidden][0].walks:
        assert who.endswith("ends"), "what members' rows refer to, members see"
        return
    if (hidden, who) == ("members", "supplying reader, then"):
        return
    one, other = (world.walks[who] for world in answered[hidden])
    assert len(one.answers) >= 8
    assert differences(one, other) == []


def as_it_is(receipt: Receipt, principal: Principal) -> Receipt:
    return receipt


def by_nobody(delivery: Delivery, principal: Principal, views: Views, intake: Intake) -> Delivery:
    return delivery


MENDS = {
    "what was there already": (deliveries, "told_to", as_it_is, "supplier", "accepted"),
    "what it refers to and ends": (deliveries, "sent_by", by_nobody, "supplier", "can't end while"),
    "its own list": (StoreReader, "_source", StoreReader._stored, "supplier, then", "duplicate_n"),
}


@pytest.mark.parametrize("what", MENDS)
def test_without_what_keeps_it_it_would_show(tmp_path_factory, monkeypatch, what):
    where, name, instead, who, word = MENDS[what]
    monkeypatch.setattr(where, name, instead)
    with ExitStack() as stack:
        one, other = both(stack, tmp_path_factory, "own", ("supplier",))
    betrayed = {n: differences(one.walks[n], other.walks[n]) for n in one.walks}
    assert betrayed[who]
    assert any(word in one.walks[n].answers[a].body.decode() for n, names in betrayed.items() for a in names)


@pytest.mark.parametrize("hidden", LABELS)
def test_half_of_all_is_hidden(answered, hidden):
    whole, part = answered[hidden]
    assert 0.35 < part.rows_n / whole.rows_n < 0.65
