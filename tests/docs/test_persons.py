"""What is said of persons in the explanation is what is declared."""

from tests.conftest import ROOT

from birlik.domains.cooperation.vocabulary.consent import OFFICE_DAYS, PRIVATE

TEXT = (ROOT / "docs" / "explanation" / "persons.md").read_text(encoding="utf-8")


def test_each_private_property_stands_there_with_its_purpose_and_its_days() -> None:
    lines = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ")][1:]
    told = [tuple(cell.strip() for cell in line) for line in lines]
    assert told == [(name, each.purpose.value, str(each.days)) for name, each in PRIVATE.items()]
    assert f"{OFFICE_DAYS // 365} years" in TEXT
