"""A claim as it may be said: held against the vocabulary, and whole."""

from collections.abc import Mapping
from typing import Any

from birlik.domains.cooperation.events import SAID
from birlik.domains.cooperation.model import partial_dates
from birlik.domains.cooperation.vocabulary.consent import PUBLIC_ROLE, is_person
from birlik.domains.cooperation.vocabulary.money import must_be_money
from birlik.domains.cooperation.vocabulary.outer_ids import as_written
from birlik.domains.cooperation.vocabulary.words import (
    MOST_QUOTED_WORDS,
    PROPERTIES,
    Status,
    is_invented,
    is_many,
    order_of,
)
from birlik.errors import BadRequest, Malformed
from birlik.said import Said

USUAL = {"basis": "reported", "check": "attested", "source_kind": "press", "is_invented": False}


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, held against the vocabulary. Raises BadRequest with the parameter that is wrong."""
    said: dict[str, Any] = {f.name: values.get(f.name) for f in SAID}
    said |= {name: usual for name, usual in USUAL.items() if said[name] is None}
    # Whatever is said of something invented is invented, too, whoever says it.
    said["is_invented"] = is_invented(said["entity_id"])
    known = PROPERTIES.get(said["property"])
    if known is None:
        names = ", ".join(PROPERTIES)
        raise BadRequest(
            Said("{value} is none of {codes}", value=repr(said["property"]), codes=names), parameter="property"
        )
    if is_person(said["entity_id"] or "") and said["property"] not in PUBLIC_ROLE:
        raise BadRequest(
            Said(
                "{name} of a person is private; public are {names}, all else they say or allow themselves: "
                "cooperation_consent, then cooperation_confide",
                name=said["property"],
                names=", ".join(PUBLIC_ROLE),
            ),
            parameter="property",
        )
    if known.codes and said["value"] not in known.codes:
        raise BadRequest(
            Said("{value} is none of {codes}", value=repr(said["value"]), codes=", ".join(known.codes)),
            parameter="value",
        )
    try:
        said["value"] = as_written(said["property"], said["value"])
        if known.is_money:
            must_be_money(said["value"])
    except Malformed as error:
        raise BadRequest(error.reason, parameter="value") from None
    dates = [("value", said["value"])] if known.is_date else []
    for name, text in (*dates, *((n, said[n]) for n in ("said", "holds_from", "holds_to") if said[n])):
        try:
            partial_dates.read(text)
        except Malformed as error:
            raise BadRequest(error.reason, parameter=name) from None
    if said["quote"] and len(said["quote"].split()) > MOST_QUOTED_WORDS:
        raise BadRequest(Said("a quotation has {n} words at most", n=MOST_QUOTED_WORDS), parameter="quote")
    if said["confidence"] is not None and not 0 <= said["confidence"] <= 1:
        raise BadRequest(Said("confidence is between 0 and 1"), parameter="confidence")
    return said


def claim_of(claim_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A whole claim that is published, but for its time."""
    return {
        "claim_id": claim_id,
        **said,
        "order_n": order_of(said["source_kind"], said["check"], said["said"] or "", claim_id),
        "is_many": is_many(said["property"]),
        "status": Status.PUBLISHED.value,
    }
