"""Time at a crossing, on rows worked out by hand."""

from datetime import timedelta

import pytest
from tests.domains.transport.indicators.episodes import DAY, episode, figure, figures

from birlik.domains.transport.indicators.durations import TFI1, TFI1_DAY, TFI1_HOUR_OF_WEEK, TOO_NARROW


def days(hours, **changes):
    """One passage a day, each of so many hours, from the tenth on."""
    return [episode(DAY + timedelta(days=d), h, **changes) for d, h in enumerate(hours)]


def march(rows):
    (made,) = (r for r in figures(TFI1, rows) if r["month"] == "2026-03")
    return made


def test_the_mean_median_and_p90_of_finished_passages():
    # 2, 4, 6, 8, 30: mean 50 / 5; the middle is 6; p90 lies 0.6 of the way from 8 to 30.
    made = figure(TFI1, days([2, 4, 6, 8, 30]))
    assert (made["value"], made["median"], made["n"]) == (10.0, 6.0, 5)
    assert made["p90"] == pytest.approx(8 + 0.6 * 22)
    assert made["low"] < 10 < made["high"]
    assert made["median_low"] <= 6 <= made["median_high"]
    assert (made["basis"], made["family"], made["withheld"]) == ("measured", "tracked", None)


def test_five_days_are_worth_at_most_five_and_that_is_too_few():
    made = figure(TFI1, days([2, 4, 6, 8, 30]))
    assert made["n_eff"] <= 5
    assert made["interval_note"] == TOO_NARROW


def test_twenty_days_that_do_not_remember_are_enough():
    made = figure(TFI1, days([3, 9, 4, 8, 5, 7, 3, 8, 9, 4] * 2))
    assert made["n_eff"] == 20
    assert made["interval_note"] == ""


def test_fewer_than_five_are_withheld():
    made = figure(TFI1, days([2, 4, 6, 8]))
    assert (made["value"], made["median"], made["withheld"]) == (None, None, "n < 5")


def test_a_wide_bracket_goes_where_the_others_are():
    # Nineteen took 2 h. One entered within an hour and left within ten: 1 to 12 h, the middle 6.5; the others say 2.
    wide = episode(DAY, 6.5, entry_low_time=DAY - timedelta(hours=0.5), entry_high_time=DAY + timedelta(hours=0.5),
                   exit_low_time=DAY + timedelta(hours=1.5), exit_high_time=DAY + timedelta(hours=11.5))  # fmt: skip
    made = figure(TFI1, [*days([2] * 19), wide])
    assert made["value"] == pytest.approx(2.0, rel=0.02)


def test_durations_of_which_only_bounds_are_known_make_an_estimate():
    assert figure(TFI1, days([4, 5] * 10))["basis"] == "measured"
    assert figure(TFI1, [*days([4, 5] * 9), *days([4, 5], identified=False)])["basis"] == "measured"
    assert figure(TFI1, [*days([4, 5] * 8), *days([4, 5, 6], identified=False)])["basis"] == "estimated"


def test_brackets_wider_than_the_interval_make_an_estimate():
    # The interval is about +- 0.25 h. Half-widths of 1 h at each end may hide a fifth of them: 0.4.
    assert figure(TFI1, days([4, 5] * 10, late_h=1.0))["basis"] == "estimated"
    assert figure(TFI1, days([4, 5] * 10, late_h=0.05))["basis"] == "measured"


def test_told_and_tracked_are_never_pooled():
    # Six tracked passages of 4 h, five told ones of 10 h: the larger family counts.
    rows = [*days([4] * 6), *days([10] * 5, family="told", basis="reported")]
    made = figure(TFI1, rows)
    assert (made["value"], made["n"], made["family"], made["basis"]) == (4.0, 6, "tracked", "measured")
    made = figure(TFI1, [*rows, *days([10] * 2, family="told", basis="reported")])
    assert (made["value"], made["n"], made["family"], made["basis"]) == (10.0, 7, "told", "reported")


def test_a_vehicle_told_by_two_counts_once():
    made = figure(TFI1, [*days([4] * 6), *days([4] * 6, counts=0)])
    assert made["n"] == 6


def test_who_stands_inside_counts_for_as_long_as_it_has_stood():
    # Five left after 2, 3, 4, 5, 6 h; five are inside for 10 h and more: half have not left yet after 6 h.
    inside = [episode(DAY, None, last_time=DAY + timedelta(hours=10 + i)) for i in range(5)]
    made = figure(TFI1, [*days([2, 3, 4, 5, 6]), *inside])
    assert (made["median"], made["n_open"]) == (4.0, 5)
    # At 6 h: 9/10 x 8/9 x 7/8 x 6/7 x 5/6 = 1/2.
    assert made["km_median"] == 6.0


def test_who_stood_inside_when_the_month_began_comes_under_watch_late():
    # March: A and B entered at its very beginning and left after 2 and 8 h. C had stood for 20 h when it began, and
    # left at 30. At 2 h two are at risk, at 8 h one: half are left after 2 h. A mean of finished ones says 8.
    start = DAY.replace(day=1)
    quick = [episode(start + timedelta(days=1 + i), h) for i, h in enumerate((2, 8, 2, 8))]
    made = march([*quick, *(episode(start - timedelta(hours=20), 30) for _ in range(5))])
    assert made["median"] == 30.0
    assert made["km_median"] == 2.0


def test_a_past_month_counts_who_left_in_the_next():
    # March: five left after 1 h. Five more entered an hour before its end and left in April, after 5 h: they stood for
    # 1 h of March at least, so at 1 h five of ten end.
    end = DAY.replace(month=4, day=1)
    stayed = [episode(end - timedelta(hours=2), 5) for _ in range(5)]
    made = march([*days([1] * 6), *stayed])
    assert (made["value"], made["n"], made["n_open"]) == (1.0, 6, 5)
    assert made["km_median"] == 1.0
    made = march([*days([1] * 5), *stayed, *stayed])
    assert made["km_median"] is None  # ten of fifteen were still there after the only hour that is known


def test_by_day_and_by_hour_of_entry():
    rows = [
        *(episode(DAY, h) for h in (2, 3, 4, 5, 6)),
        *(episode(DAY + timedelta(days=1, hours=1), h) for h in [9] * 5),
    ]
    by_day = {r["exit_day"]: r for r in figures(TFI1_DAY, rows)}
    assert [by_day[d]["value"] for d in sorted(by_day)] == [4.0, 9.0]
    assert by_day[min(by_day)]["interval_note"] == TOO_NARROW
    by_hour = {r["entry_hour_of_week_local"]: r["value"] for r in figures(TFI1_HOUR_OF_WEEK, rows)}
    assert by_hour == {24: 4.0, 49: 9.0}  # Tuesday midnight, Wednesday at one
