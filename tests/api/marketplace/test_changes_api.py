"""Changes through the API: one step, by version, once for one id, nothing of anybody else's."""

from typing import Any

from marketplace.models import Listing, Order
from tests.api.marketplace.conftest import Caller
from tests.world import World


def url(order: Order | Listing, act: str) -> str:
    return f"/api/v1/{'orders' if isinstance(order, Order) else 'listings'}/{order.pk}/{act}/"


def test_an_order_is_changed_by_version(world: World, caller: Caller) -> None:
    order = world.order()
    ben = caller(world.cast.ben)

    fewer = ben.post(url(order, "replace"), {"version": 1, "amount": 6}, format="json")

    assert fewer.status_code == 200, fewer.json()
    answer = fewer.json()
    assert (answer["state"], answer["version"], answer["repeated"]) == ("OPEN", 2, False)
    changed = ben.get(f"/api/v1/orders/{order.pk}/").json()
    assert (changed["amount"], changed["version"], changed["arrival"]) == (6, 2, order.arrival)
    stale = ben.post(url(order, "replace"), {"version": 1, "amount": 5}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "E-VERSION-01")
    assert stale.json()["errors"][0]["field"] == "version"
    assert Order.objects.get(pk=order.pk).amount == 6


def test_a_change_sent_twice_is_done_once(world: World, caller: Caller) -> None:
    order = world.order()
    ben = caller(world.cast.ben)
    body: dict[str, Any] = {"version": 1, "limit_micros": 2_100_000, "client_id": "up"}

    first, again = (ben.post(url(order, "replace"), body, format="json") for _ in range(2))

    assert again.json() == first.json() | {"repeated": True}
    assert again.json()["version"] == 2
    other = ben.post(url(order, "replace"), body | {"amount": 9}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "E-IDEM-01")


def test_a_refused_change_leaves_the_order(world: World, caller: Caller) -> None:
    order = world.order()
    ben = caller(world.cast.ben)
    for body, code, field in (
        ({"version": 1}, "E-CONFLICT-02", "amount"),
        ({"version": 1, "limit_micros": 2_000_001}, "E-PRICE-01", "limit_micros"),
        ({"version": 1, "amount": 10**6}, "E-FUNDS-01", "limit_micros"),
    ):
        answer = ben.post(url(order, "replace"), body, format="json")
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, code)
        assert problem["errors"][0]["field"] == field
    assert ben.post(url(order, "replace"), {"amount": 1}, format="json").status_code == 400
    assert Order.objects.get(pk=order.pk).version == 1


def test_a_listing_is_changed_and_meets_resting_orders(world: World, caller: Caller) -> None:
    listing = world.listing(price="2.50")
    world.order()
    ada = caller(world.cast.ada)

    body = {"version": 1, "ask_micros": 2_000_000, "client_id": "cheaper"}
    answer = ada.post(url(listing, "replace"), body, format="json").json()

    assert (answer["ask_micros"], answer["version"]) == (2_000_000, 2)
    assert Order.objects.get().state == "FILLED"


def test_an_ending_with_an_id_is_answered_again(world: World, caller: Caller) -> None:
    order, listing = world.order(), world.listing(price="9.00")
    ben, ada = caller(world.cast.ben), caller(world.cast.ada)

    for client, path in ((ben, url(order, "cancel")), (ada, url(listing, "withdraw"))):
        answers = [client.post(path, {"client_id": "stop"}, format="json") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        told = [answer.json() for answer in answers]
        assert [answer.pop("repeated", None) for answer in told] in ([False, True], [None, None])
        assert told[0] == told[1]
        assert client.post(path, {}, format="json").json()["code"] == "E-STATE-01"


def test_everything_is_cancelled_at_once(world: World, caller: Caller) -> None:
    world.order(), world.order(), world.order(buyer_id=world.cast.dana.id)
    ben = caller(world.cast.ben)

    assert ben.post("/api/v1/orders/cancel-all/", {}, format="json").json()["ended"] == 2
    assert ben.post("/api/v1/orders/cancel-all/").json()["ended"] == 0
    assert Order.objects.filter(state="OPEN").get().buyer_id == world.cast.dana.id


def test_dana_changes_nothing_of_bens(world: World, caller: Caller) -> None:
    order, listing = world.order(), world.listing(price="9.00")
    dana = caller(world.cast.dana)

    for path, body in (
        (url(order, "replace"), {"version": 1, "amount": 1}),
        (url(listing, "replace"), {"version": 1, "devices": 1}),
        (url(order, "cancel"), {}),
        (url(listing, "withdraw"), {}),
    ):
        answer = dana.post(path, body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "E-NOT-FOUND")
