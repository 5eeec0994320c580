"""Check digits of wagons, stations and containers, against published and constructed examples."""

import csv

import numpy as np
import pytest

from birlik.domains.transport.wire.check_digits import (
    container_iso6346,
    esr,
    esr_six_hold,
    wagon_1520,
    wagon_uic,
    wagons_1520_hold,
)


def rows(reference_data, name):
    text = (reference_data / "transport" / "rail-1520" / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.reference
def test_wagon_numbers_hold_as_the_published_examples_say(reference_data):
    examples = rows(reference_data, "wagon_check_examples.csv")
    got = {r["wagon_no"]: wagon_1520(r["wagon_no"]).value is not None for r in examples}
    # The sum of eight zeros holds, yet no wagon is called so.
    assert got == {r["wagon_no"]: r["valid"] == "yes" and r["wagon_no"].strip("0") != "" for r in examples}


@pytest.mark.reference
def test_station_codes_hold_as_the_published_examples_say(reference_data):
    examples = [r for r in rows(reference_data, "esr_check_examples.csv") if not r["esr6"].startswith("000")]
    assert [esr(r["esr6"]).value is not None for r in examples] == [r["valid"] == "yes" for r in examples]
    codes = np.array([int(r["esr6"]) for r in examples])
    assert esr_six_hold(codes).tolist() == [r["valid"] == "yes" for r in examples]


@pytest.mark.reference
def test_each_form_of_a_station_code_gives_the_six_digits(reference_data):
    for row in rows(reference_data, "esr_forms.csv"):
        assert {esr(row[form]).value for form in ("esr4", "esr5", "esr6")} == {row["esr6"]}


@pytest.mark.reference
def test_each_station_of_the_register_is_taken_unless_its_digit_is_known_to_fail(reference_data):
    for row in rows(reference_data, "esr_stations.csv"):
        checked = esr(row["esr6"])
        if row["role"] == "pseudo_code":
            assert (checked.value, bool(checked.warning)) == (row["esr6"], True)
        else:
            assert (checked.value is not None) == (row["check_digit_ok"] == "yes"), row["esr6"]


@pytest.mark.parametrize(
    ("written", "full", "warned"),
    [
        pytest.param("708507", "708507", False, id="six digits"),
        pytest.param("70857", "708507", False, id="five: four and the check digit"),
        pytest.param("7085", "708507", False, id="four: no check digit"),
        pytest.param("10205", "010205", True, id="six that lost a zero"),
        pytest.param("251", "000251", True, id="pseudo-code that lost its zeros"),
        pytest.param("000251", "000251", True, id="pseudo-code"),
        pytest.param("708508", None, False, id="last digit altered"),
        pytest.param("000000", None, False, id="all zeros"),
        pytest.param("7O8507", None, False, id="a letter O"),
        pytest.param("٧٠٨٥٠٧", None, False, id="digits of another script"),
    ],
)
def test_a_station_code_is_restored_to_six_digits(written, full, warned):
    checked = esr(written)
    assert (checked.value, checked.warning is not None) == (full, warned)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        pytest.param("CSQU3054383", "CSQU3054383", id="the example of ISO 6346"),
        pytest.param("csqu 305438-3", "CSQU3054383", id="as people write it"),
        pytest.param("CSQU3054384", None, id="wrong check digit"),
        pytest.param("CSQA3054383", None, id="no such category"),
    ],
)
def test_a_container_number_is_checked(written, code):
    assert container_iso6346(written).value == code


@pytest.mark.parametrize(
    ("written", "number"),
    [
        pytest.param("21 81 2471 217-3", "218124712173", id="holds"),
        pytest.param("21 81 2471 217-4", None, id="does not"),
    ],
)
def test_a_twelve_digit_wagon_is_checked(written, number):
    assert wagon_uic(written).value == number


def test_many_at_once_agree_with_one_at_a_time():
    numbers = np.random.default_rng(7).integers(0, 10**8, 2000)
    assert wagons_1520_hold(numbers).tolist() == [wagon_1520(f"{n:08}").value is not None for n in numbers]
    codes = np.random.default_rng(8).integers(1000, 10**6, 2000)
    assert esr_six_hold(codes).tolist() == [esr(f"{n:06}").value is not None for n in codes]
