"""Reasons are said in the reader's language, also long after they were found, and those of earlier releases stand."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po
from tests.support.traffic import POSITIONS

from birlik import assembly, settings
from birlik.clock import SetClock
from birlik.domains.transport.wire.epcis_schema import json_schema
from birlik.kernel import pipeline, saying
from birlik.kernel.intake import Delivery
from birlik.kernel.node import Node
from birlik.said import Said, again, parts

ROOT = Path(__file__).resolve().parents[2] / "src" / "birlik"
CATALOGUES = sorted(ROOT.rglob("locale/kk/LC_MESSAGES/reasons.po"))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def templates() -> Iterator[str]:
    """All that is written as `Said("…")`, and the words of the EPCIS schema, which become one where they are broken."""
    for file in (f for f in ROOT.rglob("*.py") if f.name != "said.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Said" and node.args:
                yield from (c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant) and is_text(c.value))
    yield from comments(json_schema())


def is_text(value: object) -> bool:
    return isinstance(value, str) and value != "$comment"


def comments(schema: Any) -> Iterator[str]:
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "$comment":
            yield value
        elif isinstance(value, (dict, list)):
            yield from comments(value)


def in_kazakh() -> dict[str, str]:
    said: dict[str, str] = {}
    for file in CATALOGUES:
        with file.open("rb") as opened:
            said |= {str(m.id): str(m.string) for m in read_po(opened) if m.id and m.string}
    return said


def test_every_reason_is_said_in_kazakh() -> None:
    assert sorted(set(templates()) - set(in_kazakh())) == []


def test_a_translation_speaks_of_the_same_values_in_the_same_form() -> None:
    def fields(text: str) -> set[tuple[str | None, str | None, str | None]]:
        return {(name, how, form) for _, name, form, how in Formatter().parse(text) if name is not None}

    assert [text for text, said in in_kazakh().items() if fields(text) != fields(said)] == []


@pytest.mark.parametrize(
    ("reason", "kazakh"),
    [
        pytest.param(Said("{name} is empty", name="time"), "time бос", id="a value stands in its place"),
        pytest.param(Said("the file is empty"), "файл бос", id="no value"),
        pytest.param(
            Said("no known profile: {reason}", reason=Said("not {kind}", kind=Said("a list"))),
            "белгілі профиль жоқ: тізім емес",
            id="a sentence within a sentence within a sentence",
        ),
        pytest.param(
            Said("{first}; {others}", first=Said("empty"), others=[Said("{name} is missing", name="a"), Said("empty")]),
            "бос; a жоқ; бос",
            id="a list of sentences",
        ),
        pytest.param("a word that no catalogue has", "a word that no catalogue has", id="else English"),
        pytest.param(
            Said('an edit is {"table": name, "rows": [{field: value}]}'),
            'түзету мынадай болады: {"table": name, "rows": [{field: value}]}',
            id="braces that name no value",
        ),
    ],
)
def test_a_reason_is_said_again_from_what_was_kept_of_it(reason: str, kazakh: str) -> None:
    template, values = parts(reason)
    said = in_kazakh()
    assert again(template, json.loads(json.dumps(values)), said.get) == kazakh
    assert again(template, json.loads(json.dumps(values)), {}.get) == str(reason)


def test_a_translation_that_speaks_of_what_is_not_there_gives_way_to_english() -> None:
    assert again("{n} columns", {"n": 3}, {"{n} columns": "{m} баған"}.get) == "3 columns"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings.write_new(tmp_path / "node", "KAZ")
    made = assembly.open_node(tmp_path / "node", clock=SetClock(NOW))
    yield made
    made.close()


def test_an_entry_keeps_template_and_values_and_its_english_words(node: Node) -> None:
    body = b"object,time,latitude,longitude\nA 1,2026-03-10T10:00:00Z,444,80\n"
    delivery = Delivery(body=body, media_type=POSITIONS, source_id="gps", received_time=node.clock.now())
    pipeline.take(node, [delivery])
    (row,) = node.reader(node.operator).rows("birlik_quarantine").to_pylist()
    assert row["reason"] == "latitude 444 is beyond ±90"
    assert row["reason_template"] == "latitude {latitude:g} is beyond ±90"
    columns = (row["reason"], row["reason_template"], row["reason_values"])
    assert saying.reason_in(node, "kk", *columns) == "444 ендігі ±90 шегінен тыс"
    assert saying.about_in(node, "kk", row["reason_template"]) == "… ендігі ±90 шегінен тыс"


def test_an_entry_of_an_earlier_release_stands_in_its_own_words(node: Node) -> None:
    assert saying.reason_in(node, "kk", "latitude 444 is beyond ±90", None, None) == "latitude 444 is beyond ±90"
