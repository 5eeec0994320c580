"""What came in a form."""

import hmac
from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from birlik.errors import BadRequest, Refused
from birlik.kernel.access.sessions import form_token

MOST_FIELDS = 200
FORM = "-form"
"""The field that says that a form is of a page of this session: no other page can know what stands in it."""


async def given(request: Request, most_bytes: int, most_fields: int = MOST_FIELDS) -> Mapping[str, str | bytes]:
    """A form's fields; a file as its bytes, and its name as `<field>.name`. Raises BadRequest where it is too large."""
    if int(request.headers.get("content-length") or 0) > most_bytes:
        raise BadRequest(f"the form is over the limit of {most_bytes} bytes")
    made: dict[str, str | bytes] = {}
    try:
        async with request.form(max_files=1, max_fields=most_fields, max_part_size=most_bytes) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    made[name], made[f"{name}.name"] = await value.read(), value.filename or ""
                else:
                    made[name] = value
    except HTTPException as error:  # what it says of a form that isn't one
        raise BadRequest(f"the form can't be read: {error.detail}") from None
    token = request.scope.get("birlik.token", "")
    if token and not hmac.compare_digest(str(made.pop(FORM, "")).encode(), form_token(token).encode()):
        raise Refused("this form lacks the token of its page: load the page again")
    return made


def must_be_of_its_page(request: Request) -> None:
    """What a script sends says so in a header: the door leaves it to us where the body calls itself a form.

    Raises Refused.
    """
    token = request.scope.get("birlik.token", "")
    told = request.headers.get("birlik-form", "")
    if token and not hmac.compare_digest(told.encode(), form_token(token).encode()):
        raise Refused("this request lacks the token of its page: load the page again")
