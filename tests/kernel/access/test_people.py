"""What is kept of a person: nothing by which they could be, and nothing that a backup gives away."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from birlik.errors import BadRequest, NotANode, Refused, Unknown
from birlik.kernel.access.browsers import LASTS, MOST, Browser, Browsers
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.passkeys import Passkey
from birlik.kernel.access.passwords import Cost, Passwords
from birlik.kernel.access.people import People
from birlik.kernel.store import Vault

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
GOOD, OTHER = "кереует тұман 81 шелек", "қамқа бұлақ терезе шеге"
KEY = Passkey(id=b"k1", public_key=b"cose", uses=3, is_synced=False)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    (tmp_path / "node").mkdir()
    vault = Vault(tmp_path / "node")
    yield People(vault, KeyFile(tmp_path / "node.key"), "Су", Passwords(Cost(memory_kib=64)))
    vault.close()


def code(seed: bytes, at: datetime) -> str:
    return pyotp.TOTP(base64.b32encode(seed).decode()).at(at)


def test_a_password_is_set_and_agrees_and_another_takes_its_place(people: People) -> None:
    assert not people.agrees("aida", GOOD)
    people.set_password("aida", GOOD, ["Aida Nurlanova"], NOW)
    assert people.agrees("aida", GOOD)
    assert not people.agrees("bek", GOOD)
    people.set_password("aida", OTHER, [], NOW)
    assert not people.agrees("aida", GOOD)
    assert people.password_since("aida") == NOW
    assert people.password_since("bek") is None


def test_a_password_that_is_no_good_leaves_the_one_that_was(people: People) -> None:
    people.set_password("aida", GOOD, [], NOW)
    with pytest.raises(BadRequest):
        people.set_password("aida", "Nurlanova1987", ["Aida Nurlanova"], NOW)
    assert people.agrees("aida", GOOD)


def test_who_signs_in_after_the_parameters_were_raised_gets_a_hash_by_the_new_ones(people: People) -> None:
    people.set_password("aida", GOOD, [], NOW)
    people.passwords = Passwords(Cost(memory_kib=128))
    assert not people.agrees("aida", OTHER)
    assert "m=64" in people.vault.get("password", "aida")["hash"]
    assert people.agrees("aida", GOOD)
    kept = people.vault.get("password", "aida")
    assert "m=128" in kept["hash"]
    assert kept["since"] == NOW.isoformat()
    assert people.agrees("aida", GOOD)


def test_codes_count_from_the_first_one_and_each_once(people: People) -> None:
    seed = people.begin_codes("aida", NOW)
    assert people.begin_codes("aida", NOW) == seed, "the page may be loaded again"
    assert not people.take_code("aida", code(seed, NOW), NOW), "not before the first was typed"
    with pytest.raises(BadRequest):
        people.confirm_codes("aida", "000000", NOW)
    people.confirm_codes("aida", code(seed, NOW), NOW)
    assert people.has_second("aida")
    assert not people.take_code("aida", code(seed, NOW), NOW), "the first was the first"
    later = NOW + timedelta(seconds=30)
    assert people.take_code("aida", code(seed, later), later)
    assert not people.take_code("aida", code(seed, later), later)
    assert not people.take_code("bek", code(seed, later), later)
    people.end_codes("aida")
    assert not people.has_second("aida")


def test_a_picture_that_nobody_used_in_half_an_hour_is_void(people: People) -> None:
    seed = people.begin_codes("aida", NOW)
    late = NOW + timedelta(minutes=31)
    with pytest.raises(Unknown):
        people.confirm_codes("aida", code(seed, late), late)
    assert people.begin_codes("aida", late) != seed


def test_the_vault_alone_makes_no_code(people: People, tmp_path: Path) -> None:
    seed = people.begin_codes("aida", NOW)
    people.confirm_codes("aida", code(seed, NOW), NOW)
    assert seed not in (tmp_path / "node" / "vault.sqlite").read_bytes()
    assert base64.b32encode(seed) not in (tmp_path / "node" / "vault.sqlite").read_bytes()
    elsewhere = People(people.vault, KeyFile(tmp_path / "other.key"), "Су")
    with pytest.raises(NotANode, match="one-time link"):
        elsewhere.take_code("aida", code(seed, NOW), NOW)


def test_a_passkey_is_one_persons_and_its_count_grows(people: People) -> None:
    people.add_passkey("aida", KEY, "telephone", NOW)
    with pytest.raises(Refused):
        people.add_passkey("bek", KEY, "mine now", NOW)
    kept = people.passkey(b"k1")
    assert kept is not None
    assert (kept.principal_id, kept.key, kept.last) == ("aida", KEY, None)
    used = Passkey(id=b"k1", public_key=b"cose", uses=4, is_synced=True)
    people.used_passkey(kept, used, NOW)
    with pytest.raises(Refused):
        people.used_passkey(kept, used, NOW)
    people.end_passkey("bek", b"k1")
    assert [each.title for each in people.passkeys("aida")] == ["telephone"], "nobody ends another's"
    people.end_passkey("aida", b"k1")
    assert people.passkeys("aida") == []


def test_of_who_gets_in_no_more_nothing_is_kept(people: People) -> None:
    people.set_password("aida", GOOD, [], NOW)
    people.confirm_codes("aida", code(people.begin_codes("aida", NOW), NOW), NOW)
    people.add_passkey("aida", KEY, "telephone", NOW)
    people.forget_all_but(["aida"])
    assert people.agrees("aida", GOOD)
    assert people.passkeys("aida") != []
    people.forget_all_but(["bek"])
    assert [people.vault.all(kind) for kind in ("password", "codes", "codes to be", "passkey")] == [{}, {}, {}, {}]


def test_a_browser_is_known_by_what_we_signed_for_half_a_year(tmp_path: Path) -> None:
    ours = Browsers(KeyFile(tmp_path / "node.key").derived("browsers"))
    browser = ours.read(None, NOW).after("aida").after("bek")
    text = ours.text(browser, NOW)
    assert ours.read(text, NOW) == browser
    assert browser.known_as("aida") == browser.known_as("bek") != ""
    assert browser.known_as("cem") == ""
    assert Browsers(KeyFile(tmp_path / "node.key").derived("browsers")).read(text, NOW) == browser, (
        "after a restart too"
    )
    assert Browsers(KeyFile(tmp_path / "node.key").derived("another")).read(text, NOW) == Browser()
    assert ours.read(text, NOW + LASTS) == Browser()
    for wrong in ("", ".", "x", text[:-1], "A" + text, text.replace(".", "A.")):
        assert ours.read(wrong, NOW) == Browser()
    for n in range(2 * MOST):
        browser = browser.after(f"p{n}")
    assert len(browser.people) == MOST
