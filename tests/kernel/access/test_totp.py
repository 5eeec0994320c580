"""One-time codes: RFC 6238's own numbers, each code once, and seeds that a backup can't give away."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from birlik.errors import NotANode, UnknownSetting
from birlik.kernel.access import totp
from birlik.kernel.access.keyfile import KeyFile, beside
from birlik.standards import qr

SEED = b"12345678901234567890"
"""RFC 6238, appendix B, for SHA-1."""


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_the_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    """The table has eight digits, of which the last six are the code of six."""
    assert totp.step_of(SEED, code[-6:], datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize(
    ("off_s", "taken"), [(0, True), (-30, True), (30, True), (-60, False), (60, False)], ids=lambda value: str(value)
)
def test_a_telephones_clock_may_be_half_a_minute_off(off_s: int, taken: bool) -> None:
    now = datetime.fromtimestamp(1111111109, UTC)
    assert (totp.step_of(SEED, "081804", now + timedelta(seconds=off_s)) is not None) is taken


def test_a_code_is_taken_once_and_none_before_it_any_more() -> None:
    now = datetime.fromtimestamp(1111111109, UTC)
    step = totp.step_of(SEED, "081 804", now)
    assert step == 1111111109 // 30
    assert totp.step_of(SEED, "081804", now, last=step) is None
    assert totp.step_of(SEED, "081804", now, last=step - 1) == step
    assert totp.step_of(SEED, "050471", now, last=step) == step + 1, "the next one is"


@pytest.mark.parametrize("code", ["", "08180", "0818044", "٠٨١٨٠٤", "08180x", "-81804"])
def test_what_is_no_code(code: str) -> None:
    assert totp.step_of(SEED, code, datetime.fromtimestamp(1111111109, UTC)) is None


def test_the_picture_is_one_svg_without_script_or_address() -> None:
    said = totp.address(SEED, "Айда", "Жайық")
    assert said.startswith("otpauth://totp/")
    picture = qr.svg(said, "QR")
    assert ElementTree.fromstring(picture).tag == "svg"
    assert "style" not in picture, "the pages' policy forbids it"
    assert len(totp.new_seed()) == 20
    assert totp.new_seed() != totp.new_seed()
    assert totp.as_text(SEED) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_a_seed_is_read_back_by_its_key_file_for_its_owner_and_by_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "node"
    data.mkdir()
    file = KeyFile(beside(data))
    kept = file.sealed(SEED, "p1")
    assert file.path.parent == tmp_path, "beside the data folder, so in no backup of it"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert sorted(tmp_path.iterdir()) == sorted([data, file.path])
    assert SEED not in kept
    assert file.sealed(SEED, "p1") != kept
    assert file.opened(kept, "p1") == SEED
    with pytest.raises(NotANode, match="one-time link"):
        file.opened(kept, "p2")
    with pytest.raises(NotANode):
        file.opened(kept[:-1] + bytes([kept[-1] ^ 1]), "p1")
    other = KeyFile(tmp_path / "other.key")
    with pytest.raises(NotANode, match="bring that one back"):
        other.opened(kept, "p1")
    assert not other.path.exists(), "reading makes no key"


def test_a_key_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "node.key")
    kept = file.sealed(SEED, "p1")
    file.path.chmod(0o640)
    with pytest.raises(UnknownSetting, match="chmod 600"):
        file.opened(kept, "p1")
