"""The OpenAPI document, made of operations and declarations."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from birlik import __version__
from birlik.apps.api import planned
from birlik.apps.api.declared import asking_indicator, asking_table, tables_of
from birlik.apps.api.forms import FORMS, Form
from birlik.apps.api.operations import API, Operation
from birlik.apps.api.question import DEFAULT_LIMIT, MAXIMUM_LIMIT, Asking
from birlik.kernel.domain import Endpoint
from birlik.kernel.filtering import LANGUAGES
from birlik.kernel.filtering import TEXT as CQL2_TEXT
from birlik.kernel.node import Node
from birlik.kernel.tables import Field, Table, Type
from birlik.standards.problem import MEDIA_TYPE

Schema = dict[str, Any]

_SCHEMA: Mapping[Type, Schema] = {
    Type.TEXT: {"type": "string"},
    Type.INT: {"type": "integer", "format": "int64"},
    Type.FLOAT: {"type": "number"},
    Type.BOOL: {"type": "boolean"},
    Type.TIME: {"type": "string", "format": "date-time"},
    Type.JSON: {},
    Type.DAY: {"type": "string", "format": "date"},
    Type.ID: {"type": "string", "pattern": "^-?[0-9]{1,19}$"},
}
_ORDERED = ("ne", "gt", "gte", "lt", "lte")
_BOUNDS = {
    Type.INT: _ORDERED,
    Type.FLOAT: _ORDERED,
    Type.TIME: _ORDERED,
    Type.TEXT: (*_ORDERED, "like"),
    Type.BOOL: ("ne",),
    Type.DAY: _ORDERED,
    Type.ID: ("ne",),
}

_FILTERS = (
    "Every field is a filter: `field=value`, several times for any of several, and `field__ne`, `__gt`, `__gte`, "
    "`__lt`, `__lte`, `__like` (with `%`). `filter` takes an expression in CQL2. Follow `next` for the page after."
)
_EXPRESSION = (
    "Only rows for which this holds, in CQL2 (OGC 21-065r2): AND, OR, NOT, comparisons, BETWEEN, IN, LIKE, IS NULL, "
    "CASEI, ACCENTI, arithmetic, T_AFTER and the like, S_INTERSECTS(geometry, BBOX(…)) and the like where rows have "
    "points; a field with a dot leads through a reference, `place_id.name`."
)


def _templated(path: str) -> str:
    """A path as OpenAPI has it, without the router's converters."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


def document(node: Node, operations: Iterable[Operation]) -> Schema:
    paths: dict[str, Schema] = {}
    for operation in operations:
        if operation.in_schema:
            paths.setdefault(_templated(operation.path), {})[operation.method.lower()] = _operation(operation)
    for name, declared in tables_of(node).items():
        asking, forms = asking_table(declared, node), _forms(has_places=declared.has_places)
        said = _listing(f"rows_{name}", "tables", declared.title, declared.description, asking, forms)
        said["responses"]["200"] = _rows_response(declared.fields, forms)
        paths[f"{API}/tables/{name}"] = {"get": said}
        for alias, system in ((f"{API}/quarantine", "birlik_quarantine"), (f"{API}/alerts", "birlik_alert")):
            if name == system:
                paths[alias] = {"get": {**said, "operationId": f"list_{name}", "tags": [alias.rpartition("/")[2]]}}
    if EDITS in paths:
        paths.update(_edits(node, paths[EDITS]["put"]))
    if DELIVERIES in paths:
        paths[DELIVERIES]["post"]["description"] = _intakes(node)
    for name, indicator in node.store.catalogue.indicators.items():
        asking, forms = asking_indicator(indicator, node), _forms(has_places=False)
        said = _listing(f"figures_{name}", "indicators", indicator.title, indicator.method, asking, forms)
        said["responses"]["200"] = _rows_response((*indicator.fields, *EACH), forms)
        paths[f"{API}/indicators/{name}"] = {"get": said}
    for plan, _ in node.plans.values():
        path = planned.START.replace("{name}", plan.name)
        paths[path] = {"post": planned.documented(plan, {"default": _DEFAULT})}
    for domain in node.domains:
        for endpoint in domain.endpoints:
            for method in endpoint.methods:
                path = _templated(endpoint.path)
                paths.setdefault(path, {})[method.lower()] = _endpoint(endpoint, method, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"birlik, node of {node.settings.title}", "version": __version__},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {"Problem": PROBLEM}},
    }


EDITS = f"{API}/registers/{{table}}/rows"
DELIVERIES = f"{API}/deliveries"


def _edits(node: Node, general: Schema) -> dict[str, Schema]:
    """Editing a register, once a register: each has its own fields."""
    made = {}
    for name, declared in tables_of(node).items():
        if not isinstance(declared, Table) or not declared.is_register:
            continue
        row = {
            "type": "object",
            "required": [f.name for f in declared.fields if not f.nullable],
            "properties": {f.name: _property(f) if f.nullable else _described(f) for f in declared.fields},
            "additionalProperties": False,
        }
        rows = {"type": "array", "minItems": 1, "items": row}
        schema = {"type": "object", "required": ["rows"], "properties": {"rows": rows}}
        said = {"operationId": f"edit_{name}", "summary": f"{general['summary']}: {declared.title}", "parameters": []}
        body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
        made[EDITS.replace("{table}", name)] = {"put": {**general, **said, **body}}
    return made


def _intakes(node: Node) -> str:
    """What a file may be, and how each form is sent."""
    intakes = node.declared_intakes
    lines = [f"- `{i.name}` ({i.media_type}): {i.title}. `{i.example}`" for i in intakes if i.example]
    return "\n".join(["One of these, told by `intake` or by its first bytes:", "", *lines])


PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "kind": {"type": "string"},
        "parameter": {"type": "string"},
        "reason": {"type": "string"},
        "where": {"type": "object"},
    },
}
_DEFAULT: Schema = {
    "description": "A problem.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_NOT_MODIFIED: Schema = {"description": "What the reader has still holds."}


def _operation(operation: Operation) -> Schema:
    content = {media: {"schema": dict(schema)} for media, schema in operation.answers.items()}
    said: Schema = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [dict(p) for p in operation.parameters],
        "responses": {
            "200": {"description": "As asked.", "content": content},
            **{str(status): {"description": words} for status, words in operation.responses.items()},
            "default": _DEFAULT,
        },
    }
    if operation.method == "GET":
        said["responses"]["304"] = _NOT_MODIFIED
    if operation.body:
        said["requestBody"] = {"content": {media: {"schema": dict(s)} for media, s in operation.body.items()}}
    return said


EACH = (
    Field(name="unit", type=Type.TEXT, description="Unit of the value."),
    Field(name="method", type=Type.TEXT, description="Where its method is told."),
)
"""What every figure carries beside its declared fields."""


def _forms(*, has_places: bool) -> list[Form]:
    return [form for form in FORMS if has_places or not form.places_only]


def _listing(operation_id: str, tag: str, title: str, words: str, asking: Asking, forms: Sequence[Form]) -> Schema:
    return {
        "operationId": operation_id,
        "summary": title,
        "description": f"{words}\n\n{_FILTERS}",
        "tags": [tag],
        "parameters": [*_filters(asking), *_paging(asking, forms)],
        "responses": {"304": _NOT_MODIFIED, "default": _DEFAULT},
    }


def _filters(asking: Asking) -> list[Schema]:
    made = []
    for field in asking.fields.values():
        made.append(_parameter(field.name, _words(field), {"type": "array", "items": _value(field)}))
        for suffix in _BOUNDS.get(field.type, ()):
            schema = _value(field) if suffix == "ne" else _SCHEMA[field.type]
            made.append(_parameter(f"{field.name}__{suffix}", f"{field.name}, {suffix}.", schema))
    return made


def _paging(asking: Asking, forms: Sequence[Form]) -> list[Schema]:
    made = []
    if asking.time is not None:
        span = _SCHEMA[asking.time.type]
        made.append(_parameter("from", f"{asking.time.name} from here on.", span))
        made.append(_parameter("to", f"{asking.time.name} before this.", span))
    if asking.as_of:
        made.append(_parameter("as_of", "As it was known at this moment.", _SCHEMA[Type.TIME]))
    if asking.holds_at:
        made.append(_parameter("holds_at", "What holds at this moment.", _SCHEMA[Type.TIME]))
    if asking.units:
        words = "The unit of the figures; filters are in their own."
        made.append(_parameter("unit", words, {"type": "string", "enum": [*asking.units]}))
    limit = {"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT, "default": DEFAULT_LIMIT}
    text = {"type": "string"}
    return [
        *made,
        _parameter("fields", "Only these, comma-separated.", text),
        _parameter("order", "By these, comma-separated; `-` before a name turns it round.", text),
        _parameter("limit", "Rows on a page.", limit),
        _parameter("after", "Where the page begins: from `next`.", text),
        _parameter("filter", _EXPRESSION, text),
        _parameter("filter-lang", "How `filter` is written.", {**text, "enum": [*LANGUAGES], "default": CQL2_TEXT}),
        _parameter("format", "In the place of Accept.", {"type": "string", "enum": [form.name for form in forms]}),
    ]


def _parameter(name: str, words: str, schema: Mapping[str, Any]) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": dict(schema)}


def _words(field: Field) -> str:
    return f"{field.description} [{field.unit}]" if field.unit else field.description


def _value(field: Field) -> Schema:
    return {**_SCHEMA[field.type], **({"enum": list(field.codes)} if field.codes else {})}


def _rows_response(fields: Sequence[Field], forms: Sequence[Form]) -> Schema:
    properties = {f.name: _property(f) for f in fields}
    listing: Schema = {
        "type": "object",
        "required": ["data", "next", "watermark"],
        "properties": {
            "data": {"type": "array", "items": {"type": "object", "properties": properties}},
            "next": {"type": ["string", "null"]},
            "watermark": {"type": "string", "format": "date-time"},
        },
    }
    return {
        "description": "The rows that the reader may see.",
        "headers": {
            "ETag": {"schema": {"type": "string"}},
            "Birlik-Watermark": {"schema": {"type": "string"}},
            "Link": {"schema": {"type": "string"}},
        },
        "content": {f.media_type: {"schema": listing} if f.name == "json" else {} for f in forms},
    }


def _described(field: Field) -> Schema:
    return {**_value(field), "description": _words(field)}


def _property(field: Field) -> Schema:
    schema = _value(field)
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return {**schema, "description": _words(field)}


def _endpoint(endpoint: Endpoint, method: str, path: str) -> Schema:
    in_path = re.findall(r"{(\w+)}", path)
    by_name = {f.name: f for f in endpoint.parameters}
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": by_name[name].description if name in by_name else name,
            "schema": _value(by_name[name]) if name in by_name else {"type": "string"},
        }
        for name in in_path
    ]
    parameters += [
        {**_parameter(f.name, _words(f), _value(f)), "required": not f.nullable}
        for f in endpoint.parameters
        if f.name not in in_path
    ]
    several = len(endpoint.methods) > 1
    said: Schema = {
        "operationId": f"{endpoint.operation_id}_{method.lower()}" if several else endpoint.operation_id,
        "summary": endpoint.summary,
        "tags": list(endpoint.tags),
        "parameters": parameters,
        "responses": {
            **{str(status): {"description": words} for status, words in endpoint.responses.items()},
            "default": _DEFAULT,
        },
    }
    if endpoint.request_media_types and method in ("POST", "PUT", "PATCH"):
        bodies = endpoint.bodies
        said["requestBody"] = {
            "content": {media: dict(bodies.get(media, {})) for media in endpoint.request_media_types}
        }
    return said
