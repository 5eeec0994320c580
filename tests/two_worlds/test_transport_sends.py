"""Whoever sends what a rival has sent before is answered as if the rival had not: by each intake, by single fixes and
by EPCIS capture, in every answer, in what is their own afterwards, and in what readers see."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from tests.support import traffic
from tests.support.everywhere import API, client_of
from tests.support.nodes import opened
from tests.support.sending import LABELS, MEMBERS, RIVAL, Played, Sending, kinds, looked, own_pages, rows_n, sent
from tests.support.walking import Walk, differences

from birlik.clock import SetClock
from birlik.kernel import pipeline
from birlik.kernel.store import asking

pytestmark = pytest.mark.two_worlds
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
DAY = NOON - timedelta(days=1)
EPCIS = "/epcis/v2"
JSON, XML = {"content-type": "application/json"}, {"content-type": "application/xml"}
WHO = ("supplier", "supplier here", "supplying reader", "device")
READ = ("transport_movement", "transport_epcis_event", "transport_capture_job", "birlik_message")


def _number(who: str) -> int:
    return WHO.index(who)


def event(who: str, n: int, step: str = "arriving") -> bytes:
    return traffic.epcis(f"urn:uuid:2222222{_number(who)}-0000-4000-8000-{n:012}", DAY + timedelta(hours=n), step)


def bare(body: bytes) -> bytes:
    """The one event of a document, with its context."""
    document = orjson.loads(body)
    return orjson.dumps({"@context": document["@context"], **document["epcisBody"]["eventList"][0]})


def joined(one: bytes, other: bytes) -> bytes:
    """A document with the events of two."""
    made = orjson.loads(one)
    made["epcisBody"]["eventList"] += orjson.loads(other)["epcisBody"]["eventList"]
    return orjson.dumps(made)


def xml(who: str) -> bytes:
    """The same in XML: one event of one pallet."""
    return f"""<?xml version="1.0"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
creationDate="2026-03-13T12:00:00Z"><EPCISBody><EventList><ObjectEvent><eventTime>2026-03-13T11:00:00Z</eventTime>
<eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sscc:0614141.123456789{_number(who)}</epc>
</epcList><action>OBSERVE</action></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>""".encode()


def gpx(who: str) -> bytes:
    points = "".join(
        f'<trkpt lat="44.{20 + n}" lon="80.3"><time>{(DAY + timedelta(minutes=n)):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for n in range(5)
    )
    head = '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><name>{who}</name><trkseg>{points}</trkseg></trk></gpx>".encode()


def file(name: str, body: bytes, **headers: str) -> Sending:
    query = urlencode({"intake": name, "filename": f"{name}.txt"})
    return Sending(address=f"{API}/deliveries?{query}", body=body, headers=headers)


def fix(who: str, minute: int, method: str = "GET", **more: str) -> Sending:
    at = DAY + timedelta(minutes=minute)
    told = {"id": "device-1" if who == "device" else f"d-{_number(who)}", "lat": "44.21", "lon": "80.4"}
    return Sending(address=f"/osmand?{urlencode({**told, 'timestamp': f'{at:%s}', **more})}", method=method)


def files(who: str) -> Iterator[Sending]:
    """Of each intake a file, once more, and what is wrong with one."""
    plate, at = f"KZ 2{_number(who)}0 ABC 02", DAY.isoformat()
    positions = traffic.positions([f"truck-{_number(who)},{(DAY + timedelta(hours=h)).isoformat()},44.2,80.{h},5"
                                   for h in range(5)])  # fmt: skip
    border = f"object_id,time,place,activity\n{plate},{at},own:kz-nurzholy,arrive\n{plate},{at},own:nowhere,depart"
    wagon = f"NOM_VAG,DATE_OP,KOP_VMD,STAN_OP,INDEX_POEZD,VES_GRZ\n52687431,2026-03-12 0{_number(who)}:00:00,02,708507,"
    yield file("positions", positions)
    yield file("positions", positions + b"\ntruck,yesterday,1,1,1")
    yield file("positions", positions, **MEMBERS)
    yield file("border_events", border.encode())
    yield file("dislocation", f"{wagon}7085-023-7077,64500".encode())
    yield file("gpx", gpx(who))
    yield file("epcis", joined(event(who, 1), event(who, 2)))
    yield file("epcis", event(who, 3), **MEMBERS)
    yield file("epcis", event(who, 3), **MEMBERS)
    yield Sending(address=f"{API}/deliveries?intake=positions&try=true", body=positions)


def captures(who: str) -> Iterator[Sending]:
    """Documents and single events: new ones, known ones, and one whose id a rival has given to another."""
    for behaviour in ("rollback", "proceed"):
        headers = {**JSON, "gs1-capture-error-behaviour": behaviour, **(MEMBERS if behaviour == "proceed" else {})}
        document = joined(event(who, 4), event(who, 5))
        yield Sending(address=f"{EPCIS}/capture", body=document, headers=headers)
        yield Sending(address=f"{EPCIS}/capture", body=joined(event(who, 5), event(who, 6)), headers=headers)
        yield Sending(address=f"{EPCIS}/capture", body=document, headers=headers)
        yield Sending(address=f"{EPCIS}/capture", body=b"{", headers=headers)
    for n, headers in ((7, {}), (8, MEMBERS), (9, {}), (9, {})):
        yield Sending(address=f"{EPCIS}/events", body=bare(event(who, n)), headers={**JSON, **headers})
    for n in (7, 9):  # again in other bytes, and with other content
        yield Sending(address=f"{EPCIS}/events", body=b" " + bare(event(who, n)), headers=JSON)
        yield Sending(address=f"{EPCIS}/events", body=bare(event(who, n, "departing")), headers=JSON)
    yield Sending(address=f"{EPCIS}/capture", body=xml(who), headers=XML)


def fixes(who: str) -> Iterator[Sending]:
    yield from (fix(who, 1), fix(who, 1), fix(who, 2, "POST"), fix(who, 3, speed="900"), fix(who, 4, lat="nowhere"))


def sendings(who: str) -> list[Sending]:
    return [*fixes(who), *(() if who == "device" else (*files(who), *captures(who)))]


def before(who: str) -> list[Sending]:
    """What the rival has sent: the same, and under the same names other things."""
    conflicts = [bare(event(who, n, "shipping")) for n in (4, 7, 8)]
    other = [Sending(address=f"{EPCIS}/events", body=body, headers=JSON) for body in conflicts]
    return [*other, *sendings(who)] if who != "device" else sendings(who)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[Played, ...]]]:
    """By how the rival's rows are hidden, of both worlds what each is answered who sends; and what is there then."""
    with ExitStack() as stack:
        yield {hidden: both(stack, tmp_path_factory, hidden) for hidden in LABELS}


def both(
    stack: ExitStack, paths: pytest.TempPathFactory, hidden: str, senders: Sequence[str] = WHO
) -> tuple[Played, ...]:
    return tuple(_played(stack, paths.mktemp("world"), hidden, senders, whole=whole) for whole in (True, False))


def _played(stack: ExitStack, folder: Path, hidden: str, senders: Sequence[str], *, whole: bool) -> Played:
    clock = SetClock(NOON)
    node = stack.enter_context(opened(folder, declared=None, clock=clock, follow_every_s=3_600.0, reads_per_s=0.0))
    client = stack.enter_context(client_of(node, kinds(node), start=True))
    made: dict[str, Walk] = {}
    for who in senders if whole else ():
        sent(client, RIVAL, before(who), LABELS[hidden])
    clock.advance(timedelta(hours=1))
    for who in senders:
        made[who] = sent(client, who, sendings(who))
        clock.advance(timedelta(minutes=1))
    for moment in ("then", "followed"):
        pages = [*own_pages(node), f"{EPCIS}/capture", f"{EPCIS}/events"]
        for who in senders:
            made[f"{who}, {moment}"] = looked(client, who, pages, captureID=EPCIS + "/capture/{}")
        tables = [f"{API}/tables/{name}" for name in READ]
        made[f"reader, {moment}"] = looked(client, "reader", [*pages, *tables, f"{API}/indicators/coverage"])
        pipeline.follow(node)
    return Played(made, rows_n(node))


@pytest.mark.parametrize("hidden", LABELS)
@pytest.mark.parametrize("who", WHO)
def test_who_sends_is_answered_as_if_nobody_had_sent_it_before(answered, hidden, who):
    one, other = (world.walks[who] for world in answered[hidden])
    assert len(one.answers) >= 5
    assert differences(one, other) == []


@pytest.mark.parametrize("hidden", LABELS)
@pytest.mark.parametrize("moment", ["then", "followed"])
@pytest.mark.parametrize("who", ["supplier", "supplier here", "device"])
def test_what_came_of_it_is_told_alike(answered, hidden, who, moment):
    one, other = (world.walks[f"{who}, {moment}"] for world in answered[hidden])
    assert len(one.answers) > 20
    assert differences(one, other) == []


@pytest.mark.parametrize("moment", ["then", "followed"])
@pytest.mark.parametrize("who", ["reader", "supplying reader"])
def test_readers_see_afterwards_what_they_may(answered, who, moment):
    one, other = (world.walks[f"{who}, {moment}"] for world in answered["own"])
    assert differences(one, other) == []
    told = other.answers[f"{API}/tables/transport_epcis_event" if who == "reader" else f"{EPCIS}/events"]
    assert b"urn:uuid:22222220-0000-4000-8000-000000000008" in told.body


@pytest.mark.parametrize("hidden", LABELS)
def test_half_of_all_is_hidden(answered, hidden):
    whole, part = answered[hidden]
    assert 0.35 < part.rows_n / whole.rows_n < 0.65


def test_each_intake_and_each_answer_of_capture_is_among_them(answered):
    answers = answered["own"][0].walks["supplier"].answers
    told = [answers[name].body for name in answers if "deliveries" in name]
    named = {a.partition("intake=")[2].partition("&")[0] for a in answers}
    assert named >= {"positions", "border_events", "dislocation", "gpx", "epcis"}
    assert any(b'"refused":[{' in body for body in told)
    assert any(b'"repeated":true' in body for body in told)
    assert {a.status for a in answers.values()} >= {200, 201, 202, 400, 409}


def of_anybody(asks, item, views, source_id):
    """Whether a row counts for a question, whoever has sent it."""
    return views & item.views == item.views


def test_without_what_keeps_it_it_would_show(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(asking, "_counts", of_anybody)
    with ExitStack() as stack:
        one, other = both(stack, tmp_path_factory, "own", ("supplier",))
    assert len(differences(one.walks["supplier"], other.walks["supplier"])) >= 4
    assert differences(one.walks["supplier, then"], other.walks["supplier, then"])
