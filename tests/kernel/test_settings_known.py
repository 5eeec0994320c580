"""A slip in the settings is told when the node opens, with what would have been right."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field
from tests.support.nodes import opened
from tests.support.orchard import ORCHARD

from birlik import assembly, settings
from birlik.errors import UnknownSetting
from birlik.kernel.domain import DomainSettings
from birlik.settings import Source, Webhook

URL = "http://127.0.0.1:9/"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param(
            {"webhooks": (Webhook(url=URL, view="memberz"),)}, "webhooks.0.view: no view 'memberz'", id="view"
        ),
        pytest.param({"webhooks": (Webhook(url=URL, rules=("feed_quite",)),)}, "no rule 'feed_quite'", id="rule"),
        pytest.param({"sources": {"post": Source(marking="PINK")}}, "sources.post: marking is one of", id="marking"),
        pytest.param({"sources": {"post": Source(audience=("all",))}}, "sources.post: no view 'all'", id="audience"),
    ],
)
def test_what_settings_name_must_be_there(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(UnknownSetting, match=re.escape(said)), opened(tmp_path, **given):
        pass
    with opened(tmp_path, webhooks=(Webhook(url=URL, view="members", rules=("feed_quiet",)),)):
        pass


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"earliest": "yesterday"}, id="no time"),
        pytest.param({"earliest": "2010-01-01"}, id="a time without its offset"),
        pytest.param({"views": ("own",)}, id="a view that every node has"),
        pytest.param({"views": ("desk", "desk")}, id="a view twice"),
        pytest.param({"memory_limit": "lots"}, id="no size"),
        pytest.param({"country_borders": "/nonexistent.json"}, id="no such file"),
        pytest.param({"sources": {"post": {"every_s": -900}}}, id="a pause before nothing"),
    ],
)
def test_a_setting_that_cannot_be_meant_names_itself(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(UnknownSetting, match=next(iter(given))), opened(tmp_path, **given):
        pass


def test_a_list_of_the_environment_is_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.write_new(tmp_path, "KAZ")
    monkeypatch.setenv("BIRLIK_VIEWS", "desk")
    with pytest.raises(UnknownSetting, match="JSON"), opened(tmp_path):
        pass


def test_a_name_with_quotes_makes_a_node_that_opens(tmp_path: Path) -> None:
    settings.write_new(tmp_path / "node", "KAZ", 'Center "Astana" \\x')
    assert settings.read(tmp_path / "node").name == 'Center "Astana" \\x'


def test_a_member_that_is_none_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UnknownSetting, match="member"):
        settings.write_new(tmp_path / "node", "kz")
    assert not (tmp_path / "node").exists()


class Beds(DomainSettings):
    was_flat = ("beds_n",)
    beds_n: Annotated[int, Field(gt=0)] = 12
    """How many beds there are."""
    gardener: str = ""
    """Who looks after them."""


GARDEN = replace(ORCHARD, settings=Beds)


def written(folder: Path, *lines: str) -> Path:
    settings.write_new(folder, "KAZ")
    with (folder / settings.FILE).open("a") as file:
        file.write("\n".join(lines) + "\n")
    return folder


def beds(folder: Path, **overrides: Any) -> Any:
    return assembly.read_settings(folder, (GARDEN,), **overrides).of_domains["orchard"]


def test_a_domain_has_a_table_of_its_own(tmp_path: Path) -> None:
    folder = written(tmp_path, "[orchard]", "beds_n = 7", 'gardener = "Aigul"')
    assert (beds(folder).beds_n, beds(folder).gardener) == (7, "Aigul")
    assert assembly.read_settings(folder, (GARDEN,)).notices == ()


def test_where_nothing_is_said_its_defaults_hold(tmp_path: Path) -> None:
    assert beds(written(tmp_path)).beds_n == 12


def test_a_key_that_stood_beside_the_nodes_own_is_read_and_told_where_it_belongs(tmp_path: Path) -> None:
    folder = written(tmp_path, "beds_n = 7")
    given = assembly.read_settings(folder, (GARDEN,))
    assert given.of_domains["orchard"].beds_n == 7  # type: ignore[attr-defined]
    assert given.notices == (
        "beds_n has moved: write it into the table [orchard] of birlik.toml; it is still read where it is",
    )


def test_what_stands_in_the_table_wins_over_what_stands_where_it_was(tmp_path: Path) -> None:
    assert beds(written(tmp_path, "beds_n = 7", "[orchard]", "beds_n = 8")).beds_n == 8


def test_the_environment_wins_over_the_table_and_a_command_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path, "[orchard]", "beds_n = 7")
    monkeypatch.setenv("BIRLIK_ORCHARD__BEDS_N", "9")
    assert beds(folder).beds_n == 9
    assert beds(folder, orchard={"beds_n": 10}).beds_n == 10


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(("[orchard]", "beds = 7"), "orchard.beds is no setting of birlik", id="no such key"),
        pytest.param(("[orchard]", "beds_n = 0"), "orchard.beds_n: ", id="what it doesn't take"),
        pytest.param(("orchard = 7",), "orchard: a table, [orchard]", id="no table"),
        pytest.param(("[water]", "beds_n = 7"), "water is no setting of birlik", id="no such domain"),
        pytest.param(("gardener = 'Aigul'",), "gardener is no setting of birlik", id="never stood there"),
    ],
)
def test_a_slip_in_a_domains_table_names_domain_and_key(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(UnknownSetting, match=re.escape(said)):
        beds(written(tmp_path, *lines))


def test_a_name_of_the_environment_that_no_domain_has_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path)
    monkeypatch.setenv("BIRLIK_ORCHARD__BEDS", "9")
    with pytest.raises(UnknownSetting, match=re.escape("orchard.beds is no setting")):
        beds(folder)
    monkeypatch.setenv("BIRLIK_WATER__BEDS", "9")
    with pytest.raises(UnknownSetting, match="BIRLIK_WATER__BEDS is no setting"):
        beds(folder)


def test_the_regions_sides_stand_in_their_order(tmp_path: Path) -> None:
    folder = written(tmp_path, "region = [60.0, 15.0, 12.0, 62.0]")
    with pytest.raises(UnknownSetting, match=re.escape("transport.region: ")):
        assembly.read_settings(folder)


def test_an_older_folder_is_opened_with_its_flat_keys(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = written(tmp_path, "region = [50.0, 35.0, 90.0, 56.0]", "events_per_document = 9")
    with opened(folder, declared=None) as node:
        assert {n: node.limits[n] for n in ("west", "south", "east", "north", "events_per_document")} == {
            "west": 50.0, "south": 35.0, "east": 90.0, "north": 56.0, "events_per_document": 9,
        }  # fmt: skip
    assert "region has moved: write it into the table [transport]" in caplog.text
