"""Numbers that pass their check digits and name nobody: made out of any text, the same of the same."""

import hashlib

_BASE_32 = "0123456789abcdefghjkmnpqrstvwxyz"


def ror_number(text: str) -> str:
    """A ROR id. Source: ISO/IEC 7064 MOD 97-10 over the number that the letters are in base 32 (ROR, "Identifier")."""
    number = _number(text) % 32**6
    letters = "".join(_BASE_32[number // 32**i % 32] for i in reversed(range(6)))
    return f"0{letters}{98 - number * 100 % 97:02d}"


def orcid_number(text: str) -> str:
    """An ORCID iD. Source: ISO/IEC 7064 MOD 11-2 (ORCID, "Structure of the ORCID Identifier")."""
    digits = f"{_number(text) % 10**15:015d}"
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    last = (12 - total % 11) % 11
    whole = digits + ("X" if last == 10 else str(last))
    return "-".join(whole[i : i + 4] for i in range(0, 16, 4))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
