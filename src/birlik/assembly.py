"""Puts a node together. The one place that names the domains."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from birlik import settings as settings_module
from birlik.clock import Clock, SystemClock
from birlik.errors import BirlikError, UnknownSetting
from birlik.kernel import alerting, pipeline
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
    try:
        _must_be_known(node)
        pipeline.catch_up(node, progress)
    except BaseException:
        node.close()
        raise
    return node


def _must_be_known(node: Node) -> None:
    """What settings say of views, markings and rules must be there: a slip would silently send nothing.

    Raises UnknownSetting, naming the key and what it takes.
    """
    settings, names = node.settings, [rule.name for rule in alerting.rules(node)]
    for i, hook in enumerate(settings.webhooks):
        if hook.view not in node.views.names:
            raise UnknownSetting(f"webhooks.{i}.view: no view {hook.view!r}; there are {', '.join(node.views.names)}")
        if unknown := [rule for rule in hook.rules if rule not in names]:
            raise UnknownSetting(f"webhooks.{i}.rules: no rule {unknown[0]!r}; there are {', '.join(names)}")
    for name in settings.sources:
        try:
            node.views.of(node.labels_of(name))
        except BirlikError as error:
            raise UnknownSetting(f"sources.{name}: {error}") from error
