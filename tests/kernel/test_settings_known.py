"""A slip in the settings is told when the node opens, with what would have been right."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.nodes import opened

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
