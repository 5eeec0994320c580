"""Files: positions, border events and wagon dislocation by profile, and GPX."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Any

from birlik.domains.transport.intake.rows import bounds_of, dislocations, movements, unplaced
from birlik.domains.transport.wire import recognise
from birlik.domains.transport.wire.border_events import decode_border_events
from birlik.domains.transport.wire.dislocation import decode_dislocation
from birlik.domains.transport.wire.gpx import decode_gpx, stem_of
from birlik.domains.transport.wire.positions import decode_positions
from birlik.domains.transport.wire.profiles import Profile, built_in_profiles, of_these, read_profile
from birlik.errors import Malformed, UnknownSetting
from birlik.kernel.intake import Decoded, Delivery, Intake, Lookup
from birlik.said import Said
from birlik.standards.sheets.given import must_fit

Wire = Callable[[bytes, Profile, Any], Any]


@cache
def _written(text: str) -> Profile:
    return read_profile(text)


def _profile(delivery: Delivery, kind: str) -> Profile:
    """The profile that the delivery names or brings along, else the one its header shows."""
    name = delivery.parameters.get("profile")
    if text := delivery.parameters.get("profile_yaml"):
        return _written(text)
    known = {p.name: p for p in built_in_profiles().values() if p.kind == kind}
    if name is None:
        found = recognise.sniff(delivery.body, delivery.filename or "", known.values())
        if found is None or found.profile is None:
            raise Malformed(recognise.why_unknown(delivery.body, delivery.filename or "", known.values()))
        name = found.profile
    if name not in known:
        every = ", ".join(f"{p.name} ({p.kind.replace('_', ' ')})" for p in built_in_profiles().values())
        raise Malformed(
            Said(
                "no profile {name!r} for {kind}; there are {every}", name=name, kind=kind.replace("_", " "), every=every
            )
        )
    return known[name]


def _check(kind: str, parameters: Mapping[str, str]) -> None:
    must_fit(kind, parameters, _written, built_in_profiles())


def _table(kind: str, wire: Wire, basis: str, delivery: Delivery, lookup: Lookup) -> Decoded:
    try:
        profile = _profile(delivery, kind)
    except UnknownSetting as error:
        raise Malformed(str(error)) from error
    if profile.object_from == "filename":
        if not (stem := stem_of(delivery.filename or "")):
            raise Malformed(Said("the profile takes the object from the file's name, and there is none"))
        profile = replace(profile, object_id=stem)
    made = wire(delivery.body, profile, bounds_of(delivery, lookup))
    rows = {"transport_movement": movements(made.rows, delivery, lookup, basis=basis)}
    notices = (*made.notices, *unplaced(rows["transport_movement"]))
    if kind == "dislocation":
        rows["transport_dislocation"] = dislocations(made.rows, delivery)
    return Decoded(rows=rows, refused=made.refused, notices=notices)


def _gpx(delivery: Delivery, lookup: Lookup) -> Decoded:
    made = decode_gpx(
        delivery.body, bounds_of(delivery, lookup), filename=delivery.filename or "", source=delivery.source_id
    )
    return Decoded(
        rows={"transport_movement": movements(made.rows, delivery, lookup)}, refused=made.refused, notices=made.notices
    )


def _sniff(media_type: str, start: bytes, filename: str) -> Mapping[str, str] | None:
    found = recognise.sniff(start, filename)
    if found is None or found.media_type != media_type:
        return None
    return {"profile": found.profile} if found.profile else {}


def _claims(kind: str, parameters: Mapping[str, str]) -> bool:
    """A profile that the sender names, or brings along, says by its kind which intake is meant."""
    try:
        text = parameters.get("profile_yaml")
        profile = _written(text) if text else built_in_profiles().get(parameters.get("profile", ""))
    except UnknownSetting:
        # Whose decoding then says what is wrong with the profile, if it is one of these at all.
        return kind == "positions" and of_these(text or "")
    return profile is not None and profile.kind == kind


def _by_profile(
    name: str, title: str, kind: str, wire: Wire, basis: str, tables: tuple[str, ...], counted: str = ""
) -> Intake:
    media_type = recognise.MEDIA_TYPE_OF_KIND[kind]
    return Intake(
        name=name,
        title=title,
        media_type=media_type,
        decode=partial(_table, kind, wire, basis),
        tables=tables,
        counted=counted,
        apart=True,
        sniff=partial(_sniff, media_type),
        claims=partial(_claims, kind),
        profiles={p.name: p.title for p in built_in_profiles().values() if p.kind == kind},
        check=partial(_check, kind),
        why_not=recognise.why_unknown if kind == "positions" else None,
        example=f"birlik ingest FILE --intake {name} --source ours",
    )


POSITIONS = _by_profile(
    "positions",
    "Positions, by profile",
    "positions",
    decode_positions,
    "measured",
    ("transport_movement",),
)
BORDER_EVENTS = _by_profile(
    "border_events",
    "Border events, by profile",
    "border_events",
    decode_border_events,
    "reported",
    ("transport_movement",),
)
WAGONS = _by_profile(
    "dislocation",
    "Wagon dislocation, by profile",
    "dislocation",
    decode_dislocation,
    "reported",
    ("transport_movement", "transport_dislocation"),
    counted="transport_dislocation",
)
GPX = Intake(
    name="gpx",
    title="GPX tracks",
    media_type=recognise.GPX,
    decode=_gpx,
    tables=("transport_movement",),
    apart=True,
    sniff=partial(_sniff, recognise.GPX),
    example="birlik ingest track.gpx --source ours",
)
INTAKES = (POSITIONS, BORDER_EVENTS, WAGONS, GPX)
