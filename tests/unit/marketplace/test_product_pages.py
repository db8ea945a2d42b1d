"""What a product's page computes: candles as shapes, offers by hour, the book of an hour."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from counter.candles import Candles, Candlestick, candle_chart
from exchange.window import hour_number
from marketplace.pages.books import book_of
from marketplace.pages.candles import candles_chart
from marketplace.pages.hours import hour_map
from marketplace.queries.chip_rows import chip_rows
from marketplace.queries.own import own_listings, own_orders
from marketplace.queries.products import product_of
from marketplace.queries.snapshot import Snapshot, snapshot_of
from tests.world import World, micros


def week_of(world: World, product: str = "h100-sxm") -> Snapshot:
    first = hour_number(world.hour(0)) // 24 * 24 - 8
    return snapshot_of(product, first_hour=first, hours=7 * 24)


def test_a_candle_is_hollow_when_it_closed_above_its_opening() -> None:
    sticks = [Candlestick(0, 100, 130, 90, 120, 40), Candlestick(2, 120, 120, 80, 90, 20)]

    wide, narrow = candle_chart(Candles(sticks, 3, [(0, "12:00")], [(80, "0.80")], "said")).views

    rose, fell = wide.sticks
    assert (rose.rose, fell.rose) == (True, False)
    assert rose.high < rose.top < rose.top + rose.height < rose.low
    assert rose.bar_height == 2 * fell.bar_height
    assert (wide.width, narrow.width) == (640, 400)


def test_hours_without_a_trade_stay_gaps(world: World) -> None:
    world.deal(price="1.85")
    world.now += timedelta(hours=2)
    world.deal(price="1.95", start=8)

    chart = candles_chart(product_of("h100-sxm"), "hour", world.now)

    seconds, opened, *_prices, volumes = chart.data
    assert [seconds[n + 1] - seconds[n] for n in range(len(seconds) - 1)] == [3600] * 11  # type: ignore[operator]
    assert [price for price in opened if price] == [1.85, 1.95]
    assert opened[-2] is None
    assert (volumes[-3:], len(chart.rows)) == ([16, 0, 16], 2)
    assert chart.drawing is not None
    assert "last ¥ 1.95" in chart.drawing.label
    assert candles_chart(product_of("cpu-slot"), "day", world.now).drawing is None


def test_the_map_shows_the_cheapest_ask_and_what_is_free_of_each_open_hour(world: World) -> None:
    world.listing(devices=16, price="1.85", hours=4)
    world.listing(devices=8, price="1.95", start=2, hours=4)
    first_open = hour_number(world.hour(1))
    shot = week_of(world)

    price = hour_map(shot, first_open=first_open, measure="price", asked=None)
    free = hour_map(shot, first_open=first_open, measure="free", asked=world.hour(3))

    shown = [cell for row in price.rows for cell in row.cells if not cell.reason]
    assert [cell.text for cell in shown] == ["1.85", "1.85", "1.85", "1.95", "1.95"]
    assert [cell.best for cell in shown] == [True, False, False, False, False]
    assert (price.chosen, price.best_micros) == (world.hour(1), micros("1.85"))
    sizes = [cell.text for row in free.rows for cell in row.cells if not cell.reason]
    assert sizes == ["16", "24", "24", "8", "8"]
    assert (free.chosen, free.total) == (world.hour(3), 16 + 24 + 24 + 8 + 8)
    assert len(price.rows) == 7


@pytest.mark.parametrize(("language", "monday"), [("en", "Mon"), ("zh-hans", "周一")])
def test_days_of_the_map_begin_at_midnight_in_shanghai(
    world: World, language: str, monday: str
) -> None:
    with translation.override(language):
        rows = hour_map(week_of(world), first_open=0, measure="price", asked=None).rows

    assert (rows[0].label, rows[0].small) == (monday, "23")


def test_a_book_has_both_sides_of_one_hour_best_first(world: World) -> None:
    world.listing(devices=16, price="1.85", hours=4)
    world.listing(devices=8, price="1.95", hours=4)
    world.order(amount=4, limit_micros=micros("1.50"), chips_allowed=("h100-sxm",))

    book = book_of(week_of(world), world.hour(1), {"qingyang": "Qingyang"})
    after = book_of(week_of(world), world.hour(20), {})

    assert [(rung.price, rung.quantity) for rung in book.asks] == [("1.85", "16"), ("1.95", "8")]
    assert [(rung.price, rung.quantity) for rung in book.bids] == [("1.50", "4")]
    assert book.spread_micros == micros("0.35")
    assert book.live["levels"][0] == ["BUY", micros("1.50"), 4]
    assert (after.asks, after.spread_micros) == ([], None)


def test_members_see_what_is_their_own_and_nothing_of_others(world: World) -> None:
    order = world.order(limit_micros=micros("1.00"))
    world.order(limit_micros=micros("1.00"), chips_allowed=("ascend-910b",))
    listing = world.listing(price="1.95")
    h100 = product_of("h100-sxm")

    assert own_orders(world.cast.ben.id, h100) == [order]
    assert own_orders(world.cast.dana.id, h100) == []
    assert own_listings(world.cast.ada.id, h100) == [listing]
    assert own_listings(world.cast.ada.id, product_of("ascend-910b")) == []
    assert own_listings(world.cast.ben.id, h100) == []


def test_chip_models_are_listed_with_what_they_offer_and_last_cost(world: World) -> None:
    world.deal(price="1.85")
    world.listing(pool=world.east_pool, devices=4, price="1.10", hours=2)

    ascend, h100 = chip_rows(world.now)

    assert (ascend.code, ascend.free_device_hours) == ("ascend-910b", 8)
    assert (ascend.best_ask_micros, ascend.last_micros) == (micros("1.10"), None)
    assert (h100.free_device_hours, h100.best_ask_micros) == (0, None)
    assert h100.last_micros == micros("1.85")


def test_a_product_page_asks_the_database_a_handful_of_times(
    world: World, django_assert_max_num_queries: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.pages.product.market_now", lambda: world.now)
    world.deal()
    world.listing()
    client = Client()
    client.force_login(world.cast.ben.person)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page = client.get("/market/h100-sxm/")

    assert page.status_code == 200
    assert client.get("/market/h900/").status_code == 404
