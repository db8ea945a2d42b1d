"""Candles, tape and index of a product, from trades whose figures one can count."""

from datetime import timedelta

import pytest

from marketplace.domain.refusals import UnknownCode
from marketplace.queries.candles import candles_of
from marketplace.queries.index import index_of
from marketplace.queries.products import every_product, product_of
from marketplace.queries.snapshot import snapshot_of
from marketplace.queries.tape import tape_of
from tests.world import World, micros


def trades_at(world: World, *prices: str, devices: int = 8, hours: int = 2, start: int = 0) -> None:
    for price in prices:
        world.deal(price=price, devices=devices, hours=hours, start=start)
        world.now += timedelta(minutes=10)


def test_a_candle_opens_with_the_first_trade_and_closes_with_the_last(world: World) -> None:
    trades_at(world, "1.85", "1.95", "1.70", "1.80")

    (candle,) = candles_of(product_of("h100-sxm"), step="hour", now=world.now)

    assert (candle.open_micros, candle.close_micros) == (micros("1.85"), micros("1.80"))
    assert (candle.low_micros, candle.high_micros) == (micros("1.70"), micros("1.95"))
    assert (candle.volume, candle.trades) == (4 * 16, 4)
    assert candle.starts_at.minute == 0


def test_an_hour_without_a_trade_has_no_candle_and_a_day_begins_in_shanghai(world: World) -> None:
    trades_at(world, "1.85")
    world.now += timedelta(hours=2)
    trades_at(world, "1.95", start=8)

    hours = candles_of(product_of("h100-sxm"), step="hour", now=world.now)
    days = candles_of(product_of("h100-sxm"), step="day", now=world.now)

    assert [candle.trades for candle in hours] == [1, 1]
    assert [(candle.starts_at.hour, candle.trades) for candle in days] == [(16, 2)]
    assert candles_of(product_of("ascend-910b"), step="day", now=world.now) == []


def test_candles_of_all_accelerators_are_per_petaflops_hour(world: World) -> None:
    trades_at(world, "1.85")
    world.deal(pool=world.process_pool, devices=4, price="0.10")  # CPU slots never count

    (candle,) = candles_of(product_of("fp16"), step="hour", now=world.now)

    assert candle.open_micros == 1_870_576  # 1.85 / 0.989
    assert (candle.volume, candle.trades) == (16 * 989_000, 1)


def test_the_tape_has_the_newest_trade_first(world: World) -> None:
    trades_at(world, "1.85", "1.95")
    world.deal(pool=world.east_pool, price="1.10")

    assert [trade.price_micros for trade in tape_of(product_of("h100-sxm"), 5)] == [
        micros("1.95"),
        micros("1.85"),
    ]
    everywhere = tape_of(product_of("fp16"), 2)
    assert [trade.chip for trade in everywhere] == ["ascend-910b", "h100-sxm"]


def test_the_index_is_weighted_by_volume_and_wants_three_trades(world: World) -> None:
    trades_at(world, "1.80", "1.90")
    product = product_of("h100-sxm")
    assert index_of(product, now=world.now).price_micros is None

    trades_at(world, "1.70", devices=16, hours=4)

    index = index_of(product, now=world.now)
    assert index.price_micros == (micros("1.80") + micros("1.90") + 4 * micros("1.70")) // 6
    assert (index.trades, index.volume, index.change_bp) == (3, 96, None)


def test_the_index_forgets_after_a_day_and_tells_the_change(world: World) -> None:
    trades_at(world, "1.80", "1.80", "1.80")
    world.now += timedelta(hours=24)
    for start in (24, 30, 36):
        world.deal(price="1.89", start=start)

    index = index_of(product_of("h100-sxm"), now=world.now)

    assert (index.price_micros, index.change_bp) == (micros("1.89"), 500)
    later = index_of(product_of("h100-sxm"), now=world.now + timedelta(hours=24))
    assert (later.price_micros, later.trades) == (None, 0)


def test_hours_that_may_be_recalled_are_no_part_of_the_index(world: World) -> None:
    trades_at(world, "1.80", "1.80", "1.80")
    world.listing(devices=8, hours=2, price="1.70", firmness="SURPLUS")
    world.order(firmness=("FIRM", "SURPLUS"), latest=world.hour(2))

    assert index_of(product_of("h100-sxm"), now=world.now).price_micros == micros("1.80")


def test_depth_stands_at_each_hour_that_still_trades(world: World) -> None:
    world.listing(devices=16, price="1.85", hours=4)
    world.listing(devices=8, price="1.85", start=2, hours=4)
    first = int(world.hour(0).timestamp()) // 3600

    levels = snapshot_of("h100-sxm", first_hour=first + 1, hours=4).levels

    assert [(run.first_hour - first, run.hours, run.quantity) for run in levels] == [
        (1, 1, 16),
        (2, 2, 24),
        (4, 1, 8),
    ]


def test_products_are_the_chip_models_and_all_accelerators(world: World) -> None:
    found = every_product()

    assert list(found) == ["fp16", "ascend-910b", "cpu-slot", "h100-sxm"]
    assert [chip.code for chip in found["fp16"].chips] == ["ascend-910b", "h100-sxm"]
    with pytest.raises(UnknownCode):
        product_of("h900")
