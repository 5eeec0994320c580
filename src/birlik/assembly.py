"""Puts a node together. The one place that names the domains."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from birlik import settings as settings_module
from birlik.clock import Clock, SystemClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain
from birlik.kernel.node import STORE_FILE, Node, opened


def domains() -> tuple[Domain, ...]:
    """Every domain of this birlik."""
    from birlik.domains.transport.domain import DOMAIN as TRANSPORT

    return (TRANSPORT,)


def open_node(
    folder: Path,
    *,
    clock: Clock | None = None,
    declared: Sequence[Domain] | None = None,
    store_file: str = STORE_FILE,
    progress: Callable[[int], None] = lambda messages: None,
    **overrides: Any,
) -> Node:
    """Open the node in `folder`, and take what its journal has and its store has not.

    `progress` is told how many messages were taken so far.
    Raises NotANode, UnknownSetting, StoreUnavailable.
    """
    given = settings_module.read(folder, **overrides)
    chosen = tuple(declared) if declared is not None else domains()
    node = opened(folder, given, clock or SystemClock(), chosen, store_file)
    pipeline.catch_up(node, progress)
    return node
