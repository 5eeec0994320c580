"""A form offers codes by name, understands what people write for them, and tells all that is wrong at once."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.claims import CLAIMS, PAIR
from tests.support.nodes import opened, rows
from tests.support.server import browsing

from birlik.errors import BadRequest, all_of
from birlik.kernel.changes import Change
from birlik.kernel.domain import Act, Doing, Done, Field, Type
from birlik.kernel.members import Role
from birlik.kernel.node import Node
from birlik.written import Written

FORM = "/claims/act/claims_trade"


def asked(name: str, kind: Type = Type.TEXT, written: Written | None = None, *, needed: bool = False) -> Field:
    return Field(name=name, type=kind, nullable=not needed, description=name, written=written)


def _is_odd(name: str, values: Mapping[str, Any]) -> None:
    if (values.get(name) or 0) % 2:
        raise BadRequest(f"{name} is odd", parameter=name)


def _trade(doing: Doing) -> Done:
    all_of(lambda: _is_odd("least", doing.values), lambda: _is_odd("most", doing.values))
    said = ";".join(f"{name}={value}" for name, value in sorted(doing.values.items()) if value is not None)
    row = {"pair_id": doing.new_id(), "left": said, "right": "-", "state": "waiting"}
    return Done(changes=[Change(PAIR.name, row)], about={"pair_id": row["pair_id"]})


TRADE = Act(
    name="claims_trade",
    title="Trade",
    description="Say what you trade.",
    role=Role.OPERATOR,
    table=PAIR.name,
    parameters=(
        asked("home", written=Written.STATE),
        asked("where", written=Written.STATES),
        asked("tongue", written=Written.LANGUAGE),
        asked("coin", written=Written.CURRENCY),
        asked("price", written=Written.MONEY),
        asked("since", written=Written.DATE),
        asked("until", Type.DAY),
        asked("least", Type.INT),
        asked("most", Type.INT),
        asked("share", Type.FLOAT),
        asked("what", needed=True),
        asked("whose", needed=True),
    ),
    do=_trade,
)
WHOLE = {"what": "plums", "whose": "Aru"}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    toy = replace(CLAIMS, acts=(*CLAIMS.acts, TRADE), catalogue=None)
    with opened(tmp_path / "node", declared=(toy,), follow_every_s=3600) as made:
        yield made


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with browsing(node) as made:
        yield made


def sent(client: TestClient, lang: str = "en", **told: str) -> Any:
    page = client.get(FORM, params={"lang": lang}).text
    form = re.search(r'<form class="act" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
    return client.post(
        html.unescape(form[1]), params={"lang": lang}, data={**hidden, **WHOLE, **told}, follow_redirects=False
    )


def faults(answer: Any) -> dict[str, str]:
    """By field, what is said to be wrong with it."""
    assert answer.status_code == 422, answer.status_code
    found = re.findall(r'id="error-[^"]*?-(\w+)" role="alert">([^<]+)<', answer.text)
    return {name: html.unescape(said) for name, said in found}


def test_codes_are_chosen_by_name_in_the_readers_language(client: TestClient) -> None:
    page = client.get(FORM).text
    for code, name in (("KAZ", "Kazakhstan"), ("kk", "Kazakh"), ("KZT", "Kazakhstani Tenge")):
        assert f'<option value="{code}">{name}</option>' in page
    assert '<option value="KAZ">Қазақстан</option>' in client.get(FORM, params={"lang": "kk"}).text


@pytest.mark.parametrize(("lang", "field", "typed", "kept"), [
    pytest.param("en", "home", "Kazakhstan", "KAZ", id="a state by name"),
    pytest.param("en", "home", "Қазақстан", "KAZ", id="in another language than the page's"),
    pytest.param("kk", "home", "kaz", "KAZ", id="its code in small letters"),
    pytest.param("en", "where", "Kazakhstan, Türkiye; UZB", "KAZ TUR UZB", id="several states"),
    pytest.param("en", "tongue", "Turkish", "tr", id="a language by name"),
    pytest.param("en", "coin", "tenge", "KZT", id="a currency by a word of its name"),
    pytest.param("en", "price", "200,000 USD", "200000 USD", id="thousands with a comma"),
    pytest.param("kk", "price", "200 000 usd", "200000 USD", id="thousands with a blank"),
    pytest.param("en", "price", "US dollar 1.5 million", "1500000 USD", id="millions"),
    pytest.param("en", "since", "31.12.2027", "2027-12-31", id="a date with points"),
    pytest.param("en", "since", "12.2027", "2027-12", id="a month"),
    pytest.param("en", "until", "31.12.2027", "21183", id="a whole day with points"),
    pytest.param("kk", "until", "2027 ж. 31 желтоқсан", "21183", id="a day in words"),
    pytest.param("en", "least", "200,000", "200000", id="a whole number with a comma"),
    pytest.param("kk", "least", "200 000", "200000", id="and with a blank"),
    pytest.param("en", "share", "1,500.5", "1500.5", id="a number in English"),
    pytest.param("kk", "share", "0,5", "0.5", id="a fraction in Kazakh"),
])  # fmt: skip
def test_what_people_write_is_understood(
    client: TestClient, node: Node, lang: str, field: str, typed: str, kept: str
) -> None:
    answer = sent(client, lang, **{field: typed})
    assert answer.status_code == 303, faults(answer)
    (row,) = rows(node, PAIR.name)
    assert f"{field}={kept};" in f"{row['left']};"


@pytest.mark.parametrize(("field", "typed", "said"), [
    pytest.param("home", "Kazakhstn", "KAZ (Kazakhstan)", id="the state that was meant"),
    pytest.param("price", "200,000", "200000 USD", id="no currency"),
    pytest.param("since", "03/04/2027", "2027-04-03 or 2027-03-04", id="two days"),
    pytest.param("until", "12.2027", "2027-12-17", id="no whole day"),
])  # fmt: skip
def test_a_fault_says_the_form_wanted_by_what_was_typed(client: TestClient, field: str, typed: str, said: str) -> None:
    answer = sent(client, **{field: typed})
    assert said in faults(answer)[field]
    assert f'value="{html.escape(typed)}"' in answer.text, "nothing that was typed is lost"


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(client: TestClient) -> None:
    assert set(faults(sent(client, what="", whose=""))) == {"what", "whose"}
    assert set(faults(sent(client, least="1", most="3"))) == {"least", "most"}
    assert set(faults(sent(client, home="nowhere", until="soon", least="1", most="3"))) == {
        "home", "until", "least", "most",
    }  # fmt: skip
