"""What all forms of works have in common: how a name, a date, an address is read; and whose a record is."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from birlik.domains.cooperation.vocabulary.outer_ids import doi
from birlik.domains.cooperation.wire.form import Document, Named
from birlik.domains.cooperation.wire.pointers import escaped
from birlik.errors import Malformed, Where
from birlik.said import Said

_DOI = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*|10\.\d{4}", re.IGNORECASE)


def text(value: Any) -> str:
    """Text, or a number as text. Raises Malformed.

    >>> text(" a  b\\n c"), text(7)
    ('a b c', '7')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(Said("it must be text"))
    return " ".join(str(value).split())


def an_id(value: Any) -> str:
    """The id of a work within its file."""
    made = text(value)
    if len(made) > 500:
        raise Malformed(Said("an id is text of up to {n} letters", n=500))
    return made


def of_work(own_id: str, source: str, said_doi: Any, where: str) -> Named:
    """A work by its DOI where it has one, else by its source and its own id. Raises Malformed.

    A slash of an id would part an address: it stands as `~1`, as in a JSON pointer.
    """
    if said_doi:
        try:
            return Named(own_id=own_id, entity_id=f"work:doi:{escaped(doi(text(said_doi)))}")
        except Malformed as error:
            raise Malformed(error.reason, where=Where(pointer=where)) from None
    return Named(own_id=own_id, entity_id=f"work:{escaped(source)}:{escaped(own_id)}")


def made_id(*parts: Any) -> str:
    """The id of a record that has none: the same for the same words."""
    said = "\n".join(str(part) for part in parts)
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]


def language_at(name: str) -> Callable[[Any, Document], str]:
    """The language that a record says it is in, where its title and its abstract are."""

    def read(value: Any, document: Document) -> str:
        said = document.get(name)
        return said if isinstance(said, str) else ""

    return read


def slug(entity_id: str) -> str:
    """A key for a bibliography out of an entity's id.

    >>> slug("work:doi:10.5555~1wells.2024.3")
    'doi-10.5555-wells.2024.3'
    """
    return re.sub(r"~[01]|[^\w.]+", "-", entity_id.removeprefix("work:"), flags=re.ASCII).strip("-")
