"""What fits, and why: the parts of a sum with their weights, the sentences that met, what isn't known as a range."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.chorus import CHORUS, FITS
from tests.support.meanings import Concepts, concepts
from tests.support.nodes import follow, opened
from tests.support.server import browsing

from birlik.kernel.checking import faults
from birlik.kernel.domain import Part
from birlik.kernel.meaning.texts import Meaning
from birlik.kernel.meant import sentences
from birlik.kernel.node import Node

PAGE = "/chorus/singer/aida"
SINGERS = (
    {"singer": "aida", "hall": "red", "likes": "I sing low. white owl"},
    {"singer": "omar", "hall": "red", "likes": "ақ жапалақ", "leaves_time": "2026-05-01T00:00:00Z"},
    {"singer": "timur", "hall": "red", "likes": "tractors"},
    {"singer": "zere", "hall": "blue", "likes": "white owl"},
)


def told(client: TestClient, node: Node) -> None:
    for singer in SINGERS:
        assert client.post("/api/v1/acts/chorus_singer_begin", json=singer).status_code == 200
    follow(node)


def node_in(folder: Path, meaning: Meaning | None) -> Iterator[tuple[Node, TestClient]]:
    with opened(folder, declared=(CHORUS,), meaning=meaning, follow_every_s=3600) as made, browsing(made) as client:
        told(client, made)
        yield made, client


@pytest.fixture
def meant(tmp_path: Path) -> Iterator[tuple[Node, TestClient]]:
    yield from node_in(tmp_path / "node", concepts())


@pytest.fixture
def unmeant(tmp_path: Path) -> Iterator[tuple[Node, TestClient]]:
    yield from node_in(tmp_path / "node", None)


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def panel(client: TestClient) -> str:
    answer = client.get(f"{PAGE}?whole=1")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_best_stands_first_with_its_parts_and_the_sentences_that_met(meant: tuple[Node, TestClient]) -> None:
    made = panel(meant[1])
    said = plain(made)
    assert said.index("omar") < said.index("timur")
    assert "white owl meets ақ жапалақ" in said
    assert "What they say" in said
    assert re.search(r"They stay 100\s?% 25\s?%", said)
    assert 'href="/chorus/singer/omar"' in made
    assert "zere" not in said
    assert "How they sing is left out" in said


def test_what_is_not_known_is_a_range_and_never_nought(meant: tuple[Node, TestClient]) -> None:
    timur = plain(panel(meant[1])).split("timur")[1]
    assert "They stay not known" in timur
    assert re.search(r"Why: \d+\s?% – \d+\s?% of", timur)
    assert "Not known, so ask: leaves time" in timur


def test_without_a_model_the_part_is_not_known_and_no_sentence_is_shown(unmeant: tuple[Node, TestClient]) -> None:
    said = plain(panel(unmeant[1]))
    assert "What they say not known 75" in said
    assert "meets" not in said


def test_files_have_the_same_rows(meant: tuple[Node, TestClient]) -> None:
    made = meant[1].get("/api/v1/tables/chorus_duet?singer=aida").json()["data"]
    assert {(row["mate"], row["theirs"]) for row in made} == {("omar", "ақ жапалақ"), ("timur", "tractors")}


def test_what_was_made_once_is_not_asked_of_the_model_again(tmp_path: Path) -> None:
    model = Concepts()
    meaning = concepts()
    meaning._model = model
    for node, client in node_in(tmp_path / "node", meaning):
        before = model.made_n
        client.post("/api/v1/acts/chorus_singer_begin", json={"singer": "nur", "hall": "red", "likes": "night"})
        follow(node)
        assert model.made_n - before == 1  # its one sentence is the whole


def test_rows_are_made_again_where_a_model_comes(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    for _ in node_in(folder, None):
        pass
    with opened(folder, declared=(CHORUS,), meaning=concepts(), follow_every_s=3600) as node:
        follow(node)
        rows = node.reader(node.operator).rows("chorus_duet").to_pylist()
    assert all(row["alike"] is not None for row in rows)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        pytest.param(replace(FITS, parts=()), "a sum has parts", id="no parts"),
        pytest.param(replace(FITS, met=("mine", "ours")), "'ours'", id="no such column"),
        pytest.param(replace(FITS, parts=(Part(title="x", column="alike", weight=0),)), "weighs", id="no weight"),
    ],
)
def test_what_cant_be_meant_is_refused_by_assembly(wrong: object, word: str) -> None:
    page = replace(CHORUS.pages[0], panels=(wrong,))
    assert any(word in said for said in faults([replace(CHORUS, pages=(page,))]))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", []),
        ("One.", ["One."]),
        ("Бір. Екі! Үш?", ["Бір.", "Екі!", "Үш?"]),
        ("v. 2.5 of it\nnext line", ["v.", "2.5 of it", "next line"]),
    ],
)
def test_a_text_is_told_by_its_sentences(text: str, made: list[str]) -> None:
    assert sentences(text) == made
