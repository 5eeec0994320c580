"""Ids of objects and codes of places as suppliers write them, to ours with the agency before the colon."""

import re
from collections.abc import Callable

from birlik.domains.transport.wire.check_digits import Checked, container_iso6346, esr, wagon_1520, wagon_uic
from birlik.said import Said

KIND_OF_AGENCY = {
    "wagon_1520": "wagon",
    "wagon_uic": "wagon",
    "container_iso6346": "container",
    "plate": "vehicle",
    "tracker": "vehicle",
    "mmsi": "vessel",
    "imo": "vessel",
    "own": "unknown",
}
PLACE_AGENCIES = ("unlocode", "esr", "gln", "own")
LONGEST_ID = 128

_UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
# Unasked, only what is written as one is taken for one: `Gate 4` and `Aktau` have five signs too.
_PLAIN_UNLOCODE = re.compile(r"[A-Z]{2} ?[A-Z2-9]{3}")
_CONTAINER = re.compile(r"[A-Z]{3}[UJZ]\d{7}")


def clean_id(text: str) -> Checked:
    """Any supplier's own id: blanks at the ends and doubled ones go; nothing unprintable, nothing endless."""
    value = " ".join(text.split())
    if not value:
        return Checked(None, Said("empty id"), malformed=True)
    if len(value) > LONGEST_ID or not value.isprintable():
        return Checked(
            None,
            Said("id {value!r}… is unprintable or longer than {limit}", value=value[:40], limit=LONGEST_ID),
            malformed=True,
        )
    return Checked(value)


def restored_zeros(text: str, length: int) -> str:
    """Digits as a spreadsheet may leave them (`52687431.0`, ` 1234567 `), to their full length.

    >>> restored_zeros("52687431.0", 8), restored_zeros(" 2 ", 2)
    ('52687431', '02')
    """
    value = text.strip()
    head, dot, tail = value.partition(".")
    if dot and not tail.strip("0") and head.isdigit():
        value = head
    return value.zfill(length) if value.isdigit() and value.isascii() else value


_LOOK_ALIKE = str.maketrans("АВСЕНІКМОРТУХ", "ABCEHIKMOPTYX")
"""Cyrillic letters of the region's plates that a Latin keyboard writes alike."""
_NO_PLATE = str.maketrans("", "", " -–—·._/")


def canonical(object_id: str) -> str:
    """By what an object is joined: a plate without what people write in many ways; any other id as it is.

    >>> {canonical(f"plate:{p}") for p in ("KZ 123-АВС 02", "kz123abc02", "KZ 123 ABC 02")}
    {'plate:KZ123ABC02'}
    >>> canonical("tracker:a b")
    'tracker:a b'
    """
    if not object_id.startswith("plate:"):
        return object_id
    bare = object_id[6:].upper().translate(_LOOK_ALIKE).translate(_NO_PLATE)
    return f"plate:{bare}" if bare else object_id


def _plate(text: str) -> Checked:
    cleaned = clean_id(text)
    return cleaned if cleaned.value is None else Checked(cleaned.value.upper())


# Wagon numbers keep their seven-digit slips: an eighth digit that is missing is mostly the check digit.
_BY_AGENCY: dict[str, Callable[[str], Checked]] = {
    "wagon_1520": lambda text: wagon_1520(restored_zeros(text, 0)),
    "wagon_uic": lambda text: wagon_uic(restored_zeros(text, 0)),
    "container_iso6346": container_iso6346,
    "plate": _plate,
}


def object_of(text: str, agency: str) -> tuple[str, Checked]:
    """(agency, the id) of what a supplier wrote. `auto` tells containers and wagons by shape, else it is a plate."""
    if agency == "auto":
        bare = text.replace(" ", "").replace("-", "").upper()
        if _CONTAINER.fullmatch(bare):
            agency = "container_iso6346"
        elif bare.isascii() and bare.isdigit() and len(bare) == 8:
            agency = "wagon_1520"
        else:
            agency = "plate"
    return agency, _BY_AGENCY.get(agency, clean_id)(text)


def place_code_of(text: str, agency: str) -> Checked:
    """`agency:code` of a place; `auto` takes a five-letter UN/LOCODE, `agency:code` as it is, else the sender's own.

    >>> place_code_of("KZ DOS", "auto").value, place_code_of("7085", "esr").value
    ('unlocode:KZDOS', 'esr:708507')
    """
    cleaned = clean_id(text)
    if cleaned.value is None:
        return Checked(None, Said("empty or unprintable place"), malformed=True)
    given, colon, rest = cleaned.value.partition(":")
    if colon and given.lower() in PLACE_AGENCIES:
        agency, code = given.lower(), rest.strip()
    else:
        code = cleaned.value
    bare = code.replace(" ", "").upper()
    if agency == "auto":
        agency = "unlocode" if _PLAIN_UNLOCODE.fullmatch(code) else "own"
    if agency == "unlocode" and not _UNLOCODE.fullmatch(bare):
        return Checked(None, Said("{code!r} is no UN/LOCODE: five letters such as KZDOS", code=code), malformed=True)
    if agency == "esr":
        station = esr(restored_zeros(code, 0))
        return station if station.value is None else Checked(f"esr:{station.value}", warning=station.warning)
    return Checked(f"{agency}:{bare if agency == 'unlocode' else code}") if code else Checked(None, Said("empty place"))
