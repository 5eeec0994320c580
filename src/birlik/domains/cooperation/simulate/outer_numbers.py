"""Numbers that pass their check digits and name nobody: made out of any text, the same of the same."""

import hashlib

from stdnum.iso7064 import mod_11_2

from birlik.domains.cooperation.vocabulary.outer_ids import ror_of


def ror_number(text: str) -> str:
    """A ROR id."""
    return ror_of(_number(text) % 32**6)


def orcid_number(text: str) -> str:
    """An ORCID iD."""
    digits = f"{_number(text) % 10**15:015d}"
    whole = digits + mod_11_2.calc_check_digit(digits)
    return "-".join(whole[i : i + 4] for i in range(0, 16, 4))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
