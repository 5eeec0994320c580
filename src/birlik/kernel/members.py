"""Who: states, organisations, principals. One YAML file a state in `members/`."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    MEMBER = "member"
    OBSERVER = "observer"
    PARTNER = "partner"


class Role(StrEnum):
    READER = "reader"
    SUPPLIER = "supplier"
    OPERATOR = "operator"
    STEWARD = "steward"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    code: str
    """ISO 3166-1 alpha-3."""
    name_en: str
    tier: Tier
    language: str
    """BCP 47 tag of its first language."""
