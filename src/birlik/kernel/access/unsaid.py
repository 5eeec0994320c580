"""What somebody has said that nobody is told yet: it lies in the vault, and in no row, journal, line or log.

Whoever looks at file sizes, or has a backup, is to learn nothing either: an entry is encrypted by the key file, which
lies outside store and backup, and as long whatever is said, nothing included. So who asks for words of several begins
all entries empty, and what is said takes the place of one.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from birlik.errors import BadRequest, NotANode
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.acts import Entry, Unsaid
from birlik.kernel.store import Vault
from birlik.said import Said

KIND = "unsaid"
BYTES = 8_192
"""Of what is said, filled up with blanks."""


def entry(file: KeyFile, one: Unsaid) -> Entry:
    """What the vault keeps of it. Raises BadRequest where it is too long, and as `KeyFile.sealed`."""
    words = orjson.dumps(dict(one.said))
    if len(words) > BYTES:
        raise BadRequest(Said("this is {n} bytes long; {most} fit", n=len(words), most=BYTES))
    key = _key(one.act, one.subject, one.by)
    kept = file.sealed_text(words.ljust(BYTES), key)
    return KIND, key, {"kept": kept}, one.by, None


def found(vault: Vault, file: KeyFile, act: str, subject: str, by: str) -> Mapping[str, Any] | None:
    """What somebody has said by an act about a row; None where they said nothing, or it can't be opened: of a backup
    that was restored without the key file they say it anew."""
    key = _key(act, subject, by)
    if (there := vault.get(KIND, key)) is None:
        return None
    try:
        said: Mapping[str, Any] = orjson.loads(file.opened_text(there["kept"], key))
    except NotANode:
        return None
    return said or None


def _key(act: str, subject: str, by: str) -> str:
    return hashlib.sha256("\0".join((KIND, act, subject, by)).encode()).hexdigest()
