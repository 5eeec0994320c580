"""Trackers and gauges: a supplier, or a steward, makes and ends them, and hands each its address with its key in it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from birlik.errors import BadRequest, Refused, Unknown
from birlik.kernel.access.acts import key_made, principal_row, wrong
from birlik.kernel.access.held import listed
from birlik.kernel.access.tables import KEY, PRINCIPAL
from birlik.kernel.acts import Act, Doing, Done, Entry
from birlik.kernel.changes import Change, Says
from birlik.kernel.domain import Domain
from birlik.kernel.members import Role
from birlik.kernel.policy import Kind
from birlik.kernel.query import Filter
from birlik.kernel.tables import Field, Type
from birlik.said import Said

MOST = 10_000
LONGEST = 128
ID_NAMES = ("id", "device_id", "imei", "unique_id", "uniqueid")
NAME_NAMES = ("name", "label", "plate")


def scanned(address: str, device_id: str) -> str:
    """What a device scans: clients take the part before the `?` as the node's address, and `id` as their own."""
    return f"{address}?id={quote(device_id, safe='')}"


def path_of(domains: Iterable[Domain]) -> str:
    """Where devices send: the first address that is declared for them; empty where there is none."""
    return next((e.path for d in domains for e in d.endpoints if e.devices is not None), "")


def _added(doing: Doing) -> Done:
    source = doing.values["source_id"]
    must_be_theirs(doing, source)
    told = _told(doing)
    known = {each for row in _of(doing, source) for each in listed(row["device_ids"])}
    changes: list[Change] = []
    entries: list[Entry] = []
    cards: list[dict[str, str]] = []
    for n, (device_id, name) in enumerate(told):
        if device_id in known:
            raise wrong("devices", Said("{device} is a device of this source already", device=device_id))
        known.add(device_id)
        who = f"device-{doing.new_id(n)}"
        more = {"source_id": source, "device_ids": device_id, "belongs_to": doing.by.name}
        row, entry, text = key_made(doing, who, name, belongs_to=doing.by.name)
        changes += [Change(PRINCIPAL.name, principal_row(doing, who, Kind.DEVICE, name, **more)), Change(KEY.name, row)]
        entries.append(entry)
        cards.append({"device_id": device_id, "name": name, "key": text})
    about = {"source_id": source, "devices_n": len(cards)}
    return Done(changes=changes, about=about, sealed=entries, once={"devices": cards})


def must_be_theirs(doing: Doing, source: str) -> None:
    """Raises Refused, in the same words whether there is such a source or not."""
    if doing.by.sources is not None and source not in doing.by.sources:
        raise Refused(Said("{source} is not a source of yours", source=repr(source)))


def _told(doing: Doing) -> list[tuple[str, str]]:
    """(id, name) of each, out of a CSV with a head, or of lines with an id each, then a comma and a name."""
    text = doing.values.get("devices") or ""
    if doing.file is not None:
        try:
            text = doing.file.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise wrong("devices", Said("the file is not UTF-8 text")) from None
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text.strip()), dialect=_dialect(text))]
    rows = [row for row in rows if any(row)]
    head = [cell.lower() for cell in rows[0]] if rows else []
    at = next((head.index(name) for name in ID_NAMES if name in head), None)
    called = next((head.index(name) for name in NAME_NAMES if name in head), None)
    if at is not None:
        rows = rows[1:]
    else:
        at, called = 0, 1
    made = [(row[at], row[called] if called is not None and called < len(row) else "") for row in rows if at < len(row)]
    return _checked(made)


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.partition("\n")[0]

    class Told(csv.excel):
        delimiter = ";" if ";" in first and "," not in first else "\t" if "\t" in first else ","

    return Told


def _checked(made: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    if not made:
        raise wrong("devices", Said("name at least one device: its id, and what it is called"))
    if len(made) > MOST:
        raise wrong("devices", Said("{n} devices at once are too many: {most} at most", n=len(made), most=MOST))
    for line, (device_id, _) in enumerate(made, 1):
        if not 1 <= len(device_id) <= LONGEST or not device_id.isprintable() or "," in device_id:
            raise wrong("devices", Said("line {line}: {device} is no id", line=line, device=repr(device_id[:LONGEST])))
    return [(device_id, name or device_id) for device_id, name in made]


def _of(doing: Doing, source: str) -> Sequence[Mapping[str, Any]]:
    """The devices of a source, as far as who acts looks after them."""
    where = [Filter(column="source_id", operator="=", value=source)]
    found: Sequence[Mapping[str, Any]] = doing.reader.mine(PRINCIPAL.name, where=where).to_pylist()
    return found


def _one(doing: Doing) -> Mapping[str, Any]:
    """Raises Unknown."""
    where = [Filter(column="principal_id", operator="=", value=doing.values["principal_id"])]
    for row in doing.reader.mine(PRINCIPAL.name, where=where).to_pylist():
        if row["kind"] == Kind.DEVICE:
            made: Mapping[str, Any] = row
            return made
    raise Unknown(Said("no such device, or none that you look after"))


def _ended(doing: Doing) -> Done:
    key = {"principal_id": _one(doing)["principal_id"]}
    return Done(changes=[Change(PRINCIPAL.name, key, Says.END), *_keys_ended(doing, key["principal_id"])], about=key)


def _keys_ended(doing: Doing, principal_id: str) -> list[Change]:
    where = [Filter(column="principal_id", operator="=", value=principal_id)]
    rows = doing.reader.mine(KEY.name, where=where).to_pylist()
    return [Change(KEY.name, {"key_id": row["key_id"]}, Says.END) for row in rows]


def _keyed(doing: Doing) -> Done:
    """Another key in the place of those it had: for a device that was lost, or whose address was."""
    device = _one(doing)
    who = device["principal_id"]
    row, entry, text = key_made(doing, who, device["name"], belongs_to=device["belongs_to"])
    card = {"device_id": listed(device["device_ids"])[0], "name": device["name"], "key": text}
    return Done(
        changes=[*_keys_ended(doing, who), Change(KEY.name, row)],
        about={"principal_id": who},
        sealed=[entry],
        once={"devices": [card]},
    )


def _identified(doing: Doing) -> Done:
    """Under which ids it sends: by the word of who looks after it, never by the device's own."""
    device = _one(doing)
    ids = listed(doing.values["device_ids"])
    _checked([(each, "") for each in ids])
    others = {each for row in _of(doing, device["source_id"]) if row["principal_id"] != device["principal_id"]
              for each in listed(row["device_ids"])}  # fmt: skip
    if taken := [each for each in ids if each in others]:
        raise BadRequest(Said("device_ids: {device} is another device's", device=taken[0]), parameter="device_ids")
    key = {"principal_id": device["principal_id"]}
    return Done(changes=[Change(PRINCIPAL.name, {**key, "device_ids": ",".join(ids)}, Says.PART)], about=key)


_DEVICE = Field(name="principal_id", type=Type.TEXT, nullable=False, description="The device.")
ACTS = (
    Act(
        name="birlik_devices_add",
        is_audited_by_row=True,
        title="Add devices",
        description="Trackers or gauges of a source. Each gets an address with a key of its own, shown once, to be "
        "scanned or typed in.",
        parameters=(
            Field(name="source_id", type=Type.TEXT, nullable=False, description="The source for which they send."),
            Field(
                name="devices",
                type=Type.TEXT,
                description="A line each: its id, a comma, and what it is called; or a file.",
            ),
        ),
        texts=("devices",),
        file="A CSV with the columns id and name, in the place of the lines.",
        table=PRINCIPAL.name,
        role=Role.SUPPLIER,
        is_beside=True,
        do=_added,
    ),
    Act(
        name="birlik_device_identify",
        title="Change its ids",
        description="Under which ids the device sends.",
        parameters=(
            _DEVICE,
            Field(name="device_ids", type=Type.TEXT, nullable=False, description="The ids, by comma."),
        ),
        table=PRINCIPAL.name,
        subject=("principal_id",),
        role=Role.SUPPLIER,
        do=_identified,
    ),
    Act(
        name="birlik_device_key",
        title="Give it another key",
        description="The address that it has now is worth nothing from then on.",
        parameters=(_DEVICE,),
        table=PRINCIPAL.name,
        subject=("principal_id",),
        role=Role.SUPPLIER,
        do=_keyed,
    ),
    Act(
        name="birlik_device_end",
        title="End",
        description="The device gets in no more. What it sent stays.",
        parameters=(_DEVICE,),
        table=PRINCIPAL.name,
        subject=("principal_id",),
        role=Role.SUPPLIER,
        is_final=True,
        do=_ended,
    ),
)
