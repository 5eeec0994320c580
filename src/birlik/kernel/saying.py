"""Why something was refused, in the reader's language: of the kernel's catalogues and the domains'."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from birlik.kernel.alerting.words import SOURCE_LANGUAGE, catalogues_in
from birlik.kernel.node import Node
from birlik.said import again, outline, parts

OWN = Path(str(files("birlik.kernel") / "locale"))


def reason_in(node: Node, language: str, text: str, template: str | None = None, values: str | None = None) -> str:
    """A reason of the quarantine, by its columns; or one that was just found, which has its parts in itself.

    An entry of a release that kept no template says its English words in every language.
    """
    if language == SOURCE_LANGUAGE:
        return text
    found, inside = (template, orjson.loads(values) if values else {}) if template is not None else parts(text)
    return again(found, inside, _catalogue(node, language).get) or text


def about_in(node: Node, language: str, template: str) -> str:
    """What entries with one template have in common: the reason with `…` in the place of its values."""
    return outline(template, _catalogue(node, language).get)


def languages(node: Node) -> tuple[str, ...]:
    """English, and those in which any reason is said."""
    return (SOURCE_LANGUAGE, *sorted(set(_catalogues(node)) - {SOURCE_LANGUAGE}))


def _catalogues(node: Node) -> Any:
    return catalogues_in((*(d.catalogue for d in node.domains if d.catalogue is not None), OWN))


def _catalogue(node: Node, language: str) -> Any:
    return _catalogues(node).get(language, {})
