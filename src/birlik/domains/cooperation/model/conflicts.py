"""Conflicts of interest between a reviewer and an application: those that were declared, and the obvious ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from birlik.domains.cooperation.model.search_key import search_key
from birlik.domains.cooperation.vocabulary.calls import Interest
from birlik.domains.cooperation.vocabulary.programme import BETWEEN

Row = Mapping[str, Any]
EVERYBODYS = frozenset(
    {"gmail.com", "mail.ru", "yandex.ru", "yandex.kz", "yandex.com", "outlook.com", "hotmail.com", "yahoo.com",
     "icloud.com", "proton.me", "inbox.ru", "bk.ru", "list.ru", "rambler.ru", "gmx.net", "mynet.com"}
)  # fmt: skip
"""Domains at which whoever wants has an address: two who do have nothing in common."""


OWN = "their own application"


def conflicts(reviewer: Row, declared: Sequence[Row], application: Row) -> tuple[str, ...]:
    """What a reviewer has in common with an application, each named once; none where there is nothing.

    reviewer: `reviewer`, `organisation`, `domain`. declared: `interest`, `with_whom`, `application_id`. application:
    `application_id`, `sender`, `organisation`, `address`, `applicant`, `speakers`.
    >>> conflicts({"organisation": "Uni A", "domain": "a.example"}, [],
    ...           {"organisation": "UNI A", "address": "x@maths.a.example", "application_id": "1"})
    ('UNI A', 'a.example')
    """
    own = [{"interest": Interest.ORGANISATION, "with_whom": reviewer.get("organisation")}]
    own += [{"interest": Interest.DOMAIN, "with_whom": reviewer.get("domain")}]
    is_own = bool(application.get("sender")) and application.get("sender") == reviewer.get("reviewer")
    found = [*([OWN] if is_own else []), *(_shared(each, application) for each in (*own, *declared))]
    return tuple(dict.fromkeys(name for name in found if name))


def _shared(declared: Row, application: Row) -> str:
    told = str(declared["with_whom"] or "")
    match Interest(declared["interest"]):
        case Interest.ORGANISATION:
            name = application.get("organisation") or ""
            return name if told and search_key(told) == search_key(name) else ""
        case Interest.DOMAIN:
            at, asked = domain_of(application.get("address")), domain_of(told)
            within = asked and asked not in EVERYBODYS and f".{at}".endswith(f".{asked}")
            return asked if within else ""
        case Interest.PERSON:
            names = f"{application.get('applicant') or ''};{application.get('speakers') or ''}".split(BETWEEN.strip())
            return next((n.strip() for n in names if n.strip() and search_key(n) == search_key(told)), "")
        case Interest.PART:
            return told if declared.get("application_id") == application["application_id"] else ""


def domain_of(address: str | None) -> str:
    """Of an address, or of a domain as people write one.

    >>> domain_of("Ada@Maths.Example"), domain_of("https://www.uni.example/about")
    ('maths.example', 'uni.example')
    """
    text = (address or "").strip().lower().rpartition("@")[2]
    return text.partition("://")[2].partition("/")[0].removeprefix("www.") if "://" in text else text.partition("/")[0]
