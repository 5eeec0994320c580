"""Who the members are, and since when: dated rows with their source."""

from datetime import date
from pathlib import Path

import pytest

from birlik.errors import UnknownSetting
from birlik.kernel.members import Tier, read

ROOT = Path(__file__).resolve().parents[2]

GOOD = """
code: AAA
name_en: A state
language: kk
tiers:
  - {tier: observer, since: 2018-09-03, note: a summit, source: a page}
  - {tier: member, since: 2021-11-12, note: a later summit, source: a page}
"""


def states_of(folder: Path, text: str) -> tuple:
    (folder / "AAA.yaml").write_text(text, encoding="utf-8")
    return read(folder)


@pytest.mark.parametrize(
    ("day", "tier"),
    [
        pytest.param(date(2018, 9, 2), None, id="before the first row"),
        pytest.param(date(2018, 9, 3), Tier.OBSERVER, id="from the day itself"),
        pytest.param(date(2021, 11, 11), Tier.OBSERVER, id="until the next row"),
        pytest.param(date(2026, 3, 1), Tier.MEMBER, id="the last row holds on"),
    ],
)
def test_a_tier_holds_from_its_day_until_the_next(tmp_path: Path, day: date, tier: Tier | None) -> None:
    (state,) = states_of(tmp_path, GOOD)
    assert state.tier_on(day) is tier


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("code: AAA", "code: BBB", "not the file's name", id="another state's file"),
        pytest.param("language: kk", "tongue: kk", "it takes the keys", id="an unknown key"),
        pytest.param("tier: member", "tier: friend", "it takes member, observer, partner", id="an unknown tier"),
        pytest.param("2021-11-12", "2021", "is no date", id="a year is no day"),
        pytest.param("2021-11-12", "2001-11-12", "the earliest first", id="rows out of order"),
        pytest.param("  - {tier", "  - {{tier", "not YAML", id="no YAML"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(UnknownSetting, match=said) as caught:
        states_of(tmp_path, GOOD.replace(old, new, 1) if old != "2021-11-12" else GOOD.replace(old, new))
    assert "AAA.yaml" in str(caught.value)


def test_the_organisations_states_are_all_here() -> None:
    today = date(2026, 3, 1)
    tiers = {state.code: state.tier_on(today) for state in read(ROOT / "members")}
    members = {code for code, tier in tiers.items() if tier is Tier.MEMBER}
    assert members == {"AZE", "KAZ", "KGZ", "TUR", "UZB"}
    assert {code for code, tier in tiers.items() if tier is Tier.OBSERVER} == {"HUN", "TKM"}


@pytest.mark.reference
def test_tiers_are_those_of_the_reference_data(reference_data: Path) -> None:
    from csv import DictReader

    text = (reference_data / "cooperation" / "ots" / "states.csv").read_text(encoding="utf-8")
    published = {(row["iso3"], row["role"], row["since"]) for row in DictReader(text.splitlines()) if row["iso3"]}
    ours = {(s.code, str(t.tier), t.since.isoformat()) for s in read(ROOT / "members") for t in s.tiers}
    assert ours == published
