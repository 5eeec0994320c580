"""The page that shows the OpenAPI document: what programs may ask, and what suppliers send, in the node's own style.

It is made on the server: the usual viewers write style sheets into the page, which our content security policy refuses.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from birlik.apps.web import prose

COMPARISON = "__"
"""In the name of a filter by comparison: they follow from the field, and are told once."""
MOST_DEEP = 4
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, or a field of a body by its path."""

    name: str
    kind: str
    words: Any


@dataclass(frozen=True, slots=True)
class Body:
    media_types: str
    fields: list[Named]
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    summary: str
    words: Any
    parameters: list[Named]
    bodies: list[Body]


def groups(document: Schema) -> list[tuple[str, list[Asked]]]:
    """Operations by their first tag, each as the page shows it."""
    made: dict[str, list[Asked]] = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            made.setdefault((said.get("tags") or ["node"])[0], []).append(_operation(method, path, said))
    return sorted(made.items())


def _operation(method: str, path: str, said: Schema) -> Asked:
    shown = [p for p in said.get("parameters", ()) if COMPARISON not in p["name"]]
    return Asked(
        method=method.upper(),
        path=path,
        summary=said["summary"],
        words=prose.html(said.get("description", "")),
        parameters=[Named(p["name"], _kind(p["schema"]), prose.inline(p.get("description", ""))) for p in shown],
        bodies=_bodies(said.get("requestBody", {}).get("content", {})),
    )


def _bodies(content: Schema) -> list[Body]:
    """Media types that carry the same are told once."""
    by_content: dict[str, tuple[list[str], Schema]] = {}
    for media, said in content.items():
        by_content.setdefault(json.dumps(said, sort_keys=True), ([], said))[0].append(media)
    return [_body(", ".join(media), said) for media, said in by_content.values()]


def _body(media: str, said: Schema) -> Body:
    schema = said.get("schema", {})
    example = said.get("example")
    return Body(
        media_types=media,
        fields=list(_fields(schema, "", MOST_DEEP)),
        words=str(schema.get("description", "")),
        example="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
    )


def _fields(schema: Schema, before: str, deep: int) -> Iterator[Named]:
    needed = schema.get("required", ())
    for name, of in schema.get("properties", {}).items():
        path = f"{before}{name}"
        kind = _kind(of) + ("" if name in needed else " ?")
        yield Named(path, kind, prose.inline(str(of.get("description", ""))))
        if deep > 1:
            inner, mark = (of["items"], "[].") if isinstance(of.get("items"), Mapping) else (of, ".")
            yield from _fields(inner, f"{path}{mark}", deep - 1)


def _kind(schema: Schema) -> str:
    if "items" in schema:
        return f"{_kind(schema['items'])}[]"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value is not None)
    kinds = schema.get("type", "")
    named = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return str(schema.get("format") or " | ".join(named))
