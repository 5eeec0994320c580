"""Check digits of the ids that travel on these corridors, and the forms in which they are written.

The arithmetic catches a typing slip, never a wrong but well-written id. Sources: the rules as taught for the 1520 mm
railways (station coding, wagon numbering), ISO 6346 for containers, UIC leaflet 438 for 12-digit wagons. The ESR rule
was run over 17,684 codes of a public station table: 99.84 % hold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from birlik.said import Said

# Multiples of 11 would weigh nothing, so the standard leaves them out.
_ISO_6346_LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (v for v in range(10, 39) if v % 11), strict=True))


@dataclass(frozen=True, slots=True)
class Checked:
    """An id in its full form, or why it is none. `warning` says what was odd though it was accepted."""

    value: str | None
    problem: str | None = None
    warning: str | None = None
    malformed: bool = False
    """The problem is one of shape, not of arithmetic."""


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def alternating_check_digit(body: str) -> int:
    """Weights 2 1 2 1 … from the left over an odd number of digits; digit sums; complement to ten (Luhn).

    >>> alternating_check_digit("5268743")
    1
    """
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(body))
    return -total % 10


def esr_check_digit(body: str) -> int:
    """The check digit of 4 or 5 digits of a station code.

    Weights 1 2 3 4 5 modulo 11; where that leaves 10, again with 3 4 5 6 7; where that leaves 10 too, 0.
    >>> esr_check_digit("70850"), esr_check_digit("01020"), esr_check_digit("01172")
    (7, 5, 0)
    """
    for first_weight in (1, 3):
        remainder = sum(int(d) * w for w, d in enumerate(body, first_weight)) % 11
        if remainder < 10:
            return remainder
    return 0


def wagon_1520(text: str) -> Checked:
    """A wagon of the 1520 mm railways: eight digits, the last of which checks the others.

    >>> wagon_1520("52687431").value
    '52687431'
    >>> wagon_1520("21661490").problem
    'check digit of wagon 21661490 is 0, it should be 1'
    """
    return _alternating(text, 8)


def wagon_uic(text: str) -> Checked:
    """A wagon with a European 12-digit number, blanks and hyphens allowed: `31 80 0691 235-3`."""
    return _alternating(text.replace(" ", "").replace("-", ""), 12)


def _alternating(text: str, length: int) -> Checked:
    if not _digits(text, length):
        return Checked(
            None,
            Said("{text!r} is no wagon number: it has {length} digits", text=text, length=length),
            malformed=True,
        )
    if not text.strip("0"):
        return Checked(None, Said("all zeros are no wagon"), malformed=True)
    expected = alternating_check_digit(text[:-1])
    if int(text[-1]) != expected:
        return Checked(
            None,
            Said(
                "check digit of wagon {text} is {last}, it should be {expected}",
                text=text,
                last=text[-1],
                expected=expected,
            ),
        )
    return Checked(text)


def container_iso6346(text: str) -> Checked:
    """A freight container: three letters of the owner, U, J or Z, six digits and a check digit.

    >>> container_iso6346("CSQU 305438-3").value
    'CSQU3054383'
    """
    code = text.replace(" ", "").replace("-", "").upper()
    shaped = code[:4].isascii() and code[:4].isalpha() and code[3:4] in ("U", "J", "Z") and _digits(code[4:], 7)
    if not shaped:
        return Checked(
            None, Said("{text!r} is no container number: four letters and seven digits", text=text), malformed=True
        )
    values = [_ISO_6346_LETTERS[c] if c.isalpha() else int(c) for c in code[:10]]
    expected = sum(value << place for place, value in enumerate(values)) % 11 % 10
    if int(code[10]) != expected:
        return Checked(
            None,
            Said(
                "check digit of container {text} is {last}, it should be {expected}",
                text=code,
                last=code[10],
                expected=expected,
            ),
        )
    return Checked(code)


def esr(text: str) -> Checked:
    """A station code in any of its forms, to six digits.

    Six digits carry a check digit. Five are either the four-digit code and its check digit, or six that lost a
    leading zero in a spreadsheet; four are the code alone. `000xxx` stand for railways outside the network and have
    no check digit: accepted with a warning, with the zeros restored.
    >>> [esr(form).value for form in ("7085", "70857", "708507", "10205", "251")]
    ['708507', '708507', '708507', '010205', '000251']
    """
    if not (text.isascii() and text.isdigit() and 3 <= len(text) <= 6):
        return Checked(None, Said("{text!r} is no station code: it has 4 to 6 digits", text=text), malformed=True)
    if not text.strip("0"):
        return Checked(None, Said("all zeros are no station"), malformed=True)
    if len(text) == 3 or text.startswith("000"):
        return Checked(text[-3:].zfill(6), warning=f"station {text}: a pseudo-code, no check digit")
    if len(text) == 4:
        return Checked(f"{text}0{esr_check_digit(text)}")
    if len(text) == 5:
        return _esr_five(text)
    expected = esr_check_digit(text[:5])
    if int(text[5]) != expected:
        return Checked(
            None,
            Said(
                "check digit of station {text} is {last}, it should be {expected}",
                text=text,
                last=text[5],
                expected=expected,
            ),
        )
    return Checked(text)


def _esr_five(text: str) -> Checked:
    as_five = int(text[4]) == esr_check_digit(text[:4])
    as_six = int(text[4]) == esr_check_digit("0" + text[:4])
    full, with_zero = f"{text[:4]}0{text[4]}", f"0{text}"
    if as_five and as_six:
        # About one code in eleven holds both ways. Railway forms print five digits on purpose, while only the
        # north-west of Russia has six that begin with a zero.
        return Checked(full, warning=f"station {text}: taken as {full}, though {with_zero} would hold too")
    if as_five:
        return Checked(full)
    if as_six:
        return Checked(with_zero, warning=f"station {text}: a leading zero was lost")
    return Checked(
        None,
        Said(
            "check digit of station {text} is {last}, it should be {expected}",
            text=text,
            last=text[4],
            expected=esr_check_digit(text[:4]),
        ),
    )


def wagons_1520_hold(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """`wagon_1520` for many at once: wagon numbers as integers, any shape; leading zeros need no care.

    >>> wagons_1520_hold(np.array([52687431, 21661490, 0]))
    array([ True, False, False])
    """
    total = np.zeros(numbers.shape, dtype=np.int64)
    for place in range(8):
        doubled = (numbers // 10**place % 10) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return np.asarray((numbers > 0) & (numbers < 10**8) & (total % 10 == 0))


def esr_six_hold(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether six-digit station codes, as integers, hold; pseudo-codes (below 1000) do not.

    >>> esr_six_hold(np.array([708507, 10205, 708508, 251]))
    array([ True,  True, False, False])
    """
    digits = [codes // 10 ** (5 - place) % 10 for place in range(6)]

    def remainder(first_weight: int) -> NDArray[np.int64]:
        return np.asarray(sum(digits[i] * (first_weight + i) for i in range(5)) % 11, dtype=np.int64)

    first, second = remainder(1), remainder(3)
    expected = np.where(first < 10, first, np.where(second < 10, second, 0))
    return np.asarray((codes >= 1000) & (codes < 10**6) & (digits[5] == expected))
