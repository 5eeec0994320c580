"""Waiting now, on rows worked out by hand, and on a queue of booths."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.domains.transport.indicators.episodes import DAY, episode, figure
from tests.support.booths import post

from birlik.domains.transport.indicators.waiting import WAITING_NOW

NOW = DAY + timedelta(hours=12)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def ago(**span):
    return NOW - timedelta(**span)


def finished(n=9, took_h=4.0):
    return [episode(ago(days=2 + i % 20), took_h) for i in range(n)]


def inside(entered_h, heard_h, **changes):
    return episode(ago(hours=entered_h), None, last_time=ago(hours=heard_h), **changes)


def test_who_was_heard_within_two_intervals_and_a_fifth_is_inside():
    # Every ten minutes; heard 20 minutes ago. Its age doesn't matter: 30 h where others took 4.
    made = figure(WAITING_NOW, [*finished(), inside(30, 1 / 3)], NOW)
    assert (made["value"], made["low"], made["high"], made["n"], made["n_heard"]) == (1.0, 1.0, 1.0, 1, 1)
    assert (made["oldest_h"], made["oldest_since"]) == (30.0, ago(hours=30))


def test_who_sleeps_while_standing_is_inside_for_its_heartbeat():
    made = figure(WAITING_NOW, [*finished(), inside(30, 5, heartbeat_s=6 * 3600)], NOW)
    assert (made["value"], made["n_heard"]) == (1.0, 1)


def test_any_other_counts_with_the_share_that_lasts_so_long():
    # Four of nine took 2 h, five 10 h. Entered 5 h ago, heard last after 1 h: of those beyond 1 h (nine and most of the
    # one not yet seen) five and some of it last beyond 5: 0.53 of it at 1 h is e^(-1/9.67), at 5 h e^(-5/9.67).
    rows = [*(episode(ago(days=3 + i), 2) for i in range(4)), *(episode(ago(days=9 + i), 10) for i in range(5))]
    made = figure(WAITING_NOW, [*rows, inside(5, 4)], NOW)
    scale = 1.5 * (4 * 2 + 5 * 10) / 9
    expected = (5 + np.exp(-5 / scale)) / (9 + np.exp(-1 / scale))
    assert made["value"] == pytest.approx(expected)
    assert (made["low"], made["high"], made["n"], made["n_heard"]) == (0.0, 1.0, 1, 0)
    assert made["oldest_h"] is None  # of whom we don't hear nothing is said


def test_where_visits_are_seen_in_part_the_interval_says_so_and_the_figure_stays():
    # A quarter of the visits has no end that anyone saw: the one of whom we hear is there with 1 - 1/8, and one that
    # nobody hears with about 1/8. None at all: 0.11; two or more: 0.10.
    in_part = [episode(ago(days=2 + i), None, status="undetermined", last_time=ago(days=2 + i)) for i in range(3)]
    made = figure(WAITING_NOW, [*finished(), *in_part, inside(30, 1 / 3)], NOW)
    assert made["value"] == pytest.approx(1.0)
    assert (made["low"], made["high"], made["n"]) == (0.0, 2.0, 1)


def test_a_departure_that_nobody_told_does_not_keep_the_oldest_alive():
    made = figure(WAITING_NOW, [*finished(), inside(162, 158), inside(3, 0.1)], NOW)
    assert made["value"] == pytest.approx(1.0, abs=0.1)
    assert made["oldest_h"] == 3.0
    assert (made["n"], made["n_lost"]) == (2, 1)


def test_who_was_driving_there_counts_from_when_it_would_have_come():
    # One would have come an hour ago, all others took 4 h: it is inside. One will come only in an hour; one was last
    # heard 13 h ago.
    rows = [
        episode(ago(hours=1), None, status="approaching", last_time=ago(hours=2)),
        episode(ago(hours=-1), None, status="approaching", last_time=ago(hours=2)),
        episode(ago(hours=1), None, status="approaching", last_time=ago(hours=13)),
    ]
    made = figure(WAITING_NOW, [*finished(), *rows], NOW)
    assert made["value"] == pytest.approx(1.0, abs=0.05)
    assert (made["n"], made["n_approaching"]) == (1, 1)


def test_who_is_told_waits_until_it_is_told_to_leave():
    told = {"family": "told", "basis": "reported", "own_interval_s": None, "heartbeat_s": None}
    rows = [episode(ago(days=2 + i % 20), 4.0, **told) for i in range(40)]
    made = figure(WAITING_NOW, [*rows, inside(5, 5, **told)], NOW)
    # Every departure was told so far: it is late, but it is there.
    assert made["value"] > 0.75
    assert (made["basis"], made["family"]) == ("reported", "told")
    # Where half of them never are, who is late has most likely gone.
    untold = [inside(24 * (2 + i % 20), 24 * (2 + i % 20), **told) for i in range(40)]
    made = figure(WAITING_NOW, [*rows, *untold, inside(5, 5, **told)], NOW)
    assert made["value"] < 2


def test_nobody_inside_is_nought_and_not_withheld():
    made = figure(WAITING_NOW, finished(), NOW)
    assert (made["value"], made["n"], made["withheld"], made["oldest_h"]) == (0.0, 0, None, None)
    assert made["last_time"] == ago(days=2) + timedelta(hours=4)


def test_a_count_that_mostly_rests_on_the_silent_is_an_estimate():
    rows = [episode(ago(days=3 + i % 20), 2 if i % 2 else 30) for i in range(20)]
    assert figure(WAITING_NOW, [*rows, *(inside(5, 0.1) for _ in range(20))], NOW)["basis"] == "measured"
    assert figure(WAITING_NOW, [*rows, *(inside(5, 4.5) for _ in range(20))], NOW)["basis"] == "estimated"


def test_usual_is_the_median_of_this_weekday_and_hour():
    # On the seven Tuesdays before, at noon: 1 to 7 h. At other hours 20 h.
    tuesdays = [episode(ago(weeks=w, minutes=-10), w) for w in range(1, 8)]
    others = [episode(ago(days=d, hours=1), 20) for d in range(1, 50)]
    made = figure(WAITING_NOW, [*tuesdays, *others], NOW)
    assert (made["usual_h"], made["usual_n"]) == (4.0, 7)
    made = figure(WAITING_NOW, [*tuesdays[:4], *others], NOW)
    assert (made["usual_h"], made["usual_n"]) == (None, 4)


def rows_of(queue, until_h, **changes):
    """The episodes of a queue as they stand at an hour, told to the minute."""
    rows = []
    for entry, left in zip(queue.entry_h, queue.exit_h, strict=True):
        if entry < until_h and not left < until_h - 56 * 24:
            came = MONDAY + timedelta(hours=float(entry))
            done = left < until_h
            heard = MONDAY + timedelta(hours=float(until_h))
            rows.append(
                episode(
                    came, float(left - entry) if done else None, **({} if done else {"last_time": heard}), **changes
                )
            )
    return rows


def test_the_band_holds_what_came_and_a_slow_day_is_seen():
    queue = post(3, weeks=12, slow=[(9 * 168 + 30, 9 * 168 + 66)], pace=0.4)
    held, slower = [], {}
    for at in range(8 * 168 + 5, 11 * 168, 11):
        made = figure(WAITING_NOW, rows_of(queue, at), MONDAY + timedelta(hours=at))
        next_ = np.flatnonzero((queue.entry_h >= at) & (queue.entry_h < at + 0.5))[:2]
        came = (queue.exit_h - queue.entry_h)[next_]
        held += [made["expected_wait_low_h"] <= c <= made["expected_wait_high_h"] for c in came]
        slower[at] = made
    assert 0.70 <= np.mean(held) <= 0.9
    late = slower[min(t for t in slower if t > 9 * 168 + 60)]
    assert late["slower_h"] > 3
    assert late["slow_level"] > 1
    assert late["slow_open_h"] > 0
    assert MONDAY + timedelta(hours=9 * 168) <= late["slower_since"] <= MONDAY + timedelta(hours=9 * 168 + 60)
    calm = slower[min(slower)]
    assert abs(calm["slower_h"]) < 3
    assert calm["slow_open_h"] == 0


def test_an_eight_week_old_record_says_nothing_of_clearance():
    made = figure(WAITING_NOW, rows_of(post(1, weeks=8, slow=[]), 7 * 168), MONDAY + timedelta(hours=8 * 168))
    assert made["slow_level"] is None
