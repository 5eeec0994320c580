"""Who: states, organisations, principals. One YAML file a state in `members/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from birlik.errors import UnknownSetting


class Tier(StrEnum):
    MEMBER = "member"
    OBSERVER = "observer"
    PARTNER = "partner"


class Role(StrEnum):
    READER = "reader"
    SUPPLIER = "supplier"
    OPERATOR = "operator"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"


class Need(StrEnum):
    """Of what no role in particular is needed for."""

    FREE = "free"
    """Whoever reaches the node, signed in or not: signing in itself, the style of a page."""
    SIGNED_IN = "signed in"
    """Whoever is somebody."""
    NAMED = "named"
    """Of a table: whom its rows name (`Table.party`), and no role; beside them, whoever owns the machine."""


Needs: TypeAlias = Role | Need
"""What a route, act, page or table asks of who comes to it."""

INCLUDES: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.READER: frozenset({Role.READER}),
        Role.SUPPLIER: frozenset({Role.SUPPLIER}),
        Role.OPERATOR: frozenset({Role.OPERATOR, Role.READER, Role.SUPPLIER}),
        Role.STEWARD: frozenset({Role.STEWARD, Role.OPERATOR, Role.READER, Role.SUPPLIER}),
        Role.ADMINISTRATOR: frozenset({Role.ADMINISTRATOR}),
    }
)
"""Who tends registers may do the daily acts too; who acts reads, and sends for the sources that the grant names.
Administrators read no rows, and suppliers only their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tenure:
    """A tier, and the day from which it holds."""

    tier: Tier
    since: date
    note: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    code: str
    """ISO 3166-1 alpha-3."""
    name_en: str
    language: str
    """BCP 47 tag of its first language."""
    tiers: tuple[Tenure, ...]
    """The earliest first."""

    @property
    def name(self) -> str:
        """What it is called in English."""
        return self.name_en

    def tier_on(self, day: date) -> Tier | None:
        """The tier that held on a day; None before the first."""
        return next((tenure.tier for tenure in reversed(self.tiers) if tenure.since <= day), None)


SHIPPED = Path(__file__).parents[1] / "members"
"""In a wheel."""
IN_THE_SOURCES = Path(__file__).parents[3] / "members"


def known() -> tuple[State, ...]:
    """The states that birlik ships, by code."""
    return read(_folder())


def content() -> bytes:
    """All that its files say, for who watches whether they change."""
    return b"".join(path.name.encode() + b"\n" + path.read_bytes() for path in sorted(_folder().glob("*.yaml")))


def _folder() -> Path:
    return SHIPPED if SHIPPED.is_dir() else IN_THE_SOURCES


def must_be_known(code: str) -> None:
    """Raises UnknownSetting, naming the states that there are, and the one that is meant where one is near."""
    states = {state.code: state.name_en for state in known()}
    if code in states:
        return
    told = code.strip().casefold()
    meant = [c for c, name in states.items() if told in (c.casefold(), name.casefold())]
    meant = meant or get_close_matches(code.upper(), states, 1)
    hint = f"did you mean {meant[0]}? There are " if meant else "there are "
    listed = ", ".join(f"{c} ({name})" for c, name in states.items())
    raise UnknownSetting(f"member: {code!r} is no state whose node this can be; {hint}{listed}")


def read(folder: Path) -> tuple[State, ...]:
    """The states of a folder, by code. Raises UnknownSetting, naming the file and the key."""
    return tuple(_state(path) for path in sorted(folder.glob("*.yaml")))


def _state(path: Path) -> State:
    import yaml  # not on the way of every command

    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnknownSetting(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    told = _exactly(given, {"code": str, "name_en": str, "language": str, "tiers": list}, str(path))
    if told["code"] != path.stem:
        raise UnknownSetting(f"{path}: code: {told['code']!r} is not the file's name")
    tiers = [_tenure(row, f"{path}: tiers {i}") for i, row in enumerate(told["tiers"], 1)]
    if not tiers or any(a.since >= b.since for a, b in pairwise(tiers)):
        raise UnknownSetting(f"{path}: tiers: one row at least, the earliest first")
    return State(**{**told, "tiers": tuple(tiers)})


def _tenure(given: Any, where: str) -> Tenure:
    told = _exactly(given, {"tier": str, "since": date, "note": str, "source": str}, where)
    if told["tier"] not in list(Tier):
        raise UnknownSetting(f"{where}: tier: {told['tier']!r}; it takes {', '.join(Tier)}")
    return Tenure(**{**told, "tier": Tier(told["tier"])})


def _exactly(given: Any, types: dict[str, type], where: str) -> dict[str, Any]:
    """A mapping with these keys and no others, each of its type."""
    if not isinstance(given, dict) or given.keys() != types.keys():
        raise UnknownSetting(f"{where}: it takes the keys {', '.join(types)}, and all of them")
    for name, kind in types.items():
        if not isinstance(given[name], kind):
            raise UnknownSetting(f"{where}: {name}: {given[name]!r} is no {kind.__name__}")
    return given
