"""What an EPCIS client asks first: which resources there are, and which versions and limits each has."""

from collections.abc import Mapping

from birlik import __version__
from birlik.domains.transport.exports.epcis_resources import RESOURCES, collection
from birlik.domains.transport.wire.epcis_http import (
    FORMATS,
    NOT_ACCEPTABLE,
    ROOT,
    VERSION,
    VERSIONS,
    answering,
    capture_limits,
)
from birlik.kernel.domain import Answer, Call, Endpoint

TOP_LEVEL = (
    *("events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "capture", "queries"),
)
"""All nine, since the contract's schema asks for them; named queries are not there yet, and answer 404."""

_DISCOVERED: Mapping[str, str] = {
    **VERSIONS,
    **{f"GS1-{standard}-{word}": VERSION for standard in ("EPCIS", "CBV") for word in ("Min", "Max")},
    **FORMATS,
    "GS1-Vendor-Version": __version__,
}

_ALLOWED: Mapping[str, str] = {
    ROOT: "OPTIONS, GET",
    f"{ROOT}/": "OPTIONS, GET",
    f"{ROOT}/capture": "OPTIONS, POST, GET",
    f"{ROOT}/capture/{{capture_id}}": "OPTIONS, GET",
    f"{ROOT}/events": "OPTIONS, GET, POST",
    f"{ROOT}/events/{{event_id:path}}": "OPTIONS, GET",
    **{
        path: "OPTIONS, GET"
        for r in RESOURCES
        for path in (
            f"{ROOT}/{r.name}",
            f"{ROOT}/{r.name}/{{{r.word}:path}}/events",
            f"{ROOT}/{r.name}/{{{r.word}:path}}",
        )
    },
}
"""The methods of each path, in the order in which paths are tried."""


def _discovery(path: str, allow: str) -> Endpoint:
    is_capture = path == f"{ROOT}/capture"

    @answering
    async def handle(call: Call) -> Answer:
        more = {**capture_limits(call.limits), "GS1-Capture-Error-Behaviour": "all"} if is_capture else {}
        return Answer(status=204, headers={"Allow": allow, **_DISCOVERED, **more})

    words = [word.partition(":")[0] for word in path.removeprefix(ROOT).replace("{", "").replace("}", "").split("/")]
    return Endpoint(
        methods=("OPTIONS",),
        path=path,
        handle=handle,
        summary="Versions, extensions and limits",
        operation_id="epcisDiscover" + ("Slash" if path.endswith("/") else "".join(w.title() for w in words)),
        tags=("EPCIS",),
        responses={204: "The headers say it", 406: NOT_ACCEPTABLE.title},
    )


@answering
async def _root(call: Call) -> Answer:
    return Answer(body=collection(TOP_LEVEL), headers=VERSIONS)


ENDPOINTS = (
    *(
        Endpoint(
            methods=("GET",),
            path=path,
            handle=_root,
            summary="The top-level resources",
            operation_id=operation_id,
            tags=("EPCIS",),
            responses={200: "A collection", 406: NOT_ACCEPTABLE.title},
        )
        for path, operation_id in ((ROOT, "epcisRoot"), (f"{ROOT}/", "epcisRootSlash"))
    ),
    *(_discovery(path, allow) for path, allow in _ALLOWED.items()),
)
