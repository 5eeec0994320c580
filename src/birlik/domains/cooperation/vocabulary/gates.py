"""The six gates that a project passes, in order, and what is said of each."""

from collections.abc import Iterator, Mapping
from enum import StrEnum


class Gate(StrEnum):
    """What a project has to pass, in this order."""

    IDEA = "idea"
    STUDY = "study"
    PERMITS = "permits"
    FINANCE = "finance"
    CONSTRUCTION = "construction"
    OPERATION = "operation"


GATES = tuple(Gate)
UNKNOWN = "unknown"
"""Where nobody has said which gates a project has passed."""
NONE_YET = "none_yet"
"""Where its stage says that it has passed none."""
STANDING = (*(each.value for each in Gate), NONE_YET, UNKNOWN)
"""The last gate that a project has passed, or why there is none to name."""


def planned(gate: Gate) -> str:
    """The property with the date on which a gate is to be passed."""
    return f"planned_{gate.value}"


def passed(gate: Gate) -> str:
    """The property with the date on which it was passed; its source is the evidence."""
    return f"passed_{gate.value}"


def dated() -> Iterator[str]:
    """All properties that are dates of gates."""
    for gate in Gate:
        yield from (planned(gate), passed(gate))


TITLES: Mapping[str, str] = {
    "planned_idea": "idea, planned",
    "passed_idea": "idea, passed",
    "planned_study": "study, planned",
    "passed_study": "study, passed",
    "planned_permits": "permits, planned",
    "passed_permits": "permits, passed",
    "planned_finance": "finance, planned",
    "passed_finance": "finance, passed",
    "planned_construction": "construction, planned",
    "passed_construction": "construction, passed",
    "planned_operation": "operation, planned",
    "passed_operation": "operation, passed",
}
"""What each of these properties is called."""
