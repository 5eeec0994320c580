"""The page of who may what is what a node answers: a role that may more or less than before shows here."""

from pathlib import Path

from tests.conftest import ROOT
from tests.support.matrix import furnished, page
from tests.support.strangers import house

PAGE = ROOT / "docs" / "reference" / "roles.md"


def test_every_cell_is_as_the_page_says(tmp_path: Path) -> None:
    with house(tmp_path / "node") as at:
        asked = page(furnished(at)).splitlines()
    said = PAGE.read_text(encoding="utf-8").splitlines()
    differs = [(a, b) for a, b in zip(said, asked, strict=False) if a != b]
    assert (differs, len(said)) == ([], len(asked)), (
        "made anew: python -m tests.support.matrix > docs/reference/roles.md"
    )
