"""Which link carries for whose devices, and what of links goes into a book."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from marketplace.domain.auctions.carried import mover, pieces_of
from marketplace.domain.auctions.link_rows import Run, most_asked, runs_of

YUAN = 1_000_000


def lot(devices: int, first: int, hours: int) -> dict[str, Any]:
    return {"offer": 1, "devices": devices, "first_hour": first, "hours": hours}


def link(number: int, gbps: int, first: int, hours: int) -> dict[str, Any]:
    return {"link": number, "gbps": gbps, "first_hour": first, "hours": hours}


def told(*found: Any) -> list[tuple[int, ...]]:
    return [
        (one.lot, one.link, one.first_hour, one.hours, one.gbps, one.price_micros_per_gbps_hour)
        for one in found
    ]


def test_one_lot_and_one_link_at_one_price_are_one_piece() -> None:
    found = pieces_of([lot(8, 2, 4)], [link(7, 10, 2, 4)], [YUAN] * 24)
    assert told(*found) == [(0, 7, 2, 4, 10, YUAN)]


def test_a_piece_ends_where_the_price_changes() -> None:
    prices = [YUAN, YUAN, 2 * YUAN, YUAN]
    found = pieces_of([lot(8, 0, 4)], [link(7, 10, 0, 4)], prices)
    assert told(*found) == [
        (0, 7, 0, 2, 10, YUAN),
        (0, 7, 2, 1, 10, 2 * YUAN),
        (0, 7, 3, 1, 10, YUAN),
    ]


def test_a_piece_ends_where_the_carrier_changes() -> None:
    found = pieces_of([lot(8, 0, 4)], [link(7, 10, 0, 2), link(8, 10, 2, 2)], [YUAN] * 4)
    assert told(*found) == [(0, 7, 0, 2, 10, YUAN), (0, 8, 2, 2, 10, YUAN)]


def test_lots_share_by_their_devices_and_take_links_in_turn() -> None:
    lots = [lot(8, 0, 1), lot(4, 0, 1)]
    found = pieces_of(lots, [link(7, 6, 0, 1), link(8, 4, 0, 1)], [YUAN])
    assert told(*found) == [
        (0, 7, 0, 1, 6, YUAN),
        (0, 8, 0, 1, 1, YUAN),
        (1, 8, 0, 1, 3, YUAN),
    ]


def test_a_lot_without_a_whole_gbps_has_no_piece() -> None:
    found = pieces_of([lot(9, 0, 1), lot(1, 0, 1)], [link(7, 1, 0, 1)], [YUAN])
    assert told(*found) == [(0, 7, 0, 1, 1, YUAN)]


def test_without_gbps_there_are_no_pieces() -> None:
    assert pieces_of([lot(8, 0, 4)], [], [YUAN] * 4) == []


@given(
    some.lists(some.integers(1, 9), min_size=1, max_size=4),
    some.lists(some.integers(1, 9), min_size=1, max_size=4),
    some.lists(some.integers(1, 3), min_size=6, max_size=6),
)
def test_all_that_is_carried_is_shared_and_nothing_more(
    lots: list[int], links: list[int], prices: list[int]
) -> None:
    sold_by = [lot(devices, 0, 6) for devices in lots]
    carried_by = [link(at, gbps, 0, 6) for at, gbps in enumerate(links, 1)]
    found = pieces_of(sold_by, carried_by, prices)
    for hour in range(6):
        now = [one for one in found if one.first_hour <= hour < one.first_hour + one.hours]
        assert {one.price_micros_per_gbps_hour for one in now} == {prices[hour]}
        for at, gbps in enumerate(links, 1):
            assert sum(one.gbps for one in now if one.link == at) == gbps
        shares = [sum(one.gbps for one in now if one.lot == at) for at in range(len(lots))]
        assert all(
            abs(share * sum(lots) - sum(links) * devices) < sum(lots)
            for share, devices in zip(shares, lots, strict=True)
        )


def test_data_go_by_the_cheapest_link_that_stands_when_they_begin() -> None:
    rows = [
        {**link(1, 5, 4, 4), "price_micros_per_gb": 10, "arrival": 1},
        {**link(2, 5, 0, 4), "price_micros_per_gb": 20, "arrival": 2},
        {**link(3, 5, 0, 8), "price_micros_per_gb": 20, "arrival": 3},
    ]
    assert [mover(rows, hour)["link"] for hour in (0, 5, 9)] == [2, 1, 1]


def test_of_alternatives_the_widest_counts_and_data_need_a_link_to_stand() -> None:
    wide = {"city": "x", "link_gbps": 5}
    orders: list[list[dict[str, Any]]] = [
        [wide, {"city": "x", "link_gbps": 9}, {"city": "y", "move_gb": 3}],
        [wide],
        [{"city": "z"}],
    ]
    assert most_asked(orders) == {"x": 14, "y": 1}


def test_hours_of_equal_room_are_one_row() -> None:
    assert runs_of([9, 4, 4, 0, -1, 9], 5) == [
        Run(first_hour=0, hours=1, gbps=5),
        Run(first_hour=1, hours=2, gbps=4),
        Run(first_hour=5, hours=1, gbps=5),
    ]
