"""Plain fields beside a list: what is chosen becomes an expression, and files have the same."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.aviary import AVIARY, BIRD, MASS, MEDIA_TYPE, change, changes
from tests.support.nodes import delivery, opened
from tests.support.server import browsing

from birlik.kernel import pipeline
from birlik.kernel.domain import Page, RowTable

PAGE = Page(
    name="choosing",
    title="Choosing",
    question="Which birds are there?",
    panels=(
        RowTable(
            name="birds", title="Birds", table=BIRD.name, columns=("name", "species"), narrowed=("name", "species")
        ),
        RowTable(name="masses", title="Masses", table=MASS.name, columns=("bird_id", "mass_g"), narrowed=("mass_g",)),
    ),
)  # fmt: skip
ADDRESS = "/aviary/choosing"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    aviary = replace(AVIARY, pages=(*AVIARY.pages, PAGE), catalogue=None)
    with opened(tmp_path / "node", declared=(aviary,), follow_every_s=3600) as node:
        birds = [("b1", "O'Bek", "owl"), ("b2", "Bek", "finch"), ("b3", "Aru", "owl")]
        items = [change(BIRD, bird_id=i, name=name, species=species) for i, name, species in birds]
        items += [
            change(MASS, bird_id=i, source_id="keeper", basis="measured", mass_g=mass)
            for i, mass in (("b1", 410.0), ("b2", 25.5), ("b3", 1500.0))
        ]
        pipeline.take(node, [delivery(changes(items), node, media_type=MEDIA_TYPE, source_id="keeper")])
        with browsing(node) as made:
            yield made


def page(client: TestClient, **chosen: str) -> str:
    answer = client.get(ADDRESS, params={"whole": "1", **chosen})
    assert answer.status_code == 200, answer.text
    return answer.text


def panel(text: str, name: str) -> str:
    return text[text.index(f'id="{name}"') :].partition("</section>")[0]


def names(text: str) -> set[str]:
    return {html.unescape(n) for n in re.findall(r"<td[^>]*><a[^>]*>([^<]+)</a>", panel(text, "birds"))}


def test_a_word_that_few_rows_have_is_chosen_and_stands_chosen_again(client: TestClient) -> None:
    made = page(client, **{"by-birds-species-is": "owl"})
    assert names(made) == {"O'Bek", "Aru"}
    assert '<option value="owl" selected>' in made
    assert "filter=species+%3D+%27owl%27" in html.unescape(panel(made, "birds")), "its files have the same rows"
    assert '<details class="ask" data-key="filter">' in panel(made, "birds"), "the expression needn't be seen for that"


def test_a_quote_is_a_letter_and_several_fields_hold_together(client: TestClient) -> None:
    assert names(page(client, **{"by-birds-name-is": "O'Bek", "by-birds-species-is": "owl"})) == {"O'Bek"}
    assert names(page(client, **{"by-birds-name-is": "O'Bek", "by-birds-species-is": "finch"})) == set()
    assert names(page(client, **{"by-birds-species-is": "owl' OR name <> '"})) == set()


def test_a_part_of_a_text_is_enough_in_whatever_case(client: TestClient) -> None:
    assert names(page(client, **{"by-birds-name-has": "bEk"})) == {"O'Bek", "Bek"}


def test_numbers_have_a_least_and_a_most_as_people_write_them(client: TestClient) -> None:
    shown = panel(page(client, **{"by-masses-mass_g-least": "400", "by-masses-mass_g-most": "1,400"}), "masses")
    assert "410" in shown
    assert "25.5" not in shown
    assert "1\u202f500" not in shown
    assert 'name="by-masses-mass_g-least" value="400"' in shown
    wrong = panel(page(client, **{"by-masses-mass_g-least": "much"}), "masses")
    assert re.search(r'class="field-error"[^>]*role="alert">[^<]+<', wrong), "what is no number is told"


def test_an_expression_that_fields_cannot_say_leaves_them_empty_and_stands_itself(client: TestClient) -> None:
    made = panel(page(client, **{"filter-birds": "species = 'owl' OR species = 'finch'"}), "birds")
    assert " selected>" not in made.replace('<option value="" selected>', "")
    assert '<details class="ask" data-key="filter" open>' in made
