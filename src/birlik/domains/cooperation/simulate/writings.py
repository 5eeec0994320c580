"""How one word is written by others: the planter's own tables, made apart from the key that has to see through them.

Each language has its own writing; `ways` names how else its words are met: in its other script, in Russian letters, by
a press that writes English, by official Latin letters, or with the marks left out. What passes through Russian loses
what Russian doesn't tell apart, as it does in newspapers.
"""

from collections.abc import Mapping

Table = Mapping[str, str]


def _table(written: str) -> Table:
    return dict(pair.partition(":")[::2] for pair in written.split())


_RU_PRESS = _table(
    "а:a б:b в:v г:g д:d е:e ё:yo ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh "
    "щ:shch ъ: ы:y ь: э:e ю:yu я:ya"
)
_RU_PASSPORT = {**_RU_PRESS, **_table("ё:e й:i ъ:ie ю:iu я:ia")}
_RU_SCHOLARS = {**_RU_PRESS, **_table("ё:ë ж:ž й:j х:h ц:c ч:č ш:š щ:ŝ э:è ю:û я:â")}
_RU_TURKISH = {**_RU_PRESS, **_table("ж:j х:h ч:ç ш:ş щ:şç ы:ı")}

_KK_RU = _table("ә:а ғ:г қ:к ң:н ө:о ұ:у ү:у һ:х і:и")
_KK_2021 = {
    **_RU_PRESS,
    **_table("ә:ä ғ:ğ ж:j и:i й:i қ:q ң:ñ ө:ö ұ:ū ү:ü һ:h х:h ч:ç ш:ş ы:y і:ı ц:ts ю:iu я:ia"),
}
_KK_PRESS = {**_RU_PRESS, **_table("ә:a ғ:gh қ:q ң:ng ө:o ұ:u ү:u һ:h і:i")}
_KY_RU = _table("ң:н ө:о ү:у")
_KY_PRESS = {**_RU_PRESS, **_table("ж:j ң:ng ө:o ү:u")}
_KY_TURKISH = {**_RU_TURKISH, **_table("ж:c ң:n ө:ö ү:ü")}

_UZ_CYRL = _table(
    "oʻ:ў gʻ:ғ sh:ш ch:ч ya:я yo:ё yu:ю ye:е a:а b:б d:д e:е f:ф g:г h:ҳ i:и j:ж k:к l:л m:м n:н o:о p:п q:қ r:р "
    "s:с t:т u:у v:в x:х y:й z:з ʼ:ъ"
)
_UZ_RU = {**_UZ_CYRL, **_table("oʻ:у gʻ:г h:х q:к o:а j:дж")}
_UZ_PRESS = _table("oʻ:o gʻ:gh x:kh q:k ʼ:")
_UZ_ASCII = _table("oʻ:o' gʻ:g' ʼ:'")

_AZ_CYRL = _table(
    "ə:ә ğ:ғ ı:ы ö:ө ü:ү ş:ш ç:ч c:ҹ x:х h:һ j:ж y:ј g:ҝ q:г a:а b:б d:д e:е f:ф i:и k:к l:л m:м n:н o:о p:п r:р "
    "s:с t:т u:у v:в z:з"
)
_AZ_RU = {**_AZ_CYRL, **_table("ə:а ğ:г ö:ё ü:ю c:дж h:х y:й g:г q:к")}
_AZ_PRESS = _table("i:i ə:a ğ:gh ı:i ö:o ü:u ş:sh ç:ch c:j x:kh q:g")
_AZ_ASCII = _table("i:i ə:e ğ:g ı:i ö:o ü:u ş:s ç:c")

_TR_RU = _table(
    "a:а b:б c:дж ç:ч d:д e:е f:ф g:г ğ:г h:х ı:ы i:и j:ж k:к l:л m:м n:н o:о ö:ё p:п r:р s:с ş:ш t:т u:у ü:ю v:в "
    "y:й z:з"
)
_TR_ASCII = _table("i:i ç:c ğ:g ı:i ö:o ş:s ü:u")
_TR_PRESS = _table("i:i ç:ch ğ:g ı:i ö:o ş:sh ü:u c:j")

_TK_CYRL = _table(
    "ýa:я ýo:ё ýu:ю ýe:е ä:ә ç:ч ž:ж ň:ң ö:ө ş:ш ü:ү ý:й y:ы w:в j:җ a:а b:б d:д e:е f:ф g:г h:х i:и k:к l:л m:м n:н "
    "o:о p:п r:р s:с t:т u:у z:з"
)
_TK_RU = {**_TK_CYRL, **_table("ä:я ň:н ö:ё ü:ю j:дж")}
_TK_PRESS = _table("ä:a ç:ch ž:zh ň:n ö:o ş:sh ü:u y:i ý:y w:v")
_TK_ASCII = _table("ä:a ç:c ž:z ň:n ö:o ş:s ü:u ý:y")

SCRIPT, RUSSIAN, PRESS, THROUGH_RUSSIAN, PASSPORT, PLAIN = (
    "its other script", "in Russian", "by the press", "by way of Russian", "as in passports", "without marks",
)  # fmt: skip
"""The ways. Not every language has each."""

WAYS: Mapping[str, Mapping[str, tuple[Table, ...]]] = {
    "kk": {
        SCRIPT: (_KK_2021,), RUSSIAN: (_KK_RU,), PRESS: (_KK_PRESS,), THROUGH_RUSSIAN: (_KK_RU, _RU_PRESS),
        PASSPORT: (_KK_RU, _RU_PASSPORT),
    },
    "ky": {
        SCRIPT: (_KY_TURKISH,), RUSSIAN: (_KY_RU,), PRESS: (_KY_PRESS,), THROUGH_RUSSIAN: (_KY_RU, _RU_PRESS),
        PASSPORT: (_KY_RU, _RU_PASSPORT),
    },
    "uz": {
        SCRIPT: (_UZ_CYRL,), RUSSIAN: (_UZ_RU,), PRESS: (_UZ_PRESS,), THROUGH_RUSSIAN: (_UZ_RU, _RU_PRESS),
        PLAIN: (_UZ_ASCII,),
    },
    "az": {
        SCRIPT: (_AZ_CYRL,), RUSSIAN: (_AZ_RU,), PRESS: (_AZ_PRESS,), THROUGH_RUSSIAN: (_AZ_RU, _RU_SCHOLARS),
        PLAIN: (_AZ_ASCII,),
    },
    "tr": {RUSSIAN: (_TR_RU,), PRESS: (_TR_PRESS,), THROUGH_RUSSIAN: (_TR_RU, _RU_PRESS), PLAIN: (_TR_ASCII,)},
    "tk": {
        SCRIPT: (_TK_CYRL,), RUSSIAN: (_TK_RU,), PRESS: (_TK_PRESS,), THROUGH_RUSSIAN: (_TK_RU, _RU_PRESS),
        PLAIN: (_TK_ASCII,),
    },
    "ru": {PRESS: (_RU_PRESS,), SCRIPT: (_RU_SCHOLARS,), PASSPORT: (_RU_PASSPORT,), PLAIN: (_RU_TURKISH,)},
    "en": {},
}  # fmt: skip


def written(text: str, lang: str, way: str) -> str:
    """A text of a language as it is written in one of its `WAYS`, letter by letter; capitals stay capitals."""
    for table in WAYS[lang][way]:
        text = _mapped(text, table)
    return text


def _mapped(text: str, table: Table) -> str:
    out, at = [], 0
    while at < len(text):
        for width in (2, 1):
            piece = text[at : at + width]
            into = table.get(_lower(piece)) if len(piece) == width else None
            if into is not None or width == 1:
                shown = piece if into is None else into
                out.append(shown[:1].upper() + shown[1:] if into and piece[0] != _lower(piece[0]) else shown)
                at += width
                break
    return "".join(out)


def _lower(piece: str) -> str:
    return piece.replace("İ", "i").replace("I", "ı").lower() if piece in ("İ", "I") else piece.lower()
