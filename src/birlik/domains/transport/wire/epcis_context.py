"""JSON-LD contexts of many senders, so joined that each event means what its sender meant and the whole is valid.

What a sender's `@context` says is read once, its words resolved to absolute IRIs (`Meanings`). Of that an answer
carries only what its events use: words on whose meaning all of them agree stand in the answer's own context, the
others with their event. Words that GS1's context protects are never given a meaning: they have one, and JSON-LD forbids
another. Contexts that are named by address only are not fetched; GS1's own is known by what it protects.
Source: JSON-LD 1.1, sections 4.1 (contexts), 4.1.11 (protected terms), 9.15 (what a context may hold).
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from birlik.domains.transport.wire import epcis_vocabulary as cbv
from birlik.domains.transport.wire.epcis_schema import json_schema

Meanings = Mapping[str, Any]
"""By word (`ext`, `ext:colour`, `colour`): an absolute IRI, or an object with `@id` and what else holds of it."""

_NONE: Meanings = MappingProxyType({})
_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        **cbv.PREFIXES,
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dcterms": "http://purl.org/dc/terms/",
    }
)
"""What GS1's context declares, by which a sender's own words may be explained."""
_OTHERS = (
    *("Collection", "EPCISDocument", "EPCISQueryDocument", "baseURL", "masterData", "member", "children"),
    *("epcisHeader", "vocabularyList", "id", "type"),
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_TYPES = frozenset({"@id", "@vocab", "@json", "@none"})
_CONTAINERS = frozenset({"@list", "@set", "@language", "@index"})
_ENDS = ":/?#[]@"
_WHOLE = ("@vocab", "@language")
"""What a context may say of all words at once: it stays with its event."""


@lru_cache(maxsize=1)
def protected() -> frozenset[str]:
    """Every word that GS1's context has a meaning for, at any depth."""
    lists = (cbv.BIZ_STEPS, cbv.DISPOSITIONS, cbv.TRANSACTION_TYPES, cbv.PARTY_TYPES)
    others = (cbv.ERROR_REASONS, cbv.COMPONENTS, cbv.MEASUREMENTS, cbv.SENSOR_ALERTS)
    words = {word for each in (*lists, *others) for word in each.words}
    return frozenset({*words, *_fields(json_schema()), *_PREFIXES, *cbv.EVENT_TYPES, *_OTHERS})


def _fields(schema: Any) -> Iterator[str]:
    for part in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        yield from _fields(part)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        yield from schema["properties"]


def meanings(*contexts: Any) -> Meanings:
    """What these contexts say, the later over the earlier; of what can't be meant, nothing."""
    said: dict[str, Any] = {}
    for context in contexts:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                said.update(part)
    found = {}
    for word in said:
        meaning = _whole(word, said[word]) if word in _WHOLE else _meaning(word, said)
        if meaning is not None:
            found[word] = meaning
    return found


@lru_cache(maxsize=256)
def meanings_of_text(context: str | None) -> Meanings:
    """`meanings` of a context as JSON; thousands of events come with the same one."""
    return meanings(orjson.loads(context)) if context else _NONE


def joined(
    events: Sequence[Mapping[str, Any]], said: Sequence[Meanings]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(words for the whole, for each event those that it must bring itself). said: of each event, by its sender."""
    if not any(said):
        return {}, [{} for _ in events]
    tokens = [frozenset(_tokens(event)) for event in events]
    used = [_used(met, words) for met, words in zip(tokens, said, strict=True)]
    common: dict[str, Any] = {}
    # Shorter first: `ext` is decided before `ext:colour`, which rests on it.
    for word in sorted({word for words in used for word in words}, key=lambda word: (":" in word, word)):
        given = [words[word] for words in used if word in words]
        met_n = sum(word in met for met in tokens)
        prefix = word.partition(":")[0]
        rests_on = word == prefix or prefix in common
        # One who uses the word without a meaning would be given one here.
        if word not in _WHOLE and rests_on and len(given) == met_n and all(one == given[0] for one in given):
            common[word] = given[0]
    own = [{word: meaning for word, meaning in words.items() if word not in common} for words in used]
    return common, own


def _used(met: Set[str], said: Meanings) -> dict[str, Any]:
    words = {word for word in said if word in met or word in _WHOLE}
    words |= {word.partition(":")[0] for word in words if ":" in word}
    return {word: said[word] for word in said if word in words}


def _tokens(value: Any) -> Iterator[str]:
    """Every word of a value that a context can explain: names and texts, and the prefixes of both."""
    if isinstance(value, str):
        yield value
        if ":" in value:
            yield value.partition(":")[0]
    elif isinstance(value, list):
        for item in value:
            yield from _tokens(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name != "@context":
                yield from _tokens(name)
                yield from _tokens(item)


def _whole(word: str, value: Any) -> str | None:
    pattern = _IRI if word == "@vocab" else _LANGUAGE
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _meaning(word: str, said: Mapping[str, Any]) -> Any:
    if not word or word[0] == "@" or word in protected() or "/" in word:
        return None
    prefix, colon, _ = word.partition(":")
    iri = _iri_of(word, said, frozenset())
    if iri is None or (colon and (prefix not in said or prefix in protected() or iri != _expanded(word, said))):
        return None  # a word with a colon means what its prefix says, or nothing
    given = said[word]
    return iri if isinstance(given, str) else _object(iri, given, said, ":" in word)


def _object(iri: str, given: Mapping[str, Any], said: Mapping[str, Any], colon: bool) -> dict[str, Any] | None:
    made: dict[str, Any] = {"@id": iri}
    for key, value in given.items():
        if key == "@id":
            continue
        if key == "@type" and isinstance(value, str):
            kind = value if value in _TYPES else _expanded(value, said)
            if kind is None:
                return None
            made[key] = kind
        elif (
            (key == "@container" and isinstance(value, str) and value in _CONTAINERS)
            or (key == "@prefix" and isinstance(value, bool) and not colon)
            or (key == "@language" and isinstance(value, str) and _LANGUAGE.fullmatch(value))
        ):
            made[key] = value
        else:
            return None
    return made


def _iri_of(word: str, said: Mapping[str, Any], busy: frozenset[str]) -> str | None:
    """What a word stands for by itself; None where that is no IRI, or explains itself by itself."""
    if word in busy:
        return None
    given = said.get(word)
    text = given.get("@id", word if ":" in word else None) if isinstance(given, dict) else given
    return _expanded(text, said, busy | {word}) if isinstance(text, str) else None


def _expanded(text: str, said: Mapping[str, Any], busy: frozenset[str] = frozenset()) -> str | None:
    prefix, colon, rest = text.partition(":")
    if colon and not rest.startswith("//"):
        if prefix in _PREFIXES:
            return _PREFIXES[prefix] + rest
        if prefix in said:
            if (start := _iri_of(prefix, said, busy)) is None:
                return None
            # Only where it ends so, or says so, does a word serve as a prefix (section 4.1.5).
            return start + rest if start[-1] in _ENDS or _says_prefix(said[prefix]) else text
    if not colon and text in said:
        return _iri_of(text, said, busy)
    return text if _IRI.fullmatch(text) else None


def _says_prefix(given: Any) -> bool:
    return isinstance(given, dict) and given.get("@prefix") is True
