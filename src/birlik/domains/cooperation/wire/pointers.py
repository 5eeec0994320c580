"""JSON pointers (RFC 6901): what stands at one, and a document with something else there."""

from collections.abc import Iterator
from functools import cache
from operator import itemgetter
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
    return [(pointer, value) for _, pointer, value in found_by(document, (pattern,))]


def found_by(document: Any, patterns: tuple[str, ...]) -> list[tuple[int, str, Any]]:
    """(place of the pattern, pointer, value) of all that several patterns find, pattern by pattern.

    The document is walked once, however many they are.

    >>> found_by({"a": [{"b": 1}], "c": 2}, ("/c", "/d", "/a/*/b"))
    [(0, '/c', 2), (2, '/a/0/b', 1)]
    """
    into: list[tuple[int, str, Any]] = []
    _walk(document, _tree(patterns), "", into)
    into.sort(key=itemgetter(0))  # stable: what one pattern finds stays in the order of the document
    return into


class _Branch:
    """Where some patterns go on from one place, and which of them end there."""

    __slots__ = ("ends", "every", "steps")

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.steps: dict[str, tuple[str, _Branch]] = {}
        """By name or index: the same as a part of a pointer, and how it goes on."""
        self.every: _Branch | None = None


@cache
def _tree(patterns: tuple[str, ...]) -> _Branch:
    root = _Branch()
    for n, pattern in enumerate(patterns):
        at = root
        for text, step in zip(pattern.split("/")[1:], tokens(pattern), strict=True):
            if text == "*":
                at.every = at.every or _Branch()
                at = at.every
            else:
                at = at.steps.setdefault(step, (f"/{text}", _Branch()))[1]
        at.ends.append(n)
    return root


def _walk(here: Any, branch: _Branch, at: str, into: list[tuple[int, str, Any]]) -> None:
    for n in branch.ends:
        into.append((n, at, here))
    if isinstance(here, dict):
        for step, (text, inner) in branch.steps.items():
            if step in here:
                _walk(here[step], inner, at + text, into)
    elif isinstance(here, list):
        for step, (text, inner) in branch.steps.items():
            if step.isdecimal() and int(step) < len(here):
                _walk(here[int(step)], inner, at + text, into)
        if branch.every is not None:
            for i, each in enumerate(here):
                _walk(each, branch.every, f"{at}/{i}", into)


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
