"""How many devices will be idle: quantiles by the hour of the week, and their proof."""

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.forecast import (
    WEEK,
    back_test,
    enough,
    forecast,
    margin_of,
    pinball,
    quantile,
    weeks_that_had,
)

VENUS = Path(__file__).parents[5] / "shared" / "data" / "demand_helios_venus_10min_counts.csv.gz"
NIGHTS = [64 if hour % 24 < 8 else 16 for hour in range(6 * WEEK)]


def test_a_week_that_repeats_itself_is_forecast_exactly() -> None:
    bands = forecast(NIGHTS, 48, 64)

    # An hour on either side counts too: the edges of the night are uncertain, its middle is not.
    assert [bands[hour].mid for hour in (2, 12, 26, 36)] == [64, 16, 64, 16]
    assert (bands[3].low, bands[3].high) == (64, 64)


def test_less_than_two_weeks_is_no_usual_week() -> None:
    assert not enough(NIGHTS[: 2 * WEEK])
    with pytest.raises(ValueError, match="337 hours"):
        forecast(NIGHTS[: 2 * WEEK], 1, 64)


@given(st.lists(st.integers(0, 500), min_size=2 * WEEK + 1, max_size=3 * WEEK))
def test_bands_are_ordered_and_within_the_pool(history: list[int]) -> None:
    for band in forecast(history, 60, 400):
        assert 0 <= band.low <= band.mid <= band.high <= 400


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 9_999))
def test_the_loss_is_least_at_the_truth(truth: int, guess: int, share_bp: int) -> None:
    assert pinball(truth, truth, share_bp) == 0
    assert pinball(truth, guess, share_bp) >= 0


def test_quantiles_are_values_of_the_sample() -> None:
    assert [quantile([1, 2, 3, 4], bp) for bp in (1_000, 5_000, 9_000)] == [1, 2, 4]


def test_a_departure_of_the_last_day_is_carried_on_and_fades() -> None:
    broken = [*NIGHTS[:-24], *(max(idle - 10, 0) for idle in NIGHTS[-24:])]

    bands = forecast(broken, 168, 64)

    assert bands[3].mid == 54
    assert bands[3].mid < bands[51].mid <= bands[147].mid == 64


def test_the_back_test_counts_only_what_was_known_before() -> None:
    test, bands, margin = back_test(NIGHTS, 14, 64)

    assert test.hours == len(bands) == 14 * 24
    assert test.loss_milli >= 0
    assert test.coverage_bp == 10_000
    assert margin == 0
    # Last week is exact here: the naive forecast cannot be beaten.
    assert test.naive_loss_milli == 0


def test_too_short_a_history_is_not_tested() -> None:
    assert back_test(NIGHTS[:WEEK], 14, 64)[0].hours == 0
    assert back_test(NIGHTS[: 2 * WEEK + 24], 14, 64)[0].hours == 0


def test_a_truth_that_changes_later_changes_no_earlier_forecast() -> None:
    changed = [*NIGHTS[:-24], *([0] * 24)]

    _test, bands, _margin = back_test(NIGHTS, 2, 64)
    _again, others, _margin = back_test(changed, 2, 64)

    assert others == bands


def test_bands_that_missed_are_widened() -> None:
    assert margin_of([5] * 47) == 0
    assert margin_of([5] * 48) == 5
    assert margin_of([-3] * 48) == 0


def test_a_window_was_idle_only_when_it_was_idle_throughout() -> None:
    assert weeks_that_had(NIGHTS, 0, 8, 64) == (6, 6)
    assert weeks_that_had(NIGHTS, 0, 9, 64) == (0, 6)
    assert weeks_that_had(NIGHTS, 0, 9, 16) == (6, 6)


@pytest.mark.skipif(not VENUS.exists(), reason="the traces are not beside the checkout")
def test_a_real_cluster_is_forecast_better_than_by_last_week() -> None:
    """Helios Venus, April to September 2020: every second week from the twelfth on."""
    with gzip.open(VENUS, "rt") as file:
        rows = list(csv.DictReader(file))
    busy, hours = 0, []
    for first in range(0, len(rows) - 5, 6):
        peak = 0
        for row in rows[first : first + 6]:
            busy += int(float(row["start_gpu_num"])) - int(float(row["end_gpu_num"]))
            peak = max(peak, busy)
        hours.append(peak)
    idle = [max(hours) - used for used in hours]
    tests = [
        back_test(idle[max(0, end - 70 * 24) : end], 14, max(idle))[0]
        for end in range(80 * 24, len(idle), 14 * 24)
    ]

    loss = sum(test.loss_milli for test in tests)
    naive = sum(test.naive_loss_milli for test in tests)
    covered = sum(test.coverage_bp for test in tests) // len(tests)

    assert loss * 10 < naive * 6
    assert 7_500 <= covered <= 9_000
