"""The public feed through the API: who may read it, what it says, and how it says no."""

import pytest
from rest_framework.test import APIClient

from tests.api.marketplace.conftest import Caller
from tests.world import World, micros

MARKET = "/api/v1/market"
DOORS = ("snapshot/", "increments/?after=0", "candles/", "tape/", "index/")


def test_a_snapshot_says_where_its_increments_go_on(world: World, caller: Caller) -> None:
    world.listing(devices=16, hours=4)
    gwen = caller(world.cast.gwen)

    shot = gwen.get(f"{MARKET}/snapshot/?product=h100-sxm&hours=24").json()

    assert shot["product"] == {
        "code": "h100-sxm",
        "quantity_unit": "DEVICES",
        "price_unit": "MICROS_PER_DEVICE_HOUR",
    }
    assert shot["levels"] == [
        {
            "side": "SELL",
            "price_micros": micros("1.85"),
            "starts_at": world.hour(0).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "hours": 4,
            "quantity": 16,
        }
    ]
    assert (shot["number"], shot["last_trade"]) == (1, None)

    world.order(chips_allowed=("h100-sxm",))
    told = gwen.get(f"{MARKET}/increments/?product=h100-sxm&after={shot['number']}").json()

    assert [event["kind"] for event in told["increments"]] == [
        "ORDER_ACCEPTED",
        "TRADED",
        "ORDER_FILLED",
    ]
    sold = told["increments"][1]
    assert sold["trade"]["price_micros"] == micros("1.85")
    assert [run["quantity"] for run in sold["changes"] if run["side"] == "SELL"] == [-8]
    assert (told["next_after"], told["last"]) == (4, 4)


def test_nothing_of_the_feed_names_a_member_or_an_order(world: World, caller: Caller) -> None:
    deal = world.deal()
    gwen = caller(world.cast.gwen)

    for door in DOORS:
        text = gwen.get(f"{MARKET}/{door}").content.decode().lower()
        assert not any(word in text for word in ("ada", "ben", "buyer", "seller", "order_id"))
        assert deal.order.client_order_id not in text


@pytest.mark.parametrize("after", [99, 10**15])
def test_a_number_ahead_of_the_market_starts_again(
    world: World, caller: Caller, after: int
) -> None:
    world.listing()

    answer = caller(world.cast.gwen).get(f"{MARKET}/increments/?product=h100-sxm&after={after}")

    assert (answer.status_code, answer.json()["code"]) == (410, "E-FEED-02")
    assert answer.json()["start_again_at"] == f"{MARKET}/snapshot/?product=h100-sxm"


def test_a_number_too_far_back_starts_again(
    world: World, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.domain.feed.MOST_BACK", 2)
    world.deal()

    ben = caller(world.cast.ben)
    answer = ben.get(f"{MARKET}/increments/?after=0")

    assert (answer.status_code, answer.json()["code"]) == (410, "E-FEED-01")
    assert "start_again_at" in answer.json()
    assert ben.get(f"{MARKET}/increments/?after=3").status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("increments/", 400, "invalid"),
        ("increments/?after=-1", 400, "invalid"),
        ("increments/?after=0&limit=501", 400, "invalid"),
        ("snapshot/?hours=0", 400, "invalid"),
        ("snapshot/?hours=337", 400, "invalid"),
        ("snapshot/?grade=x", 400, "invalid"),
        ("snapshot/?product=h900", 422, "E-CATALOG-01"),
        ("candles/?step=week", 400, "invalid"),
        ("candles/?count=751", 400, "invalid"),
        ("tape/?limit=201", 400, "invalid"),
        ("index/?product=gpu", 422, "E-CATALOG-01"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(
    world: World, caller: Caller, asked: str, status: int, code: str
) -> None:
    answer = caller(world.cast.ben).get(f"{MARKET}/{asked}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("door", DOORS)
def test_every_member_may_read_and_no_stranger(world: World, caller: Caller, door: str) -> None:
    for player in ("ada", "ben", "cleo", "eli", "finn", "gwen"):
        assert caller(getattr(world.cast, player)).get(f"{MARKET}/{door}").status_code == 200
    assert APIClient().get(f"{MARKET}/{door}").status_code in {401, 403}


def test_candles_tape_and_index_count_the_same_trades(world: World, caller: Caller) -> None:
    for price in ("1.80", "1.85", "1.90"):
        world.deal(price=price)
    ben = caller(world.cast.ben)

    (candle,) = ben.get(f"{MARKET}/candles/?product=h100-sxm").json()
    tape = ben.get(f"{MARKET}/tape/?product=h100-sxm&limit=2").json()
    index = ben.get(f"{MARKET}/index/?product=h100-sxm").json()

    assert (candle["open_micros"], candle["close_micros"]) == (micros("1.80"), micros("1.90"))
    assert [trade["price_micros"] for trade in tape] == [micros("1.90"), micros("1.85")]
    assert (index["price_micros"], index["trades"]) == (micros("1.85"), 3)
