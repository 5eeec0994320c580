"""A work as a line of a list of references, as the styles have it that people here ask for."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.domains.cooperation.exports.test_round_trips import text
from tests.support.nodes import follow, rows
from tests.support.registry import sent

from birlik.domains.cooperation.exports.citing import DATES, NAMES, TEXTS, cited
from birlik.domains.cooperation.vocabulary.citation_styles import STYLES
from birlik.kernel.node import Node

ARTICLE = {
    "type": "article-journal",
    "title": "Орталық Азиядағы су балансы",
    "language": "kk",
    "author": [{"family": "Ахметов", "given": "Бауыржан"}, {"family": "Öztürk", "given": "Ayşe"}],
    "issued": {"date-parts": [["2021", 3]]},
    "container-title": "Вестник КазНУ",
    "volume": 12,
    "issue": "3",
    "page": "45-67",
    "DOI": "10.1234/abc",
}
LINES = {
    "gost": "Ахметов Б., Öztürk A. Орталық Азиядағы су балансы // Вестник КазНУ. 2021. Т. 12. № 3. С. 45–67. "
    "DOI: 10.1234/abc.",
    "apa": "Ахметов, Б., & Öztürk, A. (2021). Орталық Азиядағы су балансы. Вестник КазНУ, 12(3), 45–67. "
    "https://doi.org/10.1234/abc",
    "apa-tr": "Ахметов, Б. ve Öztürk, A. (2021). Орталық Азиядағы су балансы. Вестник КазНУ, 12(3), 45-67. "
    "doi:10.1234/abc",
    "chicago": "Ахметов, Б., and A. Öztürk. 2021. “Орталық Азиядағы су балансы”. Вестник КазНУ 12 (3): 45–67. "
    "https://doi.org/10.1234/abc.",
    "ieee": "Б. Ахметов and A. Öztürk, “Орталық Азиядағы су балансы”, Вестник КазНУ, vol. 12, no. 3, pp. 45–67, "
    "Mar. 2021, doi: 10.1234/abc.",
}


@pytest.mark.parametrize("style", STYLES)
def test_an_article_is_cited_as_the_style_has_it(style: str) -> None:
    assert cited([ARTICLE], style) == [LINES[style]]


def test_a_title_that_is_not_english_keeps_its_letters_where_a_style_gives_titles_capitals() -> None:
    (kept,) = cited([{"type": "article-journal", "title": "türk dünyası üzerine", "language": "tr"}], "chicago")
    assert "türk dünyası üzerine" in kept
    (raised,) = cited([{"type": "article-journal", "title": "on the steppe", "language": "en"}], "chicago")
    assert "On the Steppe" in raised


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99_999) | st.text(max_size=30) | st.floats(),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(
            st.sampled_from(["family", "given", "literal", "suffix", "date-parts", "x"]), each, max_size=3
        )
    ),
    max_leaves=6,
)
ODD = st.sampled_from(
    [[{"family": "A", "given": "b-c d"}], [{"given": "É"}], {"date-parts": [[2020, 13]]}, {"date-parts": [[1]]}, "1A–3"]
)
TYPES = st.sampled_from(["book", "chapter", "thesis", "webpage", "patent", "post-weblog", "no such type"])


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(st.sampled_from(("title", *TEXTS, *NAMES, *DATES)), ANY | ODD, max_size=8),
    TYPES | ANY,
    st.sampled_from(list(STYLES)),
)
def test_whatever_a_record_holds_it_is_one_line(work: dict[str, Any], kind: object, style: str) -> None:
    (line,) = cited([{**work, "type": kind}], style)
    assert "\n" not in line


def test_one_work_and_all_leave_in_each_style_and_the_page_that_cites_leads_there(
    node: Node, client: TestClient
) -> None:
    works = [{"id": "w1", **ARTICLE}, {"id": "w2", "type": "book", "title": "Steppe", "language": "en"}]
    assert sent(node, "csl_json", orjson.dumps(works)).accepted == 2
    follow(node)
    (entity_id,) = [row["entity_id"] for row in rows(node, "cooperation_work") if row["title"] == ARTICLE["title"]]
    for style, line in LINES.items():
        assert text(client, f"/works/{style}/{entity_id}") == f"{line}\n"
        assert f"{line}\n" in text(client, f"/works/{style}")
    assert client.get("/works/gost/work:none").status_code == 404
    page = client.get(f"/cooperation/work/-/cite/page?entity_id={entity_id}").text
    assert "ГОСТ Р 7.0.5" in page
    assert "/works/apa-tr/" in page
