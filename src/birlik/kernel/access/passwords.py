"""Passwords: what is taken for one, and the hash that is kept of it.

NIST SP 800-63B-4, section 3.1.1.2: length counts, each code point as one; nothing is asked of kinds of characters; none
is changed for its age; what attackers try first is refused. Hashes are argon2id (RFC 9106) in PHC form, which says its
own parameters, so that they can be raised: who signs in next gets a hash by today's.

Nothing here is quick on purpose: call it in a lane (`lanes.py`), never on the loop.
"""

import csv
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from birlik.errors import BadRequest
from birlik.said import Said

SHORTEST, LONGEST = 12, 128
"""Characters, as Unicode's code points after `normal`."""
LOOKED_AT = 72
"""Characters that zxcvbn looks at: its time grows with the square."""
STRONG_ENOUGH = 3
"""Of zxcvbn's 0 to 4: beyond 10^8 guesses, which no guessing over a network comes to."""

_CONTROL = ("Cc", "Cs", "Cn", "Co")
"""Categories of what no keyboard types; what Unicode may yet assign would be written otherwise by its next edition."""
_FOLDED = str.maketrans("ıİiIşŞğĞçÇöÖüÜâÂîÎûÛñÑäÄəƏ", "iiiissggccoouuaaiiuunnaaaa")
_KEYS_LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./234567890-="
_KEYS_KAZAKH = "ёйцукенгшщзхъфывапролджэячсмитьбю.әіңғ,.үұқөһ"
_OTHER_LAYOUT = str.maketrans(_KEYS_LATIN, _KEYS_KAZAKH)


def normal(text: str) -> str:
    """The one form of what was typed (RFC 8265, OpaqueString): NFC, and every kind of space is a space.

    Keyboards write й and ğ as one code point or as two; a phone's is not the office's. Case stays, nothing is cut.
    >>> normal("dağ" + "\\u00a0" + "dag\\u0306") == "dağ dağ"
    True
    """
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Zs" else c for c in text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one hash takes. The default is OWASP's first choice (Password Storage Cheat Sheet): one pass over 46 MiB
    in one lane, some 70 ms. More lanes would only help who has processors to spare: an attacker has, a node hasn't."""

    passes: int = 1
    memory_kib: int = 47_104
    lanes: int = 1


@dataclass(frozen=True)
class Passwords:
    """Makes hashes and compares with them. Its methods take as long as `cost` says."""

    cost: Cost = field(default_factory=Cost)

    @property
    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(self.cost.passes, self.cost.memory_kib, self.cost.lanes, 32, 16, type=Type.ID)

    def hashed(self, password: str) -> str:
        """In PHC form, with a salt of its own."""
        return self._hasher.hash(normal(password))

    def agrees(self, kept: str | None, password: str) -> bool:
        """Is it the password of this hash? Without one (a name that nobody has) the same work is done for nothing.

        A password longer than any that is taken is none of anybody's, and is cut to cost no more than another.
        """
        fitting, nobodys = normal(password[: 4 * LONGEST]), _nobodys(self.cost)
        try:
            same = self._hasher.verify(kept or nobodys, fitting)
        except (VerificationError, InvalidHashError):
            return False
        return same and kept is not None and len(fitting) <= LONGEST

    def is_outdated(self, kept: str) -> bool:
        """Was it made by other parameters than today's? Then hash anew what has just agreed."""
        return self._hasher.check_needs_rehash(kept)


@cache
def _nobodys(cost: Cost) -> str:
    """A hash that no password has, by the same parameters as anybody's."""
    return Passwords(cost).hashed(secrets.token_urlsafe(32))


def must_be_taken(password: str, known: Iterable[str] = ()) -> None:
    """Raises BadRequest that says what is wrong with a new password and what would be right.

    known: what one who tries this account tries first: the person's name, the node's.
    """
    typed = normal(password)
    if len(typed) < SHORTEST:
        raise _wrong(Said("a password has {least} characters at least; this has {n}", least=SHORTEST, n=len(typed)))
    if len(typed) > LONGEST:
        raise _wrong(Said("a password has {most} characters at most; this has {n}", most=LONGEST, n=len(typed)))
    if any(unicodedata.category(c) in _CONTROL for c in typed):
        raise _wrong(Said("a password has letters, digits, signs and spaces; this has a character that can't be typed"))
    if guessed(typed, known) < STRONG_ENOUGH:
        raise _wrong(
            Said("this password would be guessed soon; take a longer one, such as four words that say nothing together")
        )


def _wrong(said: Said) -> BadRequest:
    return BadRequest(said, parameter="password")


_ONE_AT_A_TIME = Lock()
"""zxcvbn keeps what it is told for one call in a table of its module."""


def guessed(password: str, known: Iterable[str] = ()) -> int:
    """How hard it is to guess, 0 to 4 (zxcvbn's score): the least of what its readings come to.

    It is read as it stands, without the marks of Turkic letters, and as the keys of a Kazakh or Russian keyboard that
    was left in Latin (қазақ typed so is `0fpf0`). Kazakh and Turkish words count as what is tried first.
    """
    # Imported where a password is chosen: its lists of words take 13 MB, and most nodes never ask.
    from zxcvbn import zxcvbn

    start = normal(password)[:LOOKED_AT]
    readings = {start, folded(start), start.lower().translate(_OTHER_LAYOUT)}
    words = [*_parts(known), *frequent_words()]
    with _ONE_AT_A_TIME:
        return min(int(zxcvbn(reading, user_inputs=words, max_length=2 * LOOKED_AT)["score"]) for reading in readings)


def folded(text: str) -> str:
    """As one types Turkic letters on a keyboard that lacks them.

    >>> folded("Işık ğöş"), folded("Қазақстан")
    ('isik gos', 'kazakstan')
    """
    return "".join(_LATIN.get(c, c) for c in text.translate(_FOLDED).lower())


_LATIN = dict(zip("абвгдеёзийклмнопрстуфхыіэқғңөұүһә", "abvgdeezijklmnoprstufhyiekgnouuha", strict=True)) | {
    "ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "yu", "я": "ya", "ь": "", "ъ": "",
}  # fmt: skip
"""Kazakh and Russian letters, as telephones without them write."""


def _parts(known: Iterable[str]) -> list[str]:
    """Names as they stand, their words, and both folded."""
    wholes = [name for name in known if name]
    words = [word for name in wholes for word in re.split(r"[\W_]+", name) if len(word) > 2]
    return [form for each in (*wholes, *words) for form in (each, folded(each))]


@cache
def frequent_words() -> tuple[str, ...]:
    """Kazakh and Turkish words, the likelier ones first, each as it is written and folded (қ is k or q)."""
    text = (files("birlik.kernel.access") / "data" / "frequent_words.csv").read_text(encoding="utf-8")
    words = [row["word"] for row in csv.DictReader(text.splitlines())]
    return tuple(dict.fromkeys(form for word in words for form in (word, folded(word), folded(word.replace("қ", "q")))))
