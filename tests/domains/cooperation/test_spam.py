"""Floods of forms: the genuine few among them are published in few clicks. bench/spam.py has ten thousand."""

from pathlib import Path

import pytest
from tests.support.nodes import rows
from tests.support.post import post
from tests.support.spam import GENUINE, besieged, flood, passes, publishes

FORMS, CLICKS = 120, 40


@pytest.fixture(autouse=True)
def mails_go_when_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("birlik.kernel.service.mailing.serve", lambda node, stop: None)


def test_among_forms_that_mail_confirms_the_genuine_ones_are_published(tmp_path: Path) -> None:
    """A tenth of the flood has mailboxes of its own, and confirms."""
    with post() as at_post, besieged(tmp_path / "node", at_post) as at:
        flood(at, FORMS, networks=24, owned=0.1, has_mail=True)
        assert rows(at.node, "cooperation_held") == []
        passes(at, at_post, 3)
        held = rows(at.node, "cooperation_held")
        assert len(GENUINE) < len(held) < len(GENUINE) + FORMS / 5
        clicks, published = publishes(at)
        assert published == len(GENUINE)
        assert clicks <= CLICKS


def test_without_mail_they_are_found_behind_the_groups(tmp_path: Path) -> None:
    with besieged(tmp_path / "node", None) as at:
        flood(at, FORMS, networks=24, owned=0, has_mail=False)
        assert len(rows(at.node, "cooperation_held")) == FORMS
        clicks, published = publishes(at)
        assert published == len(GENUINE)
        assert clicks <= CLICKS
