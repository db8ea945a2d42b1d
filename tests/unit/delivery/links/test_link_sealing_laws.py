"""Laws of sealing a link's hour, whatever its meter said."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from delivery.domain.link_metering import LinkQuarter, chain_quarters, link_genesis, seal_link_hour
from delivery.domain.metering import QUARTER

HOUR = datetime(2026, 12, 1, 8, tzinfo=UTC)


@some.composite
def quarters(draw: some.DrawFn) -> list[LinkQuarter]:
    found = [
        LinkQuarter(
            HOUR + index * QUARTER,
            draw(some.integers(0, 12_000)),
            draw(some.integers(0, 10**9)),
            version,
            "MEASURED" if version == 1 else draw(some.sampled_from(["EDITED", "ESTIMATED"])),
        )
        for index in range(4)
        for version in range(1, draw(some.integers(0, 2)) + 1)
    ]
    return draw(some.permutations(found))


@given(quarters(), some.integers(0, 12))
def test_nothing_is_available_beyond_what_was_bought_and_nothing_unread_was_moved(
    readings: list[LinkQuarter], gbps: int
) -> None:
    seal = seal_link_hour(HOUR, gbps, readings)

    assert 0 <= seal.available_gbps_seconds <= gbps * 3_600
    assert all(0 <= amount <= gbps * 900 for amount in seal.quarter_gbps_seconds)
    read = {one.interval_start for one in readings}
    for index in range(4):
        if HOUR + index * QUARTER not in read:
            assert seal.quarter_mb[index] == 0
            assert seal.estimated[index]


@given(quarters(), some.integers(0, 12))
def test_the_order_of_arrival_changes_no_seal(readings: list[LinkQuarter], gbps: int) -> None:
    newest_first = sorted(readings, key=lambda one: -one.version)

    assert seal_link_hour(HOUR, gbps, readings) == seal_link_hour(HOUR, gbps, newest_first)


@given(quarters(), some.integers(0, 8))
def test_a_chain_in_two_pieces_is_the_chain_in_one(readings: list[LinkQuarter], cut: int) -> None:
    head = link_genesis("gh-x-L")
    whole = list(chain_quarters(head, 0, readings))
    first = list(chain_quarters(head, 0, readings[:cut]))
    middle = first[-1] if first else head

    assert [*first, *chain_quarters(middle, len(first), readings[cut:])] == whole
