"""What somebody asks of a plan: may they, and are its parameters right?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from birlik.errors import BadRequest, Refused, Unknown, Unnamed
from birlik.kernel.domain import Domain
from birlik.kernel.node import Node
from birlik.kernel.parameters import needs_of, values_of
from birlik.kernel.plans import Plan
from birlik.kernel.policy import READ, Principal, must_be_for, must_have
from birlik.kernel.query import Filter
from birlik.kernel.saved import SAVED
from birlik.said import Said


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A plan with its parameters, by somebody who may run it."""

    plan: Plan
    by: Principal
    values: Mapping[str, Any]
    as_of: datetime | None


def may(node: Node, who: Principal, plan: Plan, domain: Domain) -> bool:
    """Does its role allow it, and may it ask for all that the plan reads? What of that it sees is its view's."""
    if not who.is_somebody or who.is_device or not who.has(needs_of(domain, plan), domain.name):
        return False
    return all(node.store.catalogue.may_read(who, read.table) for read in plan.reads)


def plan_named(node: Node, name: str) -> tuple[Plan, Domain]:
    """Raises Unknown, with those that there are."""
    found = node.plans.get(name)
    if found is None:
        raise Unknown(f"no plan {name!r}; there are {', '.join(node.plans) or 'none'}")
    return found


def asked(node: Node, name: str, told: Mapping[str, Any], by: Principal, as_of: datetime | None = None) -> Asked:
    """told: parameters as JSON has them; one that is left out is as usual.

    Raises Unknown, Unnamed, Refused, BadRequest with the parameter that is wrong.
    """
    plan, domain = plan_named(node, name)
    must_run(node, by, plan, domain)
    if as_of is not None and not has_moments(node, plan):
        raise BadRequest(Said("{plan} reads what is known of now only", plan=name), parameter="as_of")
    return Asked(plan=plan, by=by, values=values_of(plan, told), as_of=as_of)


def must_run(node: Node, who: Principal, plan: Plan, domain: Domain) -> None:
    """Raises Unnamed, Refused."""
    if not who.is_somebody:
        raise Unnamed(Said("running a plan is for who has an account: sign in, or send a key"))
    must_have(who, needs_of(domain, plan), plan.name, domain.name)
    must_be_for(who, READ)
    for read in plan.reads:
        node.store.catalogue.must_read(who, read.table)
    if who.is_device:
        raise Refused(f"{plan.name} is not for devices")


def saved(node: Node, who: Principal, plan: str, saved_id: str) -> Mapping[str, Any]:
    """A saved plan: its name, parameters, moment and who saved it. Raises Unknown, Refused."""
    where = [Filter(column="saved_id", operator="=", value=saved_id), of_plan(plan)]
    found = node.reader(who).rows(SAVED.name, where=where, limit=1).to_pylist()
    if not found:
        raise Unknown(Said("there is no such saved plan, or none that you may see"))
    row: Mapping[str, Any] = found[0]
    return row


def of_plan(plan: str) -> Filter:
    """Saved ones of a plan."""
    return Filter(column="plan", operator="=", value=plan)


def has_moments(node: Node, plan: Plan) -> bool:
    """Can it be asked for as things were known at a moment? What follows from rows has no past."""
    catalogue = node.store.catalogue
    return all(
        not catalogue.indicators[read.table].live if read.table in catalogue.indicators else read.table in node.tables
        for read in plan.reads
    )
