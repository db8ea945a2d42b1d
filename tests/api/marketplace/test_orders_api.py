"""Orders through the API: placed once, refused by name, seen by their owner alone."""

from typing import Any

import pytest

from marketplace.models import Order
from tests.api.marketplace.conftest import Caller
from tests.world import World

ORDERS = "/api/v1/orders/"


def body(world: World, **more: Any) -> dict[str, Any]:
    return {
        "client_order_id": "lab-1",
        "unit": "DEVICES",
        "amount": 8,
        "hours": 2,
        "earliest": world.hour(0).isoformat(),
        "latest": world.hour(24).isoformat(),
        "limit_micros": 2_000_000,
    } | more


def test_an_order_is_placed_matched_and_read_back(world: World, caller: Caller) -> None:
    world.listing(price="1.85")
    ben = caller(world.cast.ben)

    placed = ben.post(ORDERS, body(world, city="shanghai"), format="json")

    assert placed.status_code == 201, placed.json()
    order = placed.json()
    assert (order["state"], order["filled"]) == ("FILLED", 8)
    stored = ben.get(f"{ORDERS}{order['id']}/").json()
    assert (stored["state"], stored["filled"], stored["city"]) == ("FILLED", 8, "shanghai")
    assert stored["held_micros"] == order["held_micros"]
    assert [row["id"] for row in ben.get(ORDERS).json()["results"]] == [order["id"]]
    (trade,) = ben.get("/api/v1/trades/").json()["results"]
    assert (trade["price_micros"], trade["chip"]) == (1_850_000, "h100-sxm")
    assert "seller" not in trade


def test_the_same_order_sent_twice_is_placed_once(world: World, caller: Caller) -> None:
    ben = caller(world.cast.ben)

    first, second = (ben.post(ORDERS, body(world), format="json").json() for _ in range(2))

    assert first["id"] == second["id"]
    assert Order.objects.count() == 1
    other = ben.post(ORDERS, body(world, amount=9), format="json")
    assert (other.status_code, other.json()["code"]) == (409, "E-IDEM-01")


def test_an_unknown_field_is_refused_by_name(world: World, caller: Caller) -> None:
    answer = caller(world.cast.ben).post(ORDERS, body(world, max_latency=20), format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "max_latency"
    assert not Order.objects.exists()


def test_a_batch_is_answered_order_by_order(world: World, caller: Caller) -> None:
    world.listing(price="1.85")
    orders = [
        body(world, client_order_id="lab-1"),
        body(world, client_order_id="lab-2", limit_micros=2_000_001),
        body(world, client_order_id="lab-3", max_latency=20),
        body(world, client_order_id="lab-1"),
        body(world, client_order_id="lab-1", amount=9),
    ]

    answer = caller(world.cast.ben).post(f"{ORDERS}batch/", {"orders": orders}, format="json")

    assert answer.status_code == 200
    first, off_tick, unknown, again, other = answer.json()["answers"]
    assert (first["status"], first["state"], first["repeated"]) == (201, "FILLED", False)
    assert (off_tick["status"], off_tick["code"]) == (422, "E-PRICE-01")
    assert (unknown["status"], unknown["errors"][0]["field"]) == (400, "max_latency")
    assert (again["id"], again["repeated"]) == (first["id"], True)
    assert (other["status"], other["code"]) == (409, "E-IDEM-01")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(("count", "status"), [(0, 400), (51, 400)])
def test_a_batch_has_a_size(world: World, caller: Caller, count: int, status: int) -> None:
    orders = [body(world, client_order_id=f"lab-{index}") for index in range(count)]

    answer = caller(world.cast.ben).post(f"{ORDERS}batch/", {"orders": orders}, format="json")

    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == "orders"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ('{"client_order_id": 7}', "client_order_id"),
        ('{"client_order_id": "a"}', "unit"),
        ('{"client_order_id": "a", "unit": "DEVICES", "amount": 1.5}', "amount"),
    ],
)
def test_what_cannot_be_read_is_refused(
    world: World, caller: Caller, sent: str, field: str
) -> None:
    answer = caller(world.cast.ben).post(ORDERS, sent, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_a_refusal_names_code_and_field(world: World, caller: Caller) -> None:
    answer = caller(world.cast.ben).post(ORDERS, body(world, limit_micros=2_000_001), format="json")

    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["code"]) == (422, "E-PRICE-01")
    assert problem["errors"][0]["field"] == "limit_micros"


def test_dana_sees_nothing_of_bens(world: World, caller: Caller) -> None:
    listing = world.listing(price="1.85")
    order = world.order(amount=4)
    dana = caller(world.cast.dana)

    assert dana.get(ORDERS).json()["results"] == []
    assert dana.get("/api/v1/trades/").json()["results"] == []
    assert dana.get("/api/v1/listings/").json()["results"] == []
    assert dana.get("/api/v1/events/").json()["events"] == []
    for path in (
        f"{ORDERS}{order.pk}/",
        f"{ORDERS}{order.pk}/why/",
        f"/api/v1/listings/{listing.pk}/",
    ):
        assert dana.get(path).status_code == 404
    cancelled = dana.post(f"{ORDERS}{order.pk}/cancel/", {}, format="json")
    assert (cancelled.status_code, cancelled.json()["code"]) == (404, "E-NOT-FOUND")


def test_an_order_is_cancelled_once(world: World, caller: Caller) -> None:
    order = world.order()
    ben = caller(world.cast.ben)

    assert ben.post(f"{ORDERS}{order.pk}/cancel/").json()["state"] == "CANCELLED"
    again = ben.post(f"{ORDERS}{order.pk}/cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "E-STATE-01")


def test_a_preview_and_a_why_answer_in_figures(world: World, caller: Caller) -> None:
    world.listing(price="1.85")
    order = world.order(city="shanghai", max_rtt_us=1_000)
    ben = caller(world.cast.ben)
    asked = body(world)
    del asked["client_order_id"]

    preview = ben.post(f"{ORDERS}preview/", asked, format="json").json()
    why = ben.get(f"{ORDERS}{order.pk}/why/").json()

    assert preview["would_fill"] is True
    assert len(preview["heat"]) == 7
    assert why["blocked_by"] == "RTT"
    assert why["fixes"][0]["change"] == {"max_rtt_us": 24_000}


@pytest.mark.parametrize("name", ["ada", "cleo", "eli", "finn", "gwen"])
def test_only_buyers_buy(world: World, caller: Caller, name: str) -> None:
    answer = caller(getattr(world.cast, name)).post(ORDERS, body(world), format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, "E-MEMBER-02")


def test_a_viewer_may_look_and_not_trade(world: World, caller: Caller) -> None:
    world.cast.ben.person.memberships.update(role="VIEWER")
    ben = caller(world.cast.ben)

    assert ben.get(ORDERS).status_code == 200
    assert ben.post(ORDERS, body(world), format="json").status_code == 403


def test_strangers_are_refused(world: World) -> None:
    from rest_framework.test import APIClient

    for path in (ORDERS, "/api/v1/listings/", "/api/v1/market/depth/", "/api/v1/events/"):
        assert APIClient().get(path).status_code in {401, 403}
