"""Organisations and works in their standards: what they say, and what is refused of them alone."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.support.nodes import delivery, rows
from tests.support.registry import faults, registry, sent

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel.node import Node

OURS = ROOT / "examples" / "cooperation"
FILES = {
    "projects.json": "oc4ids",
    "organisations.ror.json": "ror",
    "openalex.jsonl": "openalex",
    "works.csl.json": "csl_json",
    "works.bib": "bibtex",
    "works.ris": "ris",
}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with registry(tmp_path / "node") as made:
        yield made


@pytest.mark.parametrize(("file", "name"), FILES.items())
def test_a_file_is_known_by_how_it_begins(file: str, name: str) -> None:
    body = (OURS / file).read_bytes()
    assert [each.name for each in DOMAIN.intakes if each.sniff and each.sniff(body, file) is not None] == [name]


def said(node: Node, entity_id: str) -> dict[tuple[str, str | None], set[str]]:
    made: dict[tuple[str, str | None], set[str]] = {}
    for row in rows(node, "cooperation_claim"):
        if row["entity_id"] == entity_id:
            made.setdefault((row["property"], row["lang"]), set()).add(row["value"])
    return made


def test_names_of_ror_come_with_language_and_kind(node: Node) -> None:
    sent(node, "ror", (OURS / "organisations.ror.json").read_bytes())
    claims = said(node, "organisation:ror:000000195")
    assert claims["name", "kk"] == {"Су және құдықтар институты"}
    assert claims["short_name", None] == {"IWW"}
    assert claims["state", None] == {"KAZ"}
    assert claims["wikidata", None] == {"Q900000001"}


def test_an_inverted_abstract_is_decoded(node: Node) -> None:
    sent(node, "openalex", (OURS / "openalex.jsonl").read_bytes())
    claims = said(node, "work:doi:10.5555~1wells.2024.3")
    assert claims["abstract", "en"] == {"Old wells hold less than they did."}


def test_accents_strings_and_parents_of_bibtex_are_read(node: Node) -> None:
    sent(node, "bibtex", (OURS / "works.bib").read_bytes())
    claims = said(node, "work:doi:10.5555~1wells.2024.3")
    assert claims["author", None] == {"Gökçe, Ayşe", "Institute of Water and Wells"}
    assert claims["container", None] == {"Journal of Wells, Series B"}
    child = said(node, "work:ministry:aliyev2025")
    assert child["container", None] == {"Proceedings of the Invented Forum"}
    assert child["issued", None] == {"2025"}


def changed(file: str, old: str, new: str) -> bytes:
    text = (OURS / file).read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1).encode()


WRONG = [
    ("openalex", changed("openalex.jsonl", '"doi": null', '"doi": "11.5/x"'), "/doi, line 2", "11.5/x is no DOI", 1),
    (
        "openalex",
        changed("openalex.jsonl", '"id": "https://openalex.org/W4400000002", ', ""),
        "/id, line 2",
        "id is",
        1,
    ),
    ("openalex", changed("openalex.jsonl", '"language": "kk", ', '"language": "kk" '), "line 2", "JSON is broken", 1),
    ("openalex", changed("openalex.jsonl", '"Old": [0]', '"Old": [-1]'), "/abstract_inverted_index", "positions", 1),
    ("ror", changed("organisations.ror.json", "000000195", "000000196"), "/0/id", "check digits of the ROR id", 0),
    ("ror", changed("organisations.ror.json", '"Q900000001"', '"P31"'), "/0/external_ids/0", "P31 is no Wikidata", 0),
    ("csl_json", changed("works.csl.json", '"title": "On the Water of Old Wells",', ""), "/0/title", "title is", 1),
    ("csl_json", changed("works.csl.json", '["2021"]', '["soon"]'), "/1/issued/date-parts", "date-parts", 1),
    ("bibtex", changed("works.bib", "{Caspian levels, once more},", "{Caspian levels,"), "line 17", "isn't closed", 2),
    ("bibtex", changed("works.bib", "forum2025,", "gokce2024,"), "line 24", "stands twice", 2),
    ("bibtex", changed("works.bib", "  note    =", "  volume    ="), "line 4", "fields stand twice", 2),
    ("ris", changed("works.ris", "C7  - With maps\nER  - \n", ""), "line 1", "isn't ended by a line ER", 1),
    ("ris", changed("works.ris", "DO  - 10", "DO  - ten"), "/DO/0, line 1", "is no DOI", 1),
]


@pytest.mark.parametrize(("form", "body", "place", "words", "taken"), WRONG)
def test_one_bad_record_of_many_is_refused_alone(
    node: Node, form: str, body: bytes, place: str, words: str, taken: int
) -> None:
    receipt = sent(node, form, body)
    told = faults(receipt)
    assert len(told) == 1, told
    assert told[0][0].startswith(place)
    assert words in told[0][1]
    assert receipt.accepted == taken


@pytest.mark.parametrize("form", ["ror", "csl_json"])
def test_an_array_that_breaks_off_is_refused_whole(node: Node, form: str) -> None:
    file = {"ror": "organisations.ror.json", "csl_json": "works.csl.json"}[form]
    receipt = sent(node, form, (OURS / file).read_bytes()[:-10])
    assert receipt.accepted == 0
    assert faults(receipt)[0][0].startswith("line")
    assert rows(node, "cooperation_record") == []


def test_a_reload_of_a_dump_says_nothing_twice(node: Node) -> None:
    body = json.loads((OURS / "organisations.ror.json").read_bytes())
    sent(node, "ror", json.dumps(body).encode())
    before = rows(node, "cooperation_claim")
    sent(node, "ror", json.dumps(body, indent=1).encode())
    assert rows(node, "cooperation_claim") == before


@pytest.mark.parametrize(("file", "name"), FILES.items())
def test_a_large_file_is_read_in_a_process_of_its_own(node: Node, file: str, name: str) -> None:
    intake = next(each for each in DOMAIN.intakes if each.name == name)
    one = delivery((OURS / file).read_bytes(), node, media_type=intake.media_type)
    there = pickle.loads(pickle.dumps(intake))
    made = pickle.loads(pickle.dumps(there.decode(one, node.lookup())))
    here = intake.decode(one, node.lookup())
    assert made.rows["cooperation_claim"].equals(here.rows["cooperation_claim"])
    assert made.asks.again([]).rows["cooperation_record"].equals(here.rows["cooperation_record"])
