"""The Atom syndication format (RFC 4287): what changed, for whoever follows a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

NAMESPACE = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One change."""

    id: str
    """An IRI that never changes (4.2.6)."""
    title: str
    updated: datetime
    href: str
    """Where it can be read."""
    summary: str
    author: str = ""
    categories: Sequence[str] = ()
    """Terms (4.2.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What changed in one list, the newest first."""

    id: str
    title: str
    subtitle: str
    updated: datetime
    """When the newest entry changed; of none, a moment that says nothing of the asker."""
    self_href: str
    author: str
    generator: str
    entries: Sequence[Entry]


def written(feed: Feed) -> bytes:
    """A feed document in UTF-8. What XML can't hold is left out of its texts."""
    root = etree.Element(_tag("feed"), nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the stubs lack the default namespace
    _put(root, "id", feed.id)
    _put(root, "title", feed.title)
    _put(root, "subtitle", feed.subtitle)
    _put(root, "updated", _moment(feed.updated))
    etree.SubElement(root, _tag("link"), rel="self", href=feed.self_href, type=MEDIA_TYPE)
    _put(etree.SubElement(root, _tag("author")), "name", feed.author)
    _put(root, "generator", feed.generator)
    for entry in feed.entries:
        made = etree.SubElement(root, _tag("entry"))
        _put(made, "id", entry.id)
        _put(made, "title", entry.title)
        _put(made, "updated", _moment(entry.updated))
        etree.SubElement(made, _tag("link"), rel="alternate", href=entry.href)
        if entry.author:
            _put(etree.SubElement(made, _tag("author")), "name", entry.author)
        for term in entry.categories:
            etree.SubElement(made, _tag("category"), term=term)
        _put(made, "summary", entry.summary)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _put(parent: etree._Element, name: str, text: str) -> None:
    kept = (c for c in text if c in "\t\n\r" or (c >= " " and c not in _NONE))
    etree.SubElement(parent, _tag(name)).text = "".join(kept)


_NONE = frozenset(("\ufffe", "\uffff", *map(chr, range(0xD800, 0xE000))))
"""What no XML document may hold (XML 1.0, 2.2)."""


def _moment(moment: datetime) -> str:
    """RFC 3339, in UTC (3.3)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
