"""Two worlds of the toys for each view: one with everything, and one without what that view may not see, half of all.

What is hidden stands in the midst of what is shown: later words of the same row, birds in shown cages, pickings of
shown trees between others, a claim that would win; and whole things of its own, before and behind.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support import aviary, charter, claims, quay
from tests.support.nodes import NOON, delivery, opened
from tests.support.orchard import MEDIA_TYPE as PICKED
from tests.support.orchard import line

from birlik import assembly
from birlik.apps.web import forms, render
from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.kernel.policy import NOBODY, Kind, Labels, Marking, Principal, Right

TOYS = assembly.domains(
    (
        "tests.support.deep:DEEP_AVIARY",
        "tests.support.claims:CLAIMS",
        "tests.support.charter:CHARTER",
        "tests.support.orchard:ORCHARD",
        "tests.support.quay:CARRYING",
    )
)
LABELS: Mapping[str, Labels] = {
    "own": Labels(),
    "members": Labels(marking=Marking.GREEN, audience=("members",)),
    "observers": Labels(marking=Marking.GREEN, audience=("observers",)),
    "partners": Labels(marking=Marking.GREEN, audience=("partners",)),
    "public": Labels(marking=Marking.CLEAR, audience=("public",)),
    "railways": Labels(marking=Marking.RED, audience=("railways",)),
}
NAMED = ("railways",)
VIEWS = ("members", "observers", "partners", "public", "railways")
ROUNDS = 4
SUPPLIER, KEEPER = "supplier", "keeper"


@dataclass(frozen=True, slots=True)
class Sent:
    media_type: str
    source_id: str
    shown: bool
    body: bytes


def _housed(i: int, shown: bool) -> Iterator[dict[str, Any]]:
    """Of each round a cage, a bird and a ring; who hides one puts another bird into the shown cage, too."""
    name, minute = f"{'s' if shown else 'h'}{i}", 10 * i + (0 if shown else 5)
    made = aviary.change
    yield made(aviary.CAGE, cage_id=name, name=f"Cage {name}", area_m2=float(i), minute=minute)
    yield made(aviary.BIRD, bird_id=f"b{name}", name=f"Bek {name}", species="owl", cage_id=name, minute=minute)
    yield made(aviary.RING, ring_id=f"r{name}", bird_id=f"b{name}", colour="red", minute=minute)
    since = aviary.moment(minute)
    yield made(aviary.TENURE, cage_id=f"s{i}", since_time=since, keeper=f"keeper {name}", minute=minute)
    basis, said = ("reported", 20.0) if shown else ("measured", 21.0)
    mass = {"bird_id": f"bs{i}", "source_id": name, "basis": basis, "mass_g": said + i}
    yield made(aviary.MASS, **mass, minute=minute)
    if shown:  # of a bird that only others know
        yield made(aviary.MASS, bird_id=f"bguest{i}", source_id=name, basis="reported", mass_g=9.0, minute=minute)
    else:
        guest = {"bird_id": f"bguest{i}", "name": "Guest", "species": "finch", "cage_id": f"s{i}"}
        yield made(aviary.BIRD, **guest, minute=minute)
        yield made(aviary.CAGE, "part", cage_id=f"s{i}", name="Renamed in secret", minute=minute + 1)
        yield (
            made(aviary.RING, "end", ring_id=f"rs{i}", minute=minute + 1)
            if i % 3 == 0
            else made(aviary.RING, "part", ring_id=f"rs{i}", colour="hidden blue", minute=minute + 1)
        )


def _picked(i: int, shown: bool) -> list[str]:
    """Shown and hidden pickings of one tree in turns; a hidden tree; and what is no picking at all."""
    hour = 2 * i + (0 if shown else 1)
    lines = [line("ash-1", f"2026-03-0{1 + d}T{hour:02}:00:00Z", 9.0 + i + d) for d in range(3)]
    lines += [line(f"{'oak' if shown else 'hidden-elm'}-{i}", f"2026-03-01T{hour:02}:{m}:00Z", 60.0) for m in (10, 20)]
    return [*lines, f"no picking {i} {'shown' if shown else 'hidden'}"]


def _seen(i: int, shown: bool) -> dict[str, Any]:
    crate, at = ("a" if i % 2 else "b") if shown or i % 2 else f"hidden{i}", 12 * i + (0 if shown else 6)
    return {
        "quay_sighting": [[crate, f"z{1 + i % 3}", at, 5 + i], [crate, f"z{1 + (i + 1) % 3}", at + 3, 4]],
        "quay_rate": [["east", at, 3 + i + (0 if shown else 40)]],
        "quay_tag": [[crate, at, "red"]],
    }


def _said(i: int, shown: bool) -> list[tuple[str, dict[str, Any]]]:
    day = f"2026-03-{1 + i:02}T{'00' if shown else '06'}:00:00Z"
    of = {"subject": f"dam{i % 3}" if shown or i % 2 else f"hidden{i}", "property": "state" if i < 4 else "level"}
    row = {**of, "sayer": "press" if shown else "spy", "basis": "reported" if shown else "measured"}
    return [("whole", {**row, "value": f"{'open' if shown else 'secretly shut'} {i}", "said_time": day})]


def _pledged(i: int, shown: bool) -> list[tuple[str, dict[str, Any]]]:
    """Of each round a paragraph and a pledge; who hides some says otherwise of the shown pledge, and first."""
    at, pledge = f"2026-03-{1 + i:02}T{'00' if shown else '06'}:00:00Z", f"{'p' if shown else 'hidden-p'}{i}"
    said = [charter.paragraph(f"{i}" if shown else f"h{i}", f"Of {pledge}.", at, lang="en")]
    said += [charter.saying(pledge, "title", "club", f"Pledge {pledge}", at=at)]
    said += [charter.saying(pledge, "number", "club", f"{i}", at=at)]
    if not shown:
        said += [charter.saying(f"p{i}", "title", "spy", f"Secretly {i}", 0, at=at)]
        said += [
            charter.saying(f"p{i}", "rests_on", "spy", pledge, 0, at=at),
            charter.paragraph(f"{i}", "Blackened.", at),
        ]
    return said


def sent(*, apart: bool = False) -> list[Sent]:
    """In the order of its coming. apart: all that is hidden is somebody else's, but for one more round."""
    made = []
    for i in range(ROUNDS + apart):
        for shown in (True, False) if i < ROUNDS else (False,):
            hides = i < ROUNDS if apart else not i % 2
            who = "keeper" if shown or not hides else "hidden-keeper"
            for media_type, body in (
                (aviary.MEDIA_TYPE, aviary.changes(_housed(i, shown))),
                (PICKED, "\n".join(_picked(i, shown)).encode()),
                (quay.MEDIA_TYPE, orjson.dumps(_seen(i, shown))),
                (claims.MEDIA_TYPE, claims.told(_said(i, shown))),
                (charter.MEDIA_TYPE, charter.told(_pledged(i, shown))),
            ):
                made.append(Sent(media_type, who, shown, body))
    return made


def hidden_from(node: Node, view: str) -> Sequence[Labels]:
    """All labels that this view may not see."""
    bit = 1 << node.views.index(view)
    return [labels for labels in LABELS.values() if not node.views.of(labels) & bit]


def play(node: Node, view: str, *, whole: bool, party: str = "") -> None:
    """Take it, and follow now and then. party: the source of somebody who sees what it sent, whoever else may."""
    assert isinstance(node.clock, SetClock)
    hidden, n = hidden_from(node, view), 0
    for i, one in enumerate(sent(apart=bool(party))):
        node.clock.at = NOON + timedelta(minutes=i)
        labels = LABELS[view] if one.shown else hidden[n % len(hidden)]
        n += not one.shown
        if one.shown or whole or one.source_id == party:
            told = delivery(one.body, node, source_id=one.source_id, labels=labels, media_type=one.media_type)
            pipeline.take(node, [told])
        if i % 12 == 11:
            pipeline.follow(node)
    node.clock.at = NOON + timedelta(hours=2)
    pipeline.follow(node)


@contextmanager
def world(folder: Path, view: str, *, whole: bool, party: str = "") -> Iterator[Node]:
    """One world of a view."""
    with opened(folder, declared=TOYS, clock=SetClock(NOON), views=NAMED) as made:
        play(made, view, whole=whole, party=party)
        yield made


@contextmanager
def all_worlds(folder: Path) -> Iterator[Mapping[str, tuple[Node, Node]]]:
    """By view, the whole world and the one that has only what it may see; and those of a supplier."""
    with ExitStack() as stack:
        enter = stack.enter_context
        made = {
            view: (
                enter(world(folder / f"{view}-whole", view, whole=True)),
                enter(world(folder / view, view, whole=False)),
            )
            for view in VIEWS
        }
        ends = {whole: folder / f"{SUPPLIER}-{whole}" for whole in (True, False)}
        supplied = [enter(world(at, "members", whole=whole, party=KEEPER)) for whole, at in ends.items()]
        yield made | {SUPPLIER: (supplied[0], supplied[1])}


def kinds(node: Node) -> Mapping[str, Principal]:
    """Every kind of principal, by a name."""

    def one(name: str, view: str, right: Right, kind: Kind = Kind.PERSON, **more: Any) -> Principal:
        at = node.views.index(view)
        return Principal(name=name, role=right.role, view=at, views=(at,), rights=(right,), kind=kind, **more)

    supplies = Right(role=Role.SUPPLIER, sources=frozenset({KEEPER}))
    made = [one(view, view, Right(role=Role.READER)) for view in VIEWS]
    made += [
        one(SUPPLIER, "members", supplies, Kind.MACHINE),
        one("device", "members", supplies, Kind.DEVICE, device_ids=frozenset({"d1"})),
        one("administrator", "members", Right(role=Role.ADMINISTRATOR)),
        one("orchard only", "members", Right(role=Role.READER, domains=frozenset({"orchard"}))),
        replace(NOBODY),
    ]
    return {"own": node.operator, **{who.name: who for who in made}}


@contextmanager
def equal_nonces_of_pages() -> Iterator[None]:
    """What is drawn for a form or a page is drawn alike each time; secrets are as they are."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (forms, render):
            patch.setattr(module, "uuid4", lambda: UUID(int=7))
        yield


@contextmanager
def equal_nonces() -> Iterator[None]:
    """What is drawn at random is drawn alike in both worlds."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (forms, render):
            patch.setattr(module, "uuid4", lambda: UUID(int=7))
        patch.setattr(secrets, "token_bytes", lambda n=32: b"n" * n)
        patch.setattr(secrets, "token_urlsafe", lambda n=32: "n" * n)
        patch.setattr(Ed25519PrivateKey, "generate", lambda: Ed25519PrivateKey.from_private_bytes(b"n" * 32))
        yield
