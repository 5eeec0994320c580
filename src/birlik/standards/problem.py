"""Problem details for HTTP APIs: RFC 9457."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from birlik.errors import OutOfRange

MEDIA_TYPE = "application/problem+json"
_MEMBERS = ("type", "title", "status", "detail", "instance")


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One problem, as a client gets it.

    Raises: OutOfRange for a status that HTTP has no room for, or an extension that hides a standard member.
    Source: RFC 9457, section 3.1 (members) and 3.2 (extensions).
    """

    status: int
    """The HTTP status code, 100 to 599: the same as the response's own."""
    title: str
    """A short sentence that is the same for every problem of this type."""
    type: str = "about:blank"
    """A URI that names the kind of problem; `about:blank` where the status says it all."""
    detail: str | None = None
    """What was wrong this time, and the way out; for people."""
    instance: str | None = None
    """A URI that names this one occurrence."""
    extensions: Mapping[str, Any] = field(default_factory=dict)
    """Further members, JSON values, beside the standard ones: `pointer`, `parameter` and the like."""

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 599:
            raise OutOfRange(f"status: {self.status} is not within 100 to 599")
        if hidden := sorted(self.extensions.keys() & set(_MEMBERS)):
            raise OutOfRange(f"extensions: {hidden[0]} is a member of the standard")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, standard members first; what is None is left out."""
        members = {name: getattr(self, name) for name in _MEMBERS}
        return {name: value for name, value in members.items() if value is not None} | dict(self.extensions)
