"""A project that is proposed: held against the vocabulary, and as the claims that it becomes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from birlik.domains.cooperation.model.lengths import must_be_short
from birlik.domains.cooperation.model.saying import checked
from birlik.domains.cooperation.vocabulary.gates import Gate, passed
from birlik.domains.cooperation.vocabulary.money import must_be_hs, must_be_money
from birlik.domains.cooperation.vocabulary.words import Kind
from birlik.errors import BadRequest, Malformed, all_of
from birlik.said import Said

BECOMES: Mapping[str, str] = {
    "title": "name",
    "words": "description",
    "from_state": "state",
    "sector": "sector",
    "product": "product",
    "cost": "budget",
    "committed": "committed",
    "jobs": "jobs",
    "acts_next": "acts_next",
}
"""By field of the form the property that it is said of; a gate has one of its own."""
ASKED = (*BECOMES, "lang", "gate_on", "source")
HELD_TO: Mapping[str, Callable[[str], None]] = {
    "cost": must_be_money,
    "committed": must_be_money,
    "product": must_be_hs,
}
"""What is reckoned with, by what it must be."""
SPOKEN = ("title", "words")
MOST = {"title": 200, "words": 2_000, "source": 2_000}
OF_A_LINE = 200


def claims_of(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By property what is said, but for its entity. Raises BadRequest with the field of the form that is wrong."""
    short = (partial(must_be_short, name, given.get(name), MOST.get(name, OF_A_LINE)) for name in ASKED)
    all_of(*short, *(partial(check, given) for check in AGREE))
    said = {BECOMES[name]: _said(given, name, BECOMES[name]) for name in BECOMES if given.get(name) not in (None, "")}
    if given.get("gate"):
        prop = passed(Gate(given["gate"]))
        said[prop] = _said(given, "gate_on", prop)
    return said


def _gate(given: Mapping[str, Any]) -> None:
    if bool(given.get("gate")) != bool(given.get("gate_on")):
        raise BadRequest(Said("a gate and the date on which it was passed are said together"), parameter="gate_on")


def _reckoned(name: str, given: Mapping[str, Any]) -> None:
    try:
        if given.get(name):
            HELD_TO[name](given[name])
    except Malformed as error:
        raise BadRequest(error.reason, parameter=name) from None


def _state(given: Mapping[str, Any]) -> None:
    state = given.get("from_state")
    if state and not (len(state) == 3 and state.isascii() and state.isupper()):
        raise BadRequest(Said("three capital letters such as KAZ"), parameter="from_state")


def _jobs(given: Mapping[str, Any]) -> None:
    if (given.get("jobs") or 0) < 0:
        raise BadRequest(Said("nought or more, in whole units"), parameter="jobs")


_RECKONED = tuple(partial(_reckoned, name) for name in HELD_TO)
AGREE: tuple[Callable[[Mapping[str, Any]], None], ...] = (_gate, *_RECKONED, _state, _jobs)
"""What is looked at of a form, each by itself: all that is wrong is told at once."""


def _said(given: Mapping[str, Any], name: str, prop: str) -> dict[str, Any]:
    told = {"kind": Kind.PROJECT.value, "property": prop, "value": str(given[name]), "source": given["source"]}
    if name in SPOKEN:
        told["lang"] = given.get("lang")
    try:
        return checked(told)
    except BadRequest as error:
        raise BadRequest(error.args[0], parameter="source" if error.parameter == "source" else name) from None
