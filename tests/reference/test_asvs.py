"""The table of OWASP ASVS 5.0 in the documentation names each requirement of levels 1 and 2 exactly once."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

TABLE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "asvs.md"
ROW = re.compile(r"^\| v5\.0\.0-([\d.]+) \| (\d) \| ([a-z ]+) \| (.+) \|$", re.M)
HOW = ("test", "document", "not met", "does not apply")


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(TABLE.read_text(encoding="utf-8"))


@pytest.mark.reference
def test_each_requirement_of_levels_1_and_2_stands_there_once_with_its_level(
    rows: list[tuple[str, str, str, str]], reference_data: Path
) -> None:
    file = reference_data / "security" / "asvs50" / "asvs-5.0.0.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        asked = [(row["req_id"].removeprefix("V"), row["L"]) for row in csv.DictReader(lines) if row["L"] in "12"]
    assert len(asked) == 253
    assert sorted((number, level) for number, level, _, _ in rows) == sorted(asked)


@pytest.mark.reference
def test_no_sentence_of_the_standard_is_copied(reference_data: Path) -> None:
    text = TABLE.read_text(encoding="utf-8")
    file = reference_data / "security" / "asvs50" / "asvs-5.0.0.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            words = row["req_description"].split()
            for i in range(len(words) - 7):
                assert " ".join(words[i : i + 8]) not in text, row["req_id"]


def test_each_row_says_how_and_where_or_why(rows: list[tuple[str, str, str, str]]) -> None:
    for number, _, how, where in rows:
        assert how in HOW, number
        assert (how == "test") <= ("`tests/" in where), f"{number}: a test is named"
        assert len(where) > 6, number


def test_the_counts_at_its_head_are_those_of_its_rows(rows: list[tuple[str, str, str, str]]) -> None:
    counts = Counter(how for _, _, how, _ in rows)
    said = dict(
        re.findall(r"^\| (test|document|not met|does not apply) \| .* \| (\d+) \|$", TABLE.read_text("utf-8"), re.M)
    )
    assert {how: int(n) for how, n in said.items()} == counts
