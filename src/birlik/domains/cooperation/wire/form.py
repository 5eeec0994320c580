"""What each standard says of itself: where in a record a property of ours stands, and how it is written there."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from birlik.domains.cooperation.vocabulary.outer_ids import as_written
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.domains.cooperation.wire.pieces import Piece
from birlik.domains.cooperation.wire.pointers import found_by, put
from birlik.errors import Malformed, Where
from birlik.said import Said

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a record says of its entity, and where in it."""

    property: str
    value: str
    lang: str
    pointer: str


def words(value: Any) -> str:
    """Text as it stands, without the space around it. Raises Malformed where it is something else."""
    if not isinstance(value, str):
        raise Malformed(Said("it must be text"))
    return value.strip()


def as_it_is(value: str, lang: str, before: Any) -> Any:
    """A claim's value as the record has it, where both are text."""
    return value


def no_language(value: Any, document: Document) -> str:
    """Of what is said in no language."""
    return ""


def always(value: Any) -> bool:
    """Of every value."""
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a property stands."""

    property: str
    pattern: str
    """A JSON pointer; `*` is every element of an array, each a claim of its own."""
    read: Callable[[Any], str] = words
    """What a claim says of it; empty where it says nothing. Raises Malformed."""
    write: Callable[[str, str, Any], Any] = as_it_is
    """(a claim's value, its language, what stood there or None) -> what stands there instead."""
    lang: Callable[[Any, Document], str] = no_language
    when: Callable[[Any], bool] = always
    """Is this value of the property? Several may stand in one array."""

    begin: str = ""
    """Where it is written in a record that doesn't have it, if not at `pattern`."""
    adds: bool = True
    """What people say beside it may be written here."""
    beside: tuple[tuple[str, Callable[[str], str]], ...] = ()
    """Pointers at which a record that is made anew says a part of the same: of a date the year. Each with what."""
    unless: str = ""
    """It says nothing where something stands at this pointer (of an object), which says the same more exactly."""


def beginning(place: Place) -> str:
    """The pointer at which a value is added; `-` is the end of a list."""
    return place.begin or place.pattern.replace("*", "-")


def in_list(place: Place) -> bool:
    """Do its values stand in a list of their own?"""
    return place.pattern.endswith("/*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """Who a record is about."""

    own_id: str
    """Its id within its form and source."""
    entity_id: str


@dataclass(frozen=True, kw_only=True)
class File:
    """A file cut into its records."""

    head: Mapping[str, Any] = field(default_factory=dict)
    """What the file says of itself, without its records."""
    pieces: Iterable[Piece] = ()
    notices: tuple[str, ...] = ()
    refused: Sequence[Malformed] = ()
    """Parts of it that are no record."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """One standard."""

    name: str
    """As `cooperation_record.form` has it."""
    kind: Kind
    places: tuple[Place, ...]
    cut: Callable[[bytes], File]
    """Raises Malformed where the whole is broken."""
    document: Callable[[Piece], dict[str, Any]]
    """A record; raises Malformed with its place."""
    named: Callable[[Document, str], Named]
    """(record, source) -> whose it is. Raises Malformed with a pointer from the record on."""
    is_json: bool = True
    """A record is kept as the very bytes that came; of what is no JSON, as its document."""
    blank: Callable[[str], dict[str, Any]] = lambda name: {}
    """(a name for it) -> a record that says nothing yet."""
    version: str = ""
    """Of the standard, where neither file nor record says it."""
    said: Callable[[Document], str] = lambda document: ""
    """When the record was written, as exact as it says: what is said later stands first."""
    address: Callable[[Document, Mapping[str, Any]], str] = lambda document, head: ""
    """(record, the file's head) -> where it can be read, if anywhere."""
    check: Callable[[Document, Mapping[str, Any]], Sequence[tuple[Where, str]]] = lambda document, head: ()
    """What is odd of it though it is taken. Raises Malformed for what is wrong."""

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """Of the places, in their order."""
        return tuple(place.pattern for place in self.places)


OF_RECORD = "claim:record:"
"""How the ids of claims begin that came with a record: what people say has ids of another kind."""


def claim_id(record_id: str, said: Statement) -> str:
    """The same for the same statement of the same record, whenever it comes."""
    return named(record_id, said.property, said.value, said.lang)


def named(record_id: str, *said: str) -> str:
    """The id of a claim that came with a record, by what makes it the same claim."""
    text = "\n".join((record_id, *said))
    return f"{OF_RECORD}{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def is_of_record(name: str) -> bool:
    """Did a claim come with a record?"""
    return name.startswith(OF_RECORD)


def located(form: Form, document: Document) -> Iterator[tuple[Place, Any, Statement]]:
    """(place, what stands there, what it says) of all that a record says of its entity, in the order of its places.

    Raises Malformed with a pointer from the record on.
    """
    for n, pointer, value in found_by(document, form.patterns):
        place = form.places[n]
        if value is None or not place.when(value) or (place.unless and _stands(document, place.unless)):
            continue
        try:
            text = place.read(value)
            if text:
                text = as_written(place.property, text)
        except Malformed as error:
            raise Malformed(error.reason, where=Where(pointer=pointer + (error.where.pointer or ""))) from None
        if text:
            yield place, value, Statement(place.property, text, place.lang(value, document), pointer)


def statements(form: Form, document: Document) -> list[Statement]:
    """What a record says of its entity, each once. Raises Malformed with a pointer from the record on."""
    made: dict[tuple[str, str, str], Statement] = {}
    for _, _, said in located(form, document):
        made.setdefault((said.property, said.value, said.lang), said)
    return list(made.values())


def converted(said: Iterable[Statement], form: Form, name: str) -> dict[str, Any]:
    """A record of another form that says the same, as far as that form has a place for it."""
    made: dict[str, Any] = form.blank(name)
    told: set[str] = set()
    for one in said:
        place = next((p for p in form.places if p.property == one.property and p.adds), None)
        if place is None or (place.property in told and not in_list(place)):
            continue
        made = put(made, beginning(place), place.write(one.value, one.lang, None))
        for pointer, part in place.beside:
            made = put(made, pointer, part(one.value))
        told.add(place.property)
    return made


def _stands(document: Document, pointer: str) -> bool:
    found: Any = document
    for name in pointer.split("/")[1:]:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found not in (None, "")
