"""Words that names of bodies are made of, in eight languages; an invented place or person gives the rest."""

from collections.abc import Mapping

LANGS = ("en", "ru", "kk", "ky", "uz", "az", "tr", "tk")

_TYPES = """
University|университет|университеті|университети|universiteti|universiteti|Üniversitesi|uniwersiteti
Institute|институт|институты|институту|instituti|institutu|Enstitüsü|instituty
Academy|академия|академиясы|академиясы|akademiyasi|akademiyası|Akademisi|akademiýasy
Center|центр|орталығы|борбору|markazi|mərkəzi|Merkezi|merkezi
Fund|фонд|қоры|фонду|jamgʻarmasi|fondu|Fonu|gaznasy
Company|компания|компаниясы|компаниясы|kompaniyasi|şirkəti|Şirketi|kompaniýasy
Bank|банк|банкі|банкы|banki|bankı|Bankası|banky
Association|ассоциация|қауымдастығы|ассоциациясы|uyushmasi|assosiasiyası|Derneği|birleşigi
Agency|агентство|агенттігі|агенттиги|agentligi|agentliyi|Ajansı|agentligi
Factory|завод|зауыты|заводу|zavodi|zavodu|Fabrikası|zawody
Chamber|палата|палатасы|палатасы|palatasi|palatası|Odası|palatasy
Museum|музей|мұражайы|музейи|muzeyi|muzeyi|Müzesi|muzeýi
Laboratory|лаборатория|зертханасы|лабораториясы|laboratoriyasi|laboratoriyası|Laboratuvarı|barlaghanasy
School|школа|мектебі|мектеби|maktabi|məktəbi|Okulu|mekdebi
Library|библиотека|кітапханасы|китепканасы|kutubxonasi|kitabxanası|Kütüphanesi|kitaphanasy
Cooperative|кооператив|кооперативі|кооперативи|kooperativi|kooperativi|Kooperatifi|kooperatiwi
"""
_FIELDS = """
State|государственный|мемлекеттік|мамлекеттик|davlat|dövlət|Devlet|döwlet
National|национальный|ұлттық|улуттук|milliy|milli|Ulusal|milli
International|международный|халықаралық|эл аралык|xalqaro|beynəlxalq|Uluslararası|halkara
Technical|технический|техникалық|техникалык|texnika|texniki|Teknik|tehniki
Medical|медицинский|медициналық|медициналык|tibbiyot|tibb|Tıp|lukmançylyk
Agrarian|аграрный|аграрлық|агрардык|agrar|aqrar|Tarım|oba hojalyk
Economic|экономический|экономикалық|экономикалык|iqtisodiyot|iqtisad|Ekonomi|ykdysadyýet
Pedagogical|педагогический|педагогикалық|педагогикалык|pedagogika|pedaqoji|Eğitim|mugallymçylyk
Energy|энергетический|энергетика|энергетика|energetika|energetika|Enerji|energetika
Water|водный|су|суу|suv|su|Su|suw
Transport|транспортный|көлік|транспорт|transport|nəqliyyat|Ulaştırma|ulag
Digital|цифровой|цифрлық|санариптик|raqamli|rəqəmsal|Dijital|sanly
Culture|культурный|мәдениет|маданият|madaniyat|mədəniyyət|Kültür|medeniýet
Law|юридический|құқық|укук|huquq|hüquq|Hukuk|hukuk
Construction|строительный|құрылыс|курулуш|qurilish|inşaat|İnşaat|gurluşyk
Textile|текстильный|тоқыма|текстиль|toʻqimachilik|toxuculuq|Tekstil|dokma
Oil and Gas|нефтегазовый|мұнай және газ|мунай жана газ|neft va gaz|neft və qaz|Petrol ve Gaz|nebit we gaz
Food|пищевой|азық-түлік|азык-түлүк|oziq-ovqat|qida|Gıda|azyk
Mining|горный|тау-кен|тоо-кен|konchilik|dağ-mədən|Maden|dag-magdan
Finance|финансовый|қаржы|финансы|moliya|maliyyə|Finans|maliýe
Research|исследовательский|зерттеу|изилдөө|tadqiqot|tədqiqat|Araştırma|ylmy-barlag
Innovation|инновационный|инновация|инновация|innovatsiya|innovasiya|İnovasyon|innowasiýa
"""
_BRANCH = "Branch|филиал|филиалы|филиалы|filiali|filialı|Şubesi|şahamçasy"
_LEGAL = """
LLC|ООО|ЖШС|ЖЧК|MChJ|MMC|Ltd. Şti.|HJ
JSC|АО|АҚ|ААК|AJ|ASC|A.Ş.|PJ
"""


def _rows(written: str) -> tuple[Mapping[str, str], ...]:
    return tuple(dict(zip(LANGS, line.split("|"), strict=True)) for line in written.strip().splitlines())


TYPES, FIELDS, LEGAL = _rows(_TYPES), _rows(_FIELDS), _rows(_LEGAL)
BRANCH = _rows(_BRANCH)[0]
SHORTENED = {"University": "Univ.", "Institute": "Inst.", "International": "Int'l", "National": "Nat.", "Center": "Ctr"}
