"""Passwords that got out elsewhere are found in a list that is never read whole."""

import hashlib
from pathlib import Path

import pytest

from birlik import settings
from birlik.errors import BadRequest, StoreUnavailable, UnknownSetting
from birlik.kernel.access.breached import is_breached
from birlik.kernel.access.keyfile import KeyFile
from birlik.kernel.access.passwords import Cost, Passwords
from birlik.kernel.access.people import People
from birlik.kernel.store import Vault

KNOWN = [f"кереует тұман {n} шелек" for n in range(300)]
UNKNOWN = [f"кереует тұман {n} шелек" for n in range(300, 600)]


def hashed(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@pytest.fixture(params=[":{n}\r\n", "\n"], ids=["with how often", "hashes alone"])
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    made = tmp_path / "breached"
    lines = [hash_ + request.param.format(n=n**5) for n, hash_ in enumerate(sorted(map(hashed, KNOWN)))]
    made.write_bytes("".join(lines).encode())
    return made


def test_all_that_are_in_the_list_are_found_and_no_other(file: Path) -> None:
    assert all(is_breached(file, each) for each in KNOWN)
    assert not any(is_breached(file, each) for each in UNKNOWN)


def test_an_empty_list_has_none_and_one_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert not is_breached(tmp_path / "empty", KNOWN[0])
    with pytest.raises(StoreUnavailable, match="can't be read"):
        is_breached(tmp_path / "gone", KNOWN[0])


def test_a_new_password_that_is_in_the_list_is_refused_in_words(file: Path, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    people = People(vault, KeyFile(tmp_path / "node.key"), "Su", Passwords(Cost(memory_kib=64)), breached=file)
    with pytest.raises(BadRequest, match="got out elsewhere") as refused:
        people.must_be_taken("aida", KNOWN[7], [])
    assert refused.value.parameter == "password"
    people.must_be_taken("aida", UNKNOWN[7], [])
    vault.close()


def test_a_file_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    settings.write_new(tmp_path / "node", "KAZ")
    with (tmp_path / "node" / settings.FILE).open("a", encoding="utf-8") as written:
        written.write(f'breached_passwords = "{tmp_path / "gone"}"\n')
    with pytest.raises(UnknownSetting, match="breached_passwords"):
        settings.read(tmp_path / "node")
