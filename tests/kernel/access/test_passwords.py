"""What is taken for a password, and what is kept of it (ASVS v5.0.0-6.2, NIST SP 800-63B-4)."""

import doctest
import unicodedata

import pytest

from birlik.errors import BadRequest
from birlik.kernel.access import passwords
from birlik.kernel.access.passwords import Cost, Passwords, frequent_words, guessed, must_be_taken

QUICK = Cost(memory_kib=64)
GOOD = "кереует тұман 81 шелек"


def test_the_examples_hold() -> None:
    assert doctest.testmod(passwords).failed == 0


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("7fK2!x9$mQ4", "at least; this has 11", id="eleven"),
        pytest.param("🦉x9$mQ4" + "ğü" * 2, "at least; this has 11", id="each code point is one"),
        pytest.param("кереует " * 16 + "x", "at most; this has 129", id="a hundred and twenty-nine"),
        pytest.param("кереует\x00тұман 81", "can't be typed", id="a control character"),
        pytest.param("кереует\ud800тұман 81", "can't be typed", id="half of a pair"),
        pytest.param("password1234567", "guessed soon", id="English"),
        pytest.param("Қазақстан1991", "guessed soon", id="Kazakh"),
        pytest.param("qazaqstan2026", "guessed soon", id="Kazakh in Latin letters"),
        pytest.param("kazakstan2026", "guessed soon", id="Kazakh as telephones write it"),
        pytest.param("Galatasaray1905", "guessed soon", id="Turkish"),
        pytest.param("fenerbahce1907!", "guessed soon", id="Turkish without its marks"),
        pytest.param("0fpf0cnfy1991", "guessed soon", id="Kazakh with the keyboard in Latin"),
        pytest.param("aaaaaaaaaaaaaaaa", "guessed soon", id="one letter"),
        pytest.param("Nurlanova1987", "guessed soon", id="the person's own name"),
        pytest.param("zhaikvodhoz12", "guessed soon", id="the node's name"),
    ],
)
def test_what_is_no_password(password: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        must_be_taken(password, ["Aida Nurlanova", "Zhaikvodhoz"])
    assert why in str(refused.value)
    assert refused.value.parameter == "password"
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", [
    pytest.param(GOOD, id="words with spaces, no capital and hardly a digit"),
    pytest.param("correct horse battery staple", id="only small letters"),
    pytest.param("7fK2!x9$mQ4z", id="twelve"),
    pytest.param("кереует " * 15 + "шелек 81", id="a hundred and twenty-eight"),
])  # fmt: skip
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    must_be_taken(password, ["Aida Nurlanova"])


def test_only_the_first_72_characters_are_looked_at_so_that_none_costs_much() -> None:
    assert guessed("a" * 72 + "7fK2!x9$mQ4z" * 4) == guessed("a" * 72) == 0


def test_the_words_are_kazakh_and_turkish_and_fold() -> None:
    words = frequent_words()
    assert {"қазақстан", "kazakstan", "qazaqstan", "şifre", "sifre", "пароль"} <= set(words)
    assert len(words) > 1_000


def test_a_password_agrees_in_every_way_of_typing_it_and_in_no_other() -> None:
    kept = Passwords(QUICK).hashed("Йыр dağ ĞÖŞ 12")
    agrees = Passwords(QUICK).agrees
    assert agrees(kept, "Йыр dağ ĞÖŞ 12")
    assert agrees(kept, unicodedata.normalize("NFD", "Йыр dağ ĞÖŞ 12"))
    assert agrees(kept, "Йыр dağ ĞÖŞ\u00a012")
    assert not agrees(kept, "йыр dağ ĞÖŞ 12")
    assert not agrees(kept, "Йыр dağ ĞÖŞ 12 ")
    assert not agrees(kept, "")


def test_what_is_kept_is_argon2id_by_owasps_numbers_salted() -> None:
    first, second = Passwords().hashed(GOOD), Passwords().hashed(GOOD)
    assert first.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert first != second
    assert not Passwords().is_outdated(first)


def test_a_hash_by_older_parameters_still_agrees_and_is_known_as_older() -> None:
    older = Passwords(QUICK).hashed(GOOD)
    assert Passwords().agrees(older, GOOD)
    assert Passwords().is_outdated(older)


def test_a_name_that_nobody_has_costs_a_hash_too_and_never_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: as many comparisons by the same parameters, whatever there is to compare with."""
    compared: list[str] = []
    real = passwords.PasswordHasher.verify

    def counting(self: passwords.PasswordHasher, kept: str, password: str) -> bool:
        compared.append(kept.rpartition("$")[0].rpartition("$")[0])
        return real(self, kept, password)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", counting)
    here = Passwords(QUICK)
    kept = here.hashed(GOOD)
    assert not here.agrees(None, GOOD)
    assert not here.agrees(kept, "another one of them")
    assert compared[0] == compared[1]
    assert not here.agrees(kept, GOOD * 1_000), "what is too long for any is compared, cut, and is nobody's"
    assert len(compared) == 3
