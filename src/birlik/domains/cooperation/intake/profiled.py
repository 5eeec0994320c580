"""Which profile a sheet is written by: what its sender names or brings along, else what its header shows."""

from collections.abc import Iterable, Mapping, Sequence

from birlik.domains.cooperation.vocabulary.words import PROPERTIES
from birlik.domains.cooperation.wire.profiles import (
    CLAIMS,
    CODES,
    TRADE,
    Profile,
    built_in_profiles,
    columns_of,
    layout_of,
    no_table,
    written,
)
from birlik.errors import DeliveryError, Malformed, UnknownSetting
from birlik.kernel.domain import Table
from birlik.kernel.intake import Delivery
from birlik.standards.sheets.given import must_fit, read_given
from birlik.standards.sheets.text import LINES_ABOVE, header_at_top
from birlik.standards.sheets.workbook import XLSX_MAGIC, has_header, read_sheets

OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    CLAIMS: {"id": "What you call it. All lines with the same id are of the same."},
    TRADE: {
        "exporter": "Who sold, ISO 3166-1 alpha-3.",
        "importer": "Who bought, ISO 3166-1 alpha-3.",
        "hs": "The product: six digits of HS.",
        "value": "The amount, in the unit that is said.",
        "unit": "USD, kUSD (thousands) or MUSD (millions).",
    },
    CODES: {},
}
"""What is said of columns that no table has."""


def of_kind(kind: str) -> Mapping[str, Profile]:
    """The profiles that birlik ships for one kind of sheet, by name."""
    return {p.name: p for p in built_in_profiles().values() if p.kind == kind}


def blank(profile: Profile, table: Table) -> Sequence[tuple[str, str]]:
    """(header, what it takes) of each column of an empty sheet; table: in which the fields are described."""
    described = {**{f.name: f.description for f in table.fields}, **OWN_WORDS[profile.kind]}
    plain = [(names[0], described.get(name, "")) for name, names in profile.columns.items()]
    stated = [(names[0], PROPERTIES[name.partition("@")[0]].title) for name, names in profile.properties.items()]
    return [*plain, *stated]


def profile_of(kind: str, delivery: Delivery) -> Profile:
    """Raises Malformed where none fits, telling how near the nearest is."""
    try:
        if text := delivery.parameters.get("profile_yaml"):
            return written(text)
    except UnknownSetting as error:
        raise Malformed(str(error)) from error
    known = of_kind(kind)
    if (name := delivery.parameters.get("profile")) is not None:
        if name not in known:
            raise no_table(delivery.body)
        return known[name]
    # Where none fits, the first says what it would need.
    return recognised(delivery.body, known.values()) or next(iter(known.values()))


def recognised(raw: bytes, profiles: Iterable[Profile]) -> Profile | None:
    """The first profile all of whose columns a file has."""
    known = tuple(profiles)
    if raw.startswith(XLSX_MAGIC):
        try:
            sheets = read_sheets(raw, LINES_ABOVE)  # once, however many profiles look at them
        except DeliveryError:
            return None
        return next((p for p in known if has_header(sheets, layout_of(p))), None)
    return next((p for p in known if not columns_of(p, header_at_top(raw, layout_of(p))[0]).missing), None)


def sniff(kind: str, start: bytes, filename: str) -> Mapping[str, str] | None:
    """The profile by which a file is written, if it is one of these sheets."""
    if start.lstrip()[:1] in (b"[", b"{", b"<", b""):
        return None
    found = recognised(start, of_kind(kind).values())
    return {"profile": found.name} if found is not None else None


def claims(kind: str, parameters: Mapping[str, str]) -> bool:
    """A profile that the sender names, or brings along, says by its kind which intake is meant."""
    if text := parameters.get("profile_yaml"):
        try:
            # Of one that can't be read further this intake says what is wrong.
            return bool(read_given(text).get("kind") == kind)
        except UnknownSetting:
            return False
    profile = built_in_profiles().get(parameters.get("profile", ""))
    return profile is not None and profile.kind == kind


def check(kind: str, parameters: Mapping[str, str]) -> None:
    """Raises BadRequest, UnknownSetting."""
    must_fit(kind, parameters, written, built_in_profiles())
