"""Puts a node together. The one place that names the domains."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from birlik import settings as settings_module
from birlik.clock import Clock, SystemClock
from birlik.kernel import pipeline
from birlik.kernel.domain import Domain
from birlik.kernel.node import Node
from birlik.kernel.policy import Views
from birlik.kernel.store import FILE as STORE_FILE
from birlik.kernel.store import Catalogue, Store


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
    views = Views(tuple(given.views))
    store = Store(
        folder,
        catalogue_of(chosen),
        views,
        declared=digest_of(chosen, views),
        memory_limit=given.memory_limit,
        threads=given.threads,
        segment_bytes=given.segment_bytes,
        file=store_file,
    )
    node = Node(settings=given, clock=clock or SystemClock(), domains=chosen, views=views, store=store)
    pipeline.catch_up(node, progress)
    return node


def catalogue_of(chosen: Sequence[Domain]) -> Catalogue:
    return Catalogue(
        tables={t.name: t for d in chosen for t in d.tables},
        derived={t.name: t for d in chosen for t in d.derived},
        indicators={i.name: i for d in chosen for i in d.indicators},
    )


def digest_of(chosen: Sequence[Domain], views: Views) -> str:
    """Changes when what follows from rows is declared differently: then it is made again at start."""
    from birlik import __version__

    said = [__version__, *views.names]
    for domain in chosen:
        said += [f"{d.name}{d.fields}{d.columns}" for d in domain.derived]
        said += [f"{i.name}{i.dimensions}{i.measures}{i.minimum_n}{i.only}" for i in domain.indicators]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
