"""A node of the registry alone, and what its tests send and ask."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.nodes import delivery, opened

from birlik.clock import SetClock
from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import pipeline
from birlik.kernel.intake import Receipt
from birlik.kernel.node import Node

TODAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
MEDIA_TYPES = {intake.name: intake.media_type for intake in DOMAIN.intakes}


OF_ITS_OWN = frozenset({"exercise", "cooperation", "meaning"})
"""Settings by which a new node has other rows than one that has none of them."""


@contextmanager
def registry(folder: Path, **more: Any) -> Iterator[Node]:
    """A node of the registry alone, with what ships and what follows from it."""
    if not folder.exists() and OF_ITS_OWN.isdisjoint(more):
        shutil.copytree(_new(), folder)
    with _opened(folder, **more) as made:
        yield made


@cache
def _new() -> Path:
    """A node as it is after its first step. Made once a process: it is most of what a test here would wait for."""
    folder = Path(tempfile.mkdtemp(prefix="birlik-registry-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with _opened(folder / "node") as made:
        pipeline.follow(made)
    return folder / "node"


def _opened(folder: Path, **more: Any) -> AbstractContextManager[Node]:
    return opened(folder, declared=(DOMAIN,), clock=SetClock(TODAY), follow_every_s=3600, **more)


def sent(node: Node, form: str, body: bytes, **more: Any) -> Receipt:
    """What becomes of a file in one of the forms."""
    one = delivery(body, node, media_type=MEDIA_TYPES[form], **{"source_id": "ministry", **more})
    return pipeline.take(node, [one])[0]


def faults(receipt: Receipt) -> list[tuple[str, str]]:
    """(place, words) of what was refused."""
    return [(str(each.where), each.reason) for each in receipt.refused]


def differing(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """JSON pointers of all at which two documents differ."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for name in (*left, *(n for n in right if n not in left)):
            if name in left and name in right:
                yield from differing(left[name], right[name], f"{at}/{name}")
            else:
                yield f"{at}/{name}"
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for i, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from differing(one, other, f"{at}/{i}")
    elif type(left) is not type(right) or left != right:
        yield at
