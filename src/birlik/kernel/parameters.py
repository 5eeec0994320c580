"""Parameters of plans, as somebody gives them: are they right, and who may give any?"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from birlik.errors import BadRequest, Malformed, Where
from birlik.kernel.domain import Domain
from birlik.kernel.members import Needs, Role
from birlik.kernel.plans import Parameter, Plan
from birlik.kernel.registers import checked
from birlik.said import Said


def needs_of(domain: Domain, plan: Plan) -> Needs:
    """Who may run a plan."""
    return plan.role or domain.role or Role.READER


def values_of(plan: Plan, told: Mapping[str, Any]) -> dict[str, Any]:
    """told: as JSON has them; one that is left out is as usual. Raises BadRequest with the parameter that is wrong."""
    for name in told:
        if name not in plan.by_name:
            raise BadRequest(f"no parameter {name!r}; there are: {', '.join(plan.by_name) or 'none'}", parameter=name)
    return {name: value_of(each, told.get(name)) for name, each in plan.by_name.items()}


def value_of(parameter: Parameter, given: Any) -> Any:
    """One of them. Raises BadRequest."""
    if given is None or given == parameter.usual == "":
        return parameter.usual
    name = parameter.name
    try:
        value = checked(replace(parameter.field, nullable=False), given, Where(field=name))
    except Malformed as error:
        raise _wrong(name, error.reason) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(name, Said("it must be a number"))
    least, most = parameter.least, parameter.most
    if (least is not None and value < least) or (most is not None and value > most):
        raise _wrong(name, Said("it is from {least} to {most}", least=_plain(least), most=_plain(most)))
    return value


def _wrong(name: str, why: str) -> BadRequest:
    return BadRequest(Said("{field}: {reason}", field=name, reason=why), parameter=name)


def _plain(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:g}"
