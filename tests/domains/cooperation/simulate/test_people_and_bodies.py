"""The linking world: what is planted is there, and the planter's letters are its own."""

import ast
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from birlik.domains.cooperation import simulate
from birlik.domains.cooperation.simulate import Harshness, world
from birlik.domains.cooperation.simulate.writings import WAYS, written


@pytest.fixture(scope="module")
def made():
    return world(7, 3_000)


def names_of(made):
    names = defaultdict(list)
    for claim in made.claims.to_pylist():
        if claim["property"] == "name":
            names[claim["entity_id"]].append(claim["value"])
    return names


def test_the_same_seed_is_the_same_world_and_another_is_another():
    assert world(1, 300).claims.equals(world(1, 300).claims)
    assert not world(1, 300).claims.equals(world(2, 300).claims)


def test_three_in_ten_records_are_of_somebody_who_is_there_already(made):
    assert 1 - len(set(made.truth)) / len(made.records) == pytest.approx(0.3, abs=0.02)
    assert all(made.truth[a] == made.truth[b] and a < b for a, b in made.true_pairs())


def test_most_true_pairs_are_written_differently(made):
    names = names_of(made)
    alike = [names[made.records[a]][0] == names[made.records[b]][0] for a, b in made.true_pairs()]
    assert np.mean(alike) < 0.35


def test_namesakes_and_tenants_are_there_that_are_not_the_same(made):
    by_name, by_domain = defaultdict(set), defaultdict(set)
    for claim in made.claims.to_pylist():
        whose = int(made.truth[int(claim["entity_id"][-6:])])
        if claim["property"] == "name":
            by_name[claim["value"]].add(whose)
        if claim["property"] == "domain":
            by_domain[claim["value"]].add(whose)
    assert sum(len(whose) > 1 for whose in by_name.values()) > 20
    assert max(len(whose) for whose in by_domain.values()) > 10


def test_a_world_without_harshness_has_no_duplicates():
    assert len(world(1, 200, harsh=Harshness(duplicates=0.0)).true_pairs()) == 0


def test_the_planter_knows_nothing_of_the_key():
    for file in Path(simulate.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert "search_key" not in (node.module or "")
                assert "linking" not in (node.module or "")


@pytest.mark.parametrize(
    ("text", "lang", "way", "into"),
    [
        ("Қорғас", "kk", "its other script", "Qorğas"),
        ("Қорғас", "kk", "by way of Russian", "Korgas"),
        ("Oʻzbekiston", "uz", "its other script", "Ўзбекистон"),
        ("Qəbələ", "az", "by the press", "Gabala"),
        ("İğdır", "tr", "without marks", "Igdir"),
        ("Daşoguz", "tk", "in Russian", "Дашогуз"),
        ("Хорог", "ru", "by the press", "Khorog"),
    ],
)
def test_words_are_written_as_others_write_them(text, lang, way, into):
    assert written(text, lang, way) == into


def test_every_way_of_every_language_leaves_no_letter_of_the_first_script():
    assert all(written("", lang, way) == "" for lang, ways in WAYS.items() for way in ways)
