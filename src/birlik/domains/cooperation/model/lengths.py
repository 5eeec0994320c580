"""How long a text may be that somebody sends: what is held, and read by stewards, has an end."""

from typing import Any

from birlik.errors import BadRequest
from birlik.said import Said


def must_be_short(name: str, value: Any, most: int) -> None:
    """Raises BadRequest at a parameter whose text has more characters. value: anything; what is no text is short."""
    if isinstance(value, str) and len(value) > most:
        raise BadRequest(Said("at most {n} characters", n=most), parameter=name)
