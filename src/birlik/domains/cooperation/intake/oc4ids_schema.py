"""The schema of OC4IDS as it ships, out of a folder that the settings name. Nothing is fetched."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from birlik.domains.cooperation.wire.pointers import found_by, pointer_of
from birlik.errors import Malformed, UnknownSetting, Where
from birlik.said import Said

Oddity = tuple[Where, str]

WORDS: Mapping[str, Callable[[Any], str]] = {
    "required": lambda e: Said("{name} is missing", name=e.kind.property),
    "type": lambda e: Said("it must be of the type {types}", types=", ".join(_names(e.kind.types))),
    "enum": lambda e: Said(
        "{value} is none of {codes}", value=repr(e.instance), codes=", ".join(map(str, _options(e)))
    ),
    "format": lambda e: Said("{value} is no {form}", value=repr(e.instance), form=e.kind.format),
    "pattern": lambda e: Said("{value} isn't written as the standard asks", value=repr(e.instance)),
    "minLength": lambda e: Said("it must not be empty"),
    "minItems": lambda e: Said("it must not be empty"),
    "minProperties": lambda e: Said("it must not be empty"),
    "uniqueItems": lambda e: Said("something stands twice in it"),
    "minimum": lambda e: Said("{value} is too small", value=repr(e.instance)),
    "maximum": lambda e: Said("{value} is too large", value=repr(e.instance)),
}
"""By keyword of JSON Schema, what is said of a fault."""
ODD = frozenset({"format"})
"""Keywords whose faults are told and taken: moments without a zone occur in what is published."""


def _names(types: Any) -> list[str]:
    return sorted(str(each) for each in types)


def _options(error: Any) -> list[Any]:
    options = error.kind.options
    return list(json.loads(options) if isinstance(options, str) else options)


@dataclass(frozen=True)
class Schema:
    """Validators of packages and projects, and the open code lists with the places where they hold."""

    package: Any
    project: Any
    open_lists: Mapping[str, tuple[str, frozenset[str]]]
    """By pattern of a pointer: the list's name, and its codes."""

    @cached_property
    def open_at(self) -> tuple[str, ...]:
        """Where the open lists hold."""
        return tuple(self.open_lists)

    def check_package(self, head: Mapping[str, Any]) -> None:
        """What a package says of itself. Raises Malformed with a pointer."""
        for _ in self._odd(self.package, head):
            pass

    def check(self, project: Mapping[str, Any]) -> list[Oddity]:
        """What is odd of a project. Raises Malformed, with a pointer from the project on, for what is wrong."""
        odd = [] if self.project.is_valid(project) else list(self._odd(self.project, project))
        return [*odd, *self._unknown(project)]

    def _odd(self, validator: Any, document: Mapping[str, Any]) -> Iterator[Oddity]:
        for error in validator.iter_errors(document):
            keyword = str(error.schema_path[-1]) if error.schema_path else ""
            path = list(error.instance_path)
            if keyword == "required":
                path.append(error.kind.property)
            where = Where(pointer=pointer_of(path))
            said = WORDS.get(keyword, lambda e: Said("it isn't as the schema says: {what}", what=e.message))(error)
            if keyword not in ODD:
                raise Malformed(said, where=where)
            yield where, said

    def _unknown(self, project: Mapping[str, Any]) -> Iterator[Oddity]:
        for n, pointer, value in found_by(project, self.open_at):
            name, codes = self.open_lists[self.open_at[n]]
            if isinstance(value, str) and value not in codes:
                said = Said("{value} isn't in the open list {name}", value=repr(value), name=name)
                yield Where(pointer=pointer), said


@cache
def schema_in(folder: str) -> Schema:
    """The schema in a folder. Raises UnknownSetting where it can't be used."""
    try:
        project = json.loads((Path(folder) / "project-schema.json").read_text(encoding="utf-8"))
        package = json.loads((Path(folder) / "project-package-schema.json").read_text(encoding="utf-8"))
        lists = {file.name: _codes(file) for file in sorted((Path(folder) / "codelists").glob("*.csv"))}
        registry = jsonschema_rs.Registry([(project["id"], project), (package["id"], package)])
        # Projects are held one by one, so that one that is wrong is refused alone.
        head = {
            **package,
            "required": [name for name in package["required"] if name != "projects"],
            "properties": {name: each for name, each in package["properties"].items() if name != "projects"},
        }
        return Schema(
            package=_validator(head, registry),
            project=_validator(project, registry),
            open_lists={pattern: (name, lists[name]) for pattern, name in _open(project, project, "") if name in lists},
        )
    except (OSError, ValueError, KeyError, TypeError, jsonschema_rs.ValidationError) as error:
        raise UnknownSetting(f"cooperation.oc4ids_schema: {folder} can't be used ({error})") from error


def _validator(schema: dict[str, Any], registry: Any) -> Any:
    """By the draft that the schema itself names; what it refers to by address is in the registry, or nowhere."""
    kind = jsonschema_rs.validator_cls_for(schema)
    return kind(schema, registry=registry, offline=True, validate_formats=True)


def _codes(file: Path) -> frozenset[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return frozenset(line["Code"] for line in csv.DictReader(lines))


DEEPEST = 12
"""So many storeys of a project's schema are looked through for code lists: some refer to themselves."""


def _open(schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    """(pattern of a pointer, name of the list) of all open code lists."""
    if at.count("/") > DEEPEST:
        return
    if (reference := schema.get("$ref")) is not None:
        name = str(reference).rpartition("/")[2]
        schema = root["definitions"].get(name, {}) if str(reference).startswith("#") else {}
    if schema.get("openCodelist") and "codelist" in schema:
        yield (f"{at}/*" if "items" in schema else at), str(schema["codelist"])
    for name, inner in schema.get("properties", {}).items():
        yield from _open(inner, root, f"{at}/{name}")
    if isinstance(schema.get("items"), Mapping):
        yield from _open(schema["items"], root, f"{at}/*")
