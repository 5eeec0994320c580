"""The registry in two worlds that differ in what is hidden: claims among shown ones, whole records, decisions."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.support import toy_worlds
from tests.support.everywhere import Known, client_of, walked
from tests.support.nodes import NOON, delivery, opened, principal, rows
from tests.support.walking import Walk, differences

from birlik.clock import SetClock, utc
from birlik.domains.cooperation.domain import DOMAIN
from birlik.domains.cooperation.events import CLAIM, CONSENT, DECISION, HELD, PARAGRAPH, PERSON, PRIVATE_CLAIM
from birlik.domains.cooperation.model.saying import claim_of
from birlik.domains.cooperation.vocabulary.origins import origin_id
from birlik.kernel import pipeline
from birlik.kernel.changes import Change, versions
from birlik.kernel.domain import Decoded, Delivery, Intake, Lookup
from birlik.kernel.store.reader import StoreReader

pytestmark = pytest.mark.two_worlds
API = "/api/v1"
MEDIA_TYPE = "application/vnd.test.registry+json"
TABLES = {table.name: table for table in (CLAIM, DECISION, HELD, PARAGRAPH, PERSON, CONSENT, PRIVATE_CLAIM)}
MOMENTS = ("given_time", "allowed_until_time", "held_time")
ROUNDS = 4
RESTING = (
    "sources_known",
    "claims_by_source",
    "disagreements_open",
    "claims_backed",
    "moderation_wait",
    "works_by_language",
    "linking_precision",
    "linking_recall",
)
PERSONS = ("person:shown0", "person:shown1", "person:hidden0")


def _decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """[[table, row]]."""
    changes: dict[str, list[Change]] = {}
    for name, row in orjson.loads(delivery.body):
        made = {column: utc(value) if column in MOMENTS else value for column, value in row.items()}
        changes.setdefault(name, []).append(Change(name, {**made, "changed_time": delivery.received_time}))
    return Decoded(rows={name: versions(TABLES[name], each) for name, each in changes.items()})


TOLD = Intake(name="told", title="Told", media_type=MEDIA_TYPE, decode=_decode, tables=tuple(TABLES), example="[]")
REGISTRY = replace(DOMAIN, intakes=(*DOMAIN.intakes, TOLD))


def claim(n: str, entity_id: str, name: str, value: str, **more: Any) -> tuple[str, dict[str, Any]]:
    said = {
        "entity_id": entity_id,
        "kind": entity_id.partition(":")[0],
        "property": name,
        "value": value,
        "lang": "en",
        "source": "https://press.example/" + n,
        "source_kind": "press",
        "check": "attested",
        "basis": "reported",
        "is_invented": False,
        "said": None,
        **more,
    }
    return CLAIM.name, claim_of(f"claim:{n}", said)


def same(left: str, right: str, verdict: str = "same") -> tuple[str, dict[str, Any]]:
    said = {"kind": "organisation", "verdict": verdict, "by": "a steward", "why": "looked", "ruled": "linked"}
    return DECISION.name, {"left_id": left, "right_id": right, **said}


def waits(n: str, state: str) -> tuple[str, dict[str, Any]]:
    """Something sent from outside."""
    (_, said) = claim(n, f"commitment:{n}", "text", f"Sent {n}")
    row = {name: value for name, value in said.items() if name in HELD.by_name}
    sent = {"held_id": f"held:{n}", "sender": "a visitor", "state": state, "held_time": NOON.isoformat()}
    return HELD.name, {**row, **sent}


def allowed(n: str, entity_id: str, **said: str) -> list[tuple[str, dict[str, Any]]]:
    """A person's entry, a consent, and what is said by that; of the second of each kind it ends within the play."""
    until = (NOON + (timedelta(minutes=50) if n.endswith("1") else timedelta(days=900))).isoformat()
    basis = {"entity_id": entity_id, "principal": f"login-{n}", "source": None}
    consent = {"consent_id": f"consent:{n}", "purpose": "directory", "words": f"Words to {n}.", "lang": "en",
               "given_time": NOON.isoformat(), "allowed_until_time": until}  # fmt: skip
    told = {"lang": "en", "purpose": "directory", "consent_id": f"consent:{n}", "allowed_until_time": until}
    return [
        (PERSON.name, {**basis, "basis": "own_word"}),
        (CONSENT.name, {**basis, **consent}),
        *(
            (PRIVATE_CLAIM.name, {**basis, **told, "source": "own word", "private_id": f"private:{n}-{name}",
                                  "property": name, "value": value})
            for name, value in said.items()
        ),
    ]  # fmt: skip


def _shown(i: int) -> list[tuple[str, dict[str, Any]]]:
    body, promise = f"organisation:shown{i}", f"commitment:shown{i}"
    person = f"person:shown{i}"
    return [
        *allowed(f"s{i}", person, name=f"Kunsulu the {i}th", field=f"salt lakes {i}"),
        claim(f"s{i}c", person, "name", f"Minister Kunsulu {i}"),
        claim(f"s{i}m", person, "office", f"Minister of Salt {i}"),
        claim(f"s{i}n", body, "name", f"Steppe Body {i}"),
        claim(f"s{i}e", body, "seat", "Almaty", source="https://steppe.example/seat"),
        claim(f"s{i}f", body, "seat", "Astana", source="https://other.example/seat", said="2026"),
        claim(f"s{i}w", f"work:shown{i}", "language", ("kk", "tr")[i % 2]),
        *(claim(f"s{i}t{n}", f"organisation:twin{i}{n}", "name", f"Twin {i}") for n in "ab"),
        same(f"organisation:twin{i}a", f"organisation:twin{i}b"),
        waits(f"s{i}", ("published", "held")[i % 2]),
        claim(f"s{i}p", promise, "text", f"Water the steppe {i}"),
        claim(f"s{i}d", promise, "due", f"2026-0{1 + i}", source_kind="press"),
        claim(f"s{i}o", promise, "owner", body),
        (PARAGRAPH.name, {"entity_id": "doc:GABALA", "paragraph": f"{i}", "lang": "en", "order_n": i,
                          "words": f"Paragraph {i}.", "source": "https://press.example"}),
    ]  # fmt: skip


def _hidden(i: int) -> list[tuple[str, dict[str, Any]]]:
    """Says otherwise of what is shown, and first; a record of its own, that joins two shown ones."""
    body, promise = f"organisation:hidden{i}", f"commitment:hidden{i}"
    return [
        *allowed(f"h{i}", f"person:hidden{i}", name=f"Secret Kunsulu {i}", field=f"salt smuggling {i}"),
        *allowed(f"x{i}", f"person:shown{i}", email=f"kunsulu{i}@secret.example", name=f"Kunsulu Secretly {i}")[1:],
        claim(f"h{i}q", f"person:shown{i}", "holder_of", f"Secret Office {i}", source_kind="primary"),
        claim(f"h{i}d", f"commitment:shown{i}", "due", "2031", source_kind="primary"),
        claim(f"h{i}n", body, "name", f"Secret Body {i}"),
        claim(f"h{i}e", f"organisation:shown{i}", "seat", "Taraz", source="https://steppe.example/seat/"),
        claim(f"h{i}f", f"organisation:shown{i}", "seat", "Astana", source="https://secret.example", said="2020"),
        claim(f"h{i}w", f"work:hidden{i}", "language", "kk"),
        *(claim(f"h{i}t{n}", f"organisation:hiddentwin{i}{n}", "name", f"Secret Twin {i}") for n in "ab"),
        same(f"organisation:hiddentwin{i}a", f"organisation:hiddentwin{i}b", "different"),
        waits(f"h{i}", ("returned", "held")[i % 2]),
        claim(f"h{i}x", f"organisation:shown{i}", "name", f"Secretly called {i}", source_kind="primary"),
        claim(f"h{i}p", promise, "text", f"Drain the steppe {i}"),
        same(body, f"organisation:shown{i}"),
        same(body, f"organisation:shown{(i + 1) % ROUNDS}"),
    ]


TRADE_HEAD = "year,exporter,importer,hs6,value_usd,hs_edition,source,vintage"
CODES_HEAD = "scheme,edition,code,title,source,vintage"


def _loaded(n: int, *, shown: bool) -> list[tuple[str, str]]:
    """(form, sheet): a hidden list of codes has none of those that are shown, so that it would refuse them."""
    exporter, code = ("KAZ", f"08081{n}") if shown else ("UZB", f"09099{n}")
    rows = f"2024,{exporter},TUR,{code},{10 + n},2022,BACI,2026{n}"
    return [
        ("codes", f"{CODES_HEAD}\nHS,{2017 if shown else 2022},{code},Secret {code},WCO,{n}"),
        ("trade", f"{TRADE_HEAD}\n{rows}"),
    ]


def play(node: Any, view: str, *, whole: bool) -> None:
    hidden = toy_worlds.hidden_from(node, view)
    for i in range(2 * ROUNDS):
        node.clock.at = NOON + timedelta(minutes=i)
        shown, n = i % 2 == 0, i // 2
        labels = toy_worlds.LABELS[view] if shown else hidden[n % len(hidden)]
        if shown or whole:
            body = orjson.dumps(_shown(n) if shown else _hidden(n))
            pipeline.take(node, [delivery(body, node, source_id="steward", labels=labels, media_type=MEDIA_TYPE)])
            for form, sheet in _loaded(n, shown=shown):
                named = f"application/vnd.birlik.{form}"
                one = delivery(sheet.encode(), node, source_id="steward", labels=labels, media_type=named)
                pipeline.take(node, [one])
        if i % 3 == 2:
            pipeline.follow(node)
    node.clock.at = NOON + timedelta(hours=2)
    pipeline.follow(node)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("registry")
    with toy_worlds.equal_nonces(), ExitStack() as stack:
        made = []
        for whole in (True, False):
            at = folder / str(whole)
            node = stack.enter_context(opened(at, declared=(REGISTRY,), clock=SetClock(NOON), views=toy_worlds.NAMED))
            play(node, "members", whole=whole)
            made.append(node)
        yield tuple(made)


@pytest.fixture(scope="module")
def walks(worlds: Any) -> tuple[Walk, Walk]:
    known = Known(
        paths={
            "entity_id": [
                "commitment:shown1",
                "commitment:hidden1",
                "organisation:shown0",
                "organisation:hidden0",
                "person:shown0",
                "person:shown1",
                "person:hidden0",
            ],
            "origin_id": [origin_id(f"https://{where}") for where in ("steppe.example/seat", "secret.example")],
            "name": [CLAIM.name, "cooperation_entity", "entities_known", *RESTING],
            "key": ["claim:s1d", "claim:h1d"],
            "id": ["none"],
            "act": ["cooperation_send"],
        },
        keys={
            CLAIM.name: ("claim:s1d", "claim:h1d"),
            DECISION.name: ("organisation:hidden0,organisation:shown0",),
            PARAGRAPH.name: ("doc:GABALA,1,en",),
            "cooperation_trade": ("trade:BACI:2022:2024:KAZ,TUR,080813", "trade:BACI:2022:2024:UZB,TUR,090993"),
            "cooperation_loaded": ("codes:HS:2017", "codes:HS:2022", "trade:BACI:2022:2024:UZB"),
            PRIVATE_CLAIM.name: ("private:s0-name", "private:s1-name", "private:x0-email", "private:h0-name"),
        },
        words=("Steppe", "Secret", "steppe", "Drain", "Gabala", "Kunsulu", "salt"),
    )
    made = []
    for node in worlds:
        with client_of(node, toy_worlds.kinds(node)) as client:
            made.append(walked(node, client, "members", known))
            for entity_id in PERSONS:
                made[-1].get(f"/cooperation/person/{entity_id}?whole=1")
    return made[0], made[1]


def test_a_hidden_list_of_codes_refuses_nothing_that_is_shown(worlds: Any) -> None:
    own = rows(worlds[0], "cooperation_trade", "own")
    assert [r["hs_code"] for r in own if r["exporter_iso3"] == "KAZ"] == ["080813"], (
        "each load took the last one's place"
    )
    assert {r["hs_code"] for r in own if r["exporter_iso3"] == "UZB"} >= {"090993"}
    assert {r["exporter_iso3"] for r in rows(worlds[0], "cooperation_trade", "members")} == {"KAZ"}


def test_what_is_hidden_would_change_what_is_shown(worlds: Any) -> None:
    own = {row["entity_id"]: row for row in rows(worlds[0], "cooperation_commitment", "own")}
    assert own["commitment:shown1"]["due"] == "2031"
    joined = {row["entity_id"]: row for row in rows(worlds[0], "cooperation_entity", "own")}
    assert joined["organisation:shown0"]["records_n"] == 2 * ROUNDS
    shown = {row["entity_id"]: row for row in rows(worlds[0], "cooperation_entity", "members")}
    assert {row["records_n"] for name, row in shown.items() if "twin" not in name} == {1}


def test_every_answer_is_the_same_byte_for_byte(walks: tuple[Walk, Walk]) -> None:
    assert len(walks[0].answers) > 500
    assert differences(*walks) == []
    shown = walks[0].answers[f"{API}/tables/cooperation_commitment?format=json"]
    assert shown.status == 200
    assert b"Water the steppe 1" in shown.body


@pytest.mark.parametrize("name", RESTING)
def test_figures_by_themselves_would_tell_of_what_is_hidden_and_do_not(
    worlds: Any, walks: tuple[Walk, Walk], name: str
) -> None:
    own = [rows_of_figures(world, name, "own") for world in worlds]
    assert own[0] != own[1], "nothing hidden counts in it, so nothing is shown"
    answer = walks[0].answers[f"{API}/indicators/{name}?format=json"]
    may = worlds[0].store.catalogue.may_read(principal(worlds[0], "members"), name)
    assert answer.status == (200 if may else 403)
    assert b'"data":[]' not in answer.body


def rows_of_figures(node: Any, name: str, view: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = node.reader(principal(node, view)).figures(name).to_pylist()
    return told


def test_what_a_person_allowed_the_own_state_alone_is_there_and_tells_others_nothing(
    worlds: Any, walks: tuple[Walk, Walk]
) -> None:
    own = {row["value"] for row in rows(worlds[0], PRIVATE_CLAIM.name, "own")}
    assert {"kunsulu0@secret.example", "Secret Kunsulu 0", "Kunsulu the 0th"} <= own
    assert not {"Kunsulu the 1th", "Secret Kunsulu 1"} & own  # it has ended
    assert all(walks[0].answers[f"/cooperation/person/{name}?whole=1"].status == 200 for name in PERSONS)
    assert b"salt lakes 0" in walks[0].answers["/cooperation/person/person:shown0?whole=1"].body
    said = b"".join(answer.body for answer in walks[0].answers.values())
    assert b"Kunsulu the 0th" in said
    assert b"kunsulu0@secret" not in said
    assert b"Secret Kunsulu" not in said
    assert b"Kunsulu the 1th" not in said


def test_without_the_predicate_it_would_show(worlds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoreReader, "_seen", "TRUE")
    address = f"{API}/tables/cooperation_entity"
    answers = []
    for node in worlds:
        with client_of(node, toy_worlds.kinds(node)) as client:
            answers.append(Walk(client, "members").get(address))
    assert answers[0] != answers[1]
