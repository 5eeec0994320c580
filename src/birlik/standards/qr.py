"""QR codes (ISO/IEC 18004) as pictures that stand in a page."""

import io

import segno

QUIET = 4
"""Modules of white around a code: ISO/IEC 18004, 6.3.8."""


def svg(text: str, title: str = "") -> str:
    """An SVG without a size, a style or a name space: the page says how large it is. Dark on white whatever the page's
    theme, since cameras want that. title: what it is, for who can't see it; escaped here.

    >>> svg("a", "it's <b>")[:60]
    '<svg viewBox="0 0 23 23" class="qr"><title>it\\'s &lt;b&gt;</t'
    """
    made = io.BytesIO()
    segno.make(text, error="m").save(
        made, kind="svg", xmldecl=False, svgns=False, dark="#000", light="#fff", border=QUIET, title=title or None,
        svgclass="qr", lineclass=None, omitsize=True,
    )  # fmt: skip
    return made.getvalue().decode()
