"""One form for a name in whatever script and spelling it is written: what the search box compares."""

import unicodedata

_PAIRS = (
    "а:a б:b в:v г:g д:d е:e ж:zh з:z и:i й:i к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh щ:sh "
    "ъ: ы:y ь: э:e ю:iu я:ia ғ:g қ:k ң:n ө:o ұ:u ү:u һ:h і:i ә:a ј:j ҳ:h ў:u є:e ї:i ґ:g"
)
_CYRILLIC = dict(pair.split(":") for pair in _PAIRS.split(" "))
_LATIN = str.maketrans(
    {"ə": "a", "ı": "i", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "đ": "d"} | dict.fromkeys("ʻʼ’'", "")
)
_SPELLINGS = (
    ("shch", "sh"),
    ("kh", "h"),
    ("gh", "g"),
    ("zh", "j"),
    ("ts", "c"),
    ("ch", "c"),
    ("x", "h"),
    ("q", "k"),
    ("w", "v"),
    ("y", "i"),
    ("ii", "i"),
)
"""Letters that one sound is spelled with, here and there: `Khorgos`, `Horgos`, `Xorgos`."""


def skeleton(text: str) -> str:
    """Without case, marks, script and habits of spelling; words stay apart.

    >>> [skeleton(t) for t in ("Хоргос", "Khorgos", "Xorgos", "Қорғас", "Qorghas", "Böyük Kəsik", "Нұр жолы")]
    ['horgos', 'horgos', 'horgos', 'korgas', 'korgas', 'boiuk kasik', 'nur joli']
    """
    bare = "".join(c for c in unicodedata.normalize("NFD", _known(text.casefold())) if not unicodedata.combining(c))
    said = "".join(_CYRILLIC.get(c, c) for c in bare).translate(_LATIN)
    for spelled, as_if in _SPELLINGS:
        said = said.replace(spelled, as_if)
    return said


def _known(text: str) -> str:
    """Letters that the table knows, before their marks are taken off: `й` is no `и` with a mark."""
    return "".join(_CYRILLIC.get(c, c) for c in text)
