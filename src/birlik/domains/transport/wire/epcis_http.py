"""What every EPCIS operation has in common: headers, versions, negotiation, problem documents, page tokens.

Source: GS1's OpenAPI of EPCIS 2.0 (header names, values, statuses and `epcisException:` types); RFC 9457; RFC 8288.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from birlik.errors import BadRequest, BirlikError, DeliveryError, Implausible, TooLarge, Unknown, Where
from birlik.kernel.domain import Answer, Call
from birlik.standards.problem import MEDIA_TYPE

ROOT = "/epcis/v2"
VERSION = "2.0"

JSON_TYPES = ("application/json", "application/ld+json")
XML_TYPES = ("application/xml", "text/xml")

PER_PAGE, MOST_PER_PAGE = 30, 1_000
"""The OpenAPI's default, and our limit, which no client can override."""
LONGEST_QUERY = 16_384
"""Characters of a query string; a longer one is answered 414."""
TOKEN_LIFE = timedelta(days=1)
"""Tokens hold no state here; a client is told to begin anew after a day all the same."""

OF_THE_CALLER = frozenset({"source"})
"""Parameters that say who calls; they may stand in any address."""

EXTENSIONS = "birlik=urn:birlik:"

VERSIONS: Mapping[str, str] = MappingProxyType(
    {"GS1-EPCIS-Version": VERSION, "GS1-CBV-Version": VERSION, "GS1-Extensions": EXTENSIONS}
)
"""On every answer."""
FORMATS: Mapping[str, str] = MappingProxyType(
    {"GS1-EPC-Format": "Never_Translates", "GS1-CBV-XML-Format": "Never_Translates"}
)
"""Events come back as they came."""


class OtherContent(Implausible):
    """An eventID that an event with other content has already."""


@dataclass(frozen=True, slots=True)
class Exception_:
    status: int
    type: str
    title: str


VALIDATION = Exception_(400, "ValidationException", "The document breaks the syntax or the schema of EPCIS")
QUERY_PARAMETER = Exception_(400, "QueryParameterException", "A parameter of the query is not one that is taken")
NO_SUCH_NAME = Exception_(404, "NoSuchNameException", "There is no such resource")
NOT_ACCEPTABLE = Exception_(406, "NotAcceptableException", "The answer can't be given as it is asked for")
EXISTS = Exception_(409, "ResourceAlreadyExistsException", "There is one with this identifier already")
CAPTURE_LIMIT = Exception_(413, "CaptureLimitExceededException", "The document is too large")
QUERY_TOO_LARGE = Exception_(413, "QueryTooLargeException", "The query finds more events than it allows")
URI_TOO_LONG = Exception_(414, "URITooLongException", "The address is too long")
UNSUPPORTED_MEDIA = Exception_(415, "UnsupportedMediaTypeException", "The form of the body is not one that is taken")


class Fails(BirlikError):
    """Ends an operation with an EPCIS exception. `answering` makes the answer of it."""

    def __init__(
        self,
        exception: Exception_,
        detail: str,
        headers: Mapping[str, str] | None = None,
        where: Where | None = None,
    ) -> None:
        super().__init__(detail)
        self.exception, self.headers, self.where = exception, headers or {}, where or Where()


def problem(
    exception: Exception_, detail: str, headers: Mapping[str, str] | None = None, where: Where | None = None
) -> Answer:
    return Answer(
        status=exception.status,
        body={**_problem(exception, detail), **_place(where or Where())},
        media_type=MEDIA_TYPE,
        headers={**VERSIONS, **(headers or {})},
    )


def _problem(exception: Exception_, detail: str) -> dict[str, Any]:
    return {
        "type": f"epcisException:{exception.type}",
        "title": exception.title,
        "status": exception.status,
        "detail": detail,
    }


def _place(where: Where) -> dict[str, Any]:
    """Where in the body the fault is: a JSON pointer, or a line and column where it can't be read as JSON."""
    told = {"pointer": where.pointer, "line": where.line, "column": where.column}
    return {name: value for name, value in told.items() if value is not None}


def problem_of(fault: DeliveryError) -> dict[str, Any]:
    """What a capture job says of one refused event, with its place as a JSON pointer."""
    exception = EXISTS if isinstance(fault, OtherContent) else VALIDATION
    title = {EXISTS: exception.title, VALIDATION: "The event cannot be taken"}[exception]
    return {**_problem(exception, str(fault)), "title": title, "pointer": fault.where.pointer}


def fails_of(fault: DeliveryError, limits: Mapping[str, Any]) -> Fails:
    """How a document that was refused whole is answered."""
    if isinstance(fault, TooLarge):
        return Fails(CAPTURE_LIMIT, str(fault), capture_limits(limits), fault.where)
    return Fails(VALIDATION, str(fault), where=fault.where)


def refusal(error: BirlikError, limits: Mapping[str, Any]) -> Answer | None:
    """A body that was too large to be read at all, in the words of EPCIS."""
    if not isinstance(error, TooLarge):
        return None
    return problem(CAPTURE_LIMIT, str(error), capture_limits(limits))


def capture_limits(limits: Mapping[str, Any]) -> dict[str, str]:
    return {
        "GS1-EPCIS-Capture-Limit": str(limits["events_per_document"]),
        "GS1-EPCIS-Capture-File-Size-Limit": str(limits["body_bytes"]),
    }


Handle = Callable[[Call], Awaitable[Answer]]


def answering(handle: Handle) -> Handle:
    """An operation whose errors are EPCIS exceptions, and which minds what the client says of versions and forms."""

    @wraps(handle)
    async def handled(call: Call) -> Answer:
        try:
            if len(call.query_string) > LONGEST_QUERY:
                raise Fails(URI_TOO_LONG, f"the query string has more than {LONGEST_QUERY} characters")
            _mind_versions(call.headers)
            _mind_accept(call.headers)
            return await handle(call)
        except Fails as error:
            return problem(error.exception, str(error), error.headers, error.where)
        except BadRequest as error:
            return problem(QUERY_PARAMETER, str(error))
        except Unknown as error:
            return problem(NO_SUCH_NAME, str(error))

    return handled


# --- versions and forms ---------------------------------------------------------------------------------------


def _number(text: str, name: str) -> tuple[int, ...]:
    """`2.0` as (2, 0); zeros at the end don't count."""
    parts = text.strip().split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts):
        raise Fails(NOT_ACCEPTABLE, f"{name} is a version like {VERSION}, not {text!r}")
    numbers = [int(part) for part in parts]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


_ALLOWS: Mapping[str, Callable[[tuple[int, ...]], bool]] = MappingProxyType(
    {
        "Version": lambda asked: asked == (2,),
        "Min": lambda asked: asked <= (2,),
        "Max": lambda asked: asked >= (2,),
    }
)


def _mind_versions(headers: Mapping[str, str]) -> None:
    for standard in ("EPCIS", "CBV"):
        for word, allows in _ALLOWS.items():
            name = f"GS1-{standard}-{word}"
            given = headers.get(name.lower())
            if given is not None and not allows(_number(given, name)):
                raise Fails(NOT_ACCEPTABLE, f"{name}: this node speaks {standard} {VERSION} only, not {given}")
    for name in FORMATS:
        given = headers.get(name.lower())
        if given is not None and given not in ("No_Preference", "Never_Translates"):
            raise Fails(NOT_ACCEPTABLE, f"{name}: events come back as they came (Never_Translates), not {given}")


def _mind_accept(headers: Mapping[str, str]) -> None:
    accept = headers.get("accept", "").strip()
    if accept and not any(_takes_json(part) for part in accept.split(",")):
        raise Fails(NOT_ACCEPTABLE, f"answers are {' or '.join(JSON_TYPES)}, not {accept}")


def _takes_json(part: str) -> bool:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    refused = any(p.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for p in parameters)
    return not refused and media_type in (*JSON_TYPES, "application/*", "*/*")


CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii"})
"""Of JSON, which is UTF-8 (RFC 8259); XML says its own."""


def content_type_of(headers: Mapping[str, str], allowed: Sequence[str]) -> str:
    """The media type of a body, without its parameters. Raises Fails (415) for a type or an encoding not taken."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise Fails(
            UNSUPPORTED_MEDIA,
            f"a body is sent as it is, not as {coding}: leave Content-Encoding away",
            {"Accept-Encoding": "identity"},
        )
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    given = media_type.strip().lower()
    if given not in allowed:
        raise Fails(UNSUPPORTED_MEDIA, f"a body is {', '.join(allowed)}, not {given or 'of no stated type'}")
    charset = _charset(parameters)
    if given in JSON_TYPES and charset not in CHARSETS:
        raise Fails(UNSUPPORTED_MEDIA, f"JSON is sent as UTF-8, not as {charset}")
    return given


def _charset(parameters: str) -> str:
    """
    >>> _charset(' profile="x"; charset="UTF-16"'), _charset("")
    ('utf-16', '')
    """
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


# --- pages ----------------------------------------------------------------------------------------------------


def token_of(values: Sequence[Any]) -> str:
    """What a page ends with, for the next one to begin behind; it says nothing that the page didn't show."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def values_of(token: str | None, n: int) -> list[str] | None:
    """The `n` texts of a token, or None where there is none. Raises BadRequest."""
    if token is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or len(values) != n or not all(isinstance(v, str) for v in values):
        raise BadRequest("nextPageToken is not one of ours; follow the Link as it is", parameter="nextPageToken")
    return values


def next_page(call: Call, token: str | None) -> dict[str, str]:
    """The headers of a page behind which there is another; none behind the last."""
    if token is None:
        return {}
    others = [(name, v) for name, values in call.query.items() if name != "nextPageToken" for v in values]
    query = urlencode([*others, ("nextPageToken", token)])
    address = f"{call.base_url.rstrip('/')}{quote(call.path, safe='/:;,@!$&()*+=~')}?{query}"
    expires = (call.received_time + TOKEN_LIFE).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"Link": f'<{address}>; rel="next"', "GS1-Next-Page-Token-Expires": expires}


def page_of(call: Call) -> tuple[int, str | None]:
    """(perPage, nextPageToken) of an operation that takes only these. Raises BadRequest."""
    for name in call.query:
        if name not in ("perPage", "nextPageToken", *OF_THE_CALLER):
            raise BadRequest(f"no parameter {name!r}; there are: perPage, nextPageToken", parameter=name)
    given = call.query.get("perPage", [str(PER_PAGE)])[-1]
    if not (given.isascii() and given.isdigit() and int(given[:12]) > 0):
        raise BadRequest(f"perPage takes a whole number from 1, not {given!r}", parameter="perPage")
    return min(int(given), MOST_PER_PAGE), call.query.get("nextPageToken", [None])[-1]


def timestamp(moment: Any) -> str:
    text: str = moment.isoformat()
    return text.replace("+00:00", "Z")
