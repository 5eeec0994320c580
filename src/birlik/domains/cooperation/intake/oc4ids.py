"""OC4IDS packages: held against our own checks, and against the standard's schema where the settings name it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from birlik.domains.cooperation.intake.oc4ids_schema import Schema, schema_in
from birlik.domains.cooperation.intake.taking import Oddities, taken
from birlik.domains.cooperation.wire.form import Document
from birlik.domains.cooperation.wire.oc4ids import OC4IDS
from birlik.kernel.intake import Decoded, Delivery, Lookup


def decode(delivery: Delivery, lookup: Lookup) -> Decoded:
    """Raises Malformed where the package itself is at fault."""
    file = OC4IDS.cut(delivery.body)
    folder = str(lookup.limits.get("oc4ids_schema", ""))
    if not folder:
        return taken(OC4IDS, delivery, file)
    schema = schema_in(folder)
    schema.check_package(file.head)
    return taken(OC4IDS, delivery, file, partial(_held, schema))


def _held(schema: Schema, project: Document, head: Mapping[str, Any]) -> Oddities:
    return schema.check(project)
