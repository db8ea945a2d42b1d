from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.chain import extend, genesis
from delivery.domain.metering import (
    QUARTER,
    QuarterReading,
    held_device_seconds,
    meter_windows,
    newest,
    quarters_between,
    seal_hour,
)
from timetable.domain.clock import Clock

HOUR = datetime(2026, 12, 1, 8, tzinfo=UTC)


def reading(
    quarter: int, delivered: int, version: int = 1, quality: str = "MEASURED"
) -> QuarterReading:
    return QuarterReading(HOUR + quarter * QUARTER, delivered, 0, version, quality)


def test_an_hour_is_the_sum_of_its_quarters() -> None:
    seal = seal_hour(HOUR, 2, [reading(k, 1_800) for k in range(4)])

    assert seal.delivered_device_seconds == 7_200
    assert seal.contracted_device_seconds == 7_200
    assert seal.estimated_intervals == 0


@pytest.mark.parametrize(
    ("amounts", "sealed", "marked"),
    [
        ([900, 900, 900, 900], 3_600, 0),
        ([900, None, 900, 900], 3_600, 1),
        ([900, None, 300, 900], 2_400, 1),
        ([900, None, None, 900], 1_800, 2),
        ([None, 900, 900, 900], 2_700, 1),
        ([900, 900, 900, None], 2_700, 1),
        ([900, None, 900, None], 2_700, 2),
        ([None, None, None, None], 0, 4),
        ([0, None, 900, 900], 1_800, 1),
    ],
)
def test_a_gap_is_marked_and_counts_by_one_rule(
    amounts: list[int | None], sealed: int, marked: int
) -> None:
    readings = [reading(k, amount) for k, amount in enumerate(amounts) if amount is not None]

    seal = seal_hour(HOUR, 1, readings)

    assert (seal.delivered_device_seconds, seal.estimated_intervals) == (sealed, marked)


def test_a_site_s_own_estimate_counts_and_is_marked() -> None:
    readings = [reading(k, 900) for k in range(3)] + [reading(3, 450, quality="ESTIMATED")]

    seal = seal_hour(HOUR, 1, readings)

    assert seal.delivered_device_seconds == 3_150
    assert seal.estimated == (False, False, False, True)


def test_a_correction_replaces_the_reading() -> None:
    assert newest([reading(0, 900), reading(0, 100, 2, "EDITED")])[HOUR].version == 2
    assert newest([reading(0, 100, 2, "EDITED"), reading(0, 900)])[HOUR].version == 2


READINGS = st.lists(
    st.builds(reading, st.integers(0, 3), st.integers(0, 900), st.integers(1, 3)),
    max_size=8,
    unique_by=lambda item: (item.interval_start, item.version),
)


@given(readings=READINGS, data=st.data())
def test_order_and_repetition_of_readings_change_nothing(
    readings: list[QuarterReading], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(readings), max_size=8)) if readings else []
    mixed = data.draw(st.permutations([*readings, *again]))

    assert seal_hour(HOUR, 1, mixed) == seal_hour(HOUR, 1, readings)


@given(readings=READINGS, devices=st.integers(1, 3))
def test_nothing_is_delivered_beyond_the_contract(
    readings: list[QuarterReading], devices: int
) -> None:
    seal = seal_hour(HOUR, devices, readings)

    assert 0 <= seal.delivered_device_seconds <= seal.contracted_device_seconds
    assert len({item.interval_start for item in readings}) == 4 - seal.estimated_intervals


@given(
    devices=st.integers(1, 64),
    held=st.integers(-10, 10_000_000),
    wall=st.integers(-10, 10_000_000),
)
def test_the_held_share_is_between_nothing_and_all(devices: int, held: int, wall: int) -> None:
    assert 0 <= held_device_seconds(devices, held, wall) <= devices * 900


def test_the_share_is_of_wall_time_and_rounded_down() -> None:
    assert held_device_seconds(2, 500_000, 500_000) == 1_800
    assert held_device_seconds(2, 250_000, 500_000) == 900
    assert held_device_seconds(1, 1, 3) == 300
    assert held_device_seconds(1, 2, 7) == 257


def test_an_even_clock_says_in_which_wall_time_a_quarter_passed() -> None:
    wall = datetime(2026, 11, 23, 7, tzinfo=UTC)
    clock = Clock(wall, HOUR, 180)
    starts = list(quarters_between(HOUR, HOUR + timedelta(minutes=30)))

    windows = meter_windows(starts, clock, wall, wall + timedelta(seconds=20))

    assert [window.wall_from for window in windows] == [wall, wall + timedelta(seconds=5)]
    assert windows[1].wall_to == wall + timedelta(seconds=10)


def test_a_stepped_clock_divides_the_wall_time_since_the_last_reading() -> None:
    wall = datetime(2026, 11, 23, 7, tzinfo=UTC)
    clock = Clock(wall, HOUR + timedelta(hours=1), 0)
    starts = list(quarters_between(HOUR, HOUR + timedelta(hours=1)))

    windows = meter_windows(starts, clock, wall - timedelta(seconds=2), wall)

    assert len(windows) == 4
    assert windows[0].wall_from == wall - timedelta(seconds=2)
    assert windows[3].wall_to == wall
    assert windows[1].wall_to - windows[1].wall_from == timedelta(milliseconds=500)


def test_a_chain_binds_every_reading_before() -> None:
    head = genesis("gh-GH-2026-000001")
    readings = [reading(k, 900) for k in range(4)]

    hashes = extend(head, 0, readings)

    assert hashes == [*extend(head, 0, readings[:2]), *extend(hashes[1], 2, readings[2:])]
    changed = extend(head, 0, [reading(0, 899), *readings[1:]])
    assert all(one != other for one, other in zip(hashes, changed, strict=True))
    assert genesis("gh-GH-2026-000002") != head
