"""What came in a form."""

from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from birlik.errors import BadRequest

MOST_FIELDS = 200


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
    return made
