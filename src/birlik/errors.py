"""Everything birlik raises.

BirlikError
├─ DeliveryError      the supplier's: quarantined with its bytes, the node goes on
│  ├─ Malformed       the bytes are not what their media type says
│  ├─ Implausible     well-formed, but it cannot have happened so
│  ├─ UnknownPlace    well-formed, but the place is in no register we hold
│  ├─ Dangling        well-formed, but it refers to what isn't there, or ends what others refer to
│  └─ TooLarge        over a limit; only sender, size and hash are kept
├─ ReaderError        the reader's
│  ├─ Unknown         no such thing, or none that this reader may see
│  ├─ BadRequest      a parameter that we don't take; the message says what it takes
│  ├─ Unnamed         who asks has not said who they are, and must
│  ├─ Refused         policy said no: names the rule, never the record
│  ├─ Conflict        it can't be done while something else stands: names what the reader sees of it
│  └─ Outdated        the row has changed since the reader saw it
├─ TooMany            more of it, or sooner, than one may: says when to come again
├─ OutOfRange         a number outside what a method is valid for
├─ OperatorError      the operator's
│  ├─ UnknownSetting  a key that we don't know, or a value that it doesn't take
│  ├─ NotANode        the folder holds no node, or is not ours to use
│  └─ Misdeclared     declarations of domains that don't hold together: says which, and why
└─ WorldError         the world's: may pass, so try again
   ├─ StoreUnavailable  the disk is full, read-only, corrupt, or held by another process
   └─ PeerUnreachable   a subscriber or peer did not answer

Any other exception is a bug of ours and should be loud.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any


class BirlikError(Exception):
    """Catch this at an edge. Any other exception there is a bug of ours."""


@dataclass(frozen=True, slots=True)
class Where:
    """The exact place in a delivery. JSON has a pointer; tables and text a line and column, from 1."""

    pointer: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        parts = [
            self.pointer if self.pointer is not None else "",
            f"line {self.line}" if self.line is not None else "",
            f"column {self.column}" if self.column is not None else "",
            f"field {self.field}" if self.field is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "whole message"


class DeliveryError(BirlikError):
    """What a supplier got wrong. `raw` is the smallest piece that shows it: a line, an event, a message."""

    def __init__(self, reason: str, *, raw: bytes = b"", where: Where | None = None) -> None:
        self.where = where or Where()
        super().__init__(f"{self.where}: {reason}")
        self.reason, self.raw = reason, raw

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), raw=self.raw, where=self.where), (self.reason,)

    @property
    def kind(self) -> str:
        return type(self).__name__


class Malformed(DeliveryError):
    pass


class Implausible(DeliveryError):
    pass


class UnknownPlace(DeliveryError):
    pass


class Dangling(DeliveryError):
    pass


class TooLarge(DeliveryError):
    pass


class ReaderError(BirlikError):
    pass


class Unknown(ReaderError):
    pass


class BadRequest(ReaderError):
    """also: what else is wrong with what was asked, each with its own parameter."""

    def __init__(self, message: str, *, parameter: str | None = None, also: "Sequence[BadRequest]" = ()) -> None:
        super().__init__(message)
        self.parameter, self.also = parameter, tuple(also)


def all_of(*checks: Callable[[], Any]) -> list[Any]:
    """What each check gives. Raises BadRequest with all that is wrong: the first fault, and the others beside it."""
    made: list[Any] = []
    wrong: list[BadRequest] = []
    for check in checks:
        try:
            made.append(check())
        except BadRequest as error:
            wrong += [error, *error.also]
    if wrong:
        raise BadRequest(wrong[0].args[0], parameter=wrong[0].parameter, also=wrong[1:])
    return made


class Unnamed(ReaderError):
    pass


class Refused(ReaderError):
    pass


class Conflict(ReaderError):
    pass


class Outdated(ReaderError):
    pass


class TooMany(BirlikError):
    def __init__(self, message: str, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class OutOfRange(BirlikError):
    pass


class OperatorError(BirlikError):
    pass


class UnknownSetting(OperatorError):
    pass


class NotANode(OperatorError):
    pass


class Misdeclared(OperatorError):
    pass


class WorldError(BirlikError):
    pass


class StoreUnavailable(WorldError):
    pass


class PeerUnreachable(WorldError):
    pass
