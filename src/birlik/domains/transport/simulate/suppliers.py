"""What each supplier writes: rows to bytes, in the real wire forms. The inverse of `wire`, faults included."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import orjson

from birlik.domains.transport.intake.epcis import MEDIA_TYPE as EPCIS
from birlik.domains.transport.vocabulary import places
from birlik.domains.transport.wire.epcis_movement import DOCUMENT_URN, OBJECT_URN, PLACE_URN, STEP_URN
from birlik.domains.transport.wire.recognise import MEDIA_TYPE_OF_KIND, OSMAND

SOUND, SWAPPED, EPOCH, TRUNCATED = range(4)
"""What is wrong with a fix: all but SOUND must end in quarantine."""
FAULTS = ("", "swapped coordinates", "date of 1970", "truncated JSON")
SWAP_NORTH_OF = 62.0
"""A latitude beyond lies outside of a node's usual region: there a swap shows."""
KNOT_KM_H = 1.852
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a border agency or a railway wrote down."""

    object_id: str
    time: datetime
    place_id: str
    activity: str

    @property
    def record(self) -> str:
        """The supplier's own number of it."""
        return str(
            uuid5(NAMESPACE_URL, f"urn:birlik:simulated:{self.object_id}/{self.time}/{self.place_id}/{self.activity}")
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """One fix as its tracker tells it."""

    object_id: str
    time: datetime
    latitude: float
    longitude: float
    speed_km_h: float | None
    """None: this tracker doesn't tell it."""
    fault: int = SOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A source, the form it writes, and how often it sends."""

    source_id: str
    form: str
    """A key of FORMS."""
    every_s: int
    zone: str = "UTC"


SUPPLIERS: Mapping[str, Supplier] = MappingProxyType(
    {
        s.source_id: s
        for s in (
            Supplier(source_id="trackers", form="osmand", every_s=0),
            Supplier(source_id="khorgos-fleet", form="positions", every_s=21_600),
            Supplier(source_id="kordai-fleet", form="positions", every_s=10_800),
            Supplier(source_id="konysbayev-fleet", form="positions", every_s=21_600),
            Supplier(source_id="steppe-cargo", form="positions_cp1251", every_s=43_200, zone="Asia/Almaty"),
            Supplier(source_id="kz-customs", form="epcis", every_s=3600, zone="Asia/Almaty"),
            Supplier(source_id="kz-customs-south", form="border_ru", every_s=3600, zone="Asia/Almaty"),
            Supplier(source_id="kz-queue", form="border", every_s=3600, zone="Asia/Almaty"),
            Supplier(source_id="kz-railway", form="dislocation", every_s=10_800, zone="Asia/Almaty"),
            Supplier(source_id="cis-railways", form="dislocation_moscow", every_s=21_600, zone="Europe/Moscow"),
        )
    }
)
"""Who sends to Kazakhstan's node: trackers and forwarders, its customs, the operator of its electronic queue, its
railway, and the information centre that tells railways where their wagons are abroad."""
OPERATIONS: Mapping[str, str] = MappingProxyType({"arrive": "01", "depart": "02", "hold": "92"})
"""What a railway writes."""
UNKNOWN_PLACE = "own:post-99"
_RUSSIAN = {
    "queue": "очередь", "arrive": "прибытие", "documents": "документы", "inspect": "досмотр", "permit": "разрешение",
    "transload": "перегруз", "gauge_change": "перестановка", "hold": "задержан", "clear": "выпуск", "depart": "убытие",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes and what comes beside them."""

    body: bytes
    media_type: str
    parameters: Mapping[str, str]
    extension: str


def place_codes() -> dict[str, str]:
    """A code by which agencies name each of our places: its UN/LOCODE, else ours."""
    return {
        p.place_id: f"unlocode:{p.place_id_unlocode}" if p.place_id_unlocode else f"own:{p.place_id}" for p in places()
    }


def osmand(seen: Seen, *, as_json: bool = False) -> Message:
    """One fix: by query string, or by the JSON of the newer clients."""
    device = seen.object_id.partition(":")[2]
    time_s = 12 if seen.fault == EPOCH else round(seen.time.timestamp())
    if not as_json:
        speed = "" if seen.speed_km_h is None else f"&speed={seen.speed_km_h / KNOT_KM_H:.1f}"
        query = f"id={device}&lat={seen.latitude:.6f}&lon={seen.longitude:.6f}&timestamp={time_s}{speed}"
        return Message(b"", OSMAND, {"query": query}, "txt")
    coords = {"latitude": round(seen.latitude, 6), "longitude": round(seen.longitude, 6)}
    if seen.speed_km_h is not None:
        coords["speed"] = round(seen.speed_km_h / 3.6, 2)
    stamp = datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = json.dumps({"location": {"timestamp": stamp, "coords": coords}, "device_id": device}).encode()
    if seen.fault == TRUNCATED:
        body = body[: len(body) // 2]
    return Message(body, OSMAND, {"content_type": "application/json"}, "json")


def positions(rows: Sequence[Seen]) -> Message:
    """A forwarder's file in UTF-8: device, ISO time in UTC, speed in km/h."""
    lines = ["device_id,time,latitude,longitude,speed_km_h"]
    for seen in rows:
        time = "1970-01-01T00:00:12" if seen.fault == EPOCH else seen.time.strftime("%Y-%m-%dT%H:%M:%S")
        speed = "" if seen.speed_km_h is None else f"{seen.speed_km_h:.1f}"
        lines.append(f"{seen.object_id.partition(':')[2]},{time}Z,{seen.latitude:.6f},{seen.longitude:.6f},{speed}")
    return Message(_lines(lines), MEDIA_TYPE_OF_KIND["positions"], {"profile": "positions"}, "csv")


def positions_cp1251(rows: Sequence[Seen], zone: str) -> Message:
    """A forwarder's spreadsheet: plates, code page 1251, decimal commas, the local time of its office."""
    local = ZoneInfo(zone)
    lines = ["госномер;дата и время;широта;долгота;скорость, км/ч"]
    for seen in rows:
        time = "01.01.1970 06:00:12" if seen.fault == EPOCH else f"{seen.time.astimezone(local):%d.%m.%Y %H:%M:%S}"
        speed = "" if seen.speed_km_h is None else f"{seen.speed_km_h:.1f}"
        numbers = f"{seen.latitude:.6f};{seen.longitude:.6f};{speed}".replace(".", ",")
        lines.append(f"{seen.object_id.partition(':')[2]};{time};{numbers}")
    parameters = {"profile": "positions_cp1251"}
    return Message(_lines(lines, "cp1251"), MEDIA_TYPE_OF_KIND["positions"], parameters, "csv")


def epcis(rows: Sequence[Event], zone: str, created: datetime, codes: Mapping[str, str]) -> Message:
    """A capture document of a customs service: one ObjectEvent an object and step, in the local offset."""
    local = ZoneInfo(zone)
    document = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "epcisBody": {"eventList": [_epcis_event(row, local, codes) for row in rows]},
    }
    return Message(orjson.dumps(document), EPCIS, {"content_type": "application/json"}, "json")


def _epcis_event(row: Event, local: tzinfo, codes: Mapping[str, str]) -> dict[str, Any]:
    time = row.time.astimezone(local).isoformat(timespec="seconds")
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{row.record}",
        "eventTime": time,
        "eventTimeZoneOffset": time[-6:],
        "action": "OBSERVE",
        "epcList": [OBJECT_URN + quote(row.object_id, safe=":")],
        "bizStep": STEP_URN + row.activity,
        "bizLocation": {"id": PLACE_URN + codes.get(row.place_id, row.place_id)},
    }
    if row.activity == "documents":
        kind = "smgs" if row.object_id.startswith("wagon") else "cmr"
        number = uuid5(NAMESPACE_URL, row.object_id).int % 10_000_000
        event["bizTransactionList"] = [{"bizTransaction": f"{DOCUMENT_URN}{kind}:{number:07d}"}]
    return event


def border(rows: Sequence[Event], zone: str, codes: Mapping[str, str], *, russian: bool = False) -> Message:
    """A border agency's table: in English and UTF-8, or in Russian and code page 1251; ISO times in its offset."""
    local = ZoneInfo(zone)
    mark = ";" if russian else ","
    header = ("объект", "время", "пост", "событие", "номер записи") if russian else (
        "object_id", "time", "place", "activity", "record_id"
    )  # fmt: skip
    lines = [mark.join(header)]
    for row in rows:
        time = row.time.astimezone(local).isoformat(timespec="seconds")
        word = _RUSSIAN[row.activity] if russian else row.activity
        number = row.object_id.partition(":")[2]
        lines.append(mark.join((number, time, codes.get(row.place_id, row.place_id), word, row.record)))
    media_type = MEDIA_TYPE_OF_KIND["border_events"]
    return Message(_lines(lines, "cp1251" if russian else "utf-8"), media_type, {"profile": "border_events"}, "csv")


def dislocation(rows: Sequence[Event], zone: str, stations: Mapping[str, str], *, moscow: bool) -> Message:
    """A railway's wagon table: Russian headers in code page 1251 and Moscow time, or field names and local time."""
    local = ZoneInfo(zone)
    header = (
        "номер вагона;дата операции;код операции;код станции операции;индекс поезда;код груза;вес груза, т"
        if moscow
        else "NOM_VAG;DATE_OP;KOP_VMD;STAN_OP;INDEX_POEZD;KOD_GRZ_UCH;VES_GRZ"
    )
    lines = [header]
    for row in rows:
        wagon = row.object_id.partition(":")[2]
        mass_t = 40 + int(wagon[3:7] or 0) % 28
        mass = f"{mass_t},5" if moscow else f"{mass_t * 1000 + 500}"
        station = stations[row.place_id]
        index = f"{station[:4]}{int(wagon[4:7]):03d}{station[:4]}"
        lines.append(
            f"{wagon};{row.time.astimezone(local):%d.%m.%Y %H:%M:%S};{OPERATIONS[row.activity]};{station};"
            f"{index};42103;{mass}"
        )
    profile = "dislocation_moscow" if moscow else "dislocation"
    body = _lines(lines, "cp1251")
    return Message(body, MEDIA_TYPE_OF_KIND["dislocation"], {"profile": profile}, "csv")


def stations() -> dict[str, str]:
    """The first ESR code of each place that has one."""
    return {p.place_id: p.station_ids_esr[0] for p in places() if p.station_ids_esr}


def encode_events(supplier: Supplier, rows: Sequence[Event], created: datetime) -> Message:
    """What this supplier sends of these events."""
    if supplier.form == "epcis":
        return epcis(rows, supplier.zone, created, place_codes())
    if supplier.form.startswith("border"):
        return border(rows, supplier.zone, place_codes(), russian=supplier.form == "border_ru")
    return dislocation(rows, supplier.zone, stations(), moscow=supplier.form == "dislocation_moscow")


def encode_positions(supplier: Supplier, rows: Sequence[Seen]) -> Message:
    return positions_cp1251(rows, supplier.zone) if supplier.form == "positions_cp1251" else positions(rows)


def truncated(message: Message) -> Message:
    """The first half of it: a line that broke."""
    return Message(message.body[: len(message.body) // 2], message.media_type, message.parameters, message.extension)


def wrong_digit(object_id: str) -> str:
    """A wagon whose last digit slipped by one.

    >>> wrong_digit("wagon_1520:52687431")
    'wagon_1520:52687432'
    """
    return object_id[:-1] + str((int(object_id[-1]) + 1) % 10)


def instant(start: datetime, seconds: float) -> datetime:
    return start + timedelta(seconds=round(seconds))


def _lines(lines: Sequence[str], encoding: str = "utf-8") -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode(encoding)
