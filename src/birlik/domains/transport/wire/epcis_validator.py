"""The compiled schema, and what is wrong with a message in plain words."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from birlik.domains.transport.wire.epcis_schema import json_schema
from birlik.said import Said

MOST_FAULTS = 50
"""A message with more is wrong enough; the supplier mends these first."""


@dataclass(frozen=True, slots=True)
class Fault:
    pointer: str
    """JSON pointer (RFC 6901) of what is at fault; of an object for what it lacks."""
    reason: str

    def __str__(self) -> str:
        return self.said

    @property
    def said(self) -> str:
        return Said("{pointer}: {reason}", pointer=self.pointer or "/", reason=self.reason)


class Validator:
    """Compile once, use for every message, from any thread. Takes documents, query documents and bare events."""

    def __init__(self) -> None:
        self._schema = json_schema()
        self._fields = frozenset(_field_names(self._schema))
        self._compiled = jsonschema_rs.validator_for(
            self._schema, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
        )

    def is_valid(self, value: object) -> bool:
        """Whether `validate` would find nothing: the fast way to know."""
        return self._compiled.is_valid(value) or self._compiled.is_valid(self._with_terms_named(value))

    def validate(self, value: object) -> list[Fault]:
        """What is wrong, in the order of the schema, at most `MOST_FAULTS`; empty where all is well."""
        if self._compiled.is_valid(value):
            return []
        errors = self._compiled.iter_errors(self._with_terms_named(value))
        return [self._fault(error) for error in islice(errors, MOST_FAULTS)]

    def _with_terms_named(self, value: object) -> object:
        """The message with its own JSON-LD terms written as CURIEs.

        A context may map a bare word to a URI of its own: then the word has a namespace, though it doesn't show.
        """
        terms = _terms(value) - self._fields
        return _renamed(value, terms) if terms else value

    def _fault(self, error: jsonschema_rs.ValidationError) -> Fault:
        path = [str(step) for step in error.instance_path]
        keyword = error.kind.name
        if keyword == "required":
            return Fault(_pointer(path), Said("{name} is missing", name=_quoted(error.message)))
        rule = self._rule(error.schema_path)
        if keyword == "propertyNames":
            names = rule.get("propertyNames", {})
            reason = Said(str(names.get("$comment", "not a name for a field")))
            return Fault(_pointer([*path, _quoted(error.message)]), reason)
        if said := rule.get("$comment"):
            return Fault(_pointer(path), Said(str(said)))
        in_words = _IN_WORDS.get(keyword)
        return Fault(_pointer(path), in_words(rule) if in_words else error.message)

    def _rule(self, schema_path: list[str | int]) -> Mapping[str, Any]:
        """The part of the schema that was broken; for a rule on names, the part that holds it."""
        rule: Any = self._schema
        for step in schema_path[:-1]:
            if step == "propertyNames":
                break
            rule = rule[step]
        return rule if isinstance(rule, dict) else {}


_KINDS = MappingProxyType(
    {
        "array": Said("a list"),
        "object": Said("an object"),
        "string": Said("text"),
        "number": Said("a number"),
        "boolean": Said("true or false"),
    }
)


def _wrong_type(rule: Mapping[str, Any]) -> str:
    kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    kind, *others = (_KINDS.get(kind, kind) for kind in kinds)
    for other in others:
        kind = Said("{kind} or {other}", kind=kind, other=other)
    return Said("not {kind}", kind=kind)


_IN_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "type": _wrong_type,
        "enum": lambda rule: Said("none of {names}", names=", ".join(rule["enum"])),
        "minItems": lambda rule: Said("empty"),
        "minProperties": lambda rule: Said("empty"),
        "uniqueItems": lambda rule: Said("holds the same twice"),
        "additionalProperties": lambda rule: Said(
            "has a field other than {names}", names=", ".join(rule.get("properties", {}))
        ),
    }
)
"""Where the rule has no words of its own."""


def _quoted(message: str) -> str:
    """The name that the message begins with, in quotes as JSON writes it."""
    return str(json.JSONDecoder().raw_decode(message)[0]) if message.startswith('"') else message


def _pointer(path: list[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def _field_names(schema: object) -> set[str]:
    if isinstance(schema, list):
        return {name for part in schema for name in _field_names(part)}
    if not isinstance(schema, dict):
        return set()
    names = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return names.union(*(_field_names(part) for part in schema.values()))


def _terms(value: object) -> set[str]:
    """The words that a message's contexts map to a URI, the document's and its events' own."""
    if isinstance(value, list):
        return {term for item in value for term in _terms(item)}
    if not isinstance(value, dict):
        return set()
    context = value.get("@context")
    found = {
        term
        for part in (context if isinstance(context, list) else (context,))
        if isinstance(part, dict)
        for term, meaning in part.items()
        if ":" not in term and ":" in str(meaning.get("@id", "") if isinstance(meaning, dict) else meaning)
    }
    for key in ("epcisBody", "queryResults", "resultsBody", "eventList"):
        found |= _terms(value.get(key))
    return found


def _renamed(value: Any, terms: set[str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, terms) for item in value]
    if isinstance(value, dict):
        return {
            (f"term:{key}" if key in terms else key): item if key == "@context" else _renamed(item, terms)
            for key, item in value.items()
        }
    return value
