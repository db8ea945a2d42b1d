from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.idle import largest_rectangle
from desk.domain.proposals import IdleHours, proposals_for

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
idle_lists = st.lists(st.integers(0, 64), max_size=24)


def pool(number: int, idle: list[int], price_micros: int | None = 1_000_000) -> IdleHours:
    return IdleHours(number, NOON, tuple(idle), 8, price_micros)


def test_the_largest_rectangle_is_proposed_in_whole_nodes() -> None:
    assert largest_rectangle([3, 20, 20, 9, 9, 9, 0], 8) == (1, 5, 8)
    assert largest_rectangle([0, 7, 7], 8) == (0, 0, 0)


@given(idle=idle_lists, node=st.integers(1, 8))
def test_a_proposal_never_asks_for_more_than_is_idle(idle: list[int], node: int) -> None:
    first, hours, devices = largest_rectangle(idle, node)

    assert devices % node == 0
    assert all(devices <= value for value in idle[first : first + hours])


@given(idle=idle_lists)
def test_no_single_hour_beats_the_proposal(idle: list[int]) -> None:
    _first, hours, devices = largest_rectangle(idle, 1)

    assert devices * hours >= max(idle, default=0)


def test_the_most_valuable_come_first_and_pools_without_price_stay_out() -> None:
    found = proposals_for(
        [pool(1, [8]), pool(2, [64]), pool(3, [64], None), pool(4, [0]), pool(5, [16])], most=2
    )

    assert [one.pool_id for one in found] == [2, 5]
    assert found[0].ends_at - found[0].starts_at == timedelta(hours=1)
    assert found[0].worth_micros == 64_000_000
