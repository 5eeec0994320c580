"""What a file is, by how it begins."""

import re
from collections.abc import Mapping

from birlik.said import Said

SIGNS: Mapping[str, re.Pattern[bytes]] = {
    "oc4ids": re.compile(rb'\A\s*\{(?=.*"projects"\s*:\s*\[)(?=.*("publishedDate"|"publisher"|oc4ids))', re.DOTALL),
    "ror": re.compile(rb'\A\s*[\[{](?=.*"https://ror\.org/0)(?=.*"names"\s*:)', re.DOTALL),
    "openalex": re.compile(rb'\A\s*[\[{](?=.*"https://openalex\.org/W)(?!.*"names"\s*:)', re.DOTALL),
    "csl-json": re.compile(
        rb'\A\s*[\[{](?!.*"https://openalex\.org/)(?=.*"title"\s*:)(?=.*"type"\s*:)'
        rb'(?=.*("family"|"literal"|"date-parts"|"container-title"|"DOI")\s*:)',
        re.DOTALL,
    ),
    "bibtex": re.compile(rb"\A(?:[^@]*\n)?\s*@\w+\s*[{(]"),
    "ris": re.compile(rb"\A\s*(?:[^\n]*\n){0,3}?TY  - ?[A-Z]"),
}
"""By form, what the beginning of a file must have."""
BOM = b"\xef\xbb\xbf"


def sniff(form: str, start: bytes, filename: str) -> Mapping[str, str] | None:
    """Nothing is to be read off a file but its form."""
    return {} if SIGNS[form].match(start.removeprefix(BOM)) else None


def why_not(start: bytes, filename: str) -> str | None:
    """Of a file that is nearly one of these."""
    head = start.removeprefix(BOM).lstrip()
    if head.startswith(b"{") and b'"releases"' in head and b'"ocid"' in head:
        return Said("it looks like contracting releases (OCDS); projects come as an OC4IDS package, with `projects`")
    return None
