"""A slip in the settings is told when the node opens, with what would have been right."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.nodes import opened

from birlik import settings
from birlik.errors import UnknownSetting
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
        pytest.param({"region": (60.0, 15.0, 12.0, 62.0)}, id="west of which lies east"),
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
