"""Passwords that got out elsewhere: a list of their SHA-1 hashes in a file, as it is published to be asked offline.

Such a list has a line a password, `HASH:TIMES` or the hash alone, in the order of the hashes. It has gigabytes, so it
is not shipped and never read whole: some thirty looks find a hash among a billion.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

from birlik.errors import StoreUnavailable
from birlik.said import Said

LONGEST = 128
"""Bytes of a line, more than any has."""


def is_breached(file: Path, password: str) -> bool:
    """Does the list have it? Raises StoreUnavailable."""
    # SHA-1 is how the list is written; it protects nothing here.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    try:
        with file.open("rb") as lines:
            low, high = 0, file.stat().st_size
            while low < high:
                begin = _line_of(lines, (low + high) // 2)
                lines.seek(begin)
                line = lines.readline(LONGEST)
                found = line[: len(wanted)].upper()
                if found == wanted:
                    return True
                low, high = (begin + len(line), high) if found < wanted else (low, begin)
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreUnavailable(Said("the list of passwords {path} can't be read: {why}", path=file, why=why)) from error
    return False


def _line_of(lines: BinaryIO, at: int) -> int:
    """Where the line begins that this byte is of."""
    start = max(0, at - LONGEST)
    lines.seek(start)
    return start + lines.read(at - start).rfind(b"\n") + 1
