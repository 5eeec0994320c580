"""Entities as schema.org JSON-LD: what search engines and libraries read."""

from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.events import CLAIM
from birlik.domains.cooperation.vocabulary.words import PROPERTIES, Kind, Status
from birlik.errors import Unknown
from birlik.kernel.domain import Answer, Call, Endpoint, Filter
from birlik.said import Said

TYPES: Mapping[str, str] = {
    Kind.ORGANISATION: "Organization",
    Kind.PERSON: "Person",
    Kind.PROJECT: "Project",
    Kind.WORK: "ScholarlyArticle",
    Kind.EVENT: "Event",
    Kind.DOCUMENT: "DigitalDocument",
    Kind.PLACE: "Place",
}
"""Of each kind its type; any other is a `Thing`."""
TERMS: Mapping[str, str] = {
    "name": "name",
    "short_name": "alternateName",
    "description": "description",
    "text": "text",
    "abstract": "abstract",
    "founded": "foundingDate",
    "start": "startDate",
    "end": "endDate",
    "place": "location",
    "location": "location",
    "author": "author",
    "issued": "datePublished",
    "language": "inLanguage",
    "container": "isPartOf",
    "publisher": "publisher",
    "address": "url",
    "keyword": "keywords",
}
"""By property its term."""
ADDRESSES: Mapping[str, str] = {
    "ror": "https://ror.org/",
    "orcid": "https://orcid.org/",
    "doi": "https://doi.org/",
    "wikidata": "https://www.wikidata.org/entity/",
}
"""Outer ids that are addresses: `sameAs`."""
THINGS = {"author": "Person", "container": "Periodical", "publisher": "Organization", "location": "Place"}
"""Terms whose values are things of their own."""


async def _described(call: Call) -> Answer:
    entity_id = call.path_parameters["entity_id"]
    made = await call.run(lambda: _read(call, entity_id))
    return Answer(body=made, media_type="application/ld+json")


def _read(call: Call, entity_id: str) -> dict[str, Any]:
    where = [
        Filter(column="entity_id", operator="=", value=entity_id),
        Filter(column="status", operator="=", value=Status.PUBLISHED.value),
    ]
    claims = call.reader.rows(CLAIM.name, where=where, order=("order_n", "claim_id")).to_pylist()
    if not claims:
        raise Unknown(Said("nothing of {name} that you may see", name=repr(entity_id)))
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES.get(claims[0]["kind"], "Thing"),
        "@id": f"{call.base_url}/cooperation/entity/{entity_id}",
    }
    if any(claim["is_invented"] for claim in claims):
        made["disambiguatingDescription"] = "invented"
    for claim in claims:
        _add(made, claim)
    return {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in made.items()}


def _add(made: dict[str, Any], claim: Mapping[str, Any]) -> None:
    name, text = claim["property"], claim["value"]
    if name in ADDRESSES and claim["is_invented"]:
        return  # its numbers were made up: whoever has one of them really is somebody else
    if name in ADDRESSES:
        made.setdefault("sameAs", []).append(ADDRESSES[name] + text)
    elif (term := TERMS.get(name)) is not None:
        value: Any = {"@type": THINGS[name], "name": text} if name in THINGS else text
        if claim["lang"] and name not in THINGS:
            value = {"@value": text, "@language": claim["lang"]}
        values = made.setdefault(term, [])
        if value not in values and (PROPERTIES[name].many or not values):
            values.append(value)


ENDPOINTS = (
    Endpoint(
        methods=("GET",),
        path="/schema-org/{entity_id:path}",
        handle=_described,
        summary="An entity as schema.org JSON-LD: of each property what stands first",
        operation_id="schemaOrgEntity",
        tags=("Entities",),
        responses={200: "JSON-LD", 404: "No such entity that you may see"},
    ),
)
