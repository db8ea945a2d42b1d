"""A preview shows what the order would get, and why not, without touching anything."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.book import SieveStep
from exchange.window import hour_number
from marketplace.models import Order
from marketplace.queries import (
    depth_of,
    last_trades,
    market_overview,
    preview_order,
    price_series,
    why_not,
)
from marketplace.queries.board import paid_rows, pool_rows
from marketplace.queries.snapshot import snapshot_of
from tests.world import PFLOPS, World, micros


def test_the_preview_shows_the_cheapest_place_and_holds_nothing(world: World) -> None:
    world.listing(price="1.85")
    world.listing(pool=world.east_pool, price="1.90")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview = preview_order(request=world.request(), now=world.now)

    assert len(queries) <= 12
    assert preview.would_fill
    assert [place.chip_code for place in preview.placements] == ["h100-sxm", "ascend-910b"]
    assert preview.expected_micros == micros("29.60")
    assert preview.hold_micros == micros("33.92")
    assert not Order.objects.exists()


def test_the_heat_map_tells_cheap_starts_from_dear_ones(world: World) -> None:
    world.listing(start=0, hours=4, price="1.85")
    world.listing(start=4, hours=4, price="1.00")

    heat = preview_order(request=world.request(), now=world.now).heat

    cells = {cell.starts_at: cell for row in heat for cell in row.cells}
    assert len(heat) == 7
    assert all(len(row.cells) == 24 for row in heat)
    dear, cheap = cells[world.hour(0)], cells[world.hour(4)]
    assert cheap.price_micros_per_pflops_hour is not None
    assert dear.price_micros_per_pflops_hour is not None
    assert cheap.price_micros_per_pflops_hour < dear.price_micros_per_pflops_hour
    assert cells[world.hour(3)].price_micros_per_pflops_hour is None
    assert cells[world.now].reason == "GATE_CLOSED"


def test_a_split_order_is_priced_hour_by_hour_too(world: World) -> None:
    world.listing(devices=8, price="1.00")
    world.listing(devices=8, price="2.00")

    preview = preview_order(request=world.request(amount=16, splittable=True), now=world.now)

    cell = next(cell for row in preview.heat for cell in row.cells if not cell.reason)
    assert cell.price_micros_per_pflops_hour == 1_516_684
    assert [place.chosen for place in preview.placements] == [True, True]


def test_why_not_names_the_condition_and_the_smallest_yes(world: World) -> None:
    world.listing(price="1.85")
    order = world.order(city="shanghai", max_rtt_us=20_000)

    told = why_not(order.pk, world.now)

    assert told.blocked_by == "RTT"
    assert SieveStep("FIRMNESS", 1) in told.sieve
    assert told.fixes[0].change == {"max_rtt_us": 24_000}


def test_why_not_names_the_limit_that_would_do(world: World) -> None:
    world.listing(price="1.85")
    order = world.order(unit="PFLOPS", amount=8 * 989_000, limit_micros=micros("1.00"))

    fixes = {fix.code: fix.change for fix in why_not(order.pk, world.now).fixes}

    assert fixes["PRICE"] == {"limit_micros": micros("1.88")}


def test_why_not_names_a_later_window(world: World) -> None:
    world.listing(start=30, hours=4)
    order = world.order()

    fixes = {fix.code: fix.change for fix in why_not(order.pk, world.now).fixes}

    assert fixes == {"WINDOW": {"latest": world.hour(32)}}


def test_depth_shows_both_sides_per_pflops_hour(world: World) -> None:
    world.listing(price="1.85")
    world.order(unit="PFLOPS", amount=PFLOPS, limit_micros=micros("1.00"))

    depth = depth_of(chip_code="h100-sxm", now=world.now)

    assert depth.best_ask_micros == 1_870_576
    assert depth.best_bid_micros == micros("1.00")
    assert depth_of(zone_code="wuhu", now=world.now).sells == ()


def test_cpu_slots_never_enter_a_price_per_pflops_hour(world: World) -> None:
    deal = world.deal(devices=8, hours=2, price="1.85")
    asked = market_overview(world.now), depth_of(now=world.now), price_series(1, now=world.now)
    paid, offered = paid_rows(world.now), pool_rows(world.now, None)
    first = hour_number(world.hour(0))
    book = snapshot_of("fp16", first_hour=first, hours=1).levels

    world.deal(pool=world.process_pool, devices=4, hours=2, price="0.10")
    world.listing(pool=world.process_pool, devices=4, price="0.10")

    overview = market_overview(world.now)
    assert overview.trades_last_24h == 2
    assert overview.index_micros_per_pflops_hour == asked[0].index_micros_per_pflops_hour
    assert (depth_of(now=world.now), price_series(1, now=world.now)) == asked[1:]
    assert (paid_rows(world.now), pool_rows(world.now, None)) == (paid, offered)
    assert snapshot_of("fp16", first_hour=first, hours=1).levels == book
    assert depth_of(now=world.now, chip_code="cpu-slot").sells
    assert deal.trade.value_micros == paid[0].value_micros


def test_the_market_overview_counts_devices_trades_and_prices(world: World) -> None:
    world.deal(devices=8, hours=2, price="1.85")
    world.listing(devices=4, start=2, hours=2, price="2.00")

    overview = market_overview(world.now)

    assert overview.installed_devices == 208
    assert overview.idle_devices == 208
    assert overview.traded_last_24h_device_hours == 16
    assert overview.index_micros_per_pflops_hour == 1_870_576
    assert overview.free_next_24h_device_hours == 8
    zone = next(row for row in overview.zones if row.code == "qingyang")
    assert zone.best_rtt_us == 24_000
    assert zone.contracted_next_24h_device_hours == 16
    assert [trade.devices for trade in last_trades(5)] == [8]
    assert price_series(1, now=world.now + timedelta(minutes=1))[0].device_hours == 16
