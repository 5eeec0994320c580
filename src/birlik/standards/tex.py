"""Text between the braces of a BibTeX field."""

from collections.abc import Mapping

ORDERS: Mapping[str, str] = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
"""By sign that TeX would take for its own, how it is written. Source: Knuth, The TeXbook (1986), chapter 7."""


def escaped(text: str) -> str:
    r"""Letters as they are, what TeX would take for an order written as text.

    >>> escaped("50 % of {A} & B_1")
    '50 \\% of \\{A\\} \\& B\\_1'
    """
    return "".join(ORDERS.get(sign, sign) for sign in text)
