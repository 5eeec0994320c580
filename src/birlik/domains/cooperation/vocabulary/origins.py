"""Where a statement is from: one address however it is written, and who publishes there."""

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from birlik.domains.cooperation.vocabulary.words import GENERAL_KNOWLEDGE

MESSAGE = "message:"
"""How the source begins of what was sent as a file and gives no address."""
_FOLLOWED = re.compile(r"(utm_\w+|fbclid|gclid|yclid|mc_cid|mc_eid|igshid)")
"""Parameters that say by which link somebody came, and nothing of the page."""
_SECOND = frozenset({"ac", "av", "bel", "biz", "co", "com", "edu", "gob", "gov", "info", "k12", "mil", "net", "org"})
"""Labels below a state's own domain that are no publisher's name: `mfa.gov.tr` is one, `gov.tr` none."""


def origin_of(source: str) -> str:
    """A source by one address, however it was written: host in lower case without `www.`, no mark of the link that
    led there, no place on the page, no `/` at the end, and `https` for both. What is no address stays as it is.

    >>> origin_of("http://www.Press.example/a/?utm_source=x&id=7#top")
    'https://press.example/a?id=7'
    >>> origin_of(" general   knowledge")
    'general knowledge'
    """
    text = " ".join(source.split())
    if not re.match(r"https?://[^/]", text, re.IGNORECASE):
        return text
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return text
    asked = [(name, value) for name, value in parse_qsl(parts.query, True) if not _FOLLOWED.fullmatch(name.lower())]
    at = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{urlencode(asked)}" if asked else ""
    return f"https://{host}{at}{parts.path.rstrip('/')}{query}"


def origin_id(origin: str) -> str:
    """A short name for it, the same on every node.

    >>> origin_id("general knowledge")
    'source:8a36368bfc1af068'
    """
    return f"source:{hashlib.sha256(origin.encode()).hexdigest()[:16]}"


def publisher_of(origin: str) -> str | None:
    """Who stands behind an origin: the domain that somebody has registered, as far as its labels tell. None for what
    nobody publishes: general knowledge; and for a file, of which its sender is asked.

    >>> [publisher_of(f"https://{host}/a") for host in ("en.press.example", "ohu.edu.tr", "mfa.gov.tr", "127.0.0.1")]
    ['press.example', 'ohu.edu.tr', 'mfa.gov.tr', '127.0.0.1']
    >>> publisher_of("message:e3b0"), publisher_of("general knowledge")
    (None, None)
    """
    if origin == GENERAL_KNOWLEDGE or origin.startswith(MESSAGE):
        return None
    if not origin.startswith("https://"):
        return origin
    host = origin.removeprefix("https://").partition("/")[0].partition("?")[0].partition(":")[0]
    labels = host.split(".")
    if all(label.isdecimal() for label in labels):
        return host
    three = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND
    return ".".join(labels[-3:] if three else labels[-2:])
