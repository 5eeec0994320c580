"""A queue's usual clearance, the wait of who joins it, and the alarm of a slow one."""

import numpy as np
import pytest

from birlik.errors import OutOfRange
from birlik.methods.clearance import (
    Queue,
    alarm_threshold,
    clearances,
    expected_wait,
    queue_of,
    slow_alarm,
    usual_exits,
    usual_waits,
    waits_ahead,
)

WEEKS = 8
HOURS = WEEKS * 168


def steady(exits=2.0, inside=20.0, hours=HOURS):
    return Queue(np.arange(hours) % 168, np.full(hours, exits), np.full(hours, inside))


def test_a_queue_is_counted_hour_by_hour():
    # A stands from 0.5 to 2.5, B from 1.2 and hasn't left.
    queue = queue_of(np.array([0.5, 1.2]), np.array([2.5, np.nan]), 0, 4, 100)
    assert queue.inside.tolist() == [0, 1, 2, 1]
    assert queue.exits.tolist() == [0, 0, 1, 0]
    assert queue.hour_of_week.tolist() == [100, 101, 102, 103]


def test_usual_exits_are_those_of_hours_in_which_six_wait():
    queue = steady()
    queue.exits[::2], queue.inside[::2] = 0.0, 2.0
    assert (usual_exits(queue)[1::2] == 2.0).all()


def test_an_hour_in_which_nobody_is_let_through_stays_nought():
    queue = steady()
    queue.exits[queue.hour_of_week % 24 == 3] = 0.0
    usual = usual_exits(queue)
    assert (usual[3::24] == 0).all()
    assert (usual[4::24] == 2).all()


def test_the_wait_ahead_is_how_many_stand_over_how_many_leave():
    assert waits_ahead(steady())[-1] == pytest.approx(10.0)


def test_a_closed_night_is_waited_for():
    queue = steady(exits=2.0, inside=20.0)
    queue.exits[queue.hour_of_week % 24 < 12] = 0.0
    ahead = waits_ahead(queue)
    # At noon the ten hours lie before midnight; at 20:00 four do, and six follow upon twelve closed ones.
    assert ahead[queue.hour_of_week % 24 == 12][-1] == pytest.approx(10.0)
    assert ahead[queue.hour_of_week % 24 == 20][-1] == pytest.approx(22.0)


def test_a_slow_day_lengthens_the_wait_and_fades_within_three():
    queue = steady(exits=10.0, inside=200.0)
    usual = usual_exits(queue)
    queue.exits[-25:] = 5.0
    assert clearances(queue, usual[queue.hour_of_week])[-1] == pytest.approx((24 * 5 + 2) / (24 * 10 + 2))
    # At half speed for ever 200 would take 40 h, at the usual one 20.
    assert 27 < waits_ahead(queue)[-1] < 34


def test_a_forecast_is_mended_by_what_came_of_the_past_ones_most_like_it():
    past = np.concatenate((np.full(200, 10.0), np.full(200, 30.0)))
    came = past + np.concatenate((np.linspace(-1, 3, 200), np.full(200, 50.0)))
    found = expected_wait(10.0, past, came)
    # Of 200 forecasts of 10 h the latest 120 count: they were short by 0.6 to 3 h.
    assert found.alike == 120
    assert found.wait_h == pytest.approx(10 + np.median(came[80:200] - 10))
    assert found.low_h < found.wait_h < found.high_h < 14


def test_a_band_of_few_forecasts_is_none():
    assert expected_wait(1.0, np.ones(19), np.ones(19)) is None
    with pytest.raises(OutOfRange):
        expected_wait(1.0, np.ones(19), np.ones(18))


def test_the_usual_wait_is_the_median_of_those_who_joined_at_that_hour():
    median, n = usual_waits(np.array([5, 5, 5, 5, 7]), np.array([1, 2, 4, 9, 3]))
    assert (median[5], n[5]) == (3.0, 4)
    assert (median[7], n[7]) == (3.0, 1)
    assert np.isnan(median[0])


def test_the_alarm_adds_up_what_did_not_leave():
    # Ten usual exits an hour, none left for three: c = 3 x 0.4 x 10 = 12, above any threshold of such a queue.
    queue = steady(exits=10.0, inside=50.0)
    usual = usual_exits(queue)
    queue.exits[-4:-1] = 0.0
    alarm = slow_alarm(queue, usual)
    assert alarm.level == pytest.approx(12.0 / alarm_threshold(10.0, 1.0, 0.4), rel=0.02)
    assert alarm.open_h == 2  # 4, 8, 12: the second hour above a threshold near 2 opens it, the third is its second


def test_while_few_wait_the_alarm_fades():
    queue = steady(exits=10.0, inside=50.0)
    usual = usual_exits(queue)
    queue.exits[-4:-1] = 0.0
    slow = slow_alarm(queue, usual).level
    queue.inside[-3:-1] = 2.0
    assert slow_alarm(queue, usual).level == pytest.approx(slow / 3 * 0.98**2)


def test_it_closes_after_six_hours_below_and_not_before():
    # c falls by 10 x (ln 0.6 + 0.4) = 1.11 an hour from 12 and stays at nought: the sixth hour below 0.6 of the
    # threshold closes it.
    queue = steady(exits=10.0, inside=50.0)
    usual = usual_exits(queue)
    queue.exits[-40:-37] = 0.0
    threshold = alarm_threshold(10.0, 1.0, 0.4)
    hours_to_below = int(np.ceil((12 - 0.6 * threshold) / 1.108))
    open_for = {}
    for end in range(36, 0, -1):
        part = Queue(queue.hour_of_week[:-end], queue.exits[:-end], queue.inside[:-end])
        open_for[36 - end] = slow_alarm(part, usual).open_h > 0
    assert open_for == {hour: hour < hours_to_below + 5 for hour in open_for}
