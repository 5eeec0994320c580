"""Doors: pages of a domain under their own name, address, first page and accent. A visitor meets tools, not a register.

What no door names lies behind all doors of its domain: registers, queues, sources.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from birlik.kernel.panels import Sentence

ADDRESS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a door may be called: it is a part of an address, and is said aloud."""
TAKEN = frozenset(
    {
        "about",
        "account",
        "api",
        "birlik",
        "health",
        "link",
        "method",
        "metrics",
        "search",
        "see-as",
        "sign-in",
        "sign-out",
        "static",
        "try",
    }
)
"""First parts of addresses that are the node's own."""


class Accent(StrEnum):
    """Colours of which each theme has its own shade, readable on its ground. They tell doors apart, and nothing else:
    each stands beside the door's name."""

    SEA = "sea"
    PLUM = "plum"
    MOSS = "moss"
    CLAY = "clay"
    IRIS = "iris"
    SLATE = "slate"


@dataclass(frozen=True, kw_only=True)
class Way:
    """What a visitor may want here, and where it is found."""

    title: str
    """In the visitor's words: `What changed since a day?`"""
    page: str = ""
    """Name of a page of the door, without parameters; none where it leads to *Try a file*."""
    panel: str = ""
    """The panel of it that answers."""
    tries: str = ""
    """The intake by which a file is tried there."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """It is shown to whoever may open one of its pages, and tells what they may see."""

    name: str
    """Its address: `/{name}`. It may be that of its domain."""
    title: str
    question: str
    """Who finds what here, in one sentence."""
    says: Sentence
    """One living sentence, of the figures that the reader sees; `text_empty` where there are none."""
    pages: tuple[str, ...]
    """Names of pages of its domain, the first page first. A page stands behind one door at most."""
    accent: Accent
    plans: tuple[str, ...] = ()
    """Names of plans of its domain, that stand behind it in the navigation."""
    ways: tuple[Way, ...] = ()
    """What is mostly wanted here, in the order of how often; with what its first page says to who is new (`help`)."""

    def texts(self) -> Iterator[str]:
        """All that it says in words, to be translated."""
        yield from (self.title, self.question)
        yield from self.says.texts()
        yield from (way.title for way in self.ways)
