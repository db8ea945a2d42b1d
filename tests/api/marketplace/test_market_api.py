"""Listings, market data, the feed and the schema."""

from typing import Any

import pytest
from django.core.management import call_command

from tests.api.marketplace.conftest import Caller
from tests.world import World, micros

LISTINGS = "/api/v1/listings/"


def body(world: World, **more: Any) -> dict[str, Any]:
    return {
        "client_order_id": "night-1",
        "pool": "qy-1-h100",
        "devices": 16,
        "starts_at": world.hour(0).isoformat(),
        "ends_at": world.hour(8).isoformat(),
        "ask_micros": 1_850_000,
    } | more


def test_a_listing_is_published_and_withdrawn(world: World, caller: Caller) -> None:
    ada = caller(world.cast.ada)

    published = ada.post(LISTINGS, body(world), format="json")
    assert published.status_code == 201, published.json()
    listing = published.json()
    assert (listing["pool"], listing["free"]) == ("qy-1-h100", [16] * 8)
    assert ada.post(LISTINGS, body(world), format="json").json()["id"] == listing["id"]

    withdrawn = ada.post(f"{LISTINGS}{listing['id']}/withdraw/").json()
    assert (withdrawn["state"], withdrawn["free"]) == ("WITHDRAWN", [0] * 8)
    assert ada.get(f"{LISTINGS}{listing['id']}/").json()["state"] == "WITHDRAWN"


def test_too_many_devices_are_refused_with_what_is_free(world: World, caller: Caller) -> None:
    answer = caller(world.cast.ada).post(LISTINGS, body(world, devices=65), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "E-CAP-01")
    assert "64 of 64" in answer.json()["title"]


def test_nobody_lists_another_sellers_pool(world: World, caller: Caller) -> None:
    answer = caller(world.cast.dana).post(LISTINGS, body(world), format="json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "pool")


def test_market_data_names_no_member(world: World, caller: Caller) -> None:
    world.deal()
    world.listing(price="2.00", start=3)
    gwen = caller(world.cast.gwen)

    depth = gwen.get("/api/v1/market/depth/?zone=qingyang")
    trades = gwen.get("/api/v1/market/trades/?limit=5")
    catalogue = gwen.get("/api/v1/market/catalogue/")

    assert depth.json()["sells"][0]["device_hours"] == 8 * 24
    assert trades.json()[0]["price_micros"] == micros("1.85")
    assert {chip["code"] for chip in catalogue.json()["chips"]} >= {"h100-sxm"}
    for answer in (depth, trades):
        text = answer.content.decode().lower()
        assert not any(name in text for name in ("ada", "ben", "seller", "buyer"))
    assert gwen.get("/api/v1/market/depth/?side=buy").status_code == 400


def test_the_feed_replays_from_any_number(world: World, caller: Caller) -> None:
    deal = world.deal()
    ben, ada = caller(world.cast.ben), caller(world.cast.ada)

    bens = ben.get("/api/v1/events/").json()
    adas = ada.get("/api/v1/events/").json()

    assert [event["kind"] for event in bens["events"]] == [
        "ORDER_ACCEPTED",
        "TRADED",
        "ORDER_FILLED",
    ]
    assert [event["kind"] for event in adas["events"]] == [
        "LISTING_ACCEPTED",
        "TRADED",
        "LISTING_SOLD",
    ]
    traded = bens["events"][1]
    assert (traded["order"], traded["listing"]) == (deal.order.pk, None)
    rest = ben.get(f"/api/v1/events/?after={bens['events'][0]['number']}&limit=1").json()
    assert [event["number"] for event in rest["events"]] == [traded["number"]]
    assert ben.get(f"/api/v1/events/?after={bens['last']}").json() == {
        "events": [],
        "last": bens["last"],
    }


def test_the_schema_is_openapi_3_1_with_examples(world: World, caller: Caller) -> None:
    schema = caller(world.cast.ben).get("/api/v1/schema/?format=json").json()

    assert schema["openapi"].startswith("3.1")
    post = schema["paths"]["/api/v1/orders/"]["post"]
    assert post["requestBody"]["content"]["application/json"]["examples"]


def test_the_schema_is_made_without_a_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    """Two components of one name, or a type that nobody knows, would be a warning."""
    call_command("spectacular", validate=True, fail_on_warn=True)

    assert "/api/v1/auctions/{code}/orders/batch/" in capsys.readouterr().out
