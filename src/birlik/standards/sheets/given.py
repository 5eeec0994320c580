"""What a profile in YAML says, held against what it may say. Raises UnknownSetting with the key and what it takes."""

from collections.abc import Mapping
from typing import Any

import yaml

from birlik.errors import UnknownSetting

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
