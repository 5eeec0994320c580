"""The text of a message, for people who correct it, and its bytes again."""

import codecs

from birlik.errors import BadRequest

REGIONAL = "cp1251"
"""What older systems of the region write where they don't write UTF-8."""


def text_of(body: bytes) -> tuple[str, str] | None:
    """(the text, its encoding) of a message that people can correct; None of a binary one, which is a file to them.

    What comes back is written in the same encoding, byte for byte where nothing was changed.
    >>> text_of("ә".encode()), text_of("уақыт".encode("utf-16")), text_of("время".encode("cp1251"))
    (('ә', 'utf-8'), ('уақыт', 'utf-16-le with BOM'), ('время', 'cp1251'))
    >>> text_of(bytes(range(256)))
    """
    for name, (bom, encoding) in _WITH_BOM.items():
        if body.startswith(bom):
            return _decoded(body[len(bom) :], encoding, name)
    return _decoded(body, "utf-8", "utf-8") or _decoded(body, REGIONAL, REGIONAL)


def bytes_of(text: str, encoding: str) -> bytes:
    """`text_of` backwards. Raises BadRequest where the encoding has no such letter, or is none of ours."""
    bom, codec = _WITH_BOM.get(encoding, (b"", encoding))
    if codec not in ("utf-8", "utf-16-le", "utf-16-be", REGIONAL):
        raise BadRequest(f"no encoding {encoding!r}", parameter="encoding")
    try:
        return bom + text.encode(codec)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise BadRequest(
            f"{encoding}, in which the message came, has no {letter!r}: send a file in UTF-8 instead", parameter="body"
        ) from None


_WITH_BOM = {
    "utf-8 with BOM": (codecs.BOM_UTF8, "utf-8"),
    "utf-16-le with BOM": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16-be with BOM": (codecs.BOM_UTF16_BE, "utf-16-be"),
}


def _decoded(body: bytes, codec: str, name: str) -> tuple[str, str] | None:
    try:
        text = body.decode(codec)
    except UnicodeDecodeError:
        return None
    odd = any(ord(c) < 32 and c not in "\t\r\n\f" for c in text)
    return None if odd else (text, name)
