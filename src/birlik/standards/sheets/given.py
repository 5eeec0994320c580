"""What a profile in YAML says, held against what it may say. Raises UnknownSetting with the key and what it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import yaml

from birlik.errors import BadRequest, UnknownSetting

DELIMITERS = ("auto", ",", ";", "\t", "|")


def read_given(text: str | bytes) -> Mapping[str, Any]:
    """The keys of a profile."""
    try:
        # A few aliases of aliases are millions of values, and a fault would write them out.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise UnknownSetting("profile: it repeats a value by an alias (*name): write the value out")
        given = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise UnknownSetting(f"profile: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, dict):
        raise UnknownSetting("profile: a mapping of keys is expected")
    return given


def text_in(given: Mapping[str, Any], key: str) -> str:
    """A name that must be there."""
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UnknownSetting(f"profile: {key}: a name is expected, not {value!r}")
    return value.strip()


def known_keys(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """A key that nobody knows is mostly a slip of the keyboard."""
    for key in given:
        if key not in known:
            raise UnknownSetting(f"{where}: unknown key {key!r}; it takes {', '.join(known)}")


def one_of(value: Any, known: tuple[Any, ...], where: str) -> Any:
    """A value out of a list."""
    if value not in known or isinstance(value, bool) != isinstance(known[0], bool):
        raise UnknownSetting(f"{where}: {value!r}; it takes {', '.join(str(k) for k in known)}")
    return value


def encodings_of(given: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Code pages to be tried in their order."""
    value = given.get("encoding", "utf-8")
    names = tuple(str(v) for v in value) if isinstance(value, list) else (str(value),)
    for name in names:
        try:
            known = "x".encode(name) == b"x"
        except (LookupError, UnicodeError, ValueError, TypeError):
            known = False
        if not known:
            raise UnknownSetting(f"{where}: {name!r} is no code page that extends ASCII")
    return names


@dataclass(frozen=True, slots=True)
class Given:
    """A profile as its keys are read one by one."""

    name: str
    kind: str
    given: Mapping[str, Any]

    def at(self, key: str) -> str:
        """Which key it is, for whoever has to mend it."""
        return f"profile {self.name}: {key}"

    def mapping(self, key: str, known: tuple[str, ...] | None = None) -> Mapping[str, Any]:
        """What is said under a key, by names out of a list if there is one."""
        value = self.given.get(key) or {}
        if not isinstance(value, dict):
            raise UnknownSetting(f"{self.at(key)}: a mapping is expected, not {value!r}")
        if known is not None:
            known_keys(value, known, self.at(key))
        return {str(name): told for name, told in value.items()}

    def headers(self, value: Any, key: str) -> tuple[str, ...]:
        """The headers that a column may have."""
        names = value if isinstance(value, list) else [value]
        if self.given.get("header") is False:  # columns have numbers
            names = [str(n) if isinstance(n, int) and not isinstance(n, bool) and n > 0 else n for n in names]
        if not names or any(not isinstance(n, str) or not n.strip() for n in names):
            raise UnknownSetting(f"{self.at(key)}: a column's header or a list of them is expected, not {value!r}")
        return tuple(n.strip() for n in names)


class OfKind(Protocol):
    """A profile, as far as its sender may name a wrong one."""

    @property
    def name(self) -> str:
        """By which it is named."""
        ...

    @property
    def kind(self) -> str:
        """What it reads."""
        ...


P = TypeVar("P", bound=OfKind)


def shipped(package: str, read: Callable[[bytes], P]) -> Mapping[str, P]:
    """The profiles in `data/profiles` of a package by name, in the order of their files."""
    folder = files(package) / "data" / "profiles"
    texts = sorted((f.name, f.read_bytes()) for f in folder.iterdir() if f.name.endswith(".yaml"))
    return MappingProxyType({p.name: p for p in (read(text) for _, text in texts)})


def must_fit(kind: str, parameters: Mapping[str, str], read: Callable[[str], P], every: Mapping[str, P]) -> None:
    """A profile that there isn't, or of another kind, or that can't be read, is the caller's slip, not the file's.

    Raises BadRequest, and as `read`, which reads one that comes along.
    """
    if text := parameters.get("profile_yaml"):
        found = read(text)
    elif name := parameters.get("profile"):
        if name not in every:
            near = get_close_matches(name, every, 1)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise BadRequest(f"no profile {name!r}{hint}; there are {', '.join(every)}", parameter="profile")
        found = every[name]
    else:
        return
    if found.kind != kind:
        wanted, got = kind.replace("_", " "), found.kind.replace("_", " ")
        raise BadRequest(f"the profile {found.name} is for {got}, not for {wanted}", parameter="profile")
