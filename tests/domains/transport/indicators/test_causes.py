"""Causes, on rows worked out by hand."""

from datetime import timedelta

import pytest
from tests.domains.transport.indicators.episodes import DAY, episode, figure, figures

from birlik.domains.transport.indicators.causes import CAUSES_DAY, CAUSES_SPLIT


def passage(day, queue_h, documents_h, took_h=6.0):
    return episode(
        DAY + timedelta(days=day), took_h, cause_queue_s=int(queue_h * 3600), cause_documents_s=int(documents_h * 3600)
    )


def test_causes_and_the_unexplained_rest_add_up():
    # Queue 1 to 5 h, mean 3; documents 1 h each; six hours in all: two are unexplained.
    made = figure(CAUSES_SPLIT, [passage(d, d + 1, 1 if d < 5 else 0) for d in range(5)])
    assert (made["queue_h"], made["documents_h"], made["unexplained_h"]) == (3.0, 1.0, 2.0)
    assert made["value"] == 4.0
    assert made["queue_low_h"] < 3 < made["queue_high_h"]
    assert made["value"] + made["unexplained_h"] == pytest.approx(6.0)


def test_the_days_have_their_own():
    rows = [passage(0, 1, 1)] * 5 + [passage(1, 4, 1)] * 5
    assert [r["queue_h"] for r in sorted(figures(CAUSES_DAY, rows), key=lambda r: r["exit_day"])] == [1.0, 4.0]
