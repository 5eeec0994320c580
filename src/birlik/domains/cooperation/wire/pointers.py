"""JSON pointers (RFC 6901): what stands at one, and a document with something else there."""

from collections.abc import Iterator
from functools import cache
from typing import Any


def escaped(step: object) -> str:
    """A name or an index as a part of a pointer.

    >>> escaped("a/b~c")
    'a~1b~0c'
    """
    return str(step).replace("~", "~0").replace("/", "~1")


def pointer_of(path: Iterator[object] | list[object] | tuple[object, ...]) -> str:
    """The pointer of names and indices from the outside in."""
    return "".join(f"/{escaped(step)}" for step in path)


def tokens(pointer: str) -> list[str]:
    """The names and indices of a pointer, from the outside in."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def found(document: Any, pattern: str) -> list[tuple[str, Any]]:
    """(pointer, value) of all that a pattern finds; `*` stands for every element of an array, and nothing else.

    >>> found({"a": [{"b": 1}, {"c": 2}, {"b": 3}]}, "/a/*/b")
    [('/a/0/b', 1), ('/a/2/b', 3)]
    """
    return _found(document, _parts(pattern), "")


@cache
def _parts(pattern: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What stands before, between and behind the stars: as it is written, and its names and indices."""
    whole = [part.removesuffix("/") for part in f"{pattern}/".split("/*/")]
    texts = [whole[0], *(f"/{part}" if part else "" for part in whole[1:])]
    return tuple((text, tuple(tokens(text))) for text in texts)


def _found(here: Any, parts: tuple[tuple[str, tuple[str, ...]], ...], at: str) -> list[tuple[str, Any]]:
    text, steps = parts[0]
    for step in steps:
        if isinstance(here, dict):
            if step not in here:
                return []
            here = here[step]
        elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return []
    if len(parts) == 1:
        return [(at + text, here)]
    if not isinstance(here, list):
        return []
    rest, within = parts[1:], at + text
    return [one for i, each in enumerate(here) for one in _found(each, rest, f"{within}/{i}")]


def put(document: Any, pointer: str, value: Any) -> Any:
    """A document with a value at a pointer; what lies on the way there is made, and the document is left alone.

    `-` is the end of an array (RFC 6901, 4). An array begins where the next step is `-`.

    >>> put({"a": [1]}, "/a/-", 2), put({}, "/b/c", 3), put({}, "/d/-", 4)
    ({'a': [1, 2]}, {'b': {'c': 3}}, {'d': [4]})
    """
    return _put(document, tokens(pointer), value)


def _put(here: Any, rest: list[str], value: Any) -> Any:
    if not rest:
        return value
    step, inner = rest[0], rest[1:]
    if isinstance(here, list) or (step == "-" and not isinstance(here, dict)):
        made = list(here) if isinstance(here, list) else []
        if step == "-":
            return [*made, _put(None, inner, value)]
        made[int(step)] = _put(made[int(step)], inner, value)
        return made
    made_of = dict(here) if isinstance(here, dict) else {}
    made_of[step] = _put(made_of.get(step), inner, value)
    return made_of


GONE = object()
"""What stands where an element was taken out, until all are: so that indices hold."""


def without(document: Any, gone: set[str]) -> Any:
    """A document without what stands at some pointers. A list or an object that had nothing else goes with it."""
    if not gone:
        return document
    for pointer in gone:
        document = put(document, pointer, GONE)
    return _cleared(document)


def _cleared(here: Any) -> Any:
    if isinstance(here, list):
        kept = [made for each in here if (made := _cleared(each)) is not GONE]
        return GONE if here and not kept else kept
    if isinstance(here, dict):
        left = {name: made for name, each in here.items() if (made := _cleared(each)) is not GONE}
        return GONE if here and not left else left
    return here
