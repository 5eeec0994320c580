"""Projects as OC4IDS packages."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.domains.cooperation.exports.linking import PARAMETERS, links
from birlik.domains.cooperation.exports.reading import Leaving, asked
from birlik.domains.cooperation.wire.oc4ids import OC4IDS, package
from birlik.kernel.domain import Answer, Call, Endpoint

FORMS = {OC4IDS.name: OC4IDS}
PATH = "/oc4ids/packages"


async def _package(call: Call) -> Answer:
    found, after = await asked(call, FORMS)
    head = _head(call, found)
    return Answer(body=package(head, [each.document for each in found]), headers=links(call, after))


def _head(call: Call, found: Sequence[Leaving]) -> Mapping[str, Any]:
    """What the package says of itself: as its projects came, where they came in one; else what they have in common."""
    heads = [each.head for each in found]
    if heads and all(head == heads[0] for head in heads):
        return heads[0]
    alike = (
        {name: value for name, value in heads[0].items() if all(h.get(name) == value for h in heads)} if heads else {}
    )
    changed = max((each.record["changed_time"] for each in found), default=call.received_time)
    names = sorted({str(head["publisher"]["name"]) for head in heads})
    usual = {
        "version": OC4IDS.version,
        "publishedDate": f"{changed:%Y-%m-%dT%H:%M:%SZ}",
        "publisher": {"name": "; ".join(names) or "none"},
    }
    return {**usual, **alike, "uri": f"{call.base_url}{call.path}"}


ENDPOINTS = (
    Endpoint(
        methods=("GET",),
        path=PATH,
        handle=_package,
        summary="All projects with what has been said of them since they came, as an OC4IDS package",
        operation_id="oc4idsPackages",
        tags=("OC4IDS",),
        responses={200: "A package"},
        parameters=PARAMETERS,
    ),
    Endpoint(
        methods=("GET",),
        path=f"{PATH}/{{entity_id:path}}",
        handle=_package,
        summary="A project as it came, with what has been said of it since, as an OC4IDS package",
        operation_id="oc4idsPackage",
        tags=("OC4IDS",),
        responses={200: "A package of one project", 404: "No such project that you may see"},
    ),
)
