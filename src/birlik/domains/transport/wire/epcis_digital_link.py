"""GS1 keys, whatever they are written as, in the one form that can be compared: a canonical Digital Link URI.

`urn:epc:id:sgtin:4012345.011111.9876`, `https://shop.example/gtin/4012345111118/ser/9876?x=1` and
`https://id.gs1.org/01/04012345111118/21/9876` are the same thing.

Source: GS1 EPC Tag Data Standard 2.0, section 6 (EPC URIs); GS1 Digital Link 1.2 (keys, qualifiers, percent
encoding); CBV 2.0, section 8.9.2 (only the finest level of identification stays, and no query string).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

ROOT = "https://id.gs1.org/"
_NOUGHT = ord("0")


def check_digit(digits: str) -> str:
    """The GS1 check digit of any key: weights 3, 1, 3 … from the right.

    Source: GS1 General Specifications, section 7.9.
    >>> check_digit("401234511111")
    '8'
    """
    backwards = [ord(digit) - _NOUGHT for digit in reversed(digits)]
    return str(-(3 * sum(backwards[::2]) + sum(backwards[1::2])) % 10)


def canonical(uri: str) -> str | None:
    """The canonical Digital Link URI of a GS1 key; None where `uri` isn't one."""
    if uri.startswith("urn:epc:"):
        return _from_urn(uri)
    if uri.startswith("http"):
        return _from_link(uri)
    return None


def canonical_or_same(uri: str) -> str:
    """What two writings of one identifier have in common: the Digital Link of a GS1 key, anything else as it is."""
    return canonical(uri) or uri


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How an EPC scheme's parts become a key: `digits` are those of prefix and reference together."""

    digits: int | None
    build: Callable[[str, str, str], str]
    serial: re.Pattern[str] | None = None


_ANY = r"(?:%[0-9A-Fa-f]{2}|[!'()*+,.0-9:;=A-Za-z_-])"
_SERIAL = re.compile(_ANY + r"{1,28}")
_DIGITS = re.compile(r"[0-9]{1,12}")
_PIECES = re.compile(r"[0-9]{2}\.[0-9]{2}\." + _ANY + "{1,20}")
_CPI = re.compile(r"(?:%[0-9A-Fa-f]{2}|[0-9A-Z-]){1,24}")

# Those that the EPC syntax lets stand and a Digital Link path does not (Digital Link 1.2, table 7-1).
_ENCODED = str.maketrans({c: f"%{ord(c):02X}" for c in "!()*+,:"})


def _escaped(text: str) -> str:
    return text.translate(_ENCODED)


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


@lru_cache(maxsize=4_096)
def _gtin(prefix: str, reference: str) -> str:
    return _checked(reference[:1] + prefix + reference[1:])


def _itip(prefix: str, reference: str, rest: str) -> str:
    piece, total, serial = rest.split(".", 2)
    key = f"8006/{_gtin(prefix, reference)}{piece}{total}"
    return key if serial == "*" else f"{key}/21/{_escaped(serial)}"


def _sgln(prefix: str, reference: str, extension: str) -> str:
    key = "414/" + _checked(prefix + reference)
    return key if extension == "0" else f"{key}/254/{_escaped(extension)}"


def _cpi(prefix: str, reference: str, serial: str) -> str:
    return f"8010/{prefix}{_escaped(reference)}/8011/{serial}"


_IDS: Mapping[str, _Scheme] = MappingProxyType(
    {
        "sgtin": _Scheme(13, lambda p, r, s: f"01/{_gtin(p, r)}/21/{_escaped(s)}", _SERIAL),
        "sscc": _Scheme(17, lambda p, r, s: "00/" + _gtin(p, r)),
        "sgln": _Scheme(12, _sgln, _SERIAL),
        "grai": _Scheme(12, lambda p, r, s: f"8003/{_checked('0' + p + r)}{_escaped(s)}", _SERIAL),
        "giai": _Scheme(None, lambda p, r, s: f"8004/{p}{_escaped(r)}"),
        "gsrn": _Scheme(17, lambda p, r, s: "8018/" + _checked(p + r)),
        "gsrnp": _Scheme(17, lambda p, r, s: "8017/" + _checked(p + r)),
        "gdti": _Scheme(12, lambda p, r, s: f"253/{_checked(p + r)}{_escaped(s)}", _SERIAL),
        "cpi": _Scheme(None, _cpi, _DIGITS),
        "sgcn": _Scheme(12, lambda p, r, s: f"255/{_checked(p + r)}{s}", _DIGITS),
        "ginc": _Scheme(None, lambda p, r, s: f"401/{p}{_escaped(r)}"),
        "gsin": _Scheme(16, lambda p, r, s: "402/" + _checked(p + r)),
        "itip": _Scheme(13, _itip, _PIECES),
        "upui": _Scheme(13, lambda p, r, s: f"01/{_gtin(p, r)}/235/{_escaped(s)}", _SERIAL),
        "pgln": _Scheme(12, lambda p, r, s: "417/" + _checked(p + r)),
    }
)

_STAR = re.compile(r"\*")
_PIECES_STAR = re.compile(r"[0-9]{2}\.[0-9]{2}\.\*")

_PATTERNS: Mapping[str, _Scheme] = MappingProxyType(
    {
        "sgtin": _Scheme(13, lambda p, r, s: "01/" + _gtin(p, r), _STAR),
        "grai": _Scheme(12, lambda p, r, s: "8003/" + _checked("0" + p + r), _STAR),
        "gdti": _Scheme(12, lambda p, r, s: "253/" + _checked(p + r), _STAR),
        "sgcn": _Scheme(12, lambda p, r, s: "255/" + _checked(p + r), _STAR),
        "cpi": _Scheme(None, lambda p, r, s: f"8010/{p}{_escaped(r)}", _STAR),
        "itip": _Scheme(13, _itip, _PIECES_STAR),
        "upui": _Scheme(13, lambda p, r, s: "01/" + _gtin(p, r), _STAR),
    }
)

_CLASSES: Mapping[str, _Scheme] = MappingProxyType(
    {"lgtin": _Scheme(13, lambda p, r, s: f"01/{_gtin(p, r)}/10/{_escaped(s)}", _SERIAL)}
)

_KINDS = MappingProxyType({"id": _IDS, "idpat": _PATTERNS, "class": _CLASSES})


def _from_urn(uri: str) -> str | None:
    parts = uri.split(":", 4)
    if len(parts) != 5 or parts[2] not in _KINDS or (scheme := _KINDS[parts[2]].get(parts[3])) is None:
        return None
    prefix, _, rest = parts[4].partition(".")
    if not (prefix.isdecimal() and prefix.isascii() and 6 <= len(prefix) <= 12):
        return None
    if scheme.digits is not None:
        reference, _, serial = rest.partition(".")
        if len(prefix) + len(reference) != scheme.digits or not (
            (reference or "0").isdecimal() and reference.isascii()
        ):
            return None
    elif scheme.serial is None:
        reference, serial = rest, ""
        if not _SERIAL.fullmatch(reference):
            return None
    else:
        reference, _, serial = rest.rpartition(".")
        if not _CPI.fullmatch(reference):
            return None
    if not (scheme.serial.fullmatch(serial) if scheme.serial else serial == ""):
        return None
    return ROOT + scheme.build(prefix, reference, serial)


_TEXT = r"(?:%[0-9A-Fa-f]{2}|[\"'.;<=>A-Z_a-z0-9-])"
_QUALIFIER = re.compile(_TEXT + "{0,28}")

_KEYS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "00": re.compile(r"\d{18}", re.ASCII),
        "01": re.compile(r"\d{14}", re.ASCII),
        "253": re.compile(r"\d{13}" + _TEXT + "{0,17}", re.ASCII),
        "255": re.compile(r"\d{13,25}", re.ASCII),
        "401": re.compile(_TEXT + "{5,30}"),
        "402": re.compile(r"\d{17}", re.ASCII),
        "414": re.compile(r"\d{13}", re.ASCII),
        "417": re.compile(r"\d{13}", re.ASCII),
        "8003": re.compile(r"\d{14}" + _TEXT + "{0,16}", re.ASCII),
        "8004": re.compile(_TEXT + "{5,30}"),
        "8006": re.compile(r"\d{18}", re.ASCII),
        "8010": re.compile(r"(?:%[0-9A-Fa-f]{2}|[0-9A-Z-]){5,30}"),
        "8017": re.compile(r"\d{18}", re.ASCII),
        "8018": re.compile(r"\d{18}", re.ASCII),
    }
)
"""The primary keys that EPCIS knows, by application identifier."""

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414",
        "party": "417", "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gsrnp": "8017",
        "gsrn": "8018", "cpv": "22", "lot": "10", "ser": "21", "glnx": "254", "cpsn": "8011", "tpx": "235",
    }
)  # fmt: skip
"""The short names that earlier Digital Link versions allow in place of the identifiers."""

_QUALIFIERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"01": ("22", "10", "21", "235"), "8006": ("22", "10", "21"), "414": ("254",), "8010": ("8011",)}
)
_FINEST = ("235", "21", "10", "254", "8011")
"""Of several qualifiers the first of these stays; a consumer product variant (22) never does."""

_GTIN_LENGTHS = (8, 12, 13, 14)
_STARTS_WITH_PREFIX = re.compile(r"\d{4}", re.ASCII)


def _from_link(uri: str) -> str | None:
    scheme, _, rest = uri.partition("://")
    if scheme not in ("http", "https"):
        return None
    segments = rest.partition("?")[0].rstrip("/").split("/")[1:]
    for i, (name, value) in enumerate(pairwise(segments)):
        identifier = _NAMES.get(name, name)
        if identifier in _KEYS and _STARTS_WITH_PREFIX.match(value):
            return _link(identifier, value, segments[i + 2 :])
    return None


def _link(identifier: str, value: str, rest: list[str]) -> str | None:
    if identifier == "01" and len(value) in _GTIN_LENGTHS:
        value = value.zfill(14)
    if not _KEYS[identifier].fullmatch(value) or len(rest) % 2:
        return None
    given = {_NAMES.get(name, name): text for name, text in zip(rest[::2], rest[1::2], strict=True)}
    allowed = _QUALIFIERS.get(identifier, ())
    if any(name not in allowed or not _QUALIFIER.fullmatch(text) for name, text in given.items()):
        return None
    finest = next((name for name in _FINEST if name in given), None)
    return f"{ROOT}{identifier}/{value}" + (f"/{finest}/{given[finest]}" if finest else "")
