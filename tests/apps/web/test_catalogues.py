"""Every visible word has its translation, with the same placeholders."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from babel.messages.pofile import read_po
from tests.apps.web.conftest import domains

from birlik.apps.web import catalogues
from birlik.apps.web.words import words
from birlik.kernel.alerting.feed_quiet import feed_quiet
from birlik.kernel.alerting.words import catalogues_in
from birlik.kernel.alerts import AlertRule
from birlik.kernel.checking import texts
from birlik.kernel.domain import Act
from birlik.kernel.own import OWN

ROOT = Path(__file__).resolve().parents[3]


SAME = ("", "n = {usual_n}", "{slower_since}")
"""Written alike in both languages."""


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_word_of_the_pages_is_said_in_kazakh() -> None:
    assert tool().missing("kk") == []


def test_every_word_that_a_domain_declares_for_its_pages_is_said_in_kazakh() -> None:
    folders = [d.catalogue for d in domains() if d.catalogue is not None]
    kazakh = words("kk", folders)
    assert (
        sorted({text for domain in domains() for text in texts(domain) if text not in SAME and kazakh.t(text) == text})
        == []
    )


def test_every_word_of_the_kernels_own_acts_is_said_in_kazakh() -> None:
    kazakh = words("kk", [])
    said = {text for act in OWN.acts for text in (act.title, act.description, act.file, *_asked(act))} - {""}
    assert sorted(text for text in said if kazakh.t(text) == text) == []


def _asked(act: Act) -> Iterator[str]:
    """What its form says of what it asks for; the row is named by its address."""
    return (p.description for p in act.parameters if p.name not in act.subject)


RULES = [*(rule for domain in domains() for rule in domain.alert_rules), feed_quiet({})]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_word_of_an_alert_rule_is_said_in_kazakh(rule: AlertRule) -> None:
    kazakh = catalogues_in([d.catalogue for d in domains() if d.catalogue is not None])["kk"]
    said = {rule.title, rule.event, rule.headline, rule.description, rule.instruction} - {""}
    assert sorted(said - kazakh.keys()) == []


def test_the_first_folder_that_has_a_word_says_it_on_pages_and_in_alerts(tmp_path: Path) -> None:
    for name, text in (("first", "бір"), ("second", "екі")):
        folder = tmp_path / name / "kk" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
        (folder / "toy.po").write_text(f'{head}\nmsgid "one"\nmsgstr "{text}"\n')
    folders = [tmp_path / "first", tmp_path / "second"]
    assert (words("kk", folders).t("one"), catalogues_in(folders)["kk"]["one"]) == ("бір", "бір")


def messages() -> Iterator[tuple[str, str, str]]:
    folders = [catalogues.OWN, *(d.catalogue for d in domains() if d.catalogue is not None)]
    for folder in folders:
        for file in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            with file.open("rb") as opened:
                for message in read_po(opened):
                    if message.id and not message.context:
                        said = message.string if isinstance(message.string, (list, tuple)) else [message.string]
                        ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
                        yield from ((file.name, str(ids[min(i, len(ids) - 1)]), str(s)) for i, s in enumerate(said))


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_translation_speaks_of_what_the_text_speaks_of() -> None:
    """An alert's may take the Kazakh name of a place instead."""
    wrong = [
        (file, text) for file, text, said in messages() if {n.removesuffix("_kk") for n in names(said)} != names(text)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", sorted(catalogues.LANGUAGES))
def test_a_catalogue_is_read_whether_or_not_it_was_compiled(language: str, tmp_path: Path) -> None:
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "toy.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr "ә"\n'
    )
    assert words(language, [tmp_path]).t("a") == "ә"
