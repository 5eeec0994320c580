"""A record as it leaves: as it came, but for the fields of which claims say otherwise since."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from birlik.domains.cooperation.vocabulary.words import PROPERTIES, Status
from birlik.domains.cooperation.wire.form import Form, Place, beginning, claim_id, in_list, is_of_record, located
from birlik.domains.cooperation.wire.pointers import put, without

Claim = Mapping[str, Any]
MOST_STEPS = 1_000
"""So often one claim may have taken another's place."""


def as_it_stands(form: Form, record_id: str, document: Any, claims: Sequence[Claim]) -> Any:
    """The record with what people have said since, in the fields that its form maps; all else as it came.

    claims: of its entity, of every status, as far as the reader sees them.
    What stands no more, or is hidden from the reader, is left out. A field with one value has the one that stands
    first of the record's own and what people said; to a list is added what people said beside it. What other records
    say of the same entity doesn't change this one.
    """
    by_id = {claim["claim_id"]: claim for claim in claims}
    said = sorted(_by_people(claims), key=_order)
    made, gone, used, told = document, set[str](), set[str](), set[Place]()
    for place, value, one in located(form, document):
        told.add(place)
        now = _now(by_id, claim_id(record_id, one))
        if not PROPERTIES[place.property].many:
            beside = [each for each in said if each["property"] == place.property]
            now = min(beside if now is None else [now, *beside], key=_order, default=None)
        if now is None:
            gone.add(one.pointer)
            continue
        used.add(now["claim_id"])
        if (now["value"], now["lang"] or "") != (one.value, one.lang):
            made = put(made, one.pointer, place.write(now["value"], now["lang"] or "", value))
    made = without(made, gone)
    for place in form.places:
        for each in said:
            if each["property"] != place.property or each["claim_id"] in used or not place.adds:
                continue
            if in_list(place) or place not in told:
                made = put(made, beginning(place), place.write(each["value"], each["lang"] or "", None))
                used.add(each["claim_id"])
                told.add(place)
    return made


MARK = "[invented] "
"""Before the title of what is of a simulated world: there every style of citation shows it."""


def marked(form: Form, document: Any) -> Any:
    """An invented record, which says so in its title."""
    for place, value, one in located(form, document):
        if one.property == "name" and not one.value.startswith(MARK):
            return put(document, one.pointer, place.write(f"{MARK}{one.value}", one.lang, value))
    return document


def _order(claim: Claim) -> tuple[int, str]:
    return claim["order_n"], claim["claim_id"]


def _by_people(claims: Sequence[Claim]) -> Iterator[Claim]:
    """What stands and didn't come with a record."""
    for claim in claims:
        if claim["status"] == Status.PUBLISHED and not is_of_record(claim["claim_id"]):
            yield claim


def _now(by_id: Mapping[str, Claim], own_id: str) -> Claim | None:
    """What stands in the place of a record's own claim."""
    own = by_id.get(own_id)
    for _ in range(MOST_STEPS):
        if own is None or own["status"] != Status.SUPERSEDED:
            break
        own = by_id.get(own["superseded_by"])
    return own if own is not None and own["status"] == Status.PUBLISHED else None
